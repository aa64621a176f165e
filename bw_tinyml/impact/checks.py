"""Checks that need scores: bands, sound supply chains, flows that no default method knows."""

from __future__ import annotations

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.errors import NotFoundError
from bw_tinyml.impact import soundness
from bw_tinyml.impact.preview import Matrices, bundled, matrices
from bw_tinyml.inventory.families import categories, families
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.tables import Row

EXPLAINED = "Miss:"
"""The remark of a band starts so where it says why the score lies outside."""


def check(linked: LinkedInventory, report: Report) -> None:
    """Compare scores with the published bands and look for flows that never count."""
    _uncharacterised(linked, report)
    system = matrices(linked)
    soundness.check(linked, system, report)
    for row in linked.inventory.tables["bands"]:
        try:
            score = band_score(linked, system, row)
        except NotFoundError as error:
            report.add("bad-value", row.file, row.line, error.message)
            continue
        if not inside(row, score) and not row["remark"].startswith(EXPLAINED):
            report.add(
                "band-outside",
                row.file,
                row.line,
                f"{row['process']}, {row['family']}, {row['category']}: {score:.4g} lies outside "
                f"of {row['low']} to {row['high']} (factor {row['factor']})",
            )


def inside(row: Row, score: float) -> bool:
    """Whether a score lies inside of a band, its factor included."""
    factor = float(row["factor"])
    return float(row["low"]) / factor <= score <= float(row["high"]) * factor


def band_score(linked: LinkedInventory, system: Matrices, row: Row) -> float:
    """Return our score for a row of ``bands.csv``.

    Raises
    ------
    NotFoundError
        The process, key or category is not known.
    """
    identifier = _provider(linked, row["process"])
    category = next(
        (c for c in categories(linked.inventory, row["family"]) if c.category == row["category"]),
        None,
    )
    if category is None:
        raise NotFoundError(f"category '{row['category']}' is not a headline of {row['family']}")
    return system.unit_scores(bundled(category))[identifier]


def _provider(linked: LinkedInventory, name: str) -> str:
    if name in linked.datasets:
        return name
    for row in linked.inventory.tables["links"]:
        if row["key"] == name:
            return row["process"]
    raise NotFoundError(f"'{name}' is neither a process nor a key")


def _uncharacterised(linked: LinkedInventory, report: Report) -> None:
    inventory = linked.inventory
    known = {
        code
        for family in families(inventory, default_only=True)
        for category in categories(inventory, family)
        for code, _ in bundled(category).factors
    }
    seen = set()
    for found in linked.datasets.values():
        for exchange in found.exchanges:
            place = exchange.origin.provenance
            if (
                exchange.flow
                and exchange.flow not in known
                and not place.remark
                and (place.file, place.line) not in seen
            ):
                seen.add((place.file, place.line))
                report.add(
                    "flow-uncharacterised",
                    place.file,
                    place.line,
                    f"'{exchange.origin.input}' in '{exchange.origin.compartment}'",
                )
