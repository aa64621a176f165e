"""Do the link tables of other backgrounds cover the keys, and make sense?"""

from __future__ import annotations

from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.keys import key_pattern
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.tables import Row
from bw_tinyml.suggestions import nearest


def check(inventory: Inventory, report: Report) -> None:
    """Check ``links/ecoinvent.csv``; a folder without that table is not checked."""
    rows = inventory.tables["links_ecoinvent"]
    if not rows:
        return
    keys = {row["key"]: row for row in inventory.tables["keys"]}
    known = {*keys, *(key_pattern(key) for key in keys), *inventory.datasets}
    for row in rows:
        _row(row, known, inventory, report)
    named = {row["key"] for row in rows}
    for key, row in keys.items():
        if key not in named and key_pattern(key) not in named:
            report.add("key-without-link", row.file, row.line, f"'{key}' in ecoinvent.csv")


def _row(row: Row, known: set[str], inventory: Inventory, report: Report) -> None:
    if row["key"] not in known:
        report.add(
            "link-unused",
            row.file,
            row.line,
            f"'{row['key']}' is neither a key nor a dataset{nearest(row['key'], known)}",
        )
        return
    parts = [row["activity"], row["product"], row["locations"], row["unit"], row["factor"]]
    if bool(row["process"]) == all(parts) or (row["process"] and any(parts[:4])):
        report.add(
            "link-invalid",
            row.file,
            row.line,
            f"the row of '{row['key']}' needs activity, product, locations, unit and factor, or "
            "else process",
        )
    if row["process"] and row["process"] not in inventory.datasets:
        report.add(
            "link-invalid",
            row.file,
            row.line,
            f"provider '{row['process']}' of '{row['key']}' is not a dataset"
            + nearest(row["process"], inventory.datasets),
        )
    if (row["proxy"] or row["process"]) and not row["remark"]:
        report.add(
            "missing-rule",
            row.file,
            row.line,
            f"the row of '{row['key']}' does not say what it stands for, or why it is ours",
        )
