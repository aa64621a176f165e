"""Break-evens in the samples: how well known is the value at which the answer flips?

Each paired sample has a break-even of its own, or none in the range. The differences of all samples
are evaluated on one grid of the parameter. Between two of its points the crossing is that of

    d(p) = a + b p + c / p

through both and a neighbour: exact for scores that are affine in the parameter, in its inverse
(costs shared by units sold), or in both; where that has no root between them, of a straight line.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

QUANTILES = (0.05, 0.5, 0.95)
#: differences below this share of the scores are rounding
ROUNDING = 1e-12
#: share of the samples that must have a break-even before percentiles of them say anything
LEAST = 0.05


def sampled_flips(
    grid: np.ndarray, swept: Iterable[np.ndarray], lost: np.ndarray, value: float
) -> np.ndarray:
    """Return the break-even of each sample.

    Parameters
    ----------
    grid
        Values of the parameter, increasing and above 0.
    swept
        Scores at each of them, shape (samples, systems, indicators).
    lost
        Whether a system is not compared at a value, shape (systems, values).
    value
        The value now: of several crossings, the nearest to it counts.

    Returns
    -------
    numpy.ndarray
        Shape (samples, other systems, indicators); nan without a break-even.
    """
    differences = np.stack([_difference(scores) for scores in swept])
    differences[lost[0]] = np.nan
    for k, where in enumerate(lost[1:]):
        differences[where, :, k] = np.nan
    changes = np.sign(differences[:-1]) * np.sign(differences[1:]) < 0
    distance = np.abs(np.log(grid[:-1] / max(value, grid[0])))
    shaped = distance.reshape(-1, *(1,) * (changes.ndim - 1))
    at = np.argmin(np.where(changes, shaped, np.inf), axis=0)
    third = np.where(at + 2 < len(grid), at + 2, at - 1)
    points = np.stack([at, at + 1, third])
    found = crossing(grid[points], np.take_along_axis(differences, points, axis=0))
    result: np.ndarray = np.where(changes.any(axis=0), found, np.nan)
    return result


def _difference(scores: np.ndarray) -> np.ndarray:
    """Scores of the first system less those of each other, shape (samples, others, indicators)."""
    difference = scores[:, :1] - scores[:, 1:]
    size = np.abs(scores[:, :1]) + np.abs(scores[:, 1:])
    found: np.ndarray = np.where(np.abs(difference) > ROUNDING * size, difference, 0.0)
    return found


def crossing(points: np.ndarray, differences: np.ndarray) -> np.ndarray:
    """Return where differences are 0 between the first two of three points.

    Parameters
    ----------
    points, differences
        Shape (3, ...); the differences of the first two have different signs.
    """
    p, d = points, differences
    with np.errstate(all="ignore"):
        straight = p[0] + d[0] / (d[0] - d[1]) * (p[1] - p[0])
        # b and c from the slopes of two chords: (d_j - d_i) / (p_j - p_i) = b - c / (p_i p_j)
        first, second = (d[1] - d[0]) / (p[1] - p[0]), (d[2] - d[1]) / (p[2] - p[1])
        c = (second - first) / (1 / (p[0] * p[1]) - 1 / (p[1] * p[2]))
        b = first + c / (p[0] * p[1])
        a = d[0] - b * p[0] - c / p[0]
        # of b p^2 + a p + c = 0, in the form that loses no digits
        q = -0.5 * (a + np.where(a < 0, -1.0, 1.0) * np.sqrt(a * a - 4 * b * c))
        roots = np.stack([q / b, c / q])
        inside = (roots >= p[0]) & (roots <= p[1])
        root = np.where(inside[0], roots[0], roots[1])
    found: np.ndarray = np.where(inside.any(axis=0), root, straight)
    return found


def spread(flips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return 5th, 50th and 95th percentile of break-evens, and the share of samples without one.

    Parameters
    ----------
    flips
        Shape (samples, ...); nan without a break-even.

    Returns
    -------
    percentiles, without : numpy.ndarray
        Shapes (3, ...) and (...); percentiles of the samples that have one, nan where fewer than
        5 % of the samples do.
    """
    missing = np.isnan(flips)
    without = missing.mean(axis=0)
    percentiles = np.full((len(QUANTILES), *flips.shape[1:]), np.nan)
    some = without <= 1 - LEAST
    if some.any():
        percentiles[:, some] = np.nanquantile(flips[:, some], QUANTILES, axis=0)
    return percentiles, without
