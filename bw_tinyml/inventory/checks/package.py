"""Does the data package descriptor list the tables that are there?"""

from __future__ import annotations

from bw_tinyml.inventory.datapackage import as_text
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.model import Inventory


def check(inventory: Inventory, report: Report) -> None:
    """Compare ``datapackage.json`` with the folder; a folder without one is not compared."""
    path = inventory.folder / "datapackage.json"
    if path.is_file() and path.read_text(encoding="utf-8") != as_text(inventory.folder):
        report.add("datapackage-stale", path.name, 0, "does not list the tables as they are")
