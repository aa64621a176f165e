"""CSV in Brightway's layout: what bw2io's CSVImporter reads, one file per database.

A spreadsheet program takes a CSV cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula,
whatever quotes stand around it. No cell of ours begins so, except negative numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bw_tinyml.brightway.payload import payload
from bw_tinyml.errors import InventoryError
from bw_tinyml.export.layout import IDENTITY, as_values, rows
from bw_tinyml.export.reporting import ExportReport, report_of
from bw_tinyml.export.selection import chosen_databases, files_of

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_SECTIONS = ("Exchanges", "Parameters", "Database parameters")
_TITLES = ("Activity", "Database", *_SECTIONS)


def export_csv(
    path: Path | str,
    *,
    databases: Sequence[str] | None = None,
    folder: Path | str | None = None,
    biosphere: str = "biosphere3",
    values: bool = False,
    overwrite: bool = False,
) -> ExportReport:
    """Write our databases as CSV files in Brightway's layout, one per database.

    Parameters
    ----------
    path
        The file of the foreground; other databases get their name appended.
    databases
        Which databases; by default all.
    folder
        Inventory folder; by default the one that comes with the package.
    biosphere
        Name of the biosphere database that the importer will link to.
    values
        Whether to write formulas as their values, without parameters.
    overwrite
        Whether existing files may be replaced.

    Raises
    ------
    UsageError
        A file exists, or a database is not known.
    InventoryError
        The tables have errors, or a name begins like a spreadsheet formula.
    """
    from bw_tinyml.brightway.install import linked_inventory

    linked = linked_inventory(folder)
    names = chosen_databases(linked, databases)
    files = files_of(Path(path), names, overwrite)
    report = report_of("CSV, Brightway's layout", linked, names)
    report.left_out = ["results and sources: see the Excel export"]
    texts = {}
    for name in names:
        content = payload(linked, name, biosphere)
        if values:
            content = as_values(content)
        report.count(name, content.datasets, len(content.parameters))
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(harmless(rows(content, report), report))
        texts[name] = stream.getvalue()
    for name, file in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(texts[name], encoding="utf-8")
        report.files.append(file)
    if values:
        report.left_out.append("formulas and parameters: amounts are written as values")
    report.write(Path(path))
    return report


def harmless(lines: Iterable[list[Any]], report: ExportReport) -> Iterable[list[Any]]:
    """Change every cell that a spreadsheet program would take for a formula."""
    columns: Sequence[Any] = ()
    title, heading = "", False
    for line in lines:
        if heading:
            columns, heading = line, False
        elif not line or (line[0] in _TITLES and len(line) < 3):
            columns = ()
            heading = bool(line) and line[0] in _SECTIONS
            if line and line[0] in ("Activity", "Database"):
                title = str(line[1])
        names = columns or (["", str(line[0])] if line else [])
        yield [
            _cell(value, names[i] if i < len(names) else "", title, report)
            for i, value in enumerate(line)
        ]


def _cell(value: Any, field: str, place: str, report: ExportReport) -> Any:
    if not isinstance(value, str) or not value.startswith(_DANGEROUS):
        return value
    if field == "formula":
        return f"({value})"
    if field in IDENTITY or field in ("Activity", "Database", "Parameters"):
        raise InventoryError(
            f"{place}: {field} '{value}' begins like a spreadsheet formula",
            "let the name begin with a letter",
        )
    report.conversions.append(f"{place}: {field} '{value[:60]}' begins with an apostrophe")
    return f"'{value}"
