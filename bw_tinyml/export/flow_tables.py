"""Tables of flow scenarios: an amount per exchange and scenario ("scenario difference format").

The exchanges of a scenario need not exist in the database, and replace those that do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bw_tinyml.background.linking import LinkedDataset, LinkedInventory
from bw_tinyml.background.providers import Activity
from bw_tinyml.inventory.flows import elementary_flows
from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.parameters import evaluate

FLOW_COLUMNS = tuple(
    f"{side} {name}"
    for side in ("from", "to")
    for name in (
        "activity name", "reference product", "location", "categories", "database", "key",
    )
)  # fmt: skip
#: Brightway key
Key = tuple[str, str]
#: what flows into a dataset: amount by provider or elementary flow
Amounts = dict[Key, float]


@dataclass
class ScenarioTable:
    """One scenario file.

    Attributes
    ----------
    name
        What the file compares; part of its name.
    about
        How to use it, in one sentence per line.
    header, rows
        The table.
    """

    name: str
    about: list[str]
    header: list[str]
    rows: list[list[Any]] = field(default_factory=list)


class FlowTables:
    """Makes flow scenarios of one linked inventory.

    Parameters
    ----------
    linked
        The inventory.
    biosphere
        Name of the database of elementary flows.
    labels
        Names of elementary flows (UUIDs) that it calls otherwise than we do, and their units.
    without_codes
        Name of a database whose codes are not known: Activity Browser finds its activities by
        their names then.
    """

    def __init__(
        self,
        linked: LinkedInventory,
        biosphere: str,
        labels: Mapping[str, tuple[str, str]],
        without_codes: str = "",
    ) -> None:
        self.linked = linked
        self._biosphere = biosphere
        self._labels = labels
        self._without_codes = without_codes
        datasets = [found.dataset for found in linked.datasets.values()]
        self._products: dict[Key, tuple[str, str, str]] = {
            d.key: (d.name, d.product, d.location) for d in datasets
        }
        for found in linked.datasets.values():
            for exchange in found.exchanges:
                if isinstance(exchange.provider, Activity):
                    p = exchange.provider
                    self._products[p.key] = p.name, p.product, p.location

    def inputs(self, identifier: str) -> Amounts:
        """Return the inputs of a dataset from others, without elementary flows."""
        found = self.linked.datasets[identifier]
        return {
            key: amount
            for key, amount in self._amounts(found, self.linked.inventory).items()
            if key[0] != self._biosphere
        }

    def _amounts(self, found: LinkedDataset, inventory: Inventory) -> Amounts:
        amounts: Amounts = {}
        for exchange in found.exchanges:
            key = exchange.provider.key if exchange.provider else (self._biosphere, exchange.flow)
            amount = inventory.amount(found.dataset, exchange.value)
            amounts[key] = amounts.get(key, 0.0) + amount
        return amounts

    def table(
        self, name: str, about: list[str], changes: Mapping[str, Mapping[str, Amounts]]
    ) -> ScenarioTable:
        """Return a table of amounts by identifier of the dataset, scenario and input.

        An input that a scenario does not name is zero in it.
        """
        scenarios = list(dict.fromkeys(s for columns in changes.values() for s in columns))
        table = ScenarioTable(name, about, [*FLOW_COLUMNS, "flow type", *scenarios])
        for target, columns in changes.items():
            to = self._side(self.linked.datasets[target].dataset.key)
            for key in dict.fromkeys(k for amounts in columns.values() for k in amounts):
                kind = "biosphere" if key[0] == self._biosphere else "technosphere"
                values = [columns[s].get(key, 0.0) for s in scenarios]
                table.rows.append([*self._side(key), *to, kind, *values])
        return table

    def _side(self, key: Key) -> tuple[str, ...]:
        database, code = key
        if database == self._biosphere:
            flow = elementary_flows()[code]
            name, _ = self._labels.get(code, (flow.name, flow.unit))
            return name, "", "", repr(flow.categories), database, repr(key)
        known = database != self._without_codes
        return (*self._products[key], "", database, repr(key) if known else "")

    def with_parameters(
        self, scenarios: Mapping[str, Mapping[str, float]]
    ) -> dict[str, dict[str, Amounts]]:
        """Return the amounts that follow from values of parameters, by dataset and scenario.

        Parameters
        ----------
        scenarios
            Values by scenario and parameter; they replace the parameter's own value or formula.

        Returns
        -------
        dict
            Only exchanges whose amount some scenario changes.
        """
        inventory = self.linked.inventory
        affected = {
            database: _dependent(inventory, database, {n for s in scenarios.values() for n in s})
            for database in inventory.parameters
        }
        concerned = [
            found
            for found in self.linked.datasets.values()
            if any(
                isinstance(e.value, Formula) and e.value.names & affected[found.dataset.database]
                for e in found.exchanges
            )
        ]
        found_amounts: dict[str, dict[str, Amounts]] = {}
        for scenario, given in scenarios.items():
            changed = _with_values(inventory, given, affected)
            for found in concerned:
                amounts = self._amounts(found, changed)
                found_amounts.setdefault(found.dataset.id, {})[scenario] = amounts
        return {
            identifier: {s: {k: amounts[k] for k in keys} for s, amounts in columns.items()}
            for identifier, columns in found_amounts.items()
            if (keys := _differing(columns.values()))
        }


def _differing(columns: Iterable[Amounts]) -> list[Key]:
    """Return the inputs whose amount is not the same in all scenarios."""
    first, *others = columns
    return [key for key, amount in first.items() if any(o[key] != amount for o in others)]


def _dependent(inventory: Inventory, database: str, names: set[str]) -> set[str]:
    """Return those parameters, and all that depend on them."""
    formulas = {
        name: parameter.value.names
        for name, parameter in inventory.parameters[database].items()
        if isinstance(parameter.value, Formula)
    }
    found = names & inventory.parameters[database].keys()
    while more := {n for n, uses in formulas.items() if n not in found and uses & found}:
        found |= more
    return found


def _with_values(
    inventory: Inventory, given: Mapping[str, float], affected: Mapping[str, set[str]]
) -> Inventory:
    """Return the inventory with other values of some parameters; evaluate what depends on them."""
    values = {
        database: evaluate(
            inventory.values[database] | {n: parameters[n].value for n in affected[database]},
            {name: value for name, value in given.items() if name in parameters},
        )
        for database, parameters in inventory.parameters.items()
    }
    return inventory.with_values(values, affected)
