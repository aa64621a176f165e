"""Break-even in the electricity of the place of use: how clean or dirty must its grid be?

Electricity has no parameter of its own: it is a background dataset, of the open background or of
another. What the foreground takes of it at the place of use (device, gateways, networks, and
whatever else of the foreground stands there) is scaled by a common factor ``f``, so that for each
category

    score_i(f) = r_i + f e_i,     f* = (r_2 - r_1) / (e_1 - e_2),

with ``e_i`` the part of the score that this electricity causes, and ``r_i`` the rest. The factor is
stated as intensity of the electricity at the lowest voltage, per kWh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.impact.whatif import Sampled
from bw_tinyml.systems.case import Case

GRID = "grid intensity"
_LOW = "low voltage"
ROUNDING = 1e-12
#: times the intensity now; no grid is dirtier: from hydropower to lignite it is 60 times the carbon
DIRTIEST = 100.0


def grid_break_even(
    case: Case, given: Mapping[str, float]
) -> dict[tuple[str, str, str], list[Any]]:
    """Return the break-even of each pair and category; rows as of ``break_evens``."""
    paired = case.paired
    amounts = paired.evaluation.amounts(given)
    units = paired.background.units(amounts, 1)[0]
    taken = paired.foreground.taken(amounts, case.ids, 1)[:, 0]
    scores = taken @ units
    products = _electricity(paired.foreground.outside, case.location)
    if not products:
        return {}
    here = list(products)
    parts = taken[:, here] @ units[here]
    reference = _reference(products)
    rows: dict[tuple[str, str, str], list[Any]] = {}
    for k, twin in enumerate(case.names[1:], start=1):
        gap, slope = scores[0] - scores[k], parts[0] - parts[k]
        rest, factor = _even(gap, slope, scores[0] + scores[k])
        for j, indicator in enumerate(case.solver.indicators):
            intensity = float(units[reference, j])
            flips = bool(0 < factor[j] <= DIRTIEST and intensity)
            # With little electricity the rest decides; where there is none, electricity does.
            first = rest[j] or slope[j]
            lower = case.names[0] if first < 0 else twin if first > 0 else ""
            rows[GRID, twin, indicator.label] = [
                "", f"{indicator.unit} / kWh", intensity, 0.0, DIRTIEST * intensity,
                float(factor[j]) * intensity if flips else float("nan"), lower, int(flips),
            ]  # fmt: skip
    return rows


def sampled_grid_break_even(case: Case, sampled: Sampled) -> np.ndarray:
    """Return the break-even of each sample, in the intensity that its draw of the background has.

    Returns
    -------
    numpy.ndarray
        Shape (samples, other systems, indicators); nan without a break-even.
    """
    products = _electricity(case.paired.foreground.outside, case.location)
    scores = sampled.scores()
    result = np.full((len(scores), len(case.ids) - 1, scores.shape[2]), np.nan)
    if not products:
        return result
    parts = sampled.of_outside(products)
    draws = sampled.units[_reference(products)]
    intensity = draws[np.arange(len(scores)) % len(draws)][:, None]
    gap, slope = scores[:, :1] - scores[:, 1:], parts[:, :1] - parts[:, 1:]
    _, factor = _even(gap, slope, scores[:, :1] + scores[:, 1:])
    flips = (factor > 0) & (factor <= DIRTIEST) & (intensity != 0)
    result[flips] = (factor * intensity)[flips]
    return result


def _even(gap: np.ndarray, slope: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what remains of a gap without the electricity, and the factor that closes the gap."""
    # Below the rounding of the scores, nothing remains.
    rest = np.where(np.abs(gap - slope) > ROUNDING * size, gap - slope, 0.0)
    with np.errstate(all="ignore"):
        return rest, -rest / slope


def _reference(products: Mapping[int, str]) -> int:
    """Place of the electricity whose intensity is stated."""
    return next((i for i, name in products.items() if _LOW in name), next(iter(products)))


def _electricity(outside: Sequence[int], location: str) -> dict[int, str]:
    """Return which of the products are electricity of a place, by position."""
    bw2data()
    from bw2data.backends.schema import ActivityDataset

    position = {node: i for i, node in enumerate(outside)}
    rows = ActivityDataset.select(ActivityDataset.id, ActivityDataset.data).where(
        ActivityDataset.id << list(outside)
    )
    found = {}
    for identifier, data in rows.tuples():
        product = data.get("reference product") or data.get("name", "")
        if product.startswith("electricity") and data.get("location") == location:
            found[position[identifier]] = product
    return found
