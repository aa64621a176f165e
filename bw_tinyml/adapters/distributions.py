"""Uncertainty of other data sets in Brightway's fields, where it makes sense."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

NONE: dict[str, Any] = {"uncertainty type": 0}


def fields(
    distribution: Mapping[str, Any], stated: float, amount: float
) -> dict[str, Any] | None:
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
    if not kind or kind == "NONE":
        return dict(NONE)
    if not stated or not amount:
        return None
    scale = amount / stated
    if kind == "LOG_NORMAL_DISTRIBUTION":
        return _lognormal(distribution.get("geomSd", 0.0), amount)
    if kind == "NORMAL_DISTRIBUTION":
        deviation = distribution.get("sd", 0.0) * abs(scale)
        if deviation <= 0:
            return dict(NONE) if deviation == 0 else None
        return {"uncertainty type": 3, "loc": amount, "scale": deviation}
    bounds = sorted((distribution.get("minimum", 0.0), distribution.get("maximum", 0.0)))
    low, high = sorted(bound * scale for bound in bounds)
    if low == high:
        return dict(NONE)
    if not low <= amount <= high:
        return None
    if kind == "UNIFORM_DISTRIBUTION":
        return {"uncertainty type": 4, "minimum": low, "maximum": high}
    if kind == "TRIANGLE_DISTRIBUTION":
        return {"uncertainty type": 5, "minimum": low, "maximum": high, "loc": amount}
    return None


def _lognormal(spread: float, amount: float) -> dict[str, Any] | None:
    """Lognormal with the amount as its median; a spread of 1, or 0 in old exports, is none."""
    if spread in (0, 1):
        return dict(NONE)
    if spread < 1:
        return None
    return {
        "uncertainty type": 2,
        "loc": math.log(abs(amount)),
        "scale": math.log(spread),
        "negative": amount < 0,
    }
