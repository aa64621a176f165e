"""Amounts of a model's exchanges for other values of parameters, evaluating only what changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

from bw_tinyml.impact.model import Model, Overrides
from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.parameters import evaluation_order, refuse_unknown

#: database and name of a parameter
Key = tuple[str, str]
#: values of parameters by database and name
Values = dict[str, dict[str, Any]]


class Evaluation:
    """The parameters that a model's exchanges depend on, in the order of evaluation.

    An exchange that depends on none of the given parameters keeps the amount of the project, as it
    does in bw2calc.

    Parameters
    ----------
    model
        The model.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._formulas: dict[Key, Formula] = {}
        self._users: dict[Key, list[Key]] = defaultdict(list)
        self._exchanges: dict[Key, list[int]] = defaultdict(list)
        needed: dict[Key, None] = {}
        queue: list[Key] = []
        for e, exchange in enumerate(model.exchanges):
            if exchange.formula is not None:
                for name in exchange.formula.names:
                    self._exchanges[exchange.database, name].append(e)
                    queue.append((exchange.database, name))
        while queue:
            key = queue.pop()
            if key in needed:
                continue
            needed[key] = None
            value = model.parameters[key[0]][key[1]].value
            if isinstance(value, Formula):
                self._formulas[key] = value
                for name in value.names:
                    self._users[key[0], name].append(key)
                    queue.append((key[0], name))
        #: parameters that count, those without formula included
        self.needed = set(needed)
        self._order = [
            (database, name)
            for database in model.parameters
            for name in evaluation_order(
                {n: f for (d, n), f in self._formulas.items() if d == database}
            )
        ]

    @cached_property
    def base(self) -> dict[Key, float]:
        """Values of the parameters that count, as the project has them."""
        found: dict[Key, float] = {}
        values: dict[str, dict[str, Any]] = {database: {} for database in self.model.parameters}
        for database, name in self.needed - self._formulas.keys():
            values[database][name] = self.model.parameters[database][name].value
        for database, name in self._order:
            values[database][name] = self._formulas[database, name].evaluate(values[database])
        for database, by_name in values.items():
            found |= {(database, name): float(value) for name, value in by_name.items()}
        return found

    def keys(self, names: Iterable[str]) -> set[Key]:
        """Return the parameters of these names.

        Raises
        ------
        UsageError
            A name is not a parameter.
        """
        found = set()
        for name in names:
            own = {(d, name) for d, known in self.model.parameters.items() if name in known}
            if not own:
                refuse_unknown([name], {n for p in self.model.parameters.values() for n in p})
            found |= own
        return found

    def databases(self, names: Iterable[str]) -> set[str]:
        """Return the databases whose exchanges depend on these parameters."""
        return {
            self.model.exchanges[e].database
            for key in self._affected(self.keys(names))
            for e in self._exchanges.get(key, ())
        }

    def _affected(self, changed: set[Key], fixed: Collection[str] = ()) -> set[Key]:
        """Parameters that change, when some do; a given one is not overruled by its formula."""
        found = set(changed)
        queue = list(changed)
        while queue:
            for user in self._users.get(queue.pop(), ()):
                if user not in found and user[1] not in fixed:
                    found.add(user)
                    queue.append(user)
        return found

    def amounts(self, given: Overrides | None = None) -> list[Any]:
        """Return the amounts of the exchanges, numbers or arrays.

        Parameters
        ----------
        given
            Values (numbers, or arrays of one length) by parameter name.

        Raises
        ------
        UsageError
            A name is not a parameter, or a formula does not give a finite number.
        """
        results: list[Any] = [exchange.amount for exchange in self.model.exchanges]
        if given:
            for e, amount in self.changes(self.values(), given).items():
                results[e] = amount
        return results

    def values(self) -> Values:
        """Return the values of the parameters that count, as the project has them."""
        values: Values = {database: {} for database in self.model.parameters}
        for (database, name), value in self.base.items():
            values[database][name] = value
        return values

    def changes(
        self, values: Values, given: Overrides, fixed: Collection[str] = ()
    ) -> dict[int, Any]:
        """Return the amounts of the exchanges that depend on given parameters.

        Parameters
        ----------
        values
            Values of all parameters, as of :meth:`values`; changed in place by what is given and
            by what follows from it.
        given
            Values (numbers, or arrays of one length) by parameter name.
        fixed
            Names of parameters that keep their values though they depend on given ones.

        Raises
        ------
        UsageError
            A name is not a parameter, or a formula does not give a finite number.
        """
        changed = self.keys(given)
        affected = self._affected(changed, fixed)
        for database, name in changed:
            values[database][name] = given[name]
        results: dict[int, Any] = {}
        cache: dict[tuple[str, str], Any] = {}
        for database, name in self._order:
            if (database, name) in affected and (database, name) not in changed:
                formula = self._formulas[database, name]
                values[database][name] = self.model.evaluated(formula, database, values, given)
        for e in {e for key in affected for e in self._exchanges.get(key, ())}:
            exchange = self.model.exchanges[e]
            assert exchange.formula is not None
            text = (exchange.database, exchange.formula.text)
            if text not in cache:
                cache[text] = self.model.evaluated(
                    exchange.formula, exchange.database, values, given
                )
            results[e] = cache[text]
        return results

    def value(self, name: str, given: Mapping[str, float] | None = None) -> float:
        """Return the value of one parameter for given values of others.

        Raises
        ------
        UsageError
            A name is not a parameter.
        """
        given = given or {}
        if name in given:
            return float(given[name])
        key = sorted(self.keys([name]))[0]
        if key not in self.needed or self._affected(self.keys(given)) & {key}:
            return float(self.model.parameter_values(given)[key[0]][name])
        return self.base[key]

    def uncertain(
        self, given: Mapping[str, Any], databases: Iterable[str]
    ) -> dict[str, Mapping[str, Any]]:
        """Return the distributions of databases' parameters that count and are not given."""
        return {
            name: distribution
            for database in databases
            for name, parameter in sorted(self.model.parameters.get(database, {}).items())
            if (distribution := parameter.distribution)
            and name not in given
            and (database, name) in self.needed
        }
