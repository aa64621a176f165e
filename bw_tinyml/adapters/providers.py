"""Which dataset provides a product: one per product, chosen by a rule and never by chance."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from bw_tinyml.adapters.allocation import CUT_OFF, Allocation, Share, allocate
from bw_tinyml.adapters.published import renamed_products
from bw_tinyml.adapters.source import SourceExchange, SourceProcess
from bw_tinyml.errors import UntrustedError

_NAMESPACE = uuid.UUID("8f6f0a8e-5c36-4f0e-9a2f-1d9b0d4a7c11")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Provider:
    """A dataset to be: a process with one of its products."""

    code: str
    process: SourceProcess
    share: Share

    @property
    def product(self) -> SourceExchange:
        """The product."""
        return self.share.product

    @property
    def unit(self) -> str:
        """Brightway's unit of the product."""
        return self.product.unit.name

    @property
    def produced(self) -> float:
        """Amount of the product, in Brightway's unit."""
        return self.product.amount * self.product.unit.per_unit


class Providers:
    """All datasets of a source, and the choice of one for each input.

    Parameters
    ----------
    processes
        Processes with a reference product.
    """

    def __init__(self, processes: Iterable[SourceProcess]) -> None:
        processes = list(processes)
        own = {p.reference.flow.id for p in processes if p.reference}
        own_names = {p.reference.flow.name.lower() for p in processes if p.reference}
        used = {
            e.flow.id
            for p in processes
            for e in p.exchanges
            if takes(e) and e.flow.id not in own and e.flow.name.lower() not in own_names
        }
        self.all: list[Provider] = []
        self.allocations: list[tuple[SourceProcess, Allocation]] = []
        for process in processes:
            allocation = allocate(process, used)
            self.allocations.append((process, allocation))
            for share in allocation.shares:
                self.all.append(Provider(_code(process, share), process, share))
        _refuse_duplicates(self.all)
        self._of_process = {(p.process.id, p.product.flow.id): p for p in self.all}
        self._by_flow: dict[str, list[Provider]] = {}
        self._by_name: dict[str, list[Provider]] = {}
        for provider in sorted(self.all, key=_rank):
            flow = provider.product.flow
            self._by_flow.setdefault(flow.id, []).append(provider)
            self._by_name.setdefault(flow.name.lower(), []).append(provider)

    def ambiguous(self) -> list[list[Provider]]:
        """Return the products in use that several datasets provide, the chosen one first."""
        used = {
            e.flow.id for p in self.all for e in p.process.exchanges if takes(e) and not e.provider
        }
        return [found for uid, found in self._by_flow.items() if len(found) > 1 and uid in used]

    def find(self, exchange: SourceExchange) -> tuple[Provider | None, str]:
        """Return the provider of an exchange and how it was found, or None and why not."""
        flow = exchange.flow
        if exchange.provider:
            named = self._of_process.get((exchange.provider, flow.id))
            if named:
                return named, "provider named"
        if flow.id in self._by_flow:
            return self._by_flow[flow.id][0], "product"
        if flow.name.upper().startswith(CUT_OFF):
            return None, "left out by the data set (CUTOFF)"
        name = flow.name.lower()
        for how, candidate in (("name", name), ("earlier name", renamed_products().get(name, ""))):
            if candidate in self._by_name:
                return self._by_name[candidate][0], how
        if exchange.provider:
            return None, "its provider is in another data set"
        return None, "no provider"


def takes(exchange: SourceExchange) -> bool:
    """Return whether an exchange needs a provider: an input, an avoided product, or a waste."""
    if exchange.is_reference or exchange.flow.kind not in ("product", "waste"):
        return False
    return exchange.is_input or exchange.is_avoided or exchange.flow.kind == "waste"


def _rank(provider: Provider) -> tuple[bool, bool, list[int], str]:
    """Unit processes before results, main products before coproducts, then the newest.

    The last word has the identifier of the process, so that all products of a refinery come from
    the same one of two.
    """
    return (
        provider.process.aggregated,
        not provider.product.is_reference,
        [-ord(c) for c in provider.process.valid],
        provider.process.id,
    )


def _code(process: SourceProcess, share: Share) -> str:
    """UUID of the process for its reference product, else one made of process and product."""
    if share.product.is_reference and _UUID.fullmatch(process.id):
        return process.id
    return str(uuid.uuid5(_NAMESPACE, f"{process.id}/{share.product.flow.id}"))


def _refuse_duplicates(providers: list[Provider]) -> None:
    seen: dict[str, str] = {}
    for provider in providers:
        if provider.code in seen:
            raise UntrustedError(
                f"the processes '{provider.process.name}' and '{seen[provider.code]}' have one "
                "identifier or make one product twice",
                "get a sound copy; nothing was written",
            )
        seen[provider.code] = provider.process.name
