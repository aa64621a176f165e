"""The whole check: tables, links and scores, in that order."""

from __future__ import annotations

from pathlib import Path

from bw_tinyml.inventory.checks import run
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.loading import load


def check(folder: Path | str | None = None, scores: bool = True) -> Report:
    """Check an inventory folder.

    Parameters
    ----------
    folder
        The inventory folder; by default the one that comes with the package.
    scores
        Whether to compute scores and compare them with published results. Skipped anyway when
        the tables have errors.

    Returns
    -------
    Report
        All findings; the inventory can be installed when ``report.errors`` is empty.

    Raises
    ------
    InventoryError
        The folder is not an inventory folder.
    """
    from bw_tinyml.background import link

    inventory, report = load(folder)
    run(inventory, report)
    if folder is None:
        from bw_tinyml.adapters.checks import check as check_adapters

        check_adapters(inventory, report)
    linked = link(inventory, report)
    if scores and not report.errors:
        from bw_tinyml.impact.checks import check as check_scores

        check_scores(linked, report)
    return report
