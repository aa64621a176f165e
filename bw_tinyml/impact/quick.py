"""Scores of a project that is only read: without bw2data, from the cache where they are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bw_tinyml.brightway.lookup import Node, choose, sorted_nodes
from bw_tinyml.brightway.reading import MethodName, NotReadable, ProjectFiles, project_files
from bw_tinyml.brightway.stack import versions
from bw_tinyml.engine.cache import Cache, default_folder
from bw_tinyml.engine.units import all_units
from bw_tinyml.errors import NotFoundError
from bw_tinyml.impact.methods import Indicator
from bw_tinyml.inventory.families import categories, pick
from bw_tinyml.inventory.loading import load_lists
from bw_tinyml.inventory.model import DATABASES


@dataclass(frozen=True)
class QuickScores:
    """Scores of one unit of a dataset.

    Attributes
    ----------
    node
        The dataset.
    indicators
        LCIA methods.
    values, bounds
        Scores, and bounds of their numerical errors, one per indicator.
    provenance
        What makes them reproducible.
    """

    node: Node
    indicators: list[Indicator]
    values: np.ndarray
    bounds: np.ndarray
    provenance: dict[str, Any]

    def as_dict(self, amount: float) -> dict[str, Any]:
        """Return the scores of some of the product, ready for JSON, as a result has them."""
        return {
            "activity": self.node.as_dict(),
            "amount": amount,
            "unit": self.node.unit,
            "scores": [
                {
                    "method": list(indicator.method),
                    "label": indicator.label,
                    "score": float(value * amount),
                    "unit": indicator.unit,
                }
                for indicator, value in zip(self.indicators, self.values, strict=True)
            ],
            **self.provenance,
        }


def quick_scores(
    name: str,
    project: str,
    location: str | None = None,
    families: Sequence[str] = ("EF v3.1",),
) -> QuickScores:
    """Return the scores of a dataset in the headline categories of families.

    Raises
    ------
    NotReadable
        The project is not as expected; the way through bw2data must be taken.
    NotFoundError, AmbiguousError
        The dataset cannot be told.
    """
    files = project_files(project)
    installed = [database for database in DATABASES if database in files.databases]
    if not installed:
        raise NotReadable("not installed")
    metadata = files.databases[installed[0]]
    if "biosphere" not in metadata:
        raise NotReadable("no biosphere is noted")
    biosphere = str(metadata["biosphere"])
    node = choose(sorted_nodes(files.rows(installed)), name, location)
    indicators = _indicators(files, biosphere, families)
    found = all_units(
        files.packages(node.database),
        [files.method_package(indicator.method) for indicator in indicators],
        Cache(default_folder()),
    )
    row = np.flatnonzero(found.products == node.id)
    if row.size != 1:
        raise NotReadable("the arrays do not fit the datasets")
    provenance = {
        "project": project,
        "background": metadata.get("background", ""),
        "biosphere": biosphere,
        "table_hash": metadata.get("table_hash", ""),
        "versions": versions(),
        "parameters": {},
    }
    values, bounds = found.values[row[0]], found.bounds[row[0]]
    return QuickScores(node, indicators, values, bounds, provenance)


def _indicators(files: ProjectFiles, biosphere: str, families: Sequence[str]) -> list[Indicator]:
    """Return the headline indicators, as :meth:`Session.indicators` does."""
    inventory = load_lists()
    flows = files.ids(biosphere)
    found = []
    for family in families:
        try:
            wanted = categories(inventory, family)
        except NotFoundError as error:  # the project may have methods that we do not list
            raise NotReadable(f"{family} is not listed") from error
        present = [m for m in files.methods if len(m) >= 3 and m[-3] == wanted[0].family]
        usable = [method for method in present if _fits(files, method, flows)]
        for category in wanted:
            method = pick(category, usable)
            if method is None:
                raise NotReadable(f"{category.label} is missing")
            label = f"{method[-3]}: {category.label}" if families[1:] else category.label
            unit = str(files.methods[method].get("unit", ""))
            found.append(replace(Indicator(method, category.label, unit), label=label))
    return found


def _fits(files: ProjectFiles, method: MethodName, flows: set[int]) -> bool:
    """Return whether a method has factors for flows of the biosphere."""
    from bw_tinyml.engine.packages import read_groups

    groups = read_groups([files.method_package(method)], "characterization_matrix")
    return any(flows.intersection(group.row[:20].tolist()) for group in groups)
