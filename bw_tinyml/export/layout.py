"""Brightway's spreadsheet layout: the rows of a database, the same for Excel and CSV.

bw2io's own writer leaves out columns that its importer needs (reference product of exchanges),
writes node types that the legacy stack cannot read, and drops parameters. So the rows are made
here, with every column, explicit codes, database parameters and formulas. ``docs/excel.md``
describes the layout and the traps that it avoids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bw_tinyml.brightway.parameters import dummy_name, formula_group
from bw_tinyml.brightway.payload import Payload
from bw_tinyml.errors import InventoryError
from bw_tinyml.export.reporting import ExportReport
from bw_tinyml.inventory.industries import SYSTEM, stated
from bw_tinyml.inventory.uncertainty import INDICATORS

ACTIVITY_FIELDS = (
    "code", "reference product", "unit", "location", "type", "production amount", "stage",
    "role", "product type", SYSTEM, "tags", "identifier", "comment",
)  # fmt: skip
EXCHANGE_COLUMNS = (
    "name", "reference product", "amount", "unit", "location", "categories", "database", "type",
    "formula", "uncertainty type", "loc", "scale", "shape", "minimum", "maximum", "negative",
    "pedigree", "label", "background key", "proxy", "kind", "source", "comment",
)  # fmt: skip
PARAMETER_COLUMNS = (
    "name", "amount", "formula", "uncertainty type", "loc", "scale", "minimum", "maximum",
    "unit", "lower bound", "upper bound", "proxy", "kind", "source", "comment",
)  # fmt: skip
MAX_TEXT = 32_000  # a cell of Excel holds 32767 characters
#: fields that links depend on: a change would break them, so it is refused instead
IDENTITY = frozenset(
    {"name", "code", "reference product", "unit", "location", "database", "type", "categories"}
)

#: units of parameters that would come back as a number, or look like a formula
DIMENSIONLESS = ("1", "-")


def as_imported(text: str) -> Any:
    """Return what bw2io's importers make of a cell with this text.

    A tuple where it holds ``::``, a boolean or number where it reads like one, None where it says
    ``(Unknown)``; else the text itself.
    """
    if "::" in text:
        return tuple(text.split("::"))
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text == "(Unknown)":
        return None
    try:
        return float(text)
    except ValueError:
        return text


class Cells:
    """Turns values into cells that come back as they were; notes what had to change.

    Parameters
    ----------
    report
        Receives conversions and truncations.
    """

    def __init__(self, report: ExportReport) -> None:
        self._report = report

    def value(self, value: Any, field: str, place: str) -> Any:
        """Return the cell of a value.

        Parameters
        ----------
        value
            Text, number, boolean, tuple, pedigree or None.
        field
            Name of the field.
        place
            Where it stands, for messages.

        Raises
        ------
        InventoryError
            A name would come back as something else, and links with it would break.
        """
        if value is None or value is False or value == "":
            return None  # an absent flag and a false one mean the same to all importers
        if isinstance(value, Mapping):  # a pedigree, written as Activity Browser does
            return "::".join(str(value[name]) for name in INDICATORS)
        if isinstance(value, tuple | list):
            parts = [str(part) for part in value]
            if any("::" in part for part in parts):
                raise _unsafe(str(value), field, place)
            return "::".join(parts)
        return self._text(value, field, place) if isinstance(value, str) else value

    def _text(self, text: str, field: str, place: str) -> str:
        text = text.strip()
        if as_imported(text) != text:
            if field in IDENTITY:
                raise _unsafe(text, field, place)
            self._report.conversions.append(f"{place}: {field} '{text[:60]}' kept as text")
            text = text.replace("::", " / ") if "::" in text else f"{text} (text)"
        if len(text) > MAX_TEXT:
            self._report.truncations.append(f"{place}: {field} cut to {MAX_TEXT} characters")
            text = text[:MAX_TEXT]
        return text


def _unsafe(text: str, field: str, place: str) -> InventoryError:
    return InventoryError(
        f"{place}: {field} '{text}' would come back from a spreadsheet as a number, truth value "
        "or tuple, and links with it would break",
        "add a word to it, e.g. a unit or 'type'; and avoid '::'",
    )


def rows(content: Payload, report: ExportReport) -> Iterable[list[Any]]:
    """Iterate over the rows of a database in Brightway's layout.

    The layout keeps to what all importers read alike: no project parameters, node type
    ``process``, tuples joined by ``::``, integer uncertainty types, a blank row after each section.

    Parameters
    ----------
    content
        The database.
    report
        Receives conversions and truncations.
    """
    cells = Cells(report)
    yield ["Database", content.name]
    for key, value in content.metadata.items():
        if isinstance(value, str) and value:
            yield [key, cells.value(value, key, content.name)]
    yield []
    if content.parameters:
        yield ["Database parameters"]
        yield list(PARAMETER_COLUMNS)
        for parameter in content.parameters:
            fields = dict(parameter)
            if fields.get("unit") in DIMENSIONLESS:
                fields["unit"] = "dimensionless"
            yield _row(fields, PARAMETER_COLUMNS, cells, f"parameter {parameter['name']}")
        yield []
    for dataset in content.datasets:
        yield from _activity(dataset, formula_group(content.name), cells)
        yield []


def _activity(dataset: Mapping[str, Any], group: str, cells: Cells) -> Iterable[list[Any]]:
    place = str(dataset.get("identifier") or dataset["name"])
    yield ["Activity", cells.value(dataset["name"], "name", place)]
    fields = {**dataset, SYSTEM: stated(dataset)}
    for field in ACTIVITY_FIELDS:
        value = cells.value(fields.get(field), field, place)
        if value is not None:
            yield [field, value]
    if any("formula" in e for e in dataset["exchanges"]):
        yield ["Parameters", group]
        yield ["name", "amount"]
        yield [dummy_name(dataset["code"]), 0]
    yield ["Exchanges"]
    yield list(EXCHANGE_COLUMNS)
    for exchange in dataset["exchanges"]:
        fields = {**exchange, "database": exchange["input"][0]}
        yield _row(fields, EXCHANGE_COLUMNS, cells, place)


def _row(fields: Mapping[str, Any], columns: Iterable[str], cells: Cells, place: str) -> list[Any]:
    return [cells.value(fields.get(column), column, place) for column in columns]
