"""Excel in Brightway's layout: imports with bw2io and Activity Browser, with nothing unlinked."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.brightway.payload import Payload, payload
from bw_tinyml.export.layout import MAX_TEXT, as_values, rows
from bw_tinyml.export.reporting import ExportReport, report_of
from bw_tinyml.export.results import ResultsTable, results_table
from bw_tinyml.export.selection import chosen_databases, files_of

#: a fixed date keeps the bytes of the file the same
CREATED = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
SOURCE_COLUMNS = ("source", "citation", "year", "link", "licence", "access", "via", "remark")
_HEADINGS = ("Exchanges", "Parameters", "Database parameters")


def export_excel(
    path: Path | str,
    *,
    databases: Sequence[str] | None = None,
    folder: Path | str | None = None,
    biosphere: str = "biosphere3",
    values: bool = False,
    overwrite: bool = False,
) -> ExportReport:
    """Write our databases as Excel workbooks, one per database.

    The workbooks come from the tables, not from a project: the same tables give the same bytes.

    Parameters
    ----------
    path
        The workbook of the foreground. Other databases get their name appended:
        ``tinyml.xlsx`` and ``tinyml-background.xlsx`` stand side by side.
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

    Returns
    -------
    ExportReport
        What was written; ``files`` in the order in which they must be imported. The report stands
        beside the workbook, too.

    Raises
    ------
    UsageError
        A file exists, or a database is not known.
    InventoryError
        The tables have errors.
    """
    from bw_tinyml.brightway.install import linked_inventory

    linked = linked_inventory(folder)
    names = chosen_databases(linked, databases)
    files = files_of(Path(path), names, overwrite)
    report = report_of("Excel, Brightway's layout", linked, names)
    results = results_table(linked)
    for name, file in files.items():
        content = payload(linked, name, biosphere)
        if values:
            content = as_values(content)
        report.count(name, content.datasets, len(content.parameters))
        _write(file, content, linked, results if name == "tinyml" else None, report)
        report.files.append(file)
    if values:
        report.left_out.append("formulas and parameters: amounts are written as values")
    report.write(Path(path))
    return report


def _write(
    path: Path,
    content: Payload,
    linked: LinkedInventory,
    results: ResultsTable | None,
    report: ExportReport,
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
            _sheet(book, "README", _readme(content, results is not None), bold, (24, 100))
            sheet = book.add_worksheet(content.name[:31])
            sheet.set_column(0, 0, 60)
            sheet.set_column(1, 1, 32)
            for number, row in enumerate(rows(content, report)):
                kind = str(row[0]) if row else ""
                style = title if kind in ("Database", "Activity") else None
                _row(sheet, number, row, bold if kind in _HEADINGS else style)
            if results is not None:
                _sheet(book, "results", _results(results), bold, (40, 60))
            _sheet(book, "sources", _sources(linked), bold, (24, 100))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _sheet(
    book: Any, name: str, lines: Iterable[list[Any]], bold: Any, widths: tuple[int, int]
) -> None:
    sheet = book.add_worksheet(name)
    for column, width in enumerate(widths):
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


def _readme(content: Payload, has_results: bool) -> list[list[Any]]:
    metadata = content.metadata
    others = "results (ignored), sources (ignored)" if has_results else "sources (ignored)"
    return [
        ["skip"],
        [f"Database {content.name}", "Life cycle inventories of TinyML hardware, by bw_tinyml"],
        ["version", metadata["format"]],
        ["licence", "Data: CC BY 4.0. Cite bw_tinyml and the sources named in each row"],
        ["background", metadata["background"]],
        ["biosphere", f"{metadata['biosphere']}: elementary flows of ecoinvent 3.9, as in bw2io"],
        ["table hash", metadata["table_hash"]],
        ["import", "Import tinyml-background.xlsx first, then tinyml.xlsx: in Activity Browser "
         "with Import database > from .xlsx, in Python with bw2io.ExcelImporter (docs/excel.md)"],
        ["import back", "An edited workbook is checked and written by: bw-tinyml import FILE"],
        ["parameters", "Database parameters and formulas are alive: after write_database("
         "activate_parameters=True), change one and recalculate"],
        ["uncertainty", "Exchanges with a formula have none of their own: it comes from the "
         "parameters, so that it moves with them. Types: 0 and 1 none, 2 lognormal (loc = ln of "
         "the median), 3 normal, 4 uniform, 5 triangular"],
        ["pedigree", "Five scores from 1 (best) to 5: reliability, completeness, temporal, "
         "geographical and technological correlation, joined by ::"],
        ["kind", "measured, literature, datasheet, calculated or estimate; proxy = TRUE where a "
         "number or provider stands for something else"],
        ["limits", "Results rest on generic data and estimates; they are no comparative assertion "
         "reviewed according to ISO 14044"],
        ["sheets", f"README (this one, ignored on import), {content.name}, {others}"],
    ]  # fmt: skip


def _results(table: ResultsTable) -> Iterable[list[Any]]:
    yield ["skip", "Scores of one unit, from the tables, with parameters at their values"]
    yield ["dataset", "name", "location", "unit", *table.labels]
    yield ["unit of the score", "", "", "", *table.units]
    for row in table.rows:
        yield [row.identifier, row.name, row.location, row.unit, *row.scores]


def _sources(linked: LinkedInventory) -> Iterable[list[Any]]:
    yield ["skip"]
    yield list(SOURCE_COLUMNS)
    for row in linked.inventory.tables["sources"]:
        yield [row[name] for name in SOURCE_COLUMNS]
