"""The inventory of a project as arrays, with live parameters.

Read from the project as it is, so that what a user changed there counts. Datasets of our databases
are *dynamic*: their amounts may follow parameters or be sampled. Everything else (another
background) is *static*: it enters through the unit scores of the products that are used.

For amounts ``a_e`` of the exchanges, the technosphere ``A`` of the dynamic datasets, a demand ``f``
and scores ``q_e`` of one unit of each elementary flow or static product,

    x = A^-1 f,     score = sum_e a_e q_e x_column(e).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bw_tinyml.errors import FormulaError, UsageError
from bw_tinyml.impact.rows import (
    ExchangeRow,
    ModelParameter,
    StoredExchange,
    estimated_parameters,
    exchange_row,
    read_exchanges,
    read_parameters,
)
from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.parameters import (
    ancestors,
    blamed,
    evaluate,
    refuse_unknown,
)

Overrides = Mapping[str, Any]


@dataclass
class Model:
    """The dynamic part of a project, restricted to what some products depend on.

    Attributes
    ----------
    nodes
        Node ids of the dynamic datasets: rows and columns of the technosphere, in an order in
        which its factors stay sparse.
    exchanges
        Their exchanges.
    parameters
        Database parameters by database and name.
    products
        Reference products by node id.
    assemblies
        Node ids of products whose parts are reported as components.
    """

    nodes: list[int]
    exchanges: list[ExchangeRow]
    parameters: dict[str, dict[str, ModelParameter]]
    products: dict[int, str]
    assemblies: frozenset[int]
    index: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.index = {identifier: i for i, identifier in enumerate(self.nodes)}

    def parameter_values(
        self, given: Overrides | None = None, needed: Mapping[str, Collection[str]] | None = None
    ) -> dict[str, dict[str, float | np.ndarray]]:
        """Return the values of all parameters by database and name.

        Parameters
        ----------
        given
            Values (numbers, or arrays of one length) by parameter name that replace those of the
            project.
        needed
            Names, by database, of the parameters that are wanted; all by default. Those that they
            depend on are evaluated as well, and no others.

        Raises
        ------
        UsageError
            A name is not a parameter, or a formula has no value with what is given.
        """
        given = dict(given or {})
        known = {name for found in self.parameters.values() for name in found}
        refuse_unknown(given, known)
        values = {}
        for database, found in self.parameters.items():
            stated = {name: parameter.value for name, parameter in found.items()}
            wanted = stated if needed is None else ancestors(stated, needed.get(database, ()))
            own = {name: value for name, value in given.items() if name in wanted}
            try:
                values[database] = evaluate({name: stated[name] for name in wanted}, own)
            except FormulaError as error:
                raise self._blamed(error, database, [error.parameter], own) from None
        return values

    def amounts(self, given: Overrides | None = None) -> list[float | np.ndarray]:
        """Return the amounts of the exchanges for given values of parameters.

        Formulas are evaluated only where a parameter is given: without, the amounts of the
        project count, as they do in bw2calc.
        """
        if not given:
            return [exchange.amount for exchange in self.exchanges]
        needed: dict[str, set[str]] = defaultdict(set)
        for exchange in self.exchanges:
            needed[exchange.database] |= exchange.formula.names if exchange.formula else set()
        values = self.parameter_values(given, needed)
        results: list[float | np.ndarray] = []
        for exchange in self.exchanges:
            if exchange.formula is None:
                results.append(exchange.amount)
                continue
            results.append(self.evaluated(exchange.formula, exchange.database, values, given))
        return results

    def evaluated(
        self,
        formula: Formula,
        database: str,
        values: Mapping[str, Mapping[str, Any]],
        given: Overrides,
    ) -> Any:
        """Return the value of a formula of a database.

        Raises
        ------
        UsageError
            It has none; the message names those of the given values that it depends on.
        """
        try:
            return formula.evaluate(values[database])
        except FormulaError as error:
            raise self._blamed(error, database, formula.names, given) from None

    def _blamed(
        self, error: FormulaError, database: str, names: Iterable[str], given: Overrides
    ) -> UsageError:
        stated = {name: p.value for name, p in self.parameters[database].items()}
        causes = ancestors(stated, names)
        return blamed(error, {n: v for n, v in given.items() if n in causes})

    def static_products(self) -> list[int]:
        """Return node ids of the products of other databases that dynamic datasets use."""
        return sorted(
            {e.row for e in self.exchanges if e.kind == "technosphere" and e.row not in self.index}
        )

    def flows(self) -> list[int]:
        """Return node ids of the elementary flows of the dynamic datasets."""
        return sorted({e.row for e in self.exchanges if e.kind == "biosphere"})


def load_model(databases: Sequence[str], products: Sequence[int]) -> Model:
    """Return the dynamic part of the project that some products depend on.

    Parameters
    ----------
    databases
        Dynamic databases.
    products
        Node ids of the demanded products, in one of these databases.

    Raises
    ------
    ProjectError
        A formula that the products depend on cannot be evaluated by us, or an exchange leads
        nowhere.
    """
    parameters = {name: read_parameters(name) for name in databases}
    estimates = {name: estimated_parameters(found) for name, found in parameters.items()}
    by_column: dict[int, list[StoredExchange]] = defaultdict(list)
    for name in databases:
        for stored in read_exchanges(name):
            by_column[stored.column].append(stored)
    reachable: dict[int, None] = {}
    queue = list(products)
    while queue:
        column = queue.pop()
        if column in reachable:
            continue
        reachable[column] = None
        queue += [e.row for e in by_column[column] if e.type != "biosphere" and e.row in by_column]
    columns = sorted(reachable)
    # Formulas are parsed here, where they count: a product depends on a quarter of the datasets.
    exchanges = [exchange_row(e, estimates[e.database]) for c in columns for e in by_column[c]]
    names, assemblies = _products(databases, reachable)
    order = _solving_order(columns, exchanges)
    return Model(order, exchanges, parameters, names, assemblies)


def _products(
    databases: Sequence[str], nodes: Mapping[int, None]
) -> tuple[dict[int, str], frozenset[int]]:
    """Return the products of some datasets, and which of them are assemblies."""
    from bw2data.backends.schema import ActivityDataset

    rows = ActivityDataset.select(ActivityDataset.id, ActivityDataset.data).where(
        ActivityDataset.database << list(databases)
    )
    found = {i: data for i, data in rows.tuples().iterator() if i in nodes}
    products = {i: data.get("reference product") or data["name"] for i, data in found.items()}
    return products, frozenset(i for i, d in found.items() if d.get("role") == "assembly")


def _solving_order(nodes: Sequence[int], exchanges: Sequence[ExchangeRow]) -> list[int]:
    """Return the nodes so that those which supply each other in a circle stand together.

    In this order the technosphere is block triangular, and its factors stay sparse without any
    further search for an order.
    """
    import scipy.sparse as sp

    index = {node: i for i, node in enumerate(nodes)}
    pairs = [
        (index[e.row], index[e.column])
        for e in exchanges
        if e.kind == "technosphere" and e.row in index
    ]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    graph = sp.csr_matrix((np.ones(len(pairs)), (rows, columns)), shape=(len(nodes), len(nodes)))
    _, circle = sp.csgraph.connected_components(graph, directed=True, connection="strong")
    return [nodes[i] for i in np.argsort(circle, kind="stable")]
