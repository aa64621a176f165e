"""Solving the dynamic part for one or many sets of amounts at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from bw_tinyml.errors import ProjectError
from bw_tinyml.impact.methods import Indicator, factor_matrix
from bw_tinyml.impact.model import Model
from bw_tinyml.impact.scores import unit_scores

#: what is wrong, and what to do, where amounts of a sample have no solution
SINGULAR_SAMPLE = (
    "the technosphere is singular for some of these amounts",
    "look for a dataset that consumes all of its own product",
)


class Solver:
    """Scores of demands on a model, for given amounts of its exchanges.

    Parameters
    ----------
    model
        The dynamic part of the project.
    indicators
        LCIA methods.
    """

    def __init__(self, model: Model, indicators: Sequence[Indicator]) -> None:
        self.model = model
        self.indicators = tuple(indicators)
        size = len(model.nodes)
        inner = [
            # columns first: the order of a matrix in compressed sparse columns
            (e, model.index[x.column] * size + model.index[x.row], x.sign)
            for e, x in enumerate(model.exchanges)
            if x.kind == "technosphere" and x.row in model.index
        ]
        self._inner = np.array([e for e, _, _ in inner], dtype=int)
        positions = np.array([position for _, position, _ in inner], dtype=int)
        cells, inverse = np.unique(positions, return_inverse=True)
        #: adds up the exchanges that are one matrix element, with their signs
        self._gather = sp.csr_matrix(
            ([sign for _, _, sign in inner], (inverse, np.arange(len(inner)))),
            shape=(len(cells), len(inner)),
        )
        starts = np.searchsorted(cells // size, np.arange(size + 1))
        self._pattern = (cells % size, starts)
        within = set(self._inner.tolist())
        #: exchanges with the outside: elementary flows and static products
        self.outer = np.array(
            [e for e in range(len(model.exchanges)) if e not in within], dtype=int
        )
        #: exchange -> its place among those with the outside
        self.outer_row = {e: i for i, e in enumerate(self.outer.tolist())}
        self._outer_columns = np.array(
            [model.index[model.exchanges[e].column] for e in self.outer], dtype=int
        )
        self._unit_scores = self._scores_of_outer()

    def _scores_of_outer(self) -> np.ndarray:
        """Scores of one unit of each exchange with the outside, shape (exchanges, indicators)."""
        model = self.model
        flows = model.flows()
        factors = factor_matrix(self.indicators, flows)
        row = {identifier: i for i, identifier in enumerate(flows)}
        static = model.static_products()
        static_scores: dict[int, np.ndarray] = {}
        for product in static:
            if product not in static_scores:
                found = unit_scores(product, self.indicators)
                static_scores |= {p: found.of(p) for p in static if p in found.ids}
        scores = np.zeros((len(self.outer), len(self.indicators)))
        for i, e in enumerate(self.outer):
            exchange = model.exchanges[e]
            if exchange.kind == "biosphere":
                scores[i] = factors[row[exchange.row]]
            else:
                scores[i] = -exchange.sign * static_scores[exchange.row]
        return scores

    def supply(self, amounts: np.ndarray, demands: np.ndarray) -> np.ndarray:
        """Return how much of each dataset is needed.

        Parameters
        ----------
        amounts
            Amounts of the exchanges, shape (exchanges, samples).
        demands
            Demanded products, shape (samples, nodes, demands).

        Returns
        -------
        numpy.ndarray
            Shape (samples, nodes, demands).
        """
        size = len(self.model.nodes)
        elements = self._gather @ amounts[self._inner]
        solved = np.empty(demands.shape)
        for i in range(amounts.shape[1]):
            column = np.ascontiguousarray(elements[:, i])  # what SuperLU takes, even of two samples
            technosphere = sp.csc_matrix((column, *self._pattern), shape=(size, size))
            solved[i] = solve(technosphere, demands[i])
        return solved

    def scores(self, amounts: np.ndarray, supply: np.ndarray) -> np.ndarray:
        """Return the scores of supplies, shape (samples, demands, indicators)."""
        outside = amounts[self.outer].T
        result = np.empty((supply.shape[0], supply.shape[2], len(self.indicators)))
        for k in range(supply.shape[2]):
            weighted = outside * supply[:, self._outer_columns, k]
            result[:, k, :] = weighted @ self._unit_scores
        return result

    def product_scores(self, amounts: np.ndarray) -> np.ndarray:
        """Return the scores of one unit of every product, by one transposed solve.

        Parameters
        ----------
        amounts
            Amounts of the exchanges, shape (exchanges,).

        Returns
        -------
        numpy.ndarray
            Shape (nodes, indicators).
        """
        size = len(self.model.nodes)
        elements = self._gather @ amounts[self._inner]
        direct = np.zeros((size, len(self.indicators)))
        np.add.at(direct, self._outer_columns, amounts[self.outer][:, None] * self._unit_scores)
        technosphere = sp.csc_matrix((elements, *self._pattern), shape=(size, size))
        return solve(technosphere, direct, transposed=True)

    def outer_contributions(self, amounts: np.ndarray, supply: np.ndarray) -> np.ndarray:
        """Return what each exchange with the outside adds to the scores of one supply.

        Parameters
        ----------
        amounts
            Amounts of the exchanges, shape (exchanges,).
        supply
            How much of each dataset is needed, shape (nodes,).

        Returns
        -------
        numpy.ndarray
            Shape (exchanges with the outside, indicators).
        """
        weights = amounts[self.outer] * supply[self._outer_columns]
        return weights[:, None] * self._unit_scores

    def demand(self, node_id: int, samples: int = 1) -> np.ndarray:
        """Return the demand of one unit of a product, shape (samples, nodes, 1)."""
        demand = np.zeros((samples, len(self.model.nodes), 1))
        demand[:, self.model.index[node_id], 0] = 1.0
        return demand

    def labelled_demands(
        self, node_id: int, amounts: np.ndarray
    ) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Return what one unit of a dataset takes, by label of its exchanges.

        Parameters
        ----------
        node_id
            The dataset.
        amounts
            Amounts of the exchanges, shape (exchanges, samples).

        Returns
        -------
        labels : list of str
            In the order of the dataset's exchanges.
        demands : numpy.ndarray
            Demanded products, shape (samples, nodes, labels).
        direct : numpy.ndarray
            Scores of the dataset's own flows and static inputs, shape (samples, labels,
            indicators).
        """
        model = self.model
        own = [e for e, x in enumerate(model.exchanges) if x.column == node_id]
        inputs = [e for e in own if not self.is_reference(e)]
        produced = sum(amounts[e] for e in own if self.is_reference(e))
        labels = list(dict.fromkeys(model.exchanges[e].label for e in inputs))
        samples = amounts.shape[1]
        demands = np.zeros((samples, len(model.nodes), len(labels)))
        direct = np.zeros((samples, len(labels), len(self.indicators)))
        for e in inputs:
            exchange = model.exchanges[e]
            k = labels.index(exchange.label)
            per_unit = amounts[e] / produced
            if e in self.outer_row:
                direct[:, k, :] += per_unit[:, None] * self.unit_score(e)
            else:
                demands[:, model.index[exchange.row], k] -= exchange.sign * per_unit
        return labels, demands, direct

    def unit_score(self, e: int) -> np.ndarray:
        """Return the scores of one unit of an exchange with the outside."""
        scores: np.ndarray = self._unit_scores[self.outer_row[e]]
        return scores

    def is_reference(self, e: int) -> bool:
        """Return whether an exchange is the production of its own dataset."""
        exchange = self.model.exchanges[e]
        return exchange.kind == "technosphere" and exchange.row == exchange.column


def solve(matrix: sp.csc_matrix, right: np.ndarray, transposed: bool = False) -> np.ndarray:
    """Solve one system, or its transpose, whose unknowns stand in the order of a model.

    Raises
    ------
    ProjectError
        The matrix is singular.
    """
    try:
        solved: np.ndarray = splu(
            # That order is good, and the diagonal (production) makes safe pivots.
            matrix,
            permc_spec="NATURAL",
            diag_pivot_thresh=0.0,
        ).solve(right, "T" if transposed else "N")
        singular = not np.all(np.isfinite(solved))
    except RuntimeError:
        singular = True
    if singular:
        raise ProjectError(*SINGULAR_SAMPLE)
    return solved
