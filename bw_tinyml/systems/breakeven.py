"""Break-even: the value of a parameter at which two systems have the same score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bw_tinyml.errors import UsageError
from bw_tinyml.impact.limits import overloaded
from bw_tinyml.impact.paired import Paired
from bw_tinyml.impact.whatif import Sampled
from bw_tinyml.suggestions import nearest
from bw_tinyml.systems.case import Case
from bw_tinyml.systems.flips import sampled_flips, spread
from bw_tinyml.systems.grid import GRID, grid_break_even, sampled_grid_break_even
from bw_tinyml.systems.words import words

POINTS = 41
COLUMNS = [
    "parameter", "unit", "value", "low", "high", "break_even", "lower_below", "crossings",
    "break_even_p05", "break_even_median", "break_even_p95", "share_without",
]  # fmt: skip
Rows = dict[tuple[str, str, str], list[Any]]


def break_evens(
    case: Case,
    names: Sequence[str] | None = None,
    given: Mapping[str, float] | None = None,
    sampled: Sampled | None = None,
) -> pd.DataFrame:
    """Return where the answer flips.

    Parameters
    ----------
    case
        What is compared.
    names
        Words of the task (``rate``, ``lifetime``, ``payload``, ``units sold``), ``grid intensity``,
        or names of database parameters; by default all of the words that take a number, and the
        grid.
    given
        Values of other parameters.
    sampled
        Paired samples of the case with the same values, for the intervals.

    Returns
    -------
    pandas.DataFrame
        Index (name, baseline, indicator). Columns ``parameter``, ``unit``, ``value`` (now), ``low``
        and ``high`` (range that was searched), ``break_even`` (nan where the answer does not flip
        in the range), ``lower_below`` (name of the system that scores lower below it; without
        a flip, over the whole range; empty where both are equal) and ``crossings``. With samples,
        ``break_even_p05``, ``break_even_median`` and ``break_even_p95`` of those that have a
        break-even in the range, and ``share_without``, the share of those that have none.

    Raises
    ------
    UsageError
        A name is neither a word nor a parameter.
    """
    known = case.parameter_names()
    numeric = {
        w.name: w.parameter
        for w in words(case.session.inventory, case.task).values()
        if w.parameter in known
    }
    wanted = list(names) if names else [*numeric, GRID]
    rows: Rows = {}
    for name in wanted:
        if name == GRID:
            found = grid_break_even(case, given or {})
            flips = None if sampled is None else sampled_grid_break_even(case, sampled)
            rows |= _with_spread(case, found, flips)
            continue
        parameter = numeric.get(name, name)
        if parameter not in known:
            every = [*numeric, GRID, *known]
            raise UsageError(
                f"'{name}' is neither a word of task '{case.task.name}' nor a parameter"
                f"{nearest(name, every)}",
                f"words: {', '.join([*numeric, GRID])}",
            )
        rows |= _of_parameter(case, name, parameter, given or {}, sampled)
    index = pd.MultiIndex.from_tuples(list(rows), names=["name", "baseline", "indicator"])
    return pd.DataFrame(list(rows.values()), index=index, columns=COLUMNS)


def _of_parameter(
    case: Case, name: str, parameter: str, given: Mapping[str, float], sampled: Sampled | None
) -> Rows:
    low, high, value, unit = parameter_range(case, parameter, given)
    flips, signs, crossings = break_even(case.paired, parameter, given, (low, high), value)
    rows: Rows = {}
    for k, twin in enumerate(case.names[1:]):
        for j, indicator in enumerate(case.solver.indicators):
            lower = case.names[0] if signs[k, j] < 0 else twin if signs[k, j] > 0 else ""
            rows[name, twin, indicator.label] = [
                parameter, unit, value, low, high, flips[k, j], lower, int(crossings[k, j]),
            ]  # fmt: skip
    if sampled is None:
        return _with_spread(case, rows, None)
    grid = _grid((low, high), value)
    lost = _lost(case.paired, parameter, grid, given)
    found = sampled_flips(grid, sampled.sweep(parameter, grid), lost, value)
    return _with_spread(case, rows, found)


def _with_spread(case: Case, rows: Rows, flips: np.ndarray | None) -> Rows:
    """Add percentiles of sampled break-evens, shape (samples, other systems, indicators)."""
    if flips is None:
        return {key: [*row, *[float("nan")] * 4] for key, row in rows.items()}
    percentiles, without = spread(flips)
    twins = {name: k for k, name in enumerate(case.names[1:])}
    labels = {indicator.label: j for j, indicator in enumerate(case.solver.indicators)}
    return {
        key: [
            *row,
            *(float(p) for p in percentiles[:, twins[key[1]], labels[key[2]]]),
            float(without[twins[key[1]], labels[key[2]]]),
        ]
        for key, row in rows.items()
    }


def parameter_range(
    case: Case, parameter: str, given: Mapping[str, float]
) -> tuple[float, float, float, str]:
    """Return the range of a parameter, its value now, and its unit.

    The range is the one stated in the tables; without, a thousandth to a thousandfold of the
    value. Values from 0 start at a millionth of the upper end.
    """
    model = case.solver.model
    found = next(p[parameter] for p in model.parameters.values() if parameter in p)
    value = case.paired.evaluation.value(parameter, given)
    high = found.upper if found.upper else 1000 * (value or 1.0)
    low = found.lower if found.lower else high * 1e-6 if found.upper else value / 1000 or 1e-6
    return min(low, value) or low, max(high, value), value, found.unit


def break_even(
    paired: Paired,
    parameter: str,
    given: Mapping[str, float],
    limits: tuple[float, float],
    value: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the values of a parameter at which the first system and each other score the same.

    The differences are evaluated on a grid over the range, and again within each interval in which
    one changes its sign; the crossing is interpolated linearly.

    Parameters
    ----------
    paired
        The systems.
    parameter
        Name of a database parameter.
    given
        Values of other parameters.
    limits
        Range of the parameter, both positive.
    value
        Its value now: of several crossings, the nearest to it counts.

    Returns
    -------
    flips, signs, crossings : numpy.ndarray
        Shape (other systems, indicators): the break-even (nan without one), the sign of first less
        other below it (or over the whole range), and the number of changes of sign.
    """
    grid = _grid(limits, value)
    coarse = _differences(paired, parameter, grid, given)
    shape = coarse.shape[1:]
    flips, crossings = np.full(shape, np.nan), np.zeros(shape)
    valid = np.argmax(np.isfinite(coarse), axis=0)
    signs = np.nan_to_num(np.sign(np.take_along_axis(coarse, valid[None], axis=0)[0]))
    found: dict[tuple[int, int], int] = {}
    for k, j in np.ndindex(*shape):
        changes = _changes(coarse[:, k, j])
        crossings[k, j] = len(changes)
        if len(changes):
            at = _nearest_change(grid, changes, value)
            found[k, j] = at
            signs[k, j] = np.sign(coarse[at, k, j])
    if not found:
        return flips, signs, crossings
    starts = sorted(set(found.values()))
    inner = {at: np.geomspace(grid[at], grid[at + 1], POINTS) for at in starts}
    fine = _differences(paired, parameter, np.concatenate([inner[at] for at in starts]), given)
    for (k, j), at in found.items():
        first = starts.index(at) * POINTS
        column = fine[first : first + POINTS, k, j]
        changes = _changes(column)
        if len(changes):
            i = int(changes[0])
            share = column[i] / (column[i] - column[i + 1])
            flips[k, j] = inner[at][i] + share * (inner[at][i + 1] - inner[at][i])
    return flips, signs, crossings


def _differences(
    paired: Paired, parameter: str, grid: np.ndarray, given: Mapping[str, float]
) -> np.ndarray:
    """Scores of the first system less those of each other; rounding is no difference."""
    scores = paired.scores({**given, parameter: grid}, len(grid))
    difference = scores[:, :1] - scores[:, 1:]
    size = np.abs(scores[:, :1]) + np.abs(scores[:, 1:])
    result: np.ndarray = np.where(np.abs(difference) > 1e-12 * size, difference, 0.0)
    lost = _lost(paired, parameter, grid, given)
    result[lost[0]] = np.nan
    for k, where in enumerate(lost[1:]):
        result[where, k] = np.nan
    return result


def _grid(limits: tuple[float, float], value: float) -> np.ndarray:
    grid: np.ndarray = np.unique(np.append(np.geomspace(*limits, POINTS), np.clip(value, *limits)))
    return grid


def _lost(
    paired: Paired, parameter: str, grid: np.ndarray, given: Mapping[str, float]
) -> np.ndarray:
    """Return where there is nothing to compare, as a link carries less: (systems, values)."""
    model = paired.solver.model
    return np.stack(
        [
            np.broadcast_to(overloaded(model, product, {**given, parameter: grid}), grid.shape)
            for product in paired.ids
        ]
    )


def _changes(difference: np.ndarray) -> np.ndarray:
    """Indices before a change of sign."""
    return np.flatnonzero(np.sign(difference[:-1]) * np.sign(difference[1:]) < 0)


def _nearest_change(grid: np.ndarray, changes: np.ndarray, value: float) -> int:
    distance = np.abs(np.log(grid[changes] / max(value, grid[0])))
    return int(changes[np.argmin(distance)])
