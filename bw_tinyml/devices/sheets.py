"""Bills of materials in workbooks: the first sheet that holds something, as rows of text.

Nothing in the file is executed or fetched; it is read within limits.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from bw_tinyml.errors import UntrustedError
from bw_tinyml.importing.cells import examine
from bw_tinyml.untrusted import Limits, open_archive

LIMITS = Limits(files=500, file_bytes=50_000_000, total_bytes=100_000_000)
#: rows that are looked at, empty ones included
_MOST_ROWS = 100_000
#: a formula that only keeps a text from being read as a number, such as ="0402"
_TEXT_FORMULA = re.compile(r'="([^"]*)"')


def sheet_rows(content: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    """Iterate over the rows of the first sheet that holds something: number and cells.

    A cell with a formula is given as the text of the formula, which starts with ``=``.

    Parameters
    ----------
    content
        The workbook (``.xlsx``).
    name
        Name of the file, for messages.

    Raises
    ------
    UntrustedError
        The file is no sound workbook, larger than the limits, or could do harm.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(name).name or "bill.xlsx")
        path.write_bytes(content)
        with open_archive(path, LIMITS) as archive:
            examine(archive)
        try:
            yield from _rows(path)
        except UntrustedError:
            raise
        except Exception as error:  # openpyxl raises whatever a damaged part leads to
            raise UntrustedError(
                f"'{name}' is refused: it is damaged: {type(error).__name__}: {error}",
                "save it again with a spreadsheet program as .xlsx",
            ) from error


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    with closing(book):
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            # The size that a sheet states may lie, so rows are counted while they are read.
            sheet.reset_dimensions()
            empty = True
            for number, row in enumerate(sheet.rows, 1):
                if number > _MOST_ROWS:
                    raise UntrustedError(f"'{path.name}' has more than {_MOST_ROWS} rows")
                cells = [_text(cell.value) for cell in row]
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    empty = False
                    yield number, cells
            if not empty:
                return


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.15g}"
    text = str(value).strip()
    found = _TEXT_FORMULA.fullmatch(text)
    return found[1] if found else text
