"""Break-even: the rate at which two systems have the same score."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bw_tinyml.impact.limits import overloaded
from bw_tinyml.impact.solving import Solver

POINTS = 41


def break_even(
    solver: Solver, first: int, second: int, parameter: str, given: Mapping[str, float]
) -> np.ndarray:
    """Return the value of a parameter at which two products score the same.

    The difference of the scores is evaluated on a grid over the parameter's range, and again
    within the interval in which it changes its sign; the crossing is interpolated linearly.

    Parameters
    ----------
    solver
        Of a model that holds both products.
    first, second
        Node ids of the products.
    parameter
        Name of a database parameter. Its range is the one stated in the tables; without, a
        thousandth to a thousandfold of its value.
    given
        Values of other parameters.

    Returns
    -------
    numpy.ndarray
        One value per indicator; nan where one product is lower over the whole range. Where the
        sign changes more than once, the crossing that is nearest to the current value.
    """
    found = {n: p for ps in solver.model.parameters.values() for n, p in ps.items()}
    results = np.full(len(solver.indicators), np.nan)
    if parameter not in found:
        return results
    values = solver.model.parameter_values(given)
    current = float(next(v[parameter] for v in values.values() if parameter in v))
    low, high = _range(found[parameter].lower, found[parameter].upper, current)
    grid = np.unique(np.append(np.geomspace(low, high, POINTS), np.clip(current, low, high)))
    coarse = _differences(solver, first, second, parameter, grid, given)
    for j in range(len(solver.indicators)):
        crossing = _crossing(grid, coarse[:, j], current)
        if crossing is None:
            continue
        inner = np.geomspace(grid[crossing], grid[crossing + 1], POINTS)
        fine = _differences(solver, first, second, parameter, inner, given)[:, j]
        k = _crossing(inner, fine, current)
        if k is not None:
            share = fine[k] / (fine[k] - fine[k + 1])
            results[j] = inner[k] + share * (inner[k + 1] - inner[k])
    return results


def _range(lower: float | None, upper: float | None, current: float) -> tuple[float, float]:
    high = upper if upper else 1000 * (current or 1.0)
    low = lower if lower else high * 1e-6 if upper else current / 1000 or 1e-6
    return low, high


def _differences(
    solver: Solver,
    first: int,
    second: int,
    parameter: str,
    grid: np.ndarray,
    given: Mapping[str, float],
) -> np.ndarray:
    amounts = np.array(
        [np.broadcast_to(a, grid.shape) for a in solver.model.amounts({**given, parameter: grid})]
    )
    demands = np.concatenate([solver.demand(i, len(grid)) for i in (first, second)], axis=2)
    scores = solver.scores(amounts, solver.supply(amounts, demands))
    difference: np.ndarray = scores[:, 0] - scores[:, 1]
    for product in (first, second):  # beyond what a link carries there is nothing to compare
        difference[overloaded(solver.model, product, {**given, parameter: grid})] = np.nan
    return difference


def _crossing(grid: np.ndarray, difference: np.ndarray, current: float) -> int | None:
    """Index before the change of sign that is nearest to the current value."""
    changes = np.flatnonzero(np.sign(difference[:-1]) * np.sign(difference[1:]) < 0)
    if not len(changes):
        return None
    return int(changes[np.argmin(np.abs(np.log(grid[changes] / current)))])
