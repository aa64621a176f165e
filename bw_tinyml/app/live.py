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

from collections import ChainMap, defaultdict
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from bw_tinyml.app.algebra import closure, solve_batch
from bw_tinyml.app.drawing import draw
from bw_tinyml.errors import FormulaError, UsageError
from bw_tinyml.impact.solving import Solver, solve
from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.parameters import evaluation_order
from bw_tinyml.suggestions import nearest

Key = tuple[str, str]


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
        self._estimates = np.array([x.estimate for x in self.model.exchanges])
        own_product = np.array([x.row == x.column for x in self.model.exchanges])
        #: left out to see what rests on no estimate
        self._dropped = self._estimates & ~own_product
        self._influences: dict[frozenset[int], set[Key]] = {}
        self._reach: dict[int, frozenset[int]] = {}
        self._index_formulas()
        self._values, self._amounts = draw(self.model, list(self._order), samples, seed)
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

    def _index_formulas(self) -> None:
        """Find out which formulas depend on which parameters, and their order."""
        self._order: dict[Key, int] = {}
        self._dependents: dict[Key, list[Key]] = defaultdict(list)
        self._exchanges_of: dict[Key, list[int]] = defaultdict(list)
        for database, parameters in self.model.parameters.items():
            formulas = {n: p.value for n, p in parameters.items() if isinstance(p.value, Formula)}
            for name in evaluation_order(formulas):
                self._order[database, name] = len(self._order)
                for used in formulas[name].names:
                    self._dependents[database, used].append((database, name))
        self._used: dict[int, set[Key]] = defaultdict(set)
        for e, exchange in enumerate(self.model.exchanges):
            for used in exchange.formula.names if exchange.formula else ():
                self._exchanges_of[exchange.database, used].append(e)
                self._used[exchange.column].add((exchange.database, used))

    def _solve_all(self) -> None:
        model, size = self.model, len(self.model.nodes)
        inner = [e for e in range(len(model.exchanges)) if self._is_inner(e)]
        outer = self.solver.outer
        rows = [model.index[model.exchanges[e].row] for e in inner]
        columns = [model.index[model.exchanges[e].column] for e in inner]
        signs = np.array([model.exchanges[e].sign for e in inner])
        owners = [model.index[model.exchanges[e].column] for e in outer]
        self._collect = sp.csr_matrix(
            (np.ones(len(outer)), (owners, np.arange(len(outer)))), shape=(size, len(outer))
        )
        factors = np.array([self.solver.unit_score(e) for e in outer])
        #: scores of one unit of each exchange with the outside
        self._factors = factors.reshape(len(outer), len(self.solver.indicators))
        self._scores = np.empty((size, self.columns, self._factors.shape[1]))
        for k in range(self.columns):
            direct = self._collect @ (self._amounts[outer, k, None] * self._factors)
            values = signs * self._amounts[inner, k]
            transposed = sp.csc_matrix((values, (columns, rows)), shape=(size, size))
            # In the model's order the transposed matrix is block triangular, too.
            self._scores[:, k] = solve(transposed, direct)

    def influences(self, ids: Iterable[int]) -> set[Key]:
        """Return database and name of the parameters that the scores of datasets depend on."""
        key = frozenset(ids)
        if key not in self._influences:
            used = set().union(*(self._used.get(node, ()) for node in self._needed(key)))
            self._influences[key] = self._ancestors(used)
        return self._influences[key]

    def own_influences(self, node_id: int) -> set[Key]:
        """Return the parameters that the exchanges of one dataset depend on."""
        return self._ancestors(self._used.get(node_id, set()))

    def _ancestors(self, keys: set[Key]) -> set[Key]:
        """Parameters, and all that their formulas depend on."""
        found, queue = set(keys), list(keys)
        while queue:
            database, name = queue.pop()
            value = self.model.parameters[database][name].value
            names = value.names if isinstance(value, Formula) else frozenset()
            more = {(database, n) for n in names} - found
            found |= more
            queue += more
        return found

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
        given = dict(given or {})
        for database in self.model.parameters:
            if name in self.model.parameters[database]:
                values, _ = self._evaluate(given, self._ancestors({(database, name)}), True)
                return values[database][name]
        raise self._unknown(name)

    def _unknown(self, name: str) -> UsageError:
        known = {n for found in self.model.parameters.values() for n in found}
        return UsageError(
            f"'{name}' is not a parameter of the databases{nearest(name, known)}",
            "`bw-tinyml show NAME` lists the parameters of a dataset",
        )

    def _evaluate(
        self, given: Mapping[str, Any], wanted: set[Key], stated: bool = False
    ) -> tuple[dict[str, MutableMapping[str, Any]], set[Key]]:
        """Return the values of wanted parameters, and which of them a change reaches."""
        known = self._stated_values if stated else self._values
        start = [(d, name) for name in given for d in known if name in known[d]]
        missing = given.keys() - {name for _, name in start}
        if missing:
            raise self._unknown(min(missing))
        reached = set(start)
        queue = list(start)
        while queue:
            dependents = self._dependents[queue.pop()]
            more = [k for k in dependents if k in wanted and k not in reached]
            reached.update(more)
            queue += more
        values = {d: ChainMap[str, Any]({}, base) for d, base in known.items()}
        for database, name in start:
            values[database][name] = given[name]
        formulas = [key for key in reached if key in self._order and key[1] not in given]
        for database, name in sorted(formulas, key=self._order.__getitem__):
            formula = self.model.parameters[database][name].value
            assert isinstance(formula, Formula)
            values[database][name] = self._checked(formula, values[database])
        return dict(values), reached

    @staticmethod
    def _checked(formula: Formula, values: Mapping[str, Any]) -> Any:
        try:
            return formula.evaluate(values)
        except FormulaError as error:
            raise UsageError(
                f"with these parameters, {error.message}", "choose other values"
            ) from None

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
        values, reached = self._evaluate(given, self.influences(ids))
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
        ids = list(ids)
        varied = {**given, name: np.asarray(grid, dtype=float)}
        values, reached = self._evaluate(varied, self.influences(ids), True)
        return self._view(values, reached, ids, len(grid), False)

    def _view(
        self,
        values: Mapping[str, Mapping[str, Any]],
        reached: set[Key],
        ids: Iterable[int],
        columns: int,
        all_columns: bool,
    ) -> View:
        needed = self._needed(ids)
        changed = {
            e
            for key in reached
            for e in self._exchanges_of[key]
            if self.model.exchanges[e].column in needed
        }
        amounts: dict[int, Any] = {}
        for e in changed:
            exchange = self.model.exchanges[e]
            assert exchange.formula is not None
            amounts[e] = self._checked(exchange.formula, values[exchange.database])
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

    # --- shares of estimates

    def absolute(
        self, view: View, demands: Sequence[Mapping[int, float]], solid: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the absolute contributions of all emissions and resources to some demands.

        A contribution is ``a_e q_e x``, so that its absolute value is ``|a_e q_e| |x|``, and one
        sum per dataset serves all demands.

        Parameters
        ----------
        view
            Current amounts; the stated ones count.
        demands
            Products by node id.
        solid
            Whether to leave out every exchange that is an estimate.

        Returns
        -------
        total, guessed : numpy.ndarray
            Of all, and of those whose amount is an estimate; shape (demands, indicators).
        """
        amounts = view.stated_amounts()
        if solid:
            amounts[self._dropped] = 0.0
        wanted = np.zeros((1, len(self.model.nodes), len(demands)))
        for k, demand in enumerate(demands):
            for node, amount in demand.items():
                wanted[0, self.model.index[node], k] += amount
        supply = np.abs(self.solver.supply(amounts, wanted)[0])
        outer = self.solver.outer
        weights = np.abs(amounts[outer]) * np.abs(self._factors)
        total: np.ndarray = supply.T @ (self._collect @ weights)
        guessed: np.ndarray = supply.T @ (self._collect @ (weights * self._estimates[outer, None]))
        return total, guessed
