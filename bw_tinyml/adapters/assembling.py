"""From a source to Brightway's nodes and exchanges, with a report of what could not be linked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bw_tinyml.adapters.coverage import Coverage
from bw_tinyml.adapters.distributions import fields, none
from bw_tinyml.adapters.elementary import ACCOUNT, match
from bw_tinyml.adapters.particles import remainders
from bw_tinyml.adapters.providers import Provider, Providers, takes
from bw_tinyml.adapters.source import Source, SourceExchange, SourceProcess
from bw_tinyml.adapters.units import factor
from bw_tinyml.errors import UntrustedError

_CO2 = ("carbon dioxide",)
_BIOGENIC = ("biogenic", "non-fossil", "in air")


class Assembler:
    """Makes the datasets of one database.

    Parameters
    ----------
    source
        What was read.
    database
        Name of the database.
    biosphere
        Name of the biosphere database.
    flows
        UUIDs that the biosphere database has.
    """

    def __init__(
        self, source: Source, database: str, biosphere: str, flows: Collection[str]
    ) -> None:
        self._database = database
        self._biosphere = biosphere
        self._flows = flows
        self.coverage = Coverage(format=source.format, processes=len(source.processes))
        self._providers = Providers(self._usable(source))
        self._remark(source)

    def _usable(self, source: Source) -> list[SourceProcess]:
        """Processes with a reference; the others are remarked upon."""
        usable = []
        for process in source.processes:
            reference = process.reference
            if reference is None:
                self.coverage.remarks.append(f"'{process.name}' has no reference product: left out")
            elif not reference.amount * reference.unit.per_unit:
                raise UntrustedError(
                    f"process '{process.name}' produces 0 of its product",
                    "the system would have no solution; mend the file. Nothing was written",
                )
            else:
                usable.append(process)
        if not usable:
            raise UntrustedError(
                "no process has a reference product", "export the processes with their flows"
            )
        return usable

    def datasets(self) -> list[dict[str, Any]]:
        """Return the nodes with their exchanges."""
        coverage = self.coverage
        nodes = [self._node(p) for p in self._providers.all]
        coverage.datasets = len(nodes)
        return nodes

    def _node(self, provider: Provider) -> dict[str, Any]:
        process, product = provider.process, provider.product
        key = (self._database, provider.code)
        node: dict[str, Any] = {
            "database": self._database,
            "code": provider.code,
            "name": process.name,
            "reference product": product.flow.name,
            "unit": provider.unit,
            "location": process.location,
            "production amount": provider.produced,
            "type": "process",
            "comment": process.comment.replace("::", " / "),
            "classification": process.path,
            "source id": process.id,
        }
        if process.identifier:
            node["identifier"] = process.identifier
        exchanges: list[dict[str, Any]] = [
            {
                "input": key,
                "output": key,
                "type": "production",
                "amount": provider.produced,
                "name": process.name,
                "reference product": product.flow.name,
                "unit": provider.unit,
                "location": process.location,
                "uncertainty type": 0,
            }
        ]
        # Each exchange of a process is counted once, with its first product.
        counted = provider.product is process.reference
        shares = remainders(process)
        for place, exchange in enumerate(process.exchanges):
            of = provider.share.of(place)
            if exchange.is_reference and exchange is process.reference:
                continue
            if exchange.flow.kind in ("elementary", "unknown"):
                exchanges += self._elementary(
                    exchange, of * shares.get(place, 1.0), provider, counted
                )
            elif takes(exchange):
                exchanges += self._technosphere(exchange, of, provider, counted)
        for exchange_ in exchanges:
            exchange_["output"] = key
        return {**node, "exchanges": exchanges}

    def _elementary(
        self, exchange: SourceExchange, of: float, provider: Provider, counted: bool
    ) -> list[dict[str, Any]]:
        coverage = self.coverage
        found = match(exchange)
        reason = "kind of flow not stated" if exchange.flow.kind == "unknown" else found.how
        targets = found.targets if exchange.flow.kind == "elementary" else ()
        if any(t.flow.code not in self._flows for t in targets):
            targets, reason = (), f"'{self._biosphere}' lacks the flow"
        if counted and reason == ACCOUNT:
            coverage.accounts += 1
            coverage.unmatched_flow(exchange, reason)
        elif counted:
            coverage.elementary += 1
            mass = self._co2(exchange, provider)
            coverage.co2 += mass
            if targets:
                coverage.elementary_linked += 1
                coverage.matches[found.how] += 1
                coverage.moved += found.moved
                coverage.co2_linked += mass
            else:
                coverage.unmatched_flow(exchange, reason)
        return [
            {
                "input": (self._biosphere, t.flow.code),
                "type": "biosphere",
                "name": t.flow.name,
                "unit": t.flow.unit,
                "categories": t.flow.categories,
                "source flow": exchange.flow.name,
                **self._amount(exchange, exchange.amount * t.factor * of, counted),
            }
            for t in targets
            if of
        ]

    def _technosphere(
        self, exchange: SourceExchange, of: float, provider: Provider, counted: bool
    ) -> list[dict[str, Any]]:
        coverage = self.coverage
        found, how = self._providers.find(exchange)
        size = None
        if found:
            known = {**exchange.flow.per_reference, **found.product.flow.per_reference}
            size = factor(exchange.unit, found.unit, known)
            if size is None:
                how = f"{exchange.unit.name} does not convert to {found.unit}"
        if counted:
            coverage.products += 1
            if size is None:
                coverage.cut_off(exchange, how)
            else:
                coverage.products_linked += 1
                coverage.links[how] += 1
        if found is None or size is None or not of:
            return []
        sign = -1 if exchange.is_avoided else 1
        return [
            {
                "input": (self._database, found.code),
                "type": "technosphere",
                "name": found.process.name,
                "reference product": found.product.flow.name,
                "unit": found.unit,
                "location": found.process.location,
                **self._amount(exchange, sign * exchange.amount * size * of, counted),
            }
        ]

    def _amount(self, exchange: SourceExchange, amount: float, counted: bool) -> dict[str, Any]:
        spread = fields(exchange.distribution, exchange.amount, amount)
        if exchange.distribution and counted:
            state = "contradicts the amount: left out" if spread is None else "carried over"
            if spread == none():
                state = "states no spread"
            self.coverage.uncertainty[state] += 1
        comment = {"comment": exchange.comment.replace("::", " / ")} if exchange.comment else {}
        return {"amount": amount, **comment, **(spread or none())}

    def _co2(self, exchange: SourceExchange, provider: Provider) -> float:
        """Fossil CO2 of an exchange per unit of the product, in kg; 0 for anything else."""
        name = exchange.flow.name.lower()
        if not name.startswith(_CO2) or any(word in name for word in _BIOGENIC):
            return 0.0
        if exchange.is_input or exchange.unit.quantity != "mass":
            return 0.0
        return abs(exchange.amount * exchange.unit.base / provider.produced)

    def _remark(self, source: Source) -> None:
        remarks, coverage = self.coverage.remarks, self.coverage
        for found in self._providers.ambiguous():
            others = "; ".join(p.process.name for p in found[1:4])
            remarks.append(
                f"'{found[0].product.flow.name}' has {len(found)} providers: "
                f"'{found[0].process.name}' taken (newest unit process), not: {others}"
            )
        for written, code in source.places.items():
            remarks.append(f"location '{written}' is no known code: {code} taken")
        for symbol, (stated, used) in source.units.items():
            remarks.append(f"the data set says that 1 {symbol} is {stated:g}; {used:g} was used")
        for process, allocation in self._providers.allocations:
            if allocation.rule != "single":
                coverage.allocations[allocation.rule] += 1
            if allocation.rule == "none":
                names = ", ".join(e.flow.name for e in allocation.left_out[:3])
                remarks.append(
                    f"'{process.name}': products without a common measure, all goes to its "
                    f"reference; cut off: {names}"
                )
