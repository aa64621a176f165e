"""The cells of a workbook that others made, read within limits.

Nothing in the file is executed or fetched. Cells with formulas are refused: their cached value may
be stale or missing, and silently so.
"""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bw_tinyml.errors import UntrustedError
from bw_tinyml.importing.faults import Faults
from bw_tinyml.untrusted import Archive, Limits, open_archive

MAX_FILE = 100_000_000
LIMITS = Limits(files=1000, file_bytes=200_000_000, total_bytes=400_000_000)
MAX_SHEETS = 50
MAX_ROWS = 300_000
MAX_COLUMNS = 100
MAX_CELLS = 5_000_000
MAX_TEXT = 32_767
_XML = (".xml", ".rels", ".vml")
_DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass
class SheetRows:
    """Rows of a sheet that hold something: row number and cells, trailing empty ones cut off."""

    name: str
    rows: list[tuple[int, list[Any]]] = field(default_factory=list)


def read_cells(path: Path | str, faults: Faults) -> list[SheetRows]:
    """Return the cells of all sheets of a workbook, except those whose first cell says ``skip``.

    Parameters
    ----------
    path
        The workbook (``.xlsx``).
    faults
        Receives cells with formulas, errors or dates.

    Raises
    ------
    UntrustedError
        The file is no sound workbook, larger than the limits, or could do harm.
    """
    path = Path(path)
    if path.is_file() and path.stat().st_size > MAX_FILE:
        raise UntrustedError(
            f"'{path.name}' has {path.stat().st_size} bytes, more than {MAX_FILE}",
            "remove pictures and unused sheets",
        )
    with open_archive(path, LIMITS) as archive:
        examine(archive)
    return _read(path, faults)


def examine(archive: Archive) -> None:
    """Unpack every part of a workbook once, within limits, and look for entities.

    Raises
    ------
    UntrustedError
        It is no workbook, larger than the limits, or has XML that may hide entities.
    """
    if "[Content_Types].xml" not in archive.names():
        raise UntrustedError(
            f"'{archive.path.name}' is no Excel workbook", "save it as .xlsx, not .xls or .ods"
        )
    for name in archive.names():
        content = archive.read(name)
        if not name.lower().endswith(_XML):
            continue
        if b"\0" in content[:4096]:
            raise _refusal(archive.path, f"'{name}' is not encoded in UTF-8")
        if _DECLARATION.search(content):
            raise _refusal(
                archive.path, f"'{name}' has a document type declaration, which may hide entities"
            )


def _read(path: Path, faults: Faults) -> list[SheetRows]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # openpyxl raises whatever a damaged part leads to
        raise _refusal(path, f"it is damaged: {type(error).__name__}: {error}") from error
    with closing(book):
        try:
            return _sheets(book, path, faults)
        except UntrustedError:
            raise
        except Exception as error:
            raise _refusal(path, f"it is damaged: {type(error).__name__}: {error}") from error


def _sheets(book: Any, path: Path, faults: Faults) -> list[SheetRows]:
    if len(book.sheetnames) > MAX_SHEETS:
        raise _refusal(path, f"it has more than {MAX_SHEETS} sheets")
    left = MAX_CELLS
    sheets = []
    for sheet in book.worksheets:
        found = _rows(sheet, path, faults, left)
        left -= sum(len(cells) for _, cells in found.rows)
        if found.rows:
            sheets.append(found)
    return sheets


def _rows(sheet: Any, path: Path, faults: Faults, cells_left: int) -> SheetRows:
    found = SheetRows(sheet.title)
    # The size that a sheet states may lie, so rows are counted while they are read.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.rows, start=1):
        if number > MAX_ROWS:
            raise _refusal(path, f"sheet '{sheet.title}' has more than {MAX_ROWS} rows")
        if len(row) > MAX_COLUMNS:
            raise _refusal(
                path, f"row {number} of sheet '{sheet.title}' has more than {MAX_COLUMNS} columns"
            )
        if number == 1:
            first = row[0].value if row else None
            if isinstance(first, str) and first.strip().lower() == "skip":
                return found
        cells_left -= len(row)
        if cells_left < 0:
            raise _refusal(path, f"it has more than {MAX_CELLS} cells")
        values = [_value(cell, sheet.title, number, faults) for cell in row]
        while values and values[-1] is None:
            values.pop()
        if values:
            found.rows.append((number, values))
    return found


def _value(cell: Any, sheet: str, row: int, faults: Faults) -> Any:
    """Return a cell as text, number, boolean or None."""
    value = cell.value
    kind = cell.data_type
    if value is None:
        return None
    if kind == "f":
        faults.add(
            sheet,
            row,
            f"cell {cell.coordinate} holds a spreadsheet formula",
            "replace it by its value (copy, then paste values only); formulas of parameters go "
            "as text, without '=', into the column 'formula'",
        )
        return None
    if kind == "e":
        faults.add(sheet, row, f"cell {cell.coordinate} holds the error {value}", "correct it")
        return None
    if kind == "d":
        faults.add(
            sheet, row, f"cell {cell.coordinate} holds a date", "write it as text: format the cell"
        )
        return None
    if isinstance(value, str):
        text = value.strip()[:MAX_TEXT]
        return text or None
    return value


def _refusal(path: Path, why: str) -> UntrustedError:
    return UntrustedError(
        f"'{path.name}' is refused: {why}", "save it again with a spreadsheet program as .xlsx"
    )
