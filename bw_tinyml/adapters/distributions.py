"""Uncertainty of other data sets in Brightway's fields, where it makes sense."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Fields = dict[str, Any]


def none() -> Fields:
    """Return the fields of an exchange without uncertainty."""
    return {"uncertainty type": 0}


def fields(distribution: Mapping[str, Any], stated: float, amount: float) -> Fields | None:
    """Return Brightway's fields for an exchange.

    Parameters
    ----------
    distribution
        As in the data set: its type, and numbers in the unit of ``stated``.
    stated
        The amount as in the data set.
    amount
        The amount in Brightway; a multiple of ``stated``.

    Returns
    -------
    dict or None
        None where the data set states an uncertainty that contradicts the amount: bounds that do
        not enclose it, or a spread below 1.
    """
    kind = distribution.get("type", "")
    if kind in ("", "NONE"):
        return none()
    reader = _READERS.get(kind)
    if reader is None or not stated or not amount:
        return None
    return reader(distribution, amount / stated, amount)


def _lognormal(distribution: Mapping[str, Any], scale: float, amount: float) -> Fields | None:
    """Lognormal with the amount as its median; a spread of 1, or 0 in old exports, is none."""
    spread = distribution.get("geomSd", 0.0)
    if spread in (0, 1):
        return none()
    if spread < 1:
        return None
    return {
        "uncertainty type": 2,
        "loc": math.log(abs(amount)),
        "scale": math.log(spread),
        "negative": amount < 0,
    }


def _normal(distribution: Mapping[str, Any], scale: float, amount: float) -> Fields | None:
    deviation = distribution.get("sd", 0.0) * abs(scale)
    if deviation < 0:
        return None
    return {"uncertainty type": 3, "loc": amount, "scale": deviation} if deviation else none()


def _triangular(distribution: Mapping[str, Any], scale: float, amount: float) -> Fields | None:
    """Triangular with the amount as its mode; old exports swap minimum and maximum."""
    bounds = _bounds(distribution, scale, amount)
    return {"uncertainty type": 5, **bounds, "loc": amount} if bounds else bounds


def _uniform(distribution: Mapping[str, Any], scale: float, amount: float) -> Fields | None:
    bounds = _bounds(distribution, scale, amount)
    return {"uncertainty type": 4, **bounds} if bounds else bounds


def _bounds(distribution: Mapping[str, Any], scale: float, amount: float) -> Fields | None:
    """Bounds around the amount, or None where they do not enclose it or are equal."""
    low, high = sorted(distribution.get(key, 0.0) * scale for key in ("minimum", "maximum"))
    return {"minimum": low, "maximum": high} if low <= amount <= high and low < high else None


_READERS = {
    "LOG_NORMAL_DISTRIBUTION": _lognormal,
    "NORMAL_DISTRIBUTION": _normal,
    "TRIANGLE_DISTRIBUTION": _triangular,
    "UNIFORM_DISTRIBUTION": _uniform,
}
