"""Tables of very many numbers as a file: CSV, Excel row by row, or Parquet."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bw_tinyml.errors import UsageError
from bw_tinyml.export.selection import refuse_existing

if TYPE_CHECKING:
    import pandas as pd

Write = Callable[["pd.DataFrame"], None]
#: rows of a sheet of Excel, the heading among them
EXCEL_ROWS = 1_048_576


def table_writer(target: Path | str, index: str, rows: int = 0, overwrite: bool = False) -> Write:
    """Return a function that writes a table, its index as the first column.

    Whether it can is examined here, before anything is calculated.

    Parameters
    ----------
    target
        A file: ``.csv``, ``.xlsx`` or ``.parquet`` (needs pyarrow).
    index
        Name of the first column.
    rows
        How many rows there will be.
    overwrite
        Whether an existing file may be replaced.

    Raises
    ------
    UsageError
        The ending is another, the file exists, the folder does not, a library is missing, or
        there are more rows than the format holds.
    """
    path = Path(target)
    writers = {".csv": _csv, ".xlsx": _excel, ".parquet": _parquet}
    kind = path.suffix.lower()
    if kind not in writers:
        raise UsageError(
            f"a table cannot be written as '{path.name}'", "use .csv, .xlsx or .parquet"
        )
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} does not exist", "make it, or name another")
    refuse_existing(path, overwrite)
    if kind == ".parquet" and find_spec("pyarrow") is None:
        raise UsageError(
            "Parquet needs pyarrow, which is not installed",
            "pip install 'bw_tinyml[parquet]', or write .csv",
        )
    if kind == ".xlsx" and rows >= EXCEL_ROWS:
        raise UsageError(f"{rows} rows are more than a sheet of Excel holds", "write .parquet")
    return lambda table: writers[kind](table.rename_axis(index).reset_index(), path)


def _csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False)


def _parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False)


def _excel(table: pd.DataFrame, path: Path) -> None:
    """Write a sheet row by row, so that memory does not grow with it."""
    import xlsxwriter

    from bw_tinyml.export.excel import CREATED

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": CREATED, "author": "bw_tinyml"})
        sheet = book.add_worksheet("samples")
        sheet.write_row(0, 0, list(table.columns), book.add_format({"bold": True}))
        for number, row in enumerate(table.itertuples(index=False), 1):
            sheet.write_row(number, 0, row)
