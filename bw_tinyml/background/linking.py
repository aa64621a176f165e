"""Linking: every exchange gets its provider, in the provider's unit.

Datasets name background keys, never background activities. A background answers the keys: the
open background with processes of ours, ecoinvent with activities of the user's database, and with
processes of ours for what it lacks. A key without a provider is a fault: a system that is cut off
without notice is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from bw_tinyml.background.open import OPEN, OpenBackground
from bw_tinyml.background.providers import Background, Product, Provider
from bw_tinyml.errors import LinkError, UnitError
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.flows import elementary_flows
from bw_tinyml.inventory.formulas import Formula, parse
from bw_tinyml.inventory.model import Dataset, Exchange, Inventory, Parameter, Provenance
from bw_tinyml.inventory.uncertainty import Distribution
from bw_tinyml.units import conversion, unit_name

__all__ = ["OPEN", "LinkedDataset", "LinkedExchange", "LinkedInventory", "link"]


@dataclass(frozen=True)
class LinkedExchange:
    """An exchange with its provider.

    Attributes
    ----------
    type
        ``technosphere`` or ``biosphere``.
    provider
        What provides the input, of ours or of the background; None for an elementary flow.
    flow
        UUID of the elementary flow; empty for an input.
    value
        Number or formula in the unit of the provider or flow.
    key
        The background key that was resolved; empty where a process was named directly.
    proxy
        Whether the provider stands for something else.
    origin
        The exchange as the table states it.
    link_factor
        Amount of the provider for one unit of the key.
    """

    type: Literal["technosphere", "biosphere"]
    provider: Product | None
    flow: str
    value: float | Formula
    distribution: Distribution
    key: str
    proxy: bool
    link_remark: str
    origin: Exchange
    link_factor: float = 1.0

    @property
    def label(self) -> str:
        """Stage or component under which results report the exchange."""
        if self.origin.label:
            return self.origin.label
        return self.provider.product if self.provider else self.origin.input


@dataclass(frozen=True)
class LinkedDataset:
    """A dataset whose exchanges all have a provider."""

    dataset: Dataset
    exchanges: tuple[LinkedExchange, ...]


@dataclass
class LinkedInventory:
    """The inventory, linked to a background.

    Attributes
    ----------
    inventory
        The inventory that was linked, with the parameters that its datasets use.
    background
        Name of the background.
    datasets
        Linked datasets by identifier.
    left_out
        Elementary flows (UUIDs) that the background's release does not know.
    """

    inventory: Inventory
    background: str
    datasets: dict[str, LinkedDataset] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    def of_database(self, database: str) -> list[LinkedDataset]:
        """Return the linked datasets of one database, in the order of the tables."""
        return [d for d in self.datasets.values() if d.dataset.database == database]


def link(
    inventory: Inventory, report: Report, background: Background | None = None
) -> LinkedInventory:
    """Link an inventory to a background.

    Parameters
    ----------
    inventory
        The checked inventory.
    report
        Receives ``key-unresolved`` and ``link-invalid`` findings; exchanges at fault are left
        out, so the result must not be used when the report has errors.
    background
        What answers the keys; by default the open background.
    """
    background = background or OpenBackground(inventory, report)
    linker = _Linker(inventory, background, report)
    found = linker.link()
    linker.report_unresolved()
    extended = linker.extended_inventory(found)
    return LinkedInventory(extended, background.name, found, frozenset(linker.left_out))


class _Linker:
    """Links the wanted datasets, and those that they use in turn."""

    def __init__(self, inventory: Inventory, background: Background, report: Report) -> None:
        self.inventory = inventory
        self.background = background
        self.report = report
        self.keys = {row["key"]: row for row in inventory.tables["keys"]}
        self.unresolved: dict[str, list[Dataset]] = {}
        self.invalid: dict[str, str] = {}
        self.left_out: set[str] = set()
        #: database and parameter name -> parameter that carries the spread of a proxy
        self.spreads: dict[tuple[str, str], Parameter] = {}

    def link(self) -> dict[str, LinkedDataset]:
        """Return the linked datasets by identifier, in the order of the tables."""
        queue = list(self.background.roots(self.inventory))
        found: dict[str, LinkedDataset] = {}
        while queue:
            dataset = queue.pop()
            if dataset.id in found:
                continue
            exchanges = tuple(self._exchanges(dataset))
            found[dataset.id] = LinkedDataset(dataset, exchanges)
            queue += [e.provider for e in exchanges if isinstance(e.provider, Dataset)]
        return {i: found[i] for i in self.inventory.datasets if i in found}

    def _exchanges(self, dataset: Dataset) -> Iterable[LinkedExchange]:
        for exchange in dataset.exchanges:
            if exchange.type == "biosphere" and self.background.lacks(exchange.flow):
                self.left_out.add(exchange.flow)
            elif exchange.type != "recovered":
                linked = self._exchange(exchange, dataset)
                if linked:
                    yield linked

    def _exchange(self, exchange: Exchange, dataset: Dataset) -> LinkedExchange | None:
        try:
            if exchange.type == "biosphere":
                flow = elementary_flows()[exchange.flow]
                return _linked(exchange, conversion(exchange.unit, flow.unit), flow=exchange.flow)
            provider: Provider | None
            target = self.inventory.datasets.get(exchange.input)
            if target and target.database == dataset.database:
                instead = self.background.replacement(target)
                provider, unit = instead or Provider(target), target.unit
                key = exchange.input if instead else ""
            else:
                provider = self.background.provider(exchange.input, dataset.location)
                unit = unit_name(self.keys[exchange.input]["unit"])
                if provider is None:
                    self.unresolved.setdefault(exchange.input, []).append(dataset)
                    return None
                key = exchange.input
            factor = conversion(exchange.unit, unit) * provider.factor
            linked = _linked(exchange, factor, provider, key=key)
        except LinkError as error:
            self.invalid.setdefault(exchange.input, error.message)
            return None
        except (KeyError, UnitError):
            return None  # reported by the checks of references
        return self._with_spread(linked, provider, dataset) if provider.sigma else linked

    def _with_spread(
        self, linked: LinkedExchange, provider: Provider, dataset: Dataset
    ) -> LinkedExchange:
        """Widen the uncertainty of an exchange by that of its provider.

        A formula has no uncertainty of its own; it is multiplied by a parameter of value 1 that
        has, so that all exchanges with that provider move together.
        """
        if not isinstance(linked.value, Formula):
            return replace(linked, distribution=linked.distribution.widened(provider.sigma))
        name = "proxy_" + re.sub(r"\W+", "_", linked.key).strip("_").lower()
        self.spreads[dataset.database, name] = Parameter(
            name=name,
            value=1.0,
            unit="1",
            description=f"Spread of the provider of '{linked.key}'",
            distribution=Distribution("lognormal", provider.sigma),
            provenance=Provenance("", "", "estimate", None, True, provider.remark, "", 0),
        )
        return replace(linked, value=parse(f"({linked.value.text}) * {name}"))

    def report_unresolved(self) -> None:
        """Report keys that are used, or that nothing could ever answer, and invalid links."""
        for key, message in self.invalid.items():
            row = self.keys.get(key)
            self.report.add(
                "link-invalid", row.file if row else "", row.line if row else 0, message
            )
        for key, row in self.keys.items():
            users = self.unresolved.get(key, [])
            location = users[0].location if users else "GLO"
            if users or self._never_answered(key, location):
                self.report.add(
                    "key-unresolved",
                    row.file,
                    row.line,
                    f"key '{key}' ({len(users)} uses) {self.background.missing(key, location)}",
                )

    def _never_answered(self, key: str, location: str) -> bool:
        """The open background answers every key, used or not."""
        return self.background.name == OPEN and self.background.provider(key, location) is None

    def extended_inventory(self, found: dict[str, LinkedDataset]) -> Inventory:
        """Return the inventory with the parameters of proxies, without those that nobody uses."""
        if self.background.name == OPEN:
            return self.inventory
        parameters = {name: dict(of) for name, of in self.inventory.parameters.items()}
        values = {name: dict(of) for name, of in self.inventory.values.items()}
        for (database, name), parameter in self.spreads.items():
            parameters[database][name] = parameter
            values[database][name] = 1.0
        for database, of in parameters.items():
            present = [d for d in found.values() if d.dataset.database == database]
            if len(present) == len(self.inventory.of_database(database)):
                continue
            used = _used_names(of, present)
            parameters[database] = {n: p for n, p in of.items() if n in used}
            values[database] = {n: v for n, v in values[database].items() if n in used}
        return replace(self.inventory, parameters=parameters, values=values, _amounts={})


def _used_names(parameters: dict[str, Parameter], datasets: list[LinkedDataset]) -> set[str]:
    """Return the parameters that formulas of some datasets use, and those that these use."""
    queue = [
        name
        for found in datasets
        for value in (found.dataset.mass, *(e.value for e in found.exchanges))
        if isinstance(value, Formula)
        for name in value.names
    ]
    used: set[str] = set()
    while queue:
        name = queue.pop()
        if name in used or name not in parameters:
            continue
        used.add(name)
        value = parameters[name].value
        if isinstance(value, Formula):
            queue += value.names
    return used


def _linked(
    exchange: Exchange,
    factor: float,
    provider: Provider | None = None,
    flow: str = "",
    key: str = "",
) -> LinkedExchange:
    value = exchange.value
    return LinkedExchange(
        type="technosphere" if provider else "biosphere",
        provider=provider.product if provider else None,
        flow=flow,
        value=value.scaled(factor) if isinstance(value, Formula) else value * factor,
        distribution=exchange.distribution.scaled(factor),
        key=key,
        proxy=bool(provider and provider.proxy),
        link_remark=provider.remark if provider else "",
        origin=exchange,
        link_factor=provider.factor if provider else 1.0,
    )
