"""Do the adapter tables hold together: known flows and compartments, listed sources?"""

from __future__ import annotations

from bw_tinyml.adapters.elementary import RESOURCE
from bw_tinyml.adapters.tables import read
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.flows import elementary_flows
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.tables import Row


def check(inventory: Inventory, report: Report) -> None:
    """Check the adapter tables that come with the package against flows and sources."""
    tables = read(report)
    listed = {row["source"] for row in inventory.tables["sources"]}
    for rows in tables.values():
        for row in rows:
            if row["source"] and row["source"] not in listed:
                report.add(
                    "unknown-source",
                    row.file,
                    row.line,
                    f"source '{row['source']}' is not in sources.csv",
                )
    flows = elementary_flows().values()
    places = {flow.compartment for flow in flows} | {RESOURCE}
    for row in tables["compartments"]:
        if row["compartment"] and row["compartment"] not in places:
            _report(row, f"there is no compartment '{row['compartment']}'", report)
    known = {(flow.name, flow.categories[0]) for flow in flows}
    for row in tables["aliases"]:
        if (row["flow"], _medium(row)) not in known:
            _report(row, f"there is no flow '{row['flow']}' in {_medium(row)}", report)


def _medium(row: Row) -> str:
    stated = row["compartment"].split("::", 1)[0]
    return stated or {"resource": RESOURCE}.get(row["medium"], row["medium"])


def _report(row: Row, message: str, report: Report) -> None:
    report.add("flow-unknown", row.file, row.line, message)
