"""The sheet README of a workbook: what it is, for which background, and how to import it."""

from __future__ import annotations

from collections.abc import Sequence

from bw_tinyml.brightway.payload import Payload
from bw_tinyml.export.backgrounds import Prepared


def readme(content: Payload, prepared: Prepared, others: Sequence[str]) -> list[list[str]]:
    """Return the lines of the sheet.

    Parameters
    ----------
    content
        The database of the workbook.
    prepared
        The background for which it is.
    others
        Names of further sheets, which importers ignore.
    """
    metadata = content.metadata
    return [
        ["skip"],
        [f"Database {content.name}", "Life cycle inventories of TinyML hardware, by bw_tinyml"],
        ["version", metadata["format"]],
        ["licence", "Data: CC BY 4.0. Cite bw_tinyml and the sources that the rows name"],
        *_background(prepared),
        ["table hash", metadata["table_hash"]],
        ["import", f"Import {_order(prepared)}: in Activity Browser "
         "with Import database > from .xlsx, in Python with bw2io.ExcelImporter (docs/excel.md)"],
        ["import back", "An edited workbook is checked and written by: bw-tinyml import FILE"],
        ["parameters", "Database parameters and formulas are alive: after write_database("
         "activate_parameters=True), change one and recalculate"],
        ["uncertainty", "Exchanges with a formula have none of their own: it comes from the "
         "parameters, so that it moves with them. Types: 0 and 1 none, 2 lognormal (loc = ln of "
         "the median), 3 normal, 4 uniform, 5 triangular. Monte Carlo that draws exchanges only, "
         "as plain bw2calc does, is far too narrow; use bw-tinyml uncertainty"],
        ["pedigree", "Five scores from 1 (best) to 5: reliability, completeness, temporal, "
         "geographical and technological correlation, joined by ::"],
        ["data quality", "Rating in the manner of the data quality rating of PEF, which it is not: "
         "precision, technology, time and geography from 1 (best) to 5, by the pedigrees of the "
         "numbers; an aspect without a value was not assessed (bw_tinyml/inventory/quality.py)"],
        ["kind", "measured, literature, datasheet, calculated or estimate; proxy = TRUE where a "
         "number or provider stands for something else"],
        ["limits", "Results rest on generic data and estimates; they are no comparative assertion "
         "reviewed according to ISO 14044"],
        ["sheets", f"README (this one, ignored on import), {content.name}, "
         + ", ".join(f"{name} (ignored)" for name in others)],
    ]  # fmt: skip


def _order(prepared: Prepared) -> str:
    if prepared.linked.of_database("tinyml-background"):
        return "tinyml-background.xlsx first, then tinyml.xlsx"
    return "tinyml.xlsx"


def _background(prepared: Prepared) -> list[list[str]]:
    """Return the lines on the background: what it is, and what the user must have."""
    if not prepared.database:
        return [
            ["background", "the open background of bw_tinyml, in tinyml-background.xlsx"],
            ["biosphere", f"{prepared.biosphere}: elementary flows of ecoinvent 3.9, as in bw2io"],
        ]
    lines = [
        ["background", f"{prepared.background}. It is not in these files: you need your own "
         "licence and your own import of it. The database tinyml-background holds only what it "
         "lacks"],
        ["link it", "Link both databases to yours by name, unit, location and reference product: "
         "in Activity Browser on the page Link databases, in Python with match_database("
         f"'{prepared.database}', fields=('name', 'unit', 'location', 'reference product')). "
         "All exchanges must be linked then; if some are not, your database is another release, "
         "another system model, or was changed"],
        ["biosphere", f"{prepared.biosphere}: elementary flows with the names of that release"],
    ]  # fmt: skip
    if prepared.linked.left_out:
        lines.append(["left out", "Elementary flows that the release does not have yet: "
                      f"{len(prepared.linked.left_out)}, see the export report"])  # fmt: skip
    return lines
