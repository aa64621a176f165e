"""Splitting a process with several products into one dataset per product.

In this order:

1. the factors that the data set states, if they cover the products that others use and sum to 1;
2. the mass of the products; those without mass (recovered heat) get nothing;
3. one quantity that all of them have: energy, volume, area;
4. otherwise everything goes to the reference product, and the others are cut off.

Only products that a process of the data set uses take part, and those of ``coproducts.csv``. What
nobody uses gets no share, so that no burden vanishes with scrap or ash that was called a product.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from bw_tinyml.adapters.source import SourceExchange, SourceProcess
from bw_tinyml.adapters.tables import table
from bw_tinyml.adapters.units import Unit, factor, known_units

#: prefix with which US LCI marks what it leaves out on purpose
CUT_OFF = "CUTOFF "
_TOLERANCE = 0.02


@dataclass
class Share:
    """A product and what it gets of the exchanges of its process.

    Attributes
    ----------
    of_all
        Share of each exchange.
    of_exchange
        Exceptions, by place of the exchange in the process.
    """

    product: SourceExchange
    of_all: float = 1.0
    of_exchange: dict[int, float] = field(default_factory=dict)

    def of(self, place: int) -> float:
        """Return the share of one exchange."""
        return self.of_exchange.get(place, self.of_all)


@dataclass
class Allocation:
    """How a process was split: ``single``, ``stated``, ``mass``, ``energy``, ``none`` ..."""

    rule: str
    shares: list[Share]
    left_out: list[SourceExchange] = field(default_factory=list)


def outputs(process: SourceProcess) -> list[SourceExchange]:
    """Return the products of a process, its reference first."""
    reference = process.reference
    others = [
        e
        for e in process.exchanges
        if e is not reference and e.flow.kind == "product" and not e.is_input and not e.is_avoided
    ]
    return [reference, *others] if reference else others


def allocate(process: SourceProcess, used: Iterable[str]) -> Allocation:
    """Return the products of a process with their shares.

    Parameters
    ----------
    process
        The process; it has a reference product.
    used
        Products (flow ids) that some process takes and that have no process of their own.
    """
    products = outputs(process)
    reference, used = products[0], set(used)
    sharing = [
        e
        for e in products[1:]
        if (e.flow.id in used or e.flow.id in _masses())
        and e.amount > 0
        and not e.flow.name.upper().startswith(CUT_OFF)
    ]
    left_out = [e for e in products[1:] if e not in sharing]
    if not sharing:
        return Allocation("single", [Share(reference)], left_out)
    candidates = [reference, *sharing]
    for rule in ("stated", "mass", "energy", "volume", "area", "items"):
        shares = (
            _stated(process, candidates)
            if rule == "stated"
            else _by_quantity(candidates, rule, partial=rule == "mass")
        )
        if shares:
            return Allocation(rule, shares, left_out)
    return Allocation("none", [Share(reference)], [*sharing, *left_out])


def _stated(process: SourceProcess, candidates: list[SourceExchange]) -> list[Share] | None:
    """Shares from the factors of the data set, or None where they are missing or no shares."""
    methods = [process.allocation, "PHYSICAL_ALLOCATION", "ECONOMIC_ALLOCATION"]
    for method in dict.fromkeys(m for m in methods if m and m != "CAUSAL_ALLOCATION"):
        of_all = {f.product: f.value for f in process.factors if f.method == method}
        values = [of_all.get(e.flow.id, 0.0) for e in candidates]
        if min(values) >= 0 and abs(sum(values) - 1) < _TOLERANCE:
            total = sum(values)
            shares = [Share(e, v / total) for e, v in zip(candidates, values, strict=True)]
            if process.allocation in ("", "CAUSAL_ALLOCATION"):
                _add_causal(process, shares)
            return shares
    return None


def _add_causal(process: SourceProcess, shares: list[Share]) -> None:
    """Replace the shares of single exchanges by causal factors that sum to 1."""
    causal: dict[str, dict[str, float]] = {}
    for f in process.factors:
        if f.method == "CAUSAL_ALLOCATION" and f.exchange:
            causal.setdefault(f.exchange, {})[f.product] = f.value
    for place, exchange in enumerate(process.exchanges):
        stated = causal.get(exchange.id) or causal.get(exchange.flow.id) or {}
        values = [stated.get(s.product.flow.id, 0.0) for s in shares]
        if min(values) >= 0 and math.isclose(sum(values), 1.0, abs_tol=_TOLERANCE):
            for share, value in zip(shares, values, strict=True):
                share.of_exchange[place] = value / sum(values)


def _by_quantity(
    candidates: list[SourceExchange], quantity: str, partial: bool
) -> list[Share] | None:
    """Shares by one quantity; ``partial`` lets products without it take no share."""
    amounts = [_amount(e, quantity) for e in candidates]
    missing = [e for e, a in zip(candidates, amounts, strict=True) if a is None]
    if any(e.unit.quantity != "energy" for e in missing) or (missing and not partial):
        return None
    total = sum(a or 0.0 for a in amounts)
    if total <= 0:
        return None
    return [Share(e, (a or 0.0) / total) for e, a in zip(candidates, amounts, strict=True)]


def _amount(exchange: SourceExchange, quantity: str) -> float | None:
    """Amount of an exchange in the reference unit of a quantity, or None."""
    unit = exchange.unit
    if unit.quantity == quantity:
        return exchange.amount * unit.base
    known: Mapping[str, float] = exchange.flow.per_reference
    if quantity == "mass" and exchange.flow.id in _masses():
        of, mass = _masses()[exchange.flow.id]
        size = factor(unit, of.name)
        return None if size is None else exchange.amount * size / of.per_unit * mass
    if known.get(quantity) and known.get(unit.quantity):
        return exchange.amount * unit.base * known[quantity] / known[unit.quantity]
    return None


@cache
def _masses() -> dict[str, tuple[Unit, float]]:
    return {
        row["flow"]: (known_units()[row["unit"]], float(row["mass"])) for row in table("coproducts")
    }
