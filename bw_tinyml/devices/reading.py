"""Reading bills of materials: CSV of KiCad and others, position files, YAML.

The files come from outside and are read within limits. A fault names the file and the line.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bw_tinyml.errors import UntrustedError, UsageError

MAX_BYTES = 5_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELL = 5_000
MAX_QUANTITY = 1_000_000.0
#: how many lines may stand above the header: company, project, revision
_PREAMBLE = 30

#: field -> how columns are called, in lower case without punctuation
COLUMNS: dict[str, tuple[str, ...]] = {
    "part": (
        *("part number", "mpn", "manufacturer part number", "manufacturer part", "mfr part number"),
        *("mfg part number", "manufacturer pn", "mfr pn", "mfg pn", "part no", "partnumber"),
        *("manufacturer partno", "part", "internal part number", "lcsc part", "component"),
    ),
    "value": ("value", "val", "designation", "comment", "item name", "name"),
    "description": ("description", "desc", "item description", "part description", "details"),
    "quantity": ("quantity", "qty", "qnty", "count", "quantity per board", "qty per board"),
    "references": (
        *("references", "reference", "ref", "refs", "designator", "designators", "refdes"),
        *("reference designator", "reference designators", "ref des", "reference s"),
    ),
    "package": ("package", "footprint", "case", "package case", "case package", "pattern"),
    "unit": ("unit", "units", "uom"),
    "dataset": ("dataset",),
    "node": ("node", "process node"),
    "die_mm2": ("die mm2", "die area mm2", "die area"),
    "mass_g": ("mass g", "weight g", "mass", "weight"),
    "mass_mg": ("mass mg", "weight mg"),
    "area_cm2": ("area cm2", "board area cm2"),
    "layers": ("layers", "copper layers"),
    "dnp": ("dnp", "dnf", "dni", "do not populate", "do not place", "exclude from bom"),
}
_FIELDS = {alias: name for name, aliases in COLUMNS.items() for alias in aliases}
_NUMBERS = ("die_mm2", "mass_g", "mass_mg", "area_cm2")
_NO = {"", "0", "no", "false", "n", "~", "-"}


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


def read_bom(path: Path | str) -> Bom:
    """Read a bill of materials.

    Parameters
    ----------
    path
        ``.yaml`` or ``.yml``, else a table: CSV with commas, semicolons or tabs.

    Raises
    ------
    UntrustedError
        The file does not exist, is too large, or is no text.
    UsageError
        A line is at fault; the message names file and line.
    """
    path = Path(path)
    text = _text(path)
    if path.suffix.lower() in (".yaml", ".yml"):
        from bw_tinyml.devices.yamlfile import read_yaml

        return read_yaml(text, path.name)
    return _read_table(text, path.name)


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise UntrustedError(f"there is no file '{path}'", "correct the path")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UntrustedError(f"'{path.name}' cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise UntrustedError(
            f"'{path.name}' is larger than {MAX_BYTES // 1_000_000} MB",
            "a bill of materials is a short text; export it anew",
        )
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ["utf-16"] if utf16 else ["utf-8-sig", "cp1252"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UntrustedError(
        f"'{path.name}' is not a text file", "export the bill of materials as CSV (UTF-8) or YAML"
    )


def _read_table(text: str, name: str) -> Bom:
    rows = _rows(text, name)
    header_line, fields, unused = _header(rows, name)
    lines: list[BomLine] = []
    left_out: list[BomLine] = []
    for line, cells in rows:
        if line <= header_line or not any(cells):
            continue
        values = {f: cells[i] for i, f in fields.items() if i < len(cells) and cells[i]}
        if not values.keys() & {"part", "value", "description", "dataset", "package", "references"}:
            continue  # totals and remarks below the table
        skipped = values.get("dnp", "").lower() not in _NO or _is_zero(values.get("quantity", ""))
        if skipped:
            values.pop("quantity", None)
        found = make_line(values, f"{name}:{line}", line)
        (left_out if skipped else lines).append(found)
    if not lines:
        raise UsageError(f"{name}: no parts below the header in line {header_line}")
    return Bom(Path(name).stem, tuple(lines), tuple(left_out), tuple(unused))


def _rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Split into rows with the delimiter that gives the most columns of a known name."""
    best: list[tuple[int, list[str]]] = []
    score = -1
    for delimiter in ",;\t":
        rows = list(_split(text, delimiter, name))
        known = max((len(_known(cells)) for _, cells in rows[:_PREAMBLE]), default=0)
        if known > score:
            best, score = rows, known
    return best


def _split(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    end = 0
    try:
        for number, cells in enumerate(reader):
            start, end = end + 1, reader.line_num
            if number >= MAX_ROWS:
                raise UntrustedError(f"{name}: more than {MAX_ROWS} rows")
            if len(cells) > MAX_COLUMNS:
                raise UntrustedError(f"{name}:{start}: more than {MAX_COLUMNS} columns")
            if any(len(cell) > MAX_CELL for cell in cells):
                raise UntrustedError(
                    f"{name}:{start}: a cell with more than {MAX_CELL} characters",
                    'look for a quotation mark " that is not closed',
                )
            yield start, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise UntrustedError(f"{name}:{end + 1}: {error}", "export it as CSV anew") from error


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text.lower()).split())


def _known(cells: list[str]) -> dict[int, str]:
    """Fields by column; of two columns for one field the one that is named first counts."""
    found: dict[str, tuple[int, int]] = {}
    for i, cell in enumerate(cells):
        plain = _plain(cell)
        if name := _FIELDS.get(plain):
            rank = COLUMNS[name].index(plain)
            if name not in found or rank < found[name][0]:
                found[name] = rank, i
    return {i: name for name, (_, i) in found.items()}


def _header(rows: list[tuple[int, list[str]]], name: str) -> tuple[int, dict[int, str], list[str]]:
    for line, cells in rows[:_PREAMBLE]:
        fields = _known(cells)
        what = set(fields.values()) & {"part", "value", "description", "dataset", "references"}
        if what and len(fields) > 1:
            return line, fields, [c for i, c in enumerate(cells) if c and i not in fields]
    raise UsageError(
        f"{name}: no header found in the first {_PREAMBLE} lines",
        "it needs a column for the part (part, value, description, reference) and one for its "
        "number or kind (quantity, package); write docs/bom.md's header `part,quantity`",
    )


def make_line(values: Mapping[str, str], place: str, line: int) -> BomLine:
    """Return a line from texts by field name.

    Raises
    ------
    UsageError
        A number is not a number, or out of range.
    """
    references = tuple(r for r in re.split(r"[,;\s]+", values.get("references", "")) if r)
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


def _is_zero(text: str) -> bool:
    return bool(re.fullmatch(r"0+([.,]0*)?", text))


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
