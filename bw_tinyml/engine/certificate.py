"""How far a solution can be from the true one, element by element.

For ``y = N y + c`` let ``T`` be ``m`` sweeps with ``|N|``. If for some ``w >= 0``

    T w <= w - v,   v > 0,      and      |S(y) - y| <= theta v

with ``S`` ``m`` sweeps with ``N`` and ``c``, then the true solution differs from ``y`` by at most
``theta w``, because the error obeys ``|e| <= T |e| + |S(y) - y|`` (a comparison argument for
M-matrices; Neumaier 1990, Interval Methods for Systems of Equations, chapter 3). With ``w = |y|``
this is a bound on the *relative* error of every element, and ``T w`` against ``w`` is the
contraction as it was measured. Rounding of the sums is added to ``|S(y) - y|``. Where ``c`` itself
is known up to an error of ``slack``, ``m`` sweeps of it are added, too: that bound is one of the
distance to the solution for the true ``c``.
"""

from __future__ import annotations

import numpy as np

from bw_tinyml.engine.iterating import gauss_seidel
from bw_tinyml.engine.sweeps import Sweeps

SWEEPS = 8


def verified(
    sweeps: Sweeps,
    c: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray | None = None,
    times: int = SWEEPS,
    slack: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds of the absolute errors of a solution, twice, shape of ``y``.

    The first takes ``c`` as exact, the second knows of its errors.

    Parameters
    ----------
    weights
        ``w``, by default ``|y|``. Where signs differ, or values come over links that
        point back only, sums of absolute values serve; see :func:`weights_of`.
    times
        ``m``.
    slack
        Bounds of the absolute errors of ``c``.

    A column in which nothing could be shown has infinite bounds.
    """
    w = np.abs(y) if weights is None else weights
    contracted = w.copy()
    sweeps.sweep(np.zeros_like(c), contracted, times=times, absolute=True)
    again = y.copy()
    sweeps.sweep(c, again, times=times)
    gross = np.abs(y)
    sweeps.sweep(np.abs(c), gross, absolute=True)
    # Each sweep adds its rounding to what is left of that of the sweeps before.
    noise = np.zeros_like(y)
    size = sweeps.rounding[:, None] * np.maximum(gross, np.abs(y))
    sweeps.sweep(size, noise, times=times, absolute=True)
    change = np.abs(again - y) + noise
    broken = ~np.isfinite(again).all(axis=0)
    bound = _bound(change, w, contracted, broken)
    if slack is None:
        return bound, bound
    spread = np.zeros_like(y)
    sweeps.sweep(slack, spread, times=times, absolute=True)
    return bound, _bound(change + spread, w, contracted, broken)


def _bound(
    change: np.ndarray, w: np.ndarray, contracted: np.ndarray, broken: np.ndarray
) -> np.ndarray:
    """Return ``theta w``; infinite in broken columns, and where nothing is shown."""
    room = w - contracted
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(room > 0, change / room, np.inf)
        theta = np.where(change > 0, ratio, 0.0).max(axis=0, initial=0.0)
    theta[broken] = np.inf
    bound = np.where(w > 0, np.where(np.isfinite(theta), theta, 0.0) * w, 0.0)
    bound[:, ~np.isfinite(theta)] = np.inf
    return bound


def weights_of(sweeps: Sweeps, c: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    """Return weights for which the contraction shows everywhere; None where there are none.

    They solve ``w = |N| w + |c| + |y| / 10`` roughly, so that ``v`` is about ``|y| / 10``.
    """
    size = abs(sweeps.inner)
    plain = Sweeps(size, np.ones(sweeps.size), sweeps.order, -size)
    weights = np.zeros_like(c)
    failed = gauss_seidel(plain, np.abs(c) + 0.1 * np.abs(y), weights, 1e-3, rescue=False)
    return None if failed or not (weights >= 0).all() else weights
