"""The table of results that goes with an export: what an importer should find again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.impact.preview import bundled, matrices
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.model import Dataset
from bw_tinyml.systems.tasks import tasks

if TYPE_CHECKING:
    from bw_tinyml.impact.backgrounds import BackgroundScores

DIGITS = 9  # significant; solvers differ in later ones, and bytes must not


@dataclass(frozen=True)
class ResultRow:
    """Scores of one dataset, in the order of the table's labels."""

    identifier: str
    name: str
    location: str
    unit: str
    scores: tuple[float, ...]


@dataclass(frozen=True)
class ResultsTable:
    """Scores of all systems that deliver a task, and of the devices in them.

    Attributes
    ----------
    labels, units
        Of the impact categories.
    rows
        One per dataset.
    """

    family: str
    labels: tuple[str, ...]
    units: tuple[str, ...]
    rows: tuple[ResultRow, ...]


def results_table(linked: LinkedInventory, family: str = "EF v3.1") -> ResultsTable:
    """Score all systems and devices straight from the tables.

    Parameters
    ----------
    linked
        The inventory, linked to the open background.
    family
        Family of LCIA methods; its headline categories.

    Raises
    ------
    NotFoundError
        The family is not listed.
    """
    system = matrices(linked)
    listed = categories(linked.inventory, family)
    methods = [bundled(category) for category in listed]
    scores = [system.unit_scores(method) for method in methods]
    return ResultsTable(
        family,
        tuple(category.label for category in listed),
        tuple(method.unit for method in methods),
        tuple(_row(d, [s[d.id] for s in scores]) for d in _systems_and_devices(linked)),
    )


def results_on(linked: LinkedInventory, found: BackgroundScores, family: str) -> ResultsTable:
    """Return the same table for a background of the user, from scores calculated on it."""
    return ResultsTable(
        family,
        tuple(indicator.label for indicator in found.indicators),
        tuple(indicator.unit for indicator in found.indicators),
        tuple(_row(d, found.scores[d.id]) for d in _systems_and_devices(linked)),
    )


def _systems_and_devices(linked: LinkedInventory) -> list[Dataset]:
    prefixes = {
        f"{system.process}/" for task in tasks(linked.inventory).values() for system in task.systems
    }
    return [
        found.dataset
        for found in linked.of_database("tinyml")
        if found.dataset.stage == "devices"
        or any(f"{found.dataset.id}/".startswith(prefix) for prefix in prefixes)
    ]


def _row(dataset: Dataset, scores: Iterable[float]) -> ResultRow:
    return ResultRow(
        dataset.id,
        dataset.name,
        dataset.location,
        dataset.unit,
        tuple(float(f"{score:.{DIGITS - 1}e}") for score in scores),
    )
