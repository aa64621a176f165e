"""Is every number traceable: a source that was opened and a place in it, or a stated rule?"""

from __future__ import annotations

from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.tables import Row

#: tables in which each row holds a number about the world, with a kind
WITH_KIND = (
    "exchanges",
    "parameters",
    "variants",
    "composition",
    "basic_uncertainty",
    "parts",
    "cells",
    "projections",
)
#: tables in which each row cites a source and has no kind
WITH_SOURCE = ("bands", "pedigree")


def check(inventory: Inventory, report: Report) -> None:
    """Check the provenance of all rows that hold a number."""
    sources = {row["source"]: row for row in inventory.tables["sources"]}
    for table in WITH_KIND:
        for row in inventory.tables[table]:
            if table == "variants" and not row["amount"] and not row["text"]:
                continue  # the row only lists an item
            _row(row, sources, report)
    for table in WITH_SOURCE:
        for row in inventory.tables[table]:
            _known(row, sources, report)
    for row in sources.values():
        if row["access"] == "quoted" and not row["via"]:
            report.add(
                "missing-value", row.file, row.line, f"source '{row['source']}' is quoted: via?"
            )


def _row(row: Row, sources: dict[str, Row], report: Report) -> None:
    kind = row["kind"]
    if not kind:
        report.add("missing-value", row.file, row.line, "kind is empty")
        return
    if not _known(row, sources, report):
        return
    source = sources.get(row["source"])
    if kind in ("measured", "literature", "datasheet"):
        if not source:
            report.add("missing-source", row.file, row.line, f"a {kind} value names no source")
        elif source["access"] == "recalled":
            report.add(
                "recalled-source",
                row.file,
                row.line,
                f"a {kind} value rests on '{row['source']}', which nobody opened",
            )
        elif not row["page"]:
            report.add("missing-page", row.file, row.line, f"no place in source '{row['source']}'")
    elif not row["remark"] and not (kind == "calculated" and source and row["page"]):
        report.add("missing-rule", row.file, row.line, f"{kind} value without its rule")
    if row.flag("proxy") and not row["remark"]:
        report.add("missing-rule", row.file, row.line, "proxy without a remark: for what?")


def _known(row: Row, sources: dict[str, Row], report: Report) -> bool:
    if row["source"] and row["source"] not in sources:
        report.add(
            "unknown-source", row.file, row.line, f"source '{row['source']}' is not in sources.csv"
        )
        return False
    return True
