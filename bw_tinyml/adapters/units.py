"""Units of other data sets, and conversions between them.

The table of units comes first: unit groups of openLCA are missing in newer exports and hold slips
in older ones (a cubic foot of 0.02 m3). A unit group of the data set answers only for units that
the table lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bw_tinyml.adapters.tables import table

#: kg per m3; for elementary flows of water only
WATER_DENSITY = 1000.0
_GAS = {"cubic meter", "standard cubic meter"}


@dataclass(frozen=True)
class Unit:
    """A unit of a data set.

    Attributes
    ----------
    symbol
        As in the data set.
    quantity
        What it measures.
    base
        How many reference units of the quantity it is.
    name
        Brightway's unit that stands for it.
    per_unit
        How many of Brightway's unit it is.
    """

    symbol: str
    quantity: str
    base: float
    name: str
    per_unit: float

    @property
    def name_base(self) -> float:
        """How many reference units of the quantity Brightway's unit is."""
        return self.base / self.per_unit


@cache
def known_units() -> dict[str, Unit]:
    """Return the units of the table by symbol."""
    return {
        row["symbol"]: Unit(
            row["symbol"],
            row["quantity"],
            float(row["base"]),
            row["unit"],
            float(row["per_unit"]),
        )
        for row in table("units")
    }


@cache
def _by_name() -> dict[str, Unit]:
    """Brightway's units by name, each as one of itself."""
    return {
        u.name: Unit(u.name, u.quantity, u.name_base, u.name, 1.0)
        for u in reversed(list(known_units().values()))
    }


def other_unit(symbol: str, base: float = 1.0, reference: str = "") -> Unit:
    """Return a unit that the table lacks.

    Parameters
    ----------
    symbol
        The unit.
    base
        How many ``reference`` it is.
    reference
        Reference unit of its unit group; without one the unit converts to nothing but itself.
    """
    of = known_units().get(reference)
    if of is None:
        return Unit(symbol, reference or symbol, base, reference or symbol, base)
    return Unit(symbol, of.quantity, base * of.base, of.name, base * of.per_unit)


def factor(
    unit: Unit, target: str, per_reference: Mapping[str, float] | None = None
) -> float | None:
    """Return how many ``target`` units one unit is, or None where they do not compare.

    Parameters
    ----------
    unit
        Unit of an amount.
    target
        A unit of Brightway.
    per_reference
        Of the flow: its amount in each quantity, for one and the same amount of it, e.g.
        ``{"volume": 1, "mass": 849}`` for a liquid of 849 kg/m3.
    """
    if unit.name == target:
        return unit.per_unit
    other = _by_name().get(target)
    if other is None:
        return None
    if unit.quantity == other.quantity:
        return unit.base / other.base
    known = per_reference or {}
    if known.get(unit.quantity) and known.get(other.quantity):
        return unit.base * known[other.quantity] / known[unit.quantity] / other.base
    return None


def flow_factor(unit: Unit, target: str, flow: str) -> float | None:
    """Return how many ``target`` units of an elementary flow one unit is, or None."""
    found = factor(unit, target)
    if found is None and flow.startswith("Water"):
        found = factor(unit, target, {"volume": 1.0, "mass": WATER_DENSITY})
    return found
