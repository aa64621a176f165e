"""One dataset on several backgrounds, side by side, without changing a project.

The inventory is linked to each background in memory. Only the unit scores of the activities that
it names come from the project, so that two databases of one project can be compared although
``tinyml`` is linked to one of them, or to neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bw_tinyml.background.providers import Activity
from bw_tinyml.brightway.background import Choice, Linked, biosphere_of, link_to
from bw_tinyml.brightway.biosphere import find_biosphere, flow_ids
from bw_tinyml.brightway.install import linked_inventory
from bw_tinyml.brightway.lookup import Node, choose
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data, versions
from bw_tinyml.errors import ProjectError, UsageError
from bw_tinyml.impact.methods import Indicator, factor_matrix, family_indicators
from bw_tinyml.impact.preview import matrices
from bw_tinyml.impact.scores import unit_scores
from bw_tinyml.inventory.model import Dataset, Inventory
from bw_tinyml.showing import Shown


@dataclass(repr=False)
class SideBySide(Shown):
    """Scores of one dataset on several backgrounds.

    Attributes
    ----------
    dataset
        The dataset.
    amount
        How much of its product.
    recognised
        What each background is, by its label, in the order given.
    table
        Columns ``label`` and ``unit`` of the category, one column of scores per background, and
        one ``B / A`` of ratios to the first per further background.
    """

    dataset: Dataset
    amount: float
    recognised: dict[str, str]
    table: pd.DataFrame

    def shown(self) -> tuple[str, pd.DataFrame]:
        """Return what was calculated, and the main table."""
        return self.title().strip(), self.table

    def title(self) -> str:
        """Return what was calculated, in one line."""
        found = self.dataset
        product = f"{self.amount:g} {found.unit} of {found.product}"
        return f"{product}: {found.name} [{found.location}]\n"

    def as_dict(self) -> dict[str, Any]:
        """Return the result, ready for JSON; a ratio that does not exist is null."""
        rows = self.table.astype(object).where(self.table.notna(), None)
        return {
            "dataset": self.dataset.id,
            "amount": self.amount,
            "unit": self.dataset.unit,
            "backgrounds": self.recognised,
            "scores": rows.to_dict("records"),
            "versions": versions(),
        }


def compare_backgrounds(
    name: str,
    backgrounds: Sequence[str],
    *,
    project: str,
    location: str | None = None,
    amount: float = 1.0,
    family: Sequence[str] = ("EF v3.1",),
    folder: Path | str | None = None,
) -> SideBySide:
    """Score a dataset on several backgrounds.

    Parameters
    ----------
    name, location
        The dataset, as for :func:`bw_tinyml.score`.
    backgrounds
        ``"open"`` or names of ecoinvent databases; ``"NAME@PROJECT"`` for one of another project.
    project
        Project of those that name none.
    amount
        How much of its product.
    family
        Families of LCIA methods; every project must have them.
    folder
        Inventory folder; by default the one that comes with the package.

    Raises
    ------
    BackgroundError, LinkError
        A background cannot be linked to.
    NotFoundError
        No dataset is called so, or a project lacks methods.
    """
    if len(set(backgrounds)) != len(backgrounds):
        raise UsageError("a background is named twice", "name different ones")
    inventory = linked_inventory(folder).inventory
    dataset = _find(inventory, name, location)
    recognised: dict[str, str] = {}
    columns: dict[str, np.ndarray] = {}
    indicators: list[Indicator] = []
    for label in backgrounds:
        database, _, place = label.rpartition("@") if "@" in label else (label, "", project)
        open_project(place)
        choice = Choice(database)
        found = scores_on(choice, link_to(choice, inventory), family)
        indicators, recognised[label] = found.indicators, found.recognised
        columns[label] = amount * found.scores[dataset.id]
    table = pd.DataFrame(
        {"label": [i.label for i in indicators], "unit": [i.unit for i in indicators], **columns}
    )
    first = backgrounds[0]
    for label in backgrounds[1:]:
        with np.errstate(all="ignore"):
            ratio = table[label] / table[first]
        table[f"{label} / {first}"] = ratio.where(np.isfinite(ratio))
    return SideBySide(dataset, amount, recognised, table)


@dataclass(frozen=True)
class BackgroundScores:
    """Scores of one unit of every dataset on one background.

    Attributes
    ----------
    recognised
        What the background is.
    indicators
        The indicators, in the order of the scores.
    scores
        Arrays by identifier of the dataset.
    """

    recognised: str
    indicators: list[Indicator]
    scores: dict[str, np.ndarray]


def scores_on(choice: Choice, linked: Linked, families: Sequence[str]) -> BackgroundScores:
    """Score every dataset on a background of the current project, without writing anything.

    Parameters
    ----------
    choice
        The background.
    linked
        The inventory, linked to it.
    families
        Families of LCIA methods; the project must have them.

    Raises
    ------
    NotFoundError
        The project lacks methods.
    ProjectError
        It has no biosphere database.
    """
    system = matrices(linked.inventory)
    biosphere = biosphere_for(choice, system.flows)
    inventory = linked.inventory.inventory
    indicators = [i for f in families for i in family_indicators(inventory, f, biosphere)]
    ids = flow_ids(biosphere)
    factors = factor_matrix(indicators, [ids[flow] for flow in system.flows])
    scores = system.scores(factors, _external_scores(system.external, indicators))
    recognised = str(linked.recognition.release) if linked.recognition else "open background"
    return BackgroundScores(recognised, indicators, dict(zip(system.ids, scores, strict=True)))


def biosphere_for(choice: Choice, flows: Iterable[str]) -> str:
    """Return the database of the current project that holds the elementary flows (UUIDs).

    Raises
    ------
    ProjectError
        There is none.
    """
    sources = [] if choice.is_open else biosphere_of(choice.name)
    biosphere = find_biosphere(flows, None, sources)
    if biosphere is None:
        raise ProjectError(
            f"project '{bw2data().projects.current}' has no biosphere database",
            "bw-tinyml install --background open brings one, with LCIA methods",
        )
    return biosphere


def _external_scores(activities: list[Activity], indicators: list[Indicator]) -> np.ndarray:
    """Scores of one unit of each activity's product, shape (activities, indicators)."""
    if not activities:
        return np.zeros((0, len(indicators)))
    ids = flow_ids(activities[0].database)
    wanted = [ids[activity.code] for activity in activities]
    found = unit_scores(wanted[0], indicators)
    return np.array([found.of(identifier) for identifier in wanted])


def _find(inventory: Inventory, name: str, location: str | None) -> Dataset:
    """Return the dataset that is called so, found as in a project."""
    candidates = [
        Node(0, d.database, d.code, d.name, d.product, d.location, d.unit, d.stage, d.id)
        for d in inventory.of_database("tinyml")
    ]
    return inventory.datasets[choose(candidates, name, location).identifier]
