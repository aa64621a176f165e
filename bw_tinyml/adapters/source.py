"""A data set of others as it was read: flows, processes and exchanges, before any linking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bw_tinyml.adapters.units import Unit

Kind = Literal["product", "waste", "elementary", "unknown"]


@dataclass(frozen=True)
class SourceFlow:
    """A flow.

    Attributes
    ----------
    id
        UUID in the data set.
    path
        Category path, parts joined by ``/``.
    cas
        CAS number, without leading zeros.
    per_reference
        Amount in each quantity for one and the same amount of the flow.
    """

    id: str
    name: str
    kind: Kind
    path: str = ""
    cas: str = ""
    per_reference: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceExchange:
    """An exchange.

    Attributes
    ----------
    amount
        In ``unit``; positive in both directions, as ``is_input`` says.
    provider
        Process that the data set names as provider.
    distribution
        Uncertainty as in the data set: its type, and numbers in ``unit``.
    """

    flow: SourceFlow
    amount: float
    unit: Unit
    is_input: bool
    is_reference: bool = False
    is_avoided: bool = False
    provider: str = ""
    distribution: Mapping[str, Any] = field(default_factory=dict)
    comment: str = ""
    id: str = ""


@dataclass(frozen=True)
class AllocationFactor:
    """A share that the data set states: of one exchange (causal) or of all, for a product."""

    method: str
    product: str
    value: float
    exchange: str = ""


@dataclass
class SourceProcess:
    """A process.

    Attributes
    ----------
    valid
        End of the period it stands for, then date of its last change; later texts sort later.
    identifier
        What people call it, besides its name: the code of a sector.
    aggregated
        Whether it is a result (cradle to gate) rather than a unit process.
    """

    id: str
    name: str
    location: str
    exchanges: list[SourceExchange]
    path: str = ""
    comment: str = ""
    valid: str = ""
    aggregated: bool = False
    allocation: str = ""
    factors: list[AllocationFactor] = field(default_factory=list)
    identifier: str = ""

    @property
    def reference(self) -> SourceExchange | None:
        """The quantitative reference, or None."""
        return next((e for e in self.exchanges if e.is_reference), None)


@dataclass
class Source:
    """All that was read from a file.

    Attributes
    ----------
    format
        Recognised format, for people.
    notices
        Notices and credits that must go with the data.
    places
        Locations that are no codes: as written -> code that was taken.
    units
        Units whose size the data set states otherwise than the table: symbol -> (stated, used).
    price_year
        Year of the prices, where products are measured in money.
    terms
        Terms of use that the data set itself states, with how often.
    """

    format: str
    processes: list[SourceProcess]
    notices: list[str] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    units: dict[str, tuple[float, float]] = field(default_factory=dict)
    terms: dict[str, int] = field(default_factory=dict)
    price_year: int | None = None
