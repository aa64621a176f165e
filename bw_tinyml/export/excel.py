"""Excel in Brightway's layout: imports with bw2io and Activity Browser, with nothing unlinked."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.background.open import OPEN
from bw_tinyml.brightway.payload import Payload
from bw_tinyml.errors import NotFoundError
from bw_tinyml.export.layout import MAX_TEXT, rows
from bw_tinyml.export.readme import readme
from bw_tinyml.export.reporting import ExportReport
from bw_tinyml.export.spreadsheets import Spreadsheets, begin

#: a fixed date keeps the bytes of the file the same
CREATED = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
SOURCE_COLUMNS = ("source", "citation", "year", "link", "licence", "access", "via", "remark")
FOREGROUND = "tinyml"
_HEADINGS = ("Exchanges", "Parameters", "Database parameters")
_WIDTHS = {"README": (24, 100), "results": (40, 60), "sources": (24, 100)}
Lines = Iterable[list[Any]]


def export_excel(
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
    """Write our databases as Excel workbooks, one per database.

    The workbooks come from the tables, not from a project: the same tables give the same bytes.
    Only names and scores of another background come from the project that holds it.

    Parameters
    ----------
    path
        The workbook of the foreground. Other databases get their name appended:
        ``tinyml.xlsx`` and ``tinyml-background.xlsx`` stand side by side.
    databases
        Which databases; by default all.
    folder
        Inventory folder; by default the one that comes with the package.
    background
        ``open``: the open background, which is exported as well. A release and system model of
        ecoinvent, such as ``ecoinvent-3.10-cutoff``: exchanges name its activities, and of our
        background only what ecoinvent lacks is exported. Or, with ``project``, the name of an
        ecoinvent database there.
    project
        Brightway project that holds the background; it is only read.
    biosphere
        Name of the biosphere database that the importer will link to; by default that of the
        background: ``biosphere3``, or ``ecoinvent-3.10-biosphere`` and the like.
    values
        Whether to write formulas as their values, without parameters.
    overwrite
        Whether existing files may be replaced.

    Returns
    -------
    ExportReport
        What was written; ``files`` in the order in which they must be imported. The report stands
        beside the workbook, too.

    Raises
    ------
    BackgroundError
        The background is none that the inventory can be linked to.
    InventoryError
        The tables have errors.
    LinkError
        A key has no provider in the background.
    ProjectError
        There is no such project, or the names of a release are not installed.
    UsageError
        A file exists or has another ending, or a database is not known.
    """
    export = begin(
        Path(path),
        "Excel, Brightway's layout",
        ".xlsx",
        databases=databases,
        folder=folder,
        background=background,
        project=project,
        biosphere=biosphere,
        values=values,
        overwrite=overwrite,
    )
    results = list(_results(export))
    for file, content in export.contents():
        extra = {"sources": _sources(export.prepared.linked)}
        if content.name == FOREGROUND:
            extra = {"results": results, **extra}
        _write(file, content, readme(content, export.prepared, list(extra)), extra, export.report)
        export.report.files.append(file)
    export.report.write(Path(path))
    return export.report


def _write(
    path: Path, content: Payload, about: Lines, extra: Mapping[str, Lines], report: ExportReport
) -> None:
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
            # Importers ignore a sheet whose first cell says skip.
            _sheet(book, "README", about, bold)
            sheet = book.add_worksheet(content.name[:31])
            sheet.set_column(0, 0, 60)
            sheet.set_column(1, 1, 32)
            for number, row in enumerate(rows(content, report)):
                kind = str(row[0]) if row else ""
                style = title if kind in ("Database", "Activity") else None
                _row(sheet, number, row, bold if kind in _HEADINGS else style)
            for name, lines in extra.items():
                _sheet(book, name, lines, bold)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _sheet(book: Any, name: str, lines: Lines, bold: Any) -> None:
    sheet = book.add_worksheet(name)
    for column, width in enumerate(_WIDTHS[name]):
        sheet.set_column(column, column, width)
    for number, line in enumerate(lines):
        _row(sheet, number, line[:1], bold)
        _row(sheet, number, line[1:], None, 1)


def _row(sheet: Any, number: int, values: Sequence[Any], style: Any, first: int = 0) -> None:
    for column, value in enumerate(values, start=first):
        if value is None or value == "":
            continue
        if isinstance(value, bool):
            sheet.write_boolean(number, column, value, style)
        elif isinstance(value, int | float):
            sheet.write_number(number, column, value, style)
        else:
            sheet.write_string(number, column, str(value)[:MAX_TEXT], style)


def _results(export: Spreadsheets) -> Lines:
    """Return the sheet of scores; where there are none, it says why."""
    prepared = export.prepared
    if FOREGROUND not in export.files:
        return
    try:
        table = prepared.scores()
    except NotFoundError as error:
        export.report.left_out.append(error.message)
        yield ["skip", f"{error.message}; {error.hint}"]
        return
    yield ["skip", f"Scores of one unit on the {prepared.background}, with parameters at their "
           "values"]  # fmt: skip
    yield ["dataset", "name", "location", "unit", *table.labels]
    yield ["unit of the score", "", "", "", *table.units]
    for row in table.rows:
        yield [row.identifier, row.name, row.location, row.unit, *row.scores]


def _sources(linked: LinkedInventory) -> Lines:
    yield ["skip"]
    yield list(SOURCE_COLUMNS)
    for row in linked.inventory.tables["sources"]:
        yield [row[name] for name in SOURCE_COLUMNS]
