"""What a background is to the linking: it answers keys with providers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from bw_tinyml.inventory.model import Dataset, Inventory


@dataclass(frozen=True)
class Activity:
    """An activity of somebody else's database.

    Attributes
    ----------
    unit
        Brightway's unit name.
    production
        Amount of its production exchange; ecoinvent's treatments of waste have -1.
    """

    database: str
    code: str
    name: str
    product: str
    location: str
    unit: str
    production: float = 1.0

    @property
    def id(self) -> str:
        """How messages call it."""
        return f"{self.name} | {self.product} | {self.location}"

    @property
    def key(self) -> tuple[str, str]:
        """Brightway key."""
        return self.database, self.code


#: what an exchange can lead to
Product = Dataset | Activity


@dataclass(frozen=True)
class Provider:
    """What answers a key.

    Attributes
    ----------
    product
        A dataset of ours, or an activity of the background.
    factor
        Amount of an exchange with the product for one unit of the key. Negative where the product
        is a waste with negative production: in Brightway, such a waste is consumed in negative
        amounts.
    proxy
        Whether it stands for something that the background lacks.
    remark
        Why, and what it leaves out.
    sigma
        Standard deviation of the logarithm by which it widens the uncertainty of an exchange.
    """

    product: Product
    factor: float = 1.0
    proxy: bool = False
    remark: str = ""
    sigma: float = 0.0


class Background(Protocol):
    """Answers the background keys.

    Attributes
    ----------
    name
        What metadata and results call it: ``open``, or the name of a Brightway database.
    """

    name: str

    def roots(self, inventory: Inventory) -> Iterable[Dataset]:
        """Return the datasets of ours that are wanted; what they use follows."""
        ...

    def provider(self, key: str, location: str) -> Provider | None:
        """Return what answers a key for a dataset in some location; None if nothing does."""
        ...

    def replacement(self, dataset: Dataset) -> Provider | None:
        """Return what the background has itself instead of a dataset of ours.

        None where the dataset is to be used as it is.
        """
        ...

    def lacks(self, flow: str) -> bool:
        """Return whether the background's release does not know an elementary flow (UUID)."""
        ...

    def missing(self, key: str, location: str) -> str:
        """Return why nothing answers a key, and what is near."""
        ...
