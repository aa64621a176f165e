"""Scores of datasets in a Brightway project.

The matrices are those that bw2calc builds from the processed arrays, widened to double precision.
Instead of one solve per dataset and method, the unit scores of *all* products follow from the
transposed technosphere,

    lambda = A^-T B^T C,

with ``A`` products x processes, ``B`` flows x processes and ``C`` flows x indicators (Heijungs and
Suh 2002, The Computational Structure of Life Cycle Assessment, chapter 8). The engine solves it by
iteration with a verified error, and keeps the result on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bw_tinyml.brightway.stack import bw2data, quiet
from bw_tinyml.engine.cache import Cache, default_folder
from bw_tinyml.engine.units import all_units
from bw_tinyml.errors import ProjectError
from bw_tinyml.impact.methods import Indicator


@dataclass(frozen=True)
class UnitScores:
    """Scores of one unit of every product in reach.

    Attributes
    ----------
    ids
        Node id -> row of ``values``.
    values
        Scores, shape (products, indicators).
    indicators
        The LCIA methods, in the order of the columns.
    bounds
        Bounds of the numerical errors of ``values``, same shape.
    """

    ids: dict[int, int]
    values: np.ndarray
    indicators: tuple[Indicator, ...]
    bounds: np.ndarray

    def of(self, node_id: int) -> np.ndarray:
        """Return the scores of one unit of a product, one per indicator."""
        scores: np.ndarray = self.values[self.ids[node_id]]
        return scores


def unit_scores(node_id: int, indicators: Sequence[Indicator]) -> UnitScores:
    """Return the unit scores of a product and of all that it may depend on.

    Parameters
    ----------
    node_id
        A product; its database and those that it depends on are loaded.
    indicators
        LCIA methods.

    Raises
    ------
    ProjectError
        The technosphere has no unique solution, or processed arrays cannot be had.
    """
    packages = packages_of(node_id)
    methods = [method_package(indicator) for indicator in indicators]
    found = all_units(packages, methods, Cache(default_folder()))
    ids = {identifier: row for row, identifier in enumerate(found.products.tolist())}
    return UnitScores(ids, found.values, tuple(indicators), found.bounds)


def packages_of(node_id: int) -> list[Path]:
    """Return the processed arrays of a node's database and of those that it depends on."""
    bd = bw2data()
    with quiet():
        bd.databases.clean()
        own = bd.get_node(id=node_id)["database"]
        # The same order as in bw2data.prepare_lca_inputs: the demanded database last.
        others = sorted(bd.Database(own).find_graph_dependents() - {own})
        return [Path(bd.Database(name).filepath_processed()) for name in [*others, own]]


def method_package(indicator: Indicator) -> Path:
    """Return the processed arrays of an LCIA method."""
    path = Path(bw2data().Method(indicator.method).filepath_processed())
    if not path.is_file():
        raise ProjectError(
            f"the LCIA method {indicator.method} has no processed arrays",
            "write it again: bw-tinyml install mends the methods that it brought",
        )
    return path
