"""Providers: which process delivers a product, or treats a waste, that another one uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bw_tinyml.ilcd.content import Exchange

GLOBAL = ("GLO", "RoW", "")


@dataclass(frozen=True)
class Provider:
    """A process with its reference flow.

    Attributes
    ----------
    code
        UUID of the process.
    flow
        UUID of its reference flow.
    """

    code: str
    flow: str
    name: str
    location: str


class AmbiguousProviderError(Exception):
    """Several processes deliver a flow and nothing tells which one is meant."""

    def __init__(self, providers: list[Provider]) -> None:
        super().__init__()
        self.providers = providers


@dataclass
class Providers:
    """The providers of a package by flow."""

    by_flow: dict[str, list[Provider]] = field(default_factory=dict)

    @classmethod
    def of(cls, providers: Iterable[Provider]) -> Providers:
        """Return the providers, indexed by the flow that they deliver or treat."""
        found = cls()
        for provider in providers:
            found.by_flow.setdefault(provider.flow, []).append(provider)
        return found

    def find(self, exchange: Exchange, consumer: Provider) -> Provider | None:
        """Return the provider of an input, or the treatment of a waste.

        In this order: the one that the exchange names (openLCA's default provider), the only one,
        the one of the location that the exchange states, of the consumer's location, the global
        one.

        Raises
        ------
        AmbiguousProviderError
            More than one is left.
        """
        candidates = self.by_flow.get(exchange.flow.lower(), [])
        named = [p for p in candidates if p.code == exchange.provider.lower()]
        if named:
            return named[0]
        others = [p for p in candidates if p.code != consumer.code] or candidates
        if len(others) <= 1:
            return others[0] if others else None
        for places in ((exchange.location,), (consumer.location,), GLOBAL):
            if places == ("",):
                continue
            fitting = [p for p in others if p.location in places]
            if len(fitting) == 1:
                return fitting[0]
        raise AmbiguousProviderError(others)
