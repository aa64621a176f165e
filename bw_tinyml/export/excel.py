"""Excel in Brightway's layout: imports with bw2io and Activity Browser, with nothing unlinked.

bw2io's own writer leaves out columns that its importer needs (reference product of exchanges),
writes node types that the legacy stack cannot read, and drops parameters. So the workbook is
written here, with every column, explicit codes, database parameters and one parameter group per
activity with formulas. ``docs/excel.md`` describes the layout.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bw_tinyml.brightway.parameters import dummy_name, group_name
from bw_tinyml.brightway.payload import Payload, payload
from bw_tinyml.brightway.stack import versions
from bw_tinyml.errors import UsageError
from bw_tinyml.inventory.model import DATABASES

ACTIVITY_FIELDS = (
    "code", "reference product", "unit", "location", "type", "production amount", "stage",
    "identifier", "comment",
)  # fmt: skip
EXCHANGE_COLUMNS = (
    "name", "reference product", "amount", "unit", "location", "categories", "database", "type",
    "formula", "uncertainty type", "loc", "scale", "shape", "minimum", "maximum", "negative",
    "label", "kind", "source", "comment",
)  # fmt: skip
PARAMETER_COLUMNS = (
    "name", "amount", "formula", "uncertainty type", "loc", "scale", "minimum", "maximum",
    "unit", "kind", "source", "comment",
)  # fmt: skip
MAX_TEXT = 32_000  # a cell holds 32767 characters
#: a fixed date keeps the bytes of the file the same
CREATED = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


def export_excel(
    path: Path | str,
    *,
    databases: Sequence[str] | None = None,
    folder: Path | str | None = None,
    biosphere: str = "biosphere3",
    overwrite: bool = False,
) -> list[Path]:
    """Write our databases as Excel workbooks, one per database.

    The workbooks come from the tables, not from a project: the same tables give the same bytes.

    Parameters
    ----------
    path
        The workbook of the foreground. Other databases get their name appended:
        ``tinyml.xlsx`` and ``tinyml-background.xlsx`` stand side by side.
    databases
        Which databases; by default all.
    folder
        Inventory folder; by default the one that comes with the package.
    biosphere
        Name of the biosphere database that the importer will link to.
    overwrite
        Whether existing files may be replaced.

    Returns
    -------
    list of pathlib.Path
        The files, in the order in which they must be imported: the background first.

    Raises
    ------
    UsageError
        A file exists, or a database is not known.
    InventoryError
        The tables have errors.
    """
    from bw_tinyml.brightway.install import linked_inventory

    target = Path(path)
    for name in databases or ():
        if name not in DATABASES:
            raise UsageError(f"no database '{name}'", f"use one of: {', '.join(DATABASES)}")
    linked = linked_inventory(folder)
    names = [n for n in reversed(list(DATABASES)) if n in (databases or DATABASES)]
    names = [n for n in names if linked.of_database(n)]
    files = {name: _file(target, name) for name in names}
    for file in files.values():
        if file.exists() and not overwrite:
            raise UsageError(f"'{file}' exists", "add --overwrite, or choose another name")
    sources = linked.inventory.tables["sources"]
    for name, file in files.items():
        content = payload(linked, name, biosphere)
        _write(file, content, [dict(row.cells) for row in sources])
    return list(files.values())


def _file(target: Path, database: str) -> Path:
    if database == "tinyml":
        return target
    suffix = database.removeprefix("tinyml")
    return target.with_name(f"{target.stem}{suffix}{target.suffix}")


def _write(path: Path, content: Payload, sources: list[dict[str, str]]) -> None:
    import xlsxwriter

    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    # Text that begins with '=' stays text; nothing in the file can become a formula.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    try:
        with xlsxwriter.Workbook(temporary, options) as book:
            book.set_properties({"created": CREATED, "title": content.name, "author": "bw_tinyml"})
            bold = book.add_format({"bold": True})
            title = book.add_format({"bold": True, "font_size": 12})
            _readme(book.add_worksheet("README"), content, bold)
            sheet = book.add_worksheet(content.name[:31])
            sheet.set_column(0, 0, 60)
            sheet.set_column(1, 1, 32)
            for number, row in enumerate(rows(content)):
                kind = str(row[0]) if row else ""
                style = title if kind in ("Database", "Activity") else (
                    bold if kind in ("Exchanges", "Parameters", "Database parameters") else None
                )  # fmt: skip
                for column, value in enumerate(row):
                    _cell(sheet, number, column, value, style)
            _sources(book.add_worksheet("sources"), sources, bold)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _cell(sheet: Any, row: int, column: int, value: Any, style: Any = None) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value, style)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, str(value)[:MAX_TEXT], style)


def rows(content: Payload) -> Iterable[list[Any]]:
    """Iterate over the rows of a database in Brightway's layout.

    The layout keeps to what all importers read alike: no project parameters, node type
    ``process``, tuples joined by ``::``, integer uncertainty types, a blank row after each section.
    """
    yield ["Database", content.name]
    for key, value in content.metadata.items():
        if isinstance(value, str) and value:
            yield [key, value]
    yield []
    if content.parameters:
        yield ["Database parameters"]
        yield list(PARAMETER_COLUMNS)
        for parameter in content.parameters:
            yield [_value(parameter.get(column)) for column in PARAMETER_COLUMNS]
        yield []
    by_code = {d["code"]: d for d in content.datasets}
    for dataset in by_code.values():
        yield from _activity(dataset)
        yield []


def _activity(dataset: Mapping[str, Any]) -> Iterable[list[Any]]:
    yield ["Activity", dataset["name"]]
    for field in ACTIVITY_FIELDS:
        value = dataset.get(field)
        if value not in (None, ""):
            yield [field, _value(value)]
    if any("formula" in e for e in dataset["exchanges"]):
        yield ["Parameters", group_name(dataset)]
        yield ["name", "amount"]
        yield [dummy_name(dataset["code"]), 0]
    yield ["Exchanges"]
    yield list(EXCHANGE_COLUMNS)
    for exchange in dataset["exchanges"]:
        fields = {**exchange, "database": exchange["input"][0]}
        yield [_value(fields.get(column)) for column in EXCHANGE_COLUMNS]


def _value(value: Any) -> Any:
    """Return a cell's value: tuples joined, negative flags only where they are set."""
    if isinstance(value, tuple | list):
        return "::".join(str(part) for part in value)
    if value is False:
        return None
    return value


def _readme(sheet: Any, content: Payload, bold: Any) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    found = versions()
    lines: list[tuple[str, str]] = [
        # An importer ignores a sheet whose first cell says so.
        ("skip", ""),
        (f"Database {content.name}", "Life cycle inventories of TinyML hardware, by bw_tinyml"),
        ("version", f"{content.metadata.get('format', '')}, Python {found['python']}"),
        ("licence", "Data: CC BY 4.0. Cite bw_tinyml and the sources named in each row"),
        ("background", str(content.metadata.get("background", ""))),
        ("table hash", str(content.metadata.get("table_hash", ""))),
        ("import", "Import tinyml-background.xlsx first, then tinyml.xlsx: in Activity Browser "
         "with File > Import database, in Python with bw2io.ExcelImporter"),
        ("parameters", "Database parameters and formulas are alive: after write_database("
         "activate_parameters=True), change one and recalculate"),
        ("uncertainty", "Exchanges with a formula have none of their own: it comes from the "
         "parameters, so that it moves with them"),
        ("sheets", "README (this one, ignored on import), the database, sources (ignored)"),
    ]  # fmt: skip
    for number, (key, text) in enumerate(lines):
        sheet.write_string(number, 0, key, bold if number else None)
        sheet.write_string(number, 1, text)


def _sources(sheet: Any, sources: list[dict[str, str]], bold: Any) -> None:
    columns = ("source", "citation", "year", "link", "licence", "access", "via", "remark")
    sheet.write_string(0, 0, "skip")
    for column, name in enumerate(columns):
        sheet.write_string(1, column, name, bold)
    sheet.set_column(1, 1, 100)
    for number, row in enumerate(sources, start=2):
        for column, name in enumerate(columns):
            _cell(sheet, number, column, row.get(name, ""))
