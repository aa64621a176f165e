"""Unit scores of all datasets, kept in memory and solved again only where a change reaches.

The unit scores ``lambda`` of the datasets follow from ``A^T lambda = q``, where ``q`` are the
scores of a dataset's own flows. A change of parameters alters some columns of ``A`` and some ``q``;
with ``S`` for the datasets whose score may move, and ``U`` for all others,

    A_SS^T lambda_S = q_S - A_US^T lambda_U,

so that datasets which no change reaches, above all the background, enter as numbers. The same is
done for the stated values and for paired Monte Carlo samples of all numbers at once: they are the
columns of each array, the stated values in the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from bw_tinyml.app.algebra import closure, solve_batch
from bw_tinyml.app.dependencies import Dependencies, Key
from bw_tinyml.app.drawing import draw
from bw_tinyml.impact.solving import Solver, solve
from bw_tinyml.inventory.parameters import evaluate_given


@dataclass(frozen=True)
class View:
    """Amounts and unit scores after a change.

    Attributes
    ----------
    columns
        Number of columns of the arrays.
    scores
        Unit scores by node id where they moved, each of shape (columns, indicators).
    amounts
        Amounts by exchange where they moved, each of shape (columns,) or ().
    """

    live: Live
    columns: int
    all_columns: bool
    scores: Mapping[int, np.ndarray]
    amounts: Mapping[int, Any]

    def unit_scores(self, node_id: int) -> np.ndarray:
        """Return the scores of one unit of a product, shape (columns, indicators)."""
        found = self.scores.get(node_id)
        return self.live.unit_scores(node_id, self.all_columns) if found is None else found

    def amount(self, e: int) -> Any:
        """Return the amount of an exchange, shape (columns,) or ()."""
        found = self.amounts.get(e)
        return self.live.amount(e, self.all_columns) if found is None else found

    def stated_amounts(self) -> np.ndarray:
        """Return all amounts at the stated values, shape (exchanges, 1)."""
        amounts = self.live.stated.copy()
        for e, amount in self.amounts.items():
            amounts[e] = np.ravel(amount)[0]
        return amounts[:, None]


class Live:
    """Unit scores of the datasets of a model, at stated values and in samples.

    Parameters
    ----------
    solver
        Of a model with all datasets that may be asked for.
    samples
        Number of Monte Carlo samples.
    seed
        Their seed.
    """

    def __init__(self, solver: Solver, samples: int = 200, seed: int = 42) -> None:
        self.solver = solver
        self.model = solver.model
        self.samples = samples
        self.columns = samples + 1
        self._own: dict[int, list[int]] = defaultdict(list)
        self._consumers: dict[int, set[int]] = defaultdict(set)
        self._inputs: dict[int, set[int]] = defaultdict(set)
        for e, exchange in enumerate(self.model.exchanges):
            self._own[exchange.column].append(e)
            if self._is_inner(e) and exchange.row != exchange.column:
                self._consumers[exchange.row].add(exchange.column)
                self._inputs[exchange.column].add(exchange.row)
        self._influences: dict[frozenset[int], frozenset[Key]] = {}
        self._reach: dict[int, frozenset[int]] = {}
        self.dependencies = Dependencies(self.model)
        order = list(self.dependencies.order)
        self._values, self._amounts = draw(self.model, order, samples, seed)
        self._stated_values = {
            d: {n: v[0] if np.ndim(v) else v for n, v in found.items()}
            for d, found in self._values.items()
        }
        self.stated = self._amounts[:, 0]
        self._solve_all()

    def _is_inner(self, e: int) -> bool:
        return e not in self.solver.outer_row

    def own(self, node_id: int) -> list[int]:
        """Return the exchanges of a dataset."""
        return self._own[node_id]

    # --- once

    def _solve_all(self) -> None:
        model, size = self.model, len(self.model.nodes)
        inner = [e for e in range(len(model.exchanges)) if self._is_inner(e)]
        outer = self.solver.outer
        rows = [model.index[model.exchanges[e].row] for e in inner]
        columns = [model.index[model.exchanges[e].column] for e in inner]
        signs = np.array([model.exchanges[e].sign for e in inner])
        owners = [model.index[model.exchanges[e].column] for e in outer]
        #: adds up what the exchanges with the outside bring to each dataset
        self.collect = sp.csr_matrix(
            (np.ones(len(outer)), (owners, np.arange(len(outer)))), shape=(size, len(outer))
        )
        factors = np.array([self.solver.unit_score(e) for e in outer])
        #: scores of one unit of each exchange with the outside
        self.factors = factors.reshape(len(outer), len(self.solver.indicators))
        self._scores = np.empty((size, self.columns, self.factors.shape[1]))
        for k in range(self.columns):
            direct = self.collect @ (self._amounts[outer, k, None] * self.factors)
            values = signs * self._amounts[inner, k]
            transposed = sp.csc_matrix((values, (columns, rows)), shape=(size, size))
            # In the model's order the transposed matrix is block triangular, too.
            self._scores[:, k] = solve(transposed, direct)

    def influences(self, ids: Iterable[int]) -> frozenset[Key]:
        """Return database and name of the parameters that the scores of datasets depend on."""
        key = frozenset(ids)
        if key not in self._influences:
            self._influences[key] = self.dependencies.influences(self._needed(key))
        return self._influences[key]

    # --- for each change

    def unit_scores(self, node_id: int, all_columns: bool = True) -> np.ndarray:
        """Return the scores of one unit of a product without any change."""
        scores: np.ndarray = self._scores[self.model.index[node_id]]
        return scores if all_columns else scores[:1]

    def amount(self, e: int, all_columns: bool = True) -> np.ndarray:
        """Return the amount of an exchange without any change, shape (columns,)."""
        return self._amounts[e] if all_columns else self._amounts[e, :1]

    def value(self, name: str, given: Mapping[str, Any] | None = None) -> Any:
        """Return the stated value of a parameter, with values (or arrays) of others given."""
        database, _ = key = self.dependencies.key(name)
        wanted = self.dependencies.ancestors({key})
        values, _ = self.dependencies.evaluate(given or {}, wanted, self._stated_values)
        return values[database][name]

    def view(self, given: Mapping[str, float], ids: Iterable[int]) -> View:
        """Return the unit scores of some datasets with other values of parameters.

        Parameters
        ----------
        given
            Values by parameter name; they are not sampled.
        ids
            Node ids of the datasets; all that they depend on is up to date as well.

        Raises
        ------
        UsageError
            A name is not a parameter, or a formula cannot be evaluated with a value.
        """
        ids = list(ids)
        values, reached = self.dependencies.evaluate(given, self.influences(ids), self._values)
        return self._view(values, reached, ids, self.columns, True)

    def sweep(
        self, given: Mapping[str, float], name: str, grid: np.ndarray, ids: Iterable[int]
    ) -> View:
        """Return the unit scores at stated values for some values of one parameter.

        Parameters
        ----------
        given
            Values of other parameters.
        name
            The parameter.
        grid
            Its values: the columns of the view.
        ids
            Node ids of the datasets.
        """
        return self.columns_of({**given, name: np.asarray(grid, dtype=float)}, len(grid), ids)

    def columns_of(self, varied: Mapping[str, Any], columns: int, ids: Iterable[int]) -> View:
        """Return the unit scores at stated values for several sets of values of parameters.

        Parameters
        ----------
        varied
            Values by parameter name: numbers, or arrays of shape (columns,).
        columns
            Number of sets: the columns of the view.
        ids
            Node ids of the datasets.
        """
        ids = list(ids)
        values, reached = self.dependencies.evaluate(
            varied, self.influences(ids), self._stated_values
        )
        return self._view(values, reached, ids, columns, False)

    def _view(
        self,
        values: Mapping[str, Mapping[str, Any]],
        reached: set[Key],
        ids: Iterable[int],
        columns: int,
        all_columns: bool,
    ) -> View:
        needed = self._needed(ids)
        changed = self.dependencies.exchanges(reached, needed)
        amounts: dict[int, Any] = {}
        for e in changed:
            exchange = self.model.exchanges[e]
            assert exchange.formula is not None
            amounts[e] = evaluate_given(exchange.formula, values[exchange.database])
        moved = self._upwards({self.model.exchanges[e].column for e in changed}) & needed
        order = [node for node in self.model.nodes if node in moved]
        view = View(self, columns, all_columns, {}, amounts)
        scores = self._solve_some(order, view, columns) if order else {}
        return View(self, columns, all_columns, scores, amounts)

    def _needed(self, ids: Iterable[int]) -> frozenset[int]:
        return frozenset().union(*(self._reachable(i) for i in ids))

    def _reachable(self, node_id: int) -> frozenset[int]:
        if node_id not in self._reach:
            self._reach[node_id] = closure({node_id}, self._inputs)
        return self._reach[node_id]

    def _upwards(self, nodes: set[int]) -> frozenset[int]:
        return closure(nodes, self._consumers)

    def _solve_some(self, nodes: list[int], base: View, columns: int) -> dict[int, np.ndarray]:
        """Solve for some datasets, all others at their unit scores."""
        place = {node: i for i, node in enumerate(nodes)}
        indicators = len(self.solver.indicators)
        direct = np.zeros((columns, len(nodes), indicators))
        entries: dict[tuple[int, int], Any] = defaultdict(float)
        for j, node in enumerate(nodes):
            # amounts per score vector: one product for all inputs that are numbers
            weights, vectors = [], []
            for e in self._own[node]:
                exchange = self.model.exchanges[e]
                amount = base.amount(e)
                if not self._is_inner(e):
                    weights.append(np.broadcast_to(amount, columns))
                    vectors.append(self.solver.unit_score(e)[None])
                elif exchange.row in place:
                    entries[j, place[exchange.row]] += exchange.sign * amount
                else:
                    weights.append(np.broadcast_to(-exchange.sign * amount, columns))
                    vectors.append(self.unit_scores(exchange.row, base.all_columns))
            for weight, vector in zip(weights, vectors, strict=True):
                direct[:, j] += weight[:, None] * vector
        solved = solve_batch(entries, direct)
        return {node: solved[:, j] for j, node in enumerate(nodes)}
