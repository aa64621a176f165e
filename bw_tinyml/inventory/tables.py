"""Reading tables: CSV files into rows that remember their file and line."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.schema import Table

MAX_BYTES = 20_000_000
MAX_ROWS = 200_000


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    cells
        Text of each column, stripped; empty where the cell is empty.
    file
        Path of the table relative to the inventory folder.
    line
        Line in the file; the header is line 1.
    """

    cells: dict[str, str]
    file: str
    line: int

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def number(self, column: str) -> float | None:
        """Return the cell as a number, or None where it is empty."""
        return float(self[column]) if self[column] else None

    def flag(self, column: str) -> bool:
        """Return whether the cell says ``yes``."""
        return self[column] == "yes"


def read_table(root: Path, path: Path, table: Table, report: Report) -> list[Row]:
    """Return the rows of a table that satisfy its schema; report the others.

    Parameters
    ----------
    root
        The inventory folder; paths in findings are relative to it.
    path
        The CSV file: UTF-8, comma separated, with a header.
    table
        The schema.
    report
        Receives a finding for each fault.
    """
    file = path.relative_to(root).as_posix()
    rows = list(_rows(path, file, table, report))
    for column in table.unique_columns:
        counts = Counter(row[column] for row in rows)
        for row in rows:
            if row[column] and counts[row[column]] > 1:
                report.add(
                    "duplicate-row",
                    file,
                    row.line,
                    f"{column} '{row[column]}' stands in {counts[row[column]]} rows",
                )
    return rows


def _rows(path: Path, file: str, table: Table, report: Report) -> Iterator[Row]:
    try:
        if path.stat().st_size > MAX_BYTES:
            report.add("file-unreadable", file, 0, f"larger than {MAX_BYTES // 1_000_000} MB")
            return
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        report.add("file-unreadable", file, 0, "is not UTF-8 (in Excel: save as 'CSV UTF-8')")
        return
    except OSError as error:
        report.add("file-unreadable", file, 0, f"cannot be opened: {error.strerror}")
        return
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _header_fits(header, file, table, report):
            return
        for number, cells in enumerate(reader):
            if number >= MAX_ROWS:
                report.add("file-unreadable", file, reader.line_num, f"more than {MAX_ROWS} rows")
                return
            if not any(cell.strip() for cell in cells):
                continue
            row = Row(
                {name: cell.strip() for name, cell in zip(header, cells, strict=False)},
                file,
                reader.line_num,
            )
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                report.add(
                    "bad-value",
                    file,
                    row.line,
                    f"{len(cells)} cells where the header has {len(header)}: "
                    "text with a comma must stand in double quotes",
                )
            elif _cells_fit(row, table, report):
                yield row
    except csv.Error as error:
        report.add("file-unreadable", file, reader.line_num, f"is not valid CSV: {error}")


def _header_fits(header: list[str], file: str, table: Table, report: Report) -> bool:
    known = {column.name for column in table.columns}
    if len(header) == 1 and header[0].count(";") > 2:
        report.add("file-unreadable", file, 1, "is separated by semicolons, not commas")
        return False
    for name in header:
        if name not in known:
            report.add("unknown-column", file, 1, f"column '{name}' is not known")
    for name, count in Counter(header).items():
        if count > 1:
            report.add("unknown-column", file, 1, f"column '{name}' stands {count} times")
    missing = [c.name for c in table.columns if c.required and c.name not in header]
    for name in missing:
        report.add("missing-column", file, 1, f"column '{name}' is missing")
    return not missing


def _cells_fit(row: Row, table: Table, report: Report) -> bool:
    fits = True
    for column in table.columns:
        fault = column.fault(row[column.name])
        if fault:
            report.add(fault[0], row.file, row.line, fault[1])
            fits = False
    return fits
