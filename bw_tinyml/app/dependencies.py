"""Which numbers follow from which parameters; only what a change reaches is evaluated again."""

from __future__ import annotations

from collections import ChainMap, defaultdict
from collections.abc import Collection, Iterable, Mapping, MutableMapping
from typing import Any

from bw_tinyml.app.algebra import closure
from bw_tinyml.impact.model import Model
from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.parameters import evaluate_given, evaluation_order, refuse_unknown

#: database and name of a parameter
Key = tuple[str, str]


class Dependencies:
    """Parameters of a model, their formulas, and the exchanges whose formulas use them.

    Parameters
    ----------
    model
        The model.

    Attributes
    ----------
    order
        The parameters that are formulas, in the order of evaluation.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._first: dict[str, Key] = {}
        self.order: dict[Key, int] = {}
        self._sources: dict[Key, set[Key]] = {}
        self._dependents: dict[Key, list[Key]] = defaultdict(list)
        for database, parameters in model.parameters.items():
            for name in parameters:
                self._first.setdefault(name, (database, name))
            formulas = {n: p.value for n, p in parameters.items() if isinstance(p.value, Formula)}
            for name in evaluation_order(formulas):
                self.order[database, name] = len(self.order)
                self._sources[database, name] = {(database, n) for n in formulas[name].names}
                for used in formulas[name].names:
                    self._dependents[database, used].append((database, name))
        self._exchanges_of: dict[Key, list[int]] = defaultdict(list)
        self._used: dict[int, set[Key]] = defaultdict(set)
        for e, exchange in enumerate(model.exchanges):
            for used in exchange.formula.names if exchange.formula else ():
                self._exchanges_of[exchange.database, used].append(e)
                self._used[exchange.column].add((exchange.database, used))

    def key(self, name: str) -> Key:
        """Return the first parameter of a name.

        Raises
        ------
        UsageError
            No parameter has it.
        """
        refuse_unknown([name], self._first)
        return self._first[name]

    def influences(self, nodes: Iterable[int]) -> frozenset[Key]:
        """Return the parameters that the exchanges of some datasets depend on."""
        return self.ancestors(set().union(*(self._used.get(node, ()) for node in nodes)))

    def ancestors(self, keys: set[Key]) -> frozenset[Key]:
        """Return parameters, and all that their formulas depend on."""
        return closure(keys, self._sources)

    def exchanges(self, reached: Iterable[Key], nodes: Collection[int]) -> set[int]:
        """Return those exchanges of some datasets whose formulas use some parameters."""
        return {
            e
            for key in reached
            for e in self._exchanges_of.get(key, ())
            if self._model.exchanges[e].column in nodes
        }

    def evaluate(
        self,
        given: Mapping[str, Any],
        wanted: Collection[Key],
        known: Mapping[str, MutableMapping[str, Any]],
    ) -> tuple[dict[str, MutableMapping[str, Any]], set[Key]]:
        """Return the values of parameters after a change.

        Parameters
        ----------
        given
            New values by name; a formula of that name is not evaluated.
        wanted
            Parameters that must be up to date.
        known
            Values by database and name before the change.

        Returns
        -------
        values
            By database and name.
        reached
            Those that the change reaches.

        Raises
        ------
        UsageError
            A name is not a parameter, or a formula cannot be evaluated.
        """
        start = [(d, name) for name in given for d in known if name in known[d]]
        missing = given.keys() - {name for _, name in start}
        if missing:
            refuse_unknown([min(missing)], self._first)
        reached = set(start)
        queue = list(start)
        while queue:
            dependents = self._dependents.get(queue.pop(), ())
            more = [k for k in dependents if k in wanted and k not in reached]
            reached.update(more)
            queue += more
        values = {d: ChainMap[str, Any]({}, base) for d, base in known.items()}
        for database, name in start:
            values[database][name] = given[name]
        formulas = [key for key in reached if key in self.order and key[1] not in given]
        for database, name in sorted(formulas, key=self.order.__getitem__):
            formula = self._model.parameters[database][name].value
            assert isinstance(formula, Formula)
            values[database][name] = evaluate_given(formula, values[database])
        return dict(values), reached
