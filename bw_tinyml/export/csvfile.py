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

from bw_tinyml.background.open import OPEN
from bw_tinyml.errors import InventoryError
from bw_tinyml.export.layout import IDENTITY, rows
from bw_tinyml.export.reporting import ExportReport
from bw_tinyml.export.spreadsheets import begin

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_SECTIONS = ("Exchanges", "Parameters", "Database parameters")
_TITLES = ("Activity", "Database", *_SECTIONS)


def export_csv(
    path: Path | str,
    *,
    databases: Sequence[str] | None = None,
    folder: Path | str | None = None,
    background: str = OPEN,
    project: str | None = None,
    biosphere: str | None = None,
    values: bool = False,
    overwrite: bool = False,
) -> ExportReport:
    """Write our databases as CSV files in Brightway's layout, one per database.

    Parameters are those of :func:`bw_tinyml.export_excel`, and so are the errors; further, a name
    that begins like a spreadsheet formula is refused with an InventoryError.
    """
    export = begin(
        Path(path),
        "CSV, Brightway's layout",
        ".csv",
        databases=databases,
        folder=folder,
        background=background,
        project=project,
        biosphere=biosphere,
        values=values,
        overwrite=overwrite,
    )
    report = export.report
    report.left_out.append("results and sources: see the Excel export")
    texts = {}
    for file, content in export.contents():
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(harmless(rows(content, report), report))
        texts[file] = stream.getvalue()
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        report.files.append(file)
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
