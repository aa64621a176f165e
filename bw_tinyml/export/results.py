"""The table of results that goes with an export: what an importer should find again."""

from __future__ import annotations

from dataclasses import dataclass

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.impact.preview import bundled, matrices
from bw_tinyml.inventory.families import categories
from bw_tinyml.systems.tasks import tasks

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
    prefixes = {
        f"{system.process}/" for task in tasks(linked.inventory).values() for system in task.systems
    }
    chosen = [
        found.dataset
        for found in linked.of_database("tinyml")
        if found.dataset.stage == "devices"
        or any(f"{found.dataset.id}/".startswith(prefix) for prefix in prefixes)
    ]
    system = matrices(linked)
    listed = categories(linked.inventory, family)
    methods = [bundled(category) for category in listed]
    scores = [system.unit_scores(method) for method in methods]
    return ResultsTable(
        family,
        tuple(category.label for category in listed),
        tuple(method.unit for method in methods),
        tuple(
            ResultRow(
                dataset.id,
                dataset.name,
                dataset.location,
                dataset.unit,
                tuple(float(f"{s[dataset.id]:.{DIGITS - 1}e}") for s in scores),
            )
            for dataset in chosen
        ),
    )
