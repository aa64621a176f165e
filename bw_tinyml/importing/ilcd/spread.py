"""Spreads: from ILCD's fields to Brightway's distributions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

CERTAIN = {"uncertainty type": 0}


@dataclass(frozen=True)
class Stated:
    """What a data set states about the spread of a number, in the unit of the data set."""

    distribution: str
    deviation: float | None
    minimum: float | None
    maximum: float | None
    mode: float | None
    scale: float | None


def distribution_of(stated: Stated, amount: float, factor: float = 1.0) -> dict[str, Any] | None:
    """Return the uncertainty fields of Brightway; None where what is stated makes no sense.

    Parameters
    ----------
    stated
        What the data set says. ``relativeStandardDeviation95In`` of a lognormal is the square of
        the geometric standard deviation, of a normal two standard deviations in percent, as ILCD
        defines them.
    amount
        The number, in Brightway's unit.
    factor
        How many of Brightway's unit one unit of the data set is.
    """
    match stated.distribution:
        case "" | "undefined":
            return dict(CERTAIN)
        case "log-normal":
            return _lognormal(stated, amount, factor)
        case "normal":
            return _normal(stated, amount)
        case "uniform" | "triangular":
            return _bounded(stated, amount, factor)
    return None


def _lognormal(stated: Stated, amount: float, factor: float) -> dict[str, Any] | None:
    sigma = stated.scale
    if sigma is None and stated.deviation is not None and stated.deviation > 1:
        sigma = math.log(stated.deviation) / 2
    if sigma is None or sigma <= 0 or amount == 0:
        return dict(CERTAIN) if stated.deviation in (0, 1) or amount == 0 else None
    cut: dict[str, float] = {}
    # A range beside a lognormal has no meaning in ILCD; packages with a scale are ours: it cuts.
    if stated.scale is not None and stated.minimum is not None and stated.maximum is not None:
        low, high = sorted((stated.minimum * factor, stated.maximum * factor))
        cut = {"minimum": low, "maximum": high}
    return {
        "uncertainty type": 2,
        "loc": math.log(abs(amount)),
        "scale": sigma,
        "negative": amount < 0,
        **cut,
    }


def _normal(stated: Stated, amount: float) -> dict[str, Any] | None:
    if not stated.deviation or amount == 0:
        return None
    scale = stated.deviation / 100 * abs(amount) / 2
    return {"uncertainty type": 3, "loc": amount, "scale": scale}


def _bounded(stated: Stated, amount: float, factor: float) -> dict[str, Any] | None:
    if stated.minimum is None or stated.maximum is None:
        return None
    low, high = sorted((stated.minimum * factor, stated.maximum * factor))
    if low >= high:
        return None
    if stated.distribution == "uniform":
        return {"uncertainty type": 4, "minimum": low, "maximum": high}
    # a mean of three corners, where the mode is not stated
    mode = 3 * amount - low - high if stated.mode is None else stated.mode * factor
    if not low <= mode <= high:
        mode = amount
    if not low <= mode <= high:
        return None
    return {"uncertainty type": 5, "loc": mode, "minimum": low, "maximum": high}
