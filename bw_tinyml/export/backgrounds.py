"""For which background an export is: the open one, a release of ecoinvent, a database of the user.

Of a release only the published names are known, so that nothing can be calculated. Of a database
in a project the names are its own, and scores are calculated there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bw_tinyml.background.ecoinvent import EcoinventBackground
from bw_tinyml.background.linking import LinkedInventory, link
from bw_tinyml.background.open import OPEN
from bw_tinyml.background.published import (
    biosphere_name,
    database_name,
    flow_labels,
    published_index,
    stated_release,
)
from bw_tinyml.background.releases import Release
from bw_tinyml.brightway.background import Choice, link_to
from bw_tinyml.brightway.biosphere import DEFAULT, flow_labels_of
from bw_tinyml.brightway.install import checked_inventory, linked_inventory
from bw_tinyml.brightway.payload import Payload, payload
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import LinkError, NotFoundError, ProjectError, UsageError
from bw_tinyml.export.results import ResultsTable, results_on, results_table
from bw_tinyml.inventory.findings import Report
from bw_tinyml.suggestions import nearest

FAMILY = "EF v3.1"


@dataclass(frozen=True)
class Prepared:
    """The inventory, linked to the background for which it is exported.

    Attributes
    ----------
    linked
        The linked inventory.
    background
        What the background is, in words.
    database
        Name of the background's database; empty for the open background, which is exported too.
    biosphere
        Name of the database of elementary flows that the importer will link to.
    labels
        Name and unit of the elementary flows (UUIDs) that it calls otherwise than we do.
    scores
        Calculates the scores on that background; raises NotFoundError, whose message says why,
        where they cannot be calculated.
    """

    linked: LinkedInventory
    background: str
    database: str
    biosphere: str
    scores: Callable[[], ResultsTable]
    labels: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def payload(self, database: str) -> Payload:
        """Return one of our databases, with the background's own names of elementary flows."""
        content = payload(self.linked, database, self.biosphere)
        if self.database:
            content.metadata["background_release"] = self.background
        for dataset in content.datasets if self.labels else ():
            for exchange in dataset["exchanges"]:
                self._relabel(exchange)
        return content

    def _relabel(self, exchange: dict[str, Any]) -> None:
        label = self.labels.get(exchange["input"][1])
        if label and exchange["type"] == "biosphere":
            exchange["name"], exchange["unit"] = label


def prepare(
    background: str = OPEN,
    *,
    project: str | None = None,
    biosphere: str | None = None,
    folder: Path | str | None = None,
) -> Prepared:
    """Link the inventory to the background for which it is to be exported.

    Parameters
    ----------
    background
        ``open``; a release of ecoinvent by its names (``ecoinvent-3.10-cutoff``); or, with a
        project, the name of a database of it.
    project
        Brightway project that has the database; nothing in it is changed.
    biosphere
        Name of the database of elementary flows where the file will be imported; by default that
        of the background.
    folder
        Inventory folder; by default the one that comes with the package.

    Raises
    ------
    BackgroundError
        The background is none that the keys can be linked to.
    InventoryError
        The tables have errors.
    LinkError
        A key has no provider there.
    ProjectError
        There is no such project, or the published names are not installed.
    UsageError
        A project is named together with the open background.
    """
    if background == OPEN:
        if project is not None:
            raise UsageError(
                f"project '{project}' says nothing about the open background",
                "name a database of it with --background, or leave --project out",
            )
        linked = linked_inventory(folder)
        scores = partial(results_table, linked, FAMILY)
        return Prepared(linked, "open background", "", biosphere or DEFAULT, scores)
    if project is not None:
        return _of_project(background, project, biosphere, folder)
    inventory = checked_inventory(folder)
    release = stated_release(background, inventory)
    index = published_index(release, inventory)
    report = Report()
    linked = link(inventory, report, EcoinventBackground(inventory, index, release))
    if report.errors:
        messages = [finding.message for finding in sorted(report.errors)]
        raise LinkError(
            f"the inventory cannot be linked to {release}: {messages[0]}"
            + (f"; and {len(messages) - 1} more" if len(messages) > 1 else ""),
            "add rows to links/ecoinvent.csv, or choose another release",
        )
    return Prepared(
        linked,
        str(release),
        database_name(release),
        biosphere or biosphere_name(release),
        partial(_no_scores, release),
        flow_labels(release),
    )


def _no_scores(release: Release) -> ResultsTable:
    raise NotFoundError(
        f"no scores: they need the amounts of {release}, and only its names are known here",
        "export with --project from a Brightway project that holds the database, or calculate "
        "after the import",
    )


def _of_project(
    background: str, project: str, biosphere: str | None, folder: Path | str | None
) -> Prepared:
    """Link to a database of a project, and calculate there."""
    from bw_tinyml.impact.backgrounds import biosphere_for, scores_on

    names = sorted(known.name for known in bw2data().projects)
    if project not in names:
        raise ProjectError(
            f"there is no Brightway project '{project}'{nearest(project, names)}",
            "name the project that holds the background",
        )
    open_project(project)
    choice = Choice(background)
    linked = link_to(choice, checked_inventory(folder))
    recognised = str(linked.recognition.release) if linked.recognition else background
    exchanges = (e for d in linked.inventory.datasets.values() for e in d.exchanges)
    flows = biosphere_for(choice, {e.flow for e in exchanges if e.flow})

    def scores() -> ResultsTable:
        open_project(project)
        return results_on(linked.inventory, scores_on(choice, linked, [FAMILY]), FAMILY)

    return Prepared(
        linked.inventory,
        f"{recognised} (database '{background}')",
        background,
        biosphere or flows,
        scores,
        flow_labels_of(flows),
    )
