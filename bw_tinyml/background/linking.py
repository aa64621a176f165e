"""Linking: every exchange gets its provider, in the provider's unit.

Datasets name background keys, never background activities. Here a key becomes a process of the
open background (or one of our own, where a background has none). A key without a provider is a
fault: a system that is cut off without notice is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from bw_tinyml.errors import UnitError
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.flows import elementary_flows
from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.model import Dataset, Exchange, Inventory
from bw_tinyml.inventory.uncertainty import Distribution
from bw_tinyml.suggestions import nearest
from bw_tinyml.units import conversion, unit_name

OPEN = "open"


@dataclass(frozen=True)
class LinkedExchange:
    """An exchange with its provider.

    Attributes
    ----------
    type
        ``technosphere`` or ``biosphere``.
    provider
        The dataset that provides the input; None for an elementary flow.
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
    """

    type: Literal["technosphere", "biosphere"]
    provider: Dataset | None
    flow: str
    value: float | Formula
    distribution: Distribution
    key: str
    proxy: bool
    link_remark: str
    origin: Exchange

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
        The inventory that was linked.
    background
        Name of the background.
    datasets
        Linked datasets by identifier.
    """

    inventory: Inventory
    background: str
    datasets: dict[str, LinkedDataset] = field(default_factory=dict)

    def of_database(self, database: str) -> list[LinkedDataset]:
        """Return the linked datasets of one database, in the order of the tables."""
        return [d for d in self.datasets.values() if d.dataset.database == database]


@dataclass(frozen=True)
class _Provider:
    dataset: Dataset
    factor: float
    proxy: bool
    remark: str


def link(inventory: Inventory, report: Report) -> LinkedInventory:
    """Link an inventory to the open background.

    Parameters
    ----------
    inventory
        The checked inventory.
    report
        Receives ``key-unresolved`` and ``link-invalid`` findings; exchanges at fault are left
        out, so the result must not be used when the report has errors.
    """
    providers = dict(_providers(inventory, report))
    units = {row["key"]: row["unit"] for row in inventory.tables["keys"]}
    linked = LinkedInventory(inventory, OPEN)
    unresolved: dict[str, list[Exchange]] = {}
    for dataset in inventory.datasets.values():
        exchanges = []
        for exchange in dataset.exchanges:
            if exchange.type == "recovered":
                continue
            found = _link_exchange(exchange, dataset, inventory, providers, units)
            if found:
                exchanges.append(found)
            elif exchange.input in units:
                unresolved.setdefault(exchange.input, []).append(exchange)
        linked.datasets[dataset.id] = LinkedDataset(dataset, tuple(exchanges))
    for key in units:
        if key not in providers:
            row = next(r for r in inventory.tables["keys"] if r["key"] == key)
            uses = len(unresolved.get(key, []))
            report.add(
                "key-unresolved",
                row.file,
                row.line,
                f"key '{key}' ({uses} uses) has no provider in the open background"
                + nearest(key, providers),
            )
    return linked


def _providers(inventory: Inventory, report: Report) -> Iterator[tuple[str, _Provider]]:
    units = {row["key"]: row["unit"] for row in inventory.tables["keys"]}
    for row in inventory.tables["links"]:
        key, identifier = row["key"], row["process"]
        dataset = inventory.datasets.get(identifier)
        if key not in units:
            report.add("link-invalid", row.file, row.line, f"'{key}' is not in keys.csv")
        elif dataset is None:
            report.add(
                "link-invalid",
                row.file,
                row.line,
                f"provider '{identifier}' of '{key}' is not a dataset"
                + nearest(identifier, inventory.datasets),
            )
        elif not _factor_fits(float(row["factor"]), units[key], dataset.unit):
            report.add(
                "link-invalid",
                row.file,
                row.line,
                f"factor {row['factor']} from {units[key]} to {dataset.unit} for '{key}': "
                "units that measure the same thing have a fixed factor",
            )
        else:
            yield key, _Provider(dataset, float(row["factor"]), row.flag("proxy"), row["remark"])


def _factor_fits(factor: float, symbol: str, unit: str) -> bool:
    """A factor other than the unit conversion is for providers that count something else."""
    try:
        return abs(factor / conversion(symbol, unit) - 1) < 1e-9
    except UnitError:
        return True


def _link_exchange(
    exchange: Exchange,
    dataset: Dataset,
    inventory: Inventory,
    providers: dict[str, _Provider],
    units: dict[str, str],
) -> LinkedExchange | None:
    try:
        if exchange.type == "biosphere":
            flow = elementary_flows()[exchange.flow]
            return _linked(exchange, conversion(exchange.unit, flow.unit), flow=exchange.flow)
        target = inventory.datasets.get(exchange.input)
        if target and target.database == dataset.database:
            factor = conversion(exchange.unit, target.unit)
            return _linked(exchange, factor, _Provider(target, 1.0, False, ""))
        provider = providers[exchange.input]
        factor = conversion(exchange.unit, unit_name(units[exchange.input]))
        return _linked(exchange, factor * provider.factor, provider, key=exchange.input)
    except (KeyError, UnitError):
        return None  # reported by the checks of references


def _linked(
    exchange: Exchange,
    factor: float,
    provider: _Provider | None = None,
    flow: str = "",
    key: str = "",
) -> LinkedExchange:
    value = exchange.value
    return LinkedExchange(
        type="technosphere" if provider else "biosphere",
        provider=provider.dataset if provider else None,
        flow=flow,
        value=value.scaled(factor) if isinstance(value, Formula) else value * factor,
        distribution=exchange.distribution.scaled(factor),
        key=key,
        proxy=bool(provider and provider.proxy),
        link_remark=provider.remark if provider else "",
        origin=exchange,
    )
