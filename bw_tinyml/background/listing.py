"""The links of a linked inventory as a list: key, provider, factor, proxy, where used."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from bw_tinyml.background.linking import LinkedExchange, LinkedInventory
from bw_tinyml.background.providers import Product


@dataclass(frozen=True)
class Link:
    """How one key is answered.

    Attributes
    ----------
    key
        The background key, or the dataset of ours that the background replaces.
    name, product, location, database, unit
        The provider.
    factor
        Amount of the provider for one unit of the key; negative for wastes that are consumed in
        negative amounts.
    proxy
        Whether it stands for something else; ``remark`` says for what.
    used_by
        Identifiers of the datasets that use it.
    """

    key: str
    name: str
    product: str
    location: str
    database: str
    unit: str
    factor: float
    proxy: bool
    remark: str
    used_by: tuple[str, ...]

    @property
    def provider(self) -> str:
        """Name, product and location in one text."""
        return " | ".join((self.name, self.product, self.location))

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return {**asdict(self), "used_by": list(self.used_by)}


def list_links(linked: LinkedInventory) -> list[Link]:
    """Return the links that a linked inventory uses, by key and provider."""
    users: dict[tuple[str, tuple[str, str]], list[str]] = defaultdict(list)
    first: dict[tuple[str, tuple[str, str]], tuple[LinkedExchange, Product]] = {}
    for identifier, found in linked.datasets.items():
        for exchange in found.exchanges:
            if exchange.key and exchange.provider:
                place = exchange.key, exchange.provider.key
                first.setdefault(place, (exchange, exchange.provider))
                if identifier not in users[place]:
                    users[place].append(identifier)
    links = [
        Link(
            key=exchange.key,
            name=provider.name,
            product=provider.product,
            location=provider.location,
            database=provider.key[0],
            unit=provider.unit,
            factor=exchange.link_factor,
            proxy=exchange.proxy,
            remark=exchange.link_remark,
            used_by=tuple(users[place]),
        )
        for place, (exchange, provider) in first.items()
    ]
    return sorted(links, key=lambda link: (link.key, link.provider))
