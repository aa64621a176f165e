"""How far a solution can be from the true one, element by element.

For ``y = N y + c`` let ``T`` be ``m`` sweeps with ``|N|``. If for some ``w >= 0``

    T w <= w - v,   v > 0,      and      |S(y) - y| <= theta v

with ``S`` ``m`` sweeps with ``N`` and ``c``, then the true solution differs from ``y`` by at most
``theta w``, because the error obeys ``|e| <= T |e| + |S(y) - y|`` (a comparison argument for
M-matrices; Neumaier 1990, Interval Methods for Systems of Equations, chapter 3). With ``w = |y|``
this is a bound on the *relative* error of every element, and ``T w`` against ``w`` is the
contraction as it was measured. Rounding of the sums is added to ``|S(y) - y|``.
"""

from __future__ import annotations

import numpy as np

from bw_tinyml.engine.sweeps import Sweeps

SWEEPS = 4


def verified(
    sweeps: Sweeps, c: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return a solution improved by some sweeps, and a bound of its error.

    Parameters
    ----------
    weights
        ``w``, by default ``|y|``. Where signs differ, sums of absolute values serve.

    Returns
    -------
    y : numpy.ndarray
    bound : numpy.ndarray
        Same shape; infinite in columns in which nothing could be shown.
    """
    w = np.abs(y) if weights is None else weights
    contracted = w.copy()
    zero = np.zeros_like(c)
    sweeps.sweep(zero, contracted, times=SWEEPS, absolute=True)
    better = y.copy()
    sweeps.sweep(c, better, times=SWEEPS)
    gross = np.maximum(w, np.abs(better))  # at least the sum of absolute terms
    change = np.abs(better - y) + SWEEPS * sweeps.rounding[:, None] * (gross + contracted)
    room = w - contracted
    fine = (room > 0) | (change == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        theta = np.where(change > 0, np.where(room > 0, change / room, np.inf), 0.0).max(
            axis=0, initial=0.0
        )
    theta = np.where(fine.all(axis=0) & np.isfinite(better).all(axis=0), theta, np.inf)
    with np.errstate(invalid="ignore"):
        bound = np.where(w > 0, theta * np.maximum(contracted, 0.0), 0.0)
    # The last sweep leaves its own rounding in what is returned.
    return better, bound + sweeps.rounding[:, None] * gross
