"""The checks of the tables, one module per idea; each adds findings to a report."""

from __future__ import annotations

from bw_tinyml.inventory.checks import (
    balances,
    links,
    lists,
    naming,
    numbers,
    orphans,
    package,
    provenance,
    references,
)
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.model import Inventory


def run(inventory: Inventory, report: Report) -> None:
    """Run all checks that need nothing but the tables."""
    provenance.check(inventory, report)
    numbers.check(inventory, report)
    references.check(inventory, report)
    links.check(inventory, report)
    lists.check(inventory, report)
    naming.check(inventory, report)
    balances.check(inventory, report)
    orphans.check(inventory, report)
    package.check(inventory, report)
