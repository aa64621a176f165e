"""Lines of bills of materials: what one line may say, and texts made into it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bw_tinyml.errors import UntrustedError, UsageError

MAX_CELL = 5_000
MAX_QUANTITY = 1_000_000.0
#: how many parts a range of reference designators may hold
MAX_RANGE = 1_000
_RANGE = re.compile(r"([A-Za-z]{1,5})(\d{1,6})-([A-Za-z]{1,5})(\d{1,6})")

#: field -> how columns are called, in lower case without punctuation
COLUMNS: dict[str, tuple[str, ...]] = {
    "part": (
        *("part number", "mpn", "manufacturer part number", "manufacturer part", "mfr part number"),
        *("mfg part number", "manufacturer pn", "mfr pn", "mfg pn", "part no", "partnumber"),
        *("manufacturer partno", "part", "internal part number", "lcsc part", "component"),
        *("herstellernummer", "hersteller teilenummer", "herstellerteilenummer", "teilenummer"),
        *("hersteller artikelnummer", "artikelnummer", "bauteil", "typ"),
    ),
    "value": ("value", "val", "designation", "comment", "item name", "name", "wert"),
    "description": (
        *("description", "desc", "item description", "part description", "details"),
        *("bezeichnung", "beschreibung", "benennung"),
    ),
    "quantity": (
        *("quantity", "qty", "qnty", "count", "quantity per board", "qty per board"),
        *("menge", "anzahl", "stueckzahl", "menge pro leiterplatte"),
    ),
    "references": (
        *("references", "reference", "ref", "refs", "designator", "designators", "refdes"),
        *("reference designator", "reference designators", "ref des", "reference s"),
        *("referenz", "referenzen", "bauteilreferenz", "bestueckungsplatz"),
    ),
    "package": (
        *("package", "footprint", "case", "package case", "case package", "pattern"),
        *("gehaeuse", "bauform"),
    ),
    "unit": ("unit", "units", "uom", "einheit"),
    "dataset": ("dataset", "datensatz"),
    "node": ("node", "process node"),
    "die_mm2": ("die mm2", "die area mm2", "die area"),
    "mass_g": ("mass g", "weight g", "mass", "weight", "masse g", "gewicht g", "masse", "gewicht"),
    "mass_mg": ("mass mg", "weight mg", "masse mg", "gewicht mg"),
    "area_cm2": ("area cm2", "board area cm2", "flaeche cm2"),
    "layers": ("layers", "copper layers", "lagen"),
    "dnp": (
        "dnp",
        "dnf",
        "dni",
        "do not populate",
        "do not place",
        "exclude from bom",
        "nicht bestuecken",
    ),
}
#: fields that hold numbers
NUMBERS = frozenset(("quantity", "layers", "die_mm2", "mass_g", "mass_mg", "area_cm2"))
_NUMBERS = ("die_mm2", "mass_g", "mass_mg", "area_cm2")


@dataclass(frozen=True)
class BomLine:
    """One line of a bill of materials.

    Attributes
    ----------
    line
        Line in the file.
    part, value, description
        Texts that may name the part.
    quantity
        How many, or how much in ``unit``.
    references
        Reference designators.
    package
        Footprint or package.
    dataset
        Dataset that the user names.
    node, die_mm2, mass_g, area_cm2, layers
        What the user knows of the part: process, die area, mass of one, board.
    """

    line: int
    part: str = ""
    value: str = ""
    description: str = ""
    quantity: float = 1.0
    references: tuple[str, ...] = ()
    package: str = ""
    unit: str = ""
    dataset: str = ""
    node: str = ""
    die_mm2: float | None = None
    mass_g: float | None = None
    area_cm2: float | None = None
    layers: int | None = None

    @property
    def name(self) -> str:
        """What to call the line in a report."""
        named = self.part or self.value or self.description or self.dataset or self.package
        return named or ("circuit board" if self.area_cm2 is not None else "?")

    @property
    def designators(self) -> frozenset[str]:
        """Letters in front of the reference designators: ``C12`` -> ``C``."""
        found = (re.match(r"[A-Za-z]+", reference) for reference in self.references)
        return frozenset(match.group().upper() for match in found if match)


@dataclass(frozen=True)
class Bom:
    """A bill of materials as read.

    Attributes
    ----------
    name
        Name of the device, or of the file.
    lines
        Lines that are placed.
    left_out
        Lines marked as not to be placed.
    unused_columns
        Columns of the file that say nothing to us.
    """

    name: str
    lines: tuple[BomLine, ...]
    left_out: tuple[BomLine, ...] = ()
    unused_columns: tuple[str, ...] = field(default=())


def make_line(values: Mapping[str, str], place: str, line: int) -> BomLine:
    """Return a line from texts by field name.

    Raises
    ------
    UsageError
        A number is not a number, or out of range.
    """
    references = tuple(_references(values.get("references", "")))
    numbers = {k: _number(values[k], k, place) for k in _NUMBERS if k in values}
    if "mass_mg" in numbers:
        numbers["mass_g"] = numbers.pop("mass_mg") / 1000
    layers = None
    if "layers" in values:
        layers = int(_number(values["layers"], "layers", place))
    quantity = float(len(references) or 1)
    if "quantity" in values:
        quantity = _number(values["quantity"], "quantity", place)
    made = BomLine(
        line=line,
        part=values.get("part", ""),
        value=values.get("value", ""),
        description=values.get("description", ""),
        quantity=quantity,
        references=references,
        package=values.get("package", ""),
        unit=values.get("unit", ""),
        dataset=values.get("dataset", ""),
        node=values.get("node", ""),
        layers=layers,
    )
    return replace(made, **numbers)  # type: ignore[arg-type]


def _references(text: str) -> Iterator[str]:
    """Split reference designators; KiCad and others write ``R1-R5`` for R1 to R5."""
    for part in re.split(r"[,;\s]+", text):
        found = _RANGE.fullmatch(part)
        if found and found[1] == found[3] and 0 < int(found[4]) - int(found[2]) < MAX_RANGE:
            yield from (f"{found[1]}{n}" for n in range(int(found[2]), int(found[4]) + 1))
        elif part:
            yield part


def _number(text: str, column: str, place: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= MAX_QUANTITY:
        raise UsageError(
            f"{place}: {column} is '{text[:40]}', not a number above 0 and up to 1e6",
            "write a plain number with a decimal point, such as 0.5",
        )
    return value


def decimal_point(text: str) -> str:
    """Return a number with a decimal comma as one with a point: ``1.200,5`` -> ``1200.5``."""
    whole, comma, fraction = text.rpartition(",")
    if comma and re.fullmatch(r"\d{1,3}(\.\d{3})*|\d+", whole) and fraction.isdigit():
        return f"{whole.replace('.', '')}.{fraction}"
    return text


def as_text(value: Any, place: str) -> str:
    """Return a scalar of a YAML file as text.

    Raises
    ------
    UsageError
        It is a list or a mapping, or too long.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise UsageError(f"{place}: a text or number is expected, not a list or mapping")
    text = str(value).strip()
    if len(text) > MAX_CELL:
        raise UntrustedError(f"{place}: a text with more than {MAX_CELL} characters")
    return text
