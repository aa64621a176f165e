"""Spreads: from Brightway's distributions to ILCD's fields, for exchanges and parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bw_tinyml.export.ilcd.documents import number, percent


@dataclass(frozen=True)
class Spread:
    """A distribution in the fields of ILCD.

    Attributes
    ----------
    minimum, maximum
        Texts; empty where there are none.
    type
        Name of the distribution; empty where the number is certain.
    deviation
        ``relativeStandardDeviation95In``: of a lognormal the square of the geometric standard
        deviation, as ILCD defines it.
    mode
        Mode of a triangular distribution, for openLCA.
    scale
        Exact standard deviation of the logarithm, or of the normal distribution.
    rounded
        Whether the format's decimals change the deviation by more than 0.1 %.
    """

    minimum: str = ""
    maximum: str = ""
    type: str = ""
    deviation: str = ""
    mode: str = ""
    scale: str = ""
    rounded: bool = False


def spread_of(fields: Mapping[str, Any], amount: float, factor: float = 1.0) -> Spread:
    """Return the spread of a number.

    Parameters
    ----------
    fields
        Uncertainty fields as Brightway stores them.
    amount
        The number they belong to, in Brightway's unit.
    factor
        How many reference units one Brightway unit is.
    """
    kind = int(fields.get("uncertainty type") or 0)
    if kind == 2:
        sigma = float(fields["scale"])
        exact = math.exp(2 * sigma)
        text = percent(exact)
        low, high = fields.get("minimum"), fields.get("maximum")
        return Spread(
            minimum="" if low is None else number(float(low) * factor),
            maximum="" if high is None else number(float(high) * factor),
            type="log-normal",
            deviation=text,
            scale=number(sigma),
            rounded=abs(float(text) / exact - 1) > 1e-3,
        )
    if kind == 3 and amount:
        sigma = float(fields["scale"])
        exact = 100 * 2 * sigma / abs(amount)
        text = percent(exact)
        return Spread(
            type="normal",
            deviation=text,
            scale=number(sigma),
            rounded=abs(float(text) / exact - 1) > 1e-3 if exact else False,
        )
    if kind in (4, 5):
        return Spread(
            minimum=number(float(fields["minimum"]) * factor),
            maximum=number(float(fields["maximum"]) * factor),
            type="uniform" if kind == 4 else "triangular",
            mode=number(float(fields.get("loc", amount)) * factor) if kind == 5 else "",
        )
    return Spread()
