"""Reading bills of materials: CSV of KiCad and others, position files, Excel, YAML.

The files come from outside and are read within limits. A fault names the file and the line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from bw_tinyml.devices.lines import (
    COLUMNS,
    MAX_CELL,
    NUMBERS,
    Bom,
    BomLine,
    decimal_point,
    make_line,
)
from bw_tinyml.errors import UntrustedError, UsageError

MAX_BYTES = 5_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 200
#: how many lines may stand above the header: company, project, revision
_PREAMBLE = 30

_FIELDS = {alias: name for name, aliases in COLUMNS.items() for alias in aliases}
#: header of KiCad's position file in plain text
_POSITIONS = re.compile(r"^#\s*Ref\s+Val\s+Package\b", re.MULTILINE)
_NO = {"", "0", "no", "false", "n", "~", "-", "nein"}
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "²": "2"})


def read_bom(path: Path | str) -> Bom:
    """Read a bill of materials.

    Parameters
    ----------
    path
        ``.yaml`` or ``.yml``, else a table: ``.xlsx``, CSV with commas, semicolons or tabs, or
        KiCad's position file in plain text.

    Raises
    ------
    UntrustedError
        The file does not exist, is too large, or is no text.
    UsageError
        A line is at fault; the message names file and line.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise UntrustedError(f"there is no file '{path}'", "correct the path")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UntrustedError(f"'{path.name}' cannot be read: {error.strerror}") from error
    return parse_bom(content, path.name)


def parse_bom(content: bytes, name: str) -> Bom:
    """Read a bill of materials from the content of a file.

    Parameters
    ----------
    content
        The bytes.
    name
        Name of the file, for messages; its ending says whether it is YAML or a table.

    Raises
    ------
    UntrustedError, UsageError
        As for :func:`read_bom`.
    """
    if name.lower().endswith(".xlsx"):
        return _read_table(_sheet(content, name), name, decimal_comma=True)
    text = _text(content, name)
    if name.lower().endswith((".yaml", ".yml")):
        from bw_tinyml.devices.yamlfile import read_yaml

        return read_yaml(text, name)
    rows, delimiter = _rows(text, name)
    return _read_table(rows, name, decimal_comma=delimiter != ",")


def _sheet(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    from bw_tinyml.devices.sheets import sheet_rows

    _refuse_large(content, name)
    return [
        (line, _cells(cells, number, line, name))
        for number, (line, cells) in enumerate(sheet_rows(content, name), 1)
    ]


def _refuse_large(content: bytes, name: str) -> None:
    if len(content) > MAX_BYTES:
        raise UntrustedError(
            f"'{name}' is larger than {MAX_BYTES // 1_000_000} MB",
            "a bill of materials is a short text; export it anew",
        )


def _text(content: bytes, name: str) -> str:
    _refuse_large(content, name)
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ["utf-16"] if utf16 else ["utf-8-sig", "cp1252"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UntrustedError(
        f"'{name}' is not a text file", "export the bill of materials as CSV (UTF-8) or YAML"
    )


def _read_table(rows: list[tuple[int, list[str]]], name: str, decimal_comma: bool) -> Bom:
    header_line, fields, unused = _header(rows, name)
    lines: list[BomLine] = []
    left_out: list[BomLine] = []
    for line, cells in rows:
        if line <= header_line or not any(cells):
            continue
        values = {f: cells[i] for i, f in fields.items() if i < len(cells) and cells[i]}
        if not values.keys() & {"part", "value", "description", "dataset", "package", "references"}:
            continue  # totals and remarks below the table
        if decimal_comma:
            values = {f: decimal_point(v) if f in NUMBERS else v for f, v in values.items()}
        if name.lower().endswith(".xlsx"):
            _refuse_formulas(values, f"{name}:{line}")
        skipped = values.get("dnp", "").lower() not in _NO or _is_zero(values.get("quantity", ""))
        if skipped:
            values.pop("quantity", None)
        found = make_line(values, f"{name}:{line}", line)
        (left_out if skipped else lines).append(found)
    if not lines:
        raise UsageError(f"{name}: no parts below the header in line {header_line}")
    return Bom(Path(name).stem, tuple(lines), tuple(left_out), tuple(unused))


def _refuse_formulas(values: dict[str, str], place: str) -> None:
    """Refuse formulas in columns that count: what they gave when saved may be stale or missing."""
    for field, text in values.items():
        if text.startswith("="):
            raise UsageError(
                f"{place}: {field} is the formula {text[:40]}",
                "replace it by its value: copy, then paste values only",
            )


def _rows(text: str, name: str) -> tuple[list[tuple[int, list[str]]], str]:
    """Split into rows by the delimiter that gives the most columns of a known name; return it."""
    if _POSITIONS.search(text):
        return list(_positions(text, name)), ","
    best: list[tuple[int, list[str]]] = []
    score, chosen = -1, ","
    for delimiter in ",;\t":
        rows = list(_split(text, delimiter, name))
        known = max((len(_known(cells)) for _, cells in rows[:_PREAMBLE]), default=0)
        if known > score:
            best, score, chosen = rows, known, delimiter
    return best, chosen


def _positions(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Split KiCad's position file in plain text: columns by spaces, remarks start with ``#``."""
    for number, line in enumerate(text.splitlines(), 1):
        if _POSITIONS.match(line):
            yield number, _cells(line.removeprefix("#").split(), number, number, name)
        elif not line.startswith("#"):
            yield number, _cells(line.split(), number, number, name)


def _split(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    end = 0
    try:
        for number, cells in enumerate(reader):
            start, end = end + 1, reader.line_num
            yield start, _cells(cells, number + 1, start, name)
    except csv.Error as error:
        if "field larger" in str(error):  # by a limit that other code of the process may have set
            raise _too_long(name, end + 1) from error
        raise UntrustedError(f"{name}:{end + 1}: {error}", "export it as CSV anew") from error


def _cells(cells: list[str], number: int, line: int, name: str) -> list[str]:
    """Return the cells of a row without spaces around them; refuse what is too much."""
    if number > MAX_ROWS:
        raise UntrustedError(f"{name}: more than {MAX_ROWS} rows")
    if len(cells) > MAX_COLUMNS:
        raise UntrustedError(f"{name}:{line}: more than {MAX_COLUMNS} columns")
    if any(len(cell) > MAX_CELL for cell in cells):
        raise _too_long(name, line)
    return [cell.strip() for cell in cells]


def _too_long(name: str, line: int) -> UntrustedError:
    return UntrustedError(
        f"{name}:{line}: a cell with more than {MAX_CELL} characters",
        'look for a quotation mark " that is not closed',
    )


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text.lower().translate(_LETTERS)).split())


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
        "number or kind (quantity, package), e.g. a first line `part,quantity`; see docs/bom.md",
    )


def _is_zero(text: str) -> bool:
    return bool(re.fullmatch(r"0+([.,]0*)?", text))
