"""Are the scores physically possible? Checks of whole supply chains.

They find what no look at one table can find: a process that pollutes nowhere, an energy carrier
that holds more energy than nature gave, a market without one of the impacts, a score below zero.
"""

from __future__ import annotations

import numpy as np

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.errors import NotFoundError
from bw_tinyml.impact.preview import Matrices, bundled
from bw_tinyml.inventory.families import Category, categories, families
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.model import Dataset

#: Brightway's names of the units of energy -> MJ
ENERGY_UNITS = {"kilowatt hour": 3.6, "megajoule": 1.0}
ENERGY_DEMAND = ("Cumulative Energy Demand (CED)", "total")
#: a score this small beside the flows that make it up is zero, not negative
ROUNDING = 1e-9


def check(linked: LinkedInventory, system: Matrices, report: Report) -> None:
    """Check the supply chains of all datasets."""
    _emissions(linked, system, report)
    _energy(linked, system, report)
    scores = {c: system.unit_scores(bundled(c)) for c in _headlines(linked)}
    _negative(linked, scores, report)
    _complete(linked, scores, report)


def _headlines(linked: LinkedInventory) -> list[Category]:
    """Categories of the first default family."""
    inventory = linked.inventory
    return categories(inventory, families(inventory, default_only=True)[0])


def _emissions(linked: LinkedInventory, system: Matrices, report: Report) -> None:
    """No process without elementary flows, its own or those of its supply chain.

    Wastes are left out: one that is kept in a drawer emits nothing.
    """
    own = np.asarray(abs(system.biosphere).sum(axis=0)).ravel()
    total = system.factors.solve(own, trans="T")
    for identifier, amount in zip(system.ids, total, strict=True):
        if amount == 0 and linked.datasets[identifier].dataset.product_type != "waste":
            _add(linked, report, "no-elementary-flows", identifier, "nothing is taken or emitted")


def _energy(linked: LinkedInventory, system: Matrices, report: Report) -> None:
    """An efficiency above 1 shows as an energy carrier with less energy behind it than in it."""
    family, name = ENERGY_DEMAND
    try:
        category = next(c for c in categories(linked.inventory, family) if c.category == name)
    except (NotFoundError, StopIteration):
        return
    demand = system.unit_scores(bundled(category))
    for identifier, found in linked.datasets.items():
        dataset = found.dataset
        if dataset.database != "tinyml-background" or dataset.unit not in ENERGY_UNITS:
            continue
        energy = ENERGY_UNITS[dataset.unit]
        if demand[identifier] < energy * (1 - ROUNDING):
            _add(
                linked,
                report,
                "energy-created",
                identifier,
                f"{energy:g} MJ come from {demand[identifier]:.3g} MJ of primary energy",
            )


def _negative(
    linked: LinkedInventory, scores: dict[Category, dict[str, float]], report: Report
) -> None:
    """A score below zero is a credit, and a credit needs words."""
    for category, values in scores.items():
        size = max(abs(value) for value in values.values())
        for identifier, value in values.items():
            if value < -ROUNDING * size and not _explained(linked, identifier):
                _add(
                    linked,
                    report,
                    "negative-score",
                    identifier,
                    f"{category.label} is {value:.3g}",
                )


def _explained(linked: LinkedInventory, identifier: str) -> bool:
    dataset = linked.datasets[identifier].dataset
    return "negative" in f"{dataset.comment} {dataset.balance_note}".lower()


def _complete(
    linked: LinkedInventory, scores: dict[Category, dict[str, float]], report: Report
) -> None:
    """What is sold on a market has some impact in every category.

    Treatments of waste are left out: an open fire takes no land and no ore.
    """
    for row in linked.inventory.tables["links"]:
        dataset = linked.datasets[row["process"]].dataset
        if dataset.product_type == "waste":
            continue
        empty = [c.label for c, values in scores.items() if values[dataset.id] == 0]
        if empty:
            report.add(
                "category-empty",
                row.file,
                row.line,
                f"'{row['key']}' ({dataset.id}) scores zero in {', '.join(empty)}",
            )


def _add(linked: LinkedInventory, report: Report, code: str, identifier: str, message: str) -> None:
    dataset: Dataset = linked.datasets[identifier].dataset
    report.add(code, dataset.file, dataset.line, f"{identifier}: {message}")
