"""Scores of datasets in a Brightway project.

The matrices are those that bw2calc builds from the processed arrays. Instead of one solve per
dataset and method, the unit scores of *all* products follow from one factorisation of the
transposed technosphere,

    lambda = A^-T B^T C,

with ``A`` products x processes, ``B`` flows x processes and ``C`` flows x indicators (Heijungs and
Suh 2002, The Computational Structure of Life Cycle Assessment, chapter 8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import splu

from bw_tinyml.brightway.stack import bw2calc, bw2data, quiet
from bw_tinyml.errors import ProjectError
from bw_tinyml.impact.methods import Indicator, factor_matrix


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
    """

    ids: dict[int, int]
    values: np.ndarray
    indicators: tuple[Indicator, ...]

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
        The technosphere has no unique solution.
    """
    bd, bc = bw2data(), bw2calc()
    with quiet():
        demand, packages, _ = bd.prepare_lca_inputs(
            {bd.get_node(id=node_id): 1}, method=None, remapping=False
        )
        lca = bc.LCA(demand, data_objs=packages)
        lca.load_lci_data()
    if lca.technosphere_matrix.shape[0] != lca.technosphere_matrix.shape[1]:
        rows, columns = lca.technosphere_matrix.shape
        raise ProjectError(
            f"the technosphere is not square: {rows} products, {columns} activities",
            "a database was rewritten after another one that uses it: bw-tinyml doctor",
        )
    factors = factor_matrix(indicators, list(lca.dicts.biosphere))
    try:
        solver = splu(lca.technosphere_matrix.T.tocsc())
    except RuntimeError as error:
        raise ProjectError(
            "the technosphere is singular: some product is not produced",
            "look for activities without production exchange in the databases of the project",
        ) from error
    values = solver.solve(np.ascontiguousarray(lca.biosphere_matrix.T @ factors))
    return UnitScores(dict(lca.dicts.product), values, tuple(indicators))
