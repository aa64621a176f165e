"""Published projections of fleets, and what an application must save to pay for its devices.

The figures are rows of ``projections.csv``; here is the arithmetic. With the footprint ``F`` of a
fleet over its life, the yearly emissions ``E`` of a sector, a share ``s`` saved in it for ``t``
years and a rebound ``b`` (the share of the saving that more consumption eats up),

    net = F - s (1 - b) E t,     break-even: s* = F / ((1 - b) E t).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bw_tinyml.arguments import finite
from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.suggestions import nearest

GROWTHS = ("constant", "linear", "exponential")
#: more devices than this is a slip: a hundred thousand for each human being
MOST = 1e15
_OVERFLOW = 700.0


def quantities(inventory: Inventory) -> dict[str, float]:
    """Return the numbers of the table ``projections`` by name."""
    return {row["quantity"]: float(row["amount"]) for row in inventory.tables["projections"]}


def quantity(inventory: Inventory, name: str) -> float:
    """Return one number of the table ``projections``.

    Raises
    ------
    NotFoundError
        There is no such quantity.
    """
    found = quantities(inventory)
    if name not in found:
        raise NotFoundError(
            f"the tables have no projection '{name}'{nearest(name, found)}",
            "see inventories/projections.csv",
        )
    return found[name]


def grown(base: float, growth: str, rate: float, years: float) -> float:
    """Return a number some years later.

    Parameters
    ----------
    base
        The number now.
    growth
        ``constant``; ``linear``, ``base + rate years``; ``exponential``, ``base e^(rate years)``.
    rate
        Units a year, or the share by which it grows, continuously.
    years
        Time from now.

    Raises
    ------
    UsageError
        There is no such kind of growth, or it leads to more than :data:`MOST`.
    """
    if growth not in GROWTHS:
        raise UsageError(f"'{growth}' is not a kind of growth", f"one of: {', '.join(GROWTHS)}")
    for name, value in (("the base", base), ("the rate", rate), ("the time", years)):
        finite(value, name)
    if growth == "constant":
        found = base
    elif growth == "linear":
        found = base + rate * years
    else:  # an exponent that overflows is far beyond what is refused
        found = base * math.exp(min(rate * years, _OVERFLOW))
    if found > MOST:
        raise UsageError(
            f"{growth} growth of {rate:g} a year from {base:g} passes {MOST:g} devices "
            f"by year {years:g}",
            "give a lower rate or fewer years; the rate of exponential growth is a share, e.g. 0.1",
        )
    return found


def years_until(base: float, growth: str, rate: float, target: float) -> float:
    """Return after how many years a growing number reaches a target.

    Raises
    ------
    UsageError
        It never does.
    """
    if growth not in GROWTHS[1:] or rate <= 0 or base <= 0 or target <= 0:
        raise UsageError(
            f"{base:g} never reaches {target:g} by {growth} growth of {rate:g} a year",
            "give a positive rate of linear or exponential growth",
        )
    return (target - base) / rate if growth == "linear" else math.log(target / base) / rate


@dataclass(frozen=True)
class Saving:
    """What an application saves in one sector.

    Attributes
    ----------
    sector
        Name.
    emissions
        Emissions of the sector a year, in the unit of the footprint.
    share
        Share of them that the application saves, before rebound.
    """

    sector: str
    emissions: float
    share: float


def net_benefit(
    footprint: float, savings: Sequence[Saving], years: float, rebound: float = 0.0
) -> float:
    """Return footprint less savings; negative is a benefit.

    Parameters
    ----------
    footprint
        Of all devices, over the years.
    savings
        By sector.
    years
        For how long they save.
    rebound
        Share of the savings that more consumption eats up; above 1 the application backfires.
    """
    saved = sum(s.share * s.emissions for s in savings) * years
    return footprint - (1 - rebound) * saved


def break_even_share(
    footprint: float, emissions: float, years: float, rebound: float = 0.0
) -> float:
    """Return the share of a sector's emissions that must be saved to pay for a footprint.

    Returns
    -------
    float
        Infinite where the rebound eats up everything; 0 where nothing is left to pay for.
    """
    if footprint <= 0:
        return 0.0
    left = (1 - rebound) * emissions * years
    return footprint / left if left > 0 else math.inf


def growth_years(known: Mapping[str, float], growth: str, target: float) -> float:
    """Return the year in which the published fleet passes a number of devices."""
    passed = years_until(known["devices_base"], growth, known[f"{growth}_growth"], target)
    return known["devices_base_year"] + passed
