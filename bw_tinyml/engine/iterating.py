"""Gauss-Seidel with extrapolation, and GMRES on the links that point back.

After a few sweeps, what is left of the error of a technosphere is mostly one pattern that shrinks
by one factor per sweep. Aitken's extrapolation measures the factor for each column and takes the
pattern out. Where it does not converge (gains near or above one, credits), GMRES looks for the
values at the feedback vertices only, with one sweep per step.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bw_tinyml.engine.sweeps import Sweeps

TINY = np.finfo(float).tiny
PLAIN_SWEEPS = 3
ROUNDS = 60
STEPS = 150


def gauss_seidel(
    sweeps: Sweeps, c: np.ndarray, y: np.ndarray, tolerance: float, rescue: bool = True
) -> bool:
    """Solve ``y = N y + c`` in place, segment by segment.

    Parameters
    ----------
    y
        Starting values; the solution afterwards.
    tolerance
        Estimated relative error at which sweeping stops.
    rescue
        Whether GMRES takes over where sweeps do not converge.

    Returns
    -------
    bool
        Whether it failed; the values are not to be used then.
    """
    bounds = sweeps.order.segments
    for segment, cyclic in enumerate(sweeps.order.cyclic):
        start, stop = int(bounds[segment]), int(bounds[segment + 1])
        if not cyclic:
            sweeps.sweep(c, y, start, stop)
        elif not _segment(sweeps, c, y, start, stop, tolerance):
            if not rescue:
                return True
            gmres(sweeps, c, y, start, stop, tolerance)
            if not np.isfinite(y[start:stop]).all():
                return True
    return False


def _segment(
    sweeps: Sweeps, c: np.ndarray, y: np.ndarray, start: int, stop: int, tolerance: float
) -> bool:
    """Sweep over a component until it has converged; return whether it has."""
    part = y[start:stop]
    last = np.inf
    worse = 0
    for _ in range(ROUNDS):
        sweeps.sweep(c, y, start, stop, PLAIN_SWEEPS)
        first = part.copy()
        sweeps.sweep(c, y, start, stop)
        second = part.copy()
        sweeps.sweep(c, y, start, stop)
        factor, change = _contraction(first, second, part)
        if not np.isfinite(change).all():
            return False
        # Close to rounding, the measured factor is noise.
        safe = np.clip(np.abs(factor), 0.0, 0.9999)
        left = change * safe / (1.0 - safe)
        worst = float(np.where(change > 1e-15, left, 0.0).max(initial=0.0))
        if worst <= tolerance:
            return True
        worse = worse + 1 if worst > 0.7 * last else 0
        if worse >= 6 or worst > 1e30:
            return False
        last = worst
        usable = (factor > 0) & (factor < 0.9995)
        step = np.where(usable, factor / np.where(usable, 1.0 - factor, 1.0), 0.0)
        part += (part - second) * step
    return False


def _contraction(
    first: np.ndarray, second: np.ndarray, third: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the factor by which changes shrink, and the largest relative change, per column."""
    scale = np.maximum(np.abs(third), TINY)
    before, after = (second - first) / scale, (third - second) / scale
    square = np.einsum("ij,ij->j", before, before)
    product = np.einsum("ij,ij->j", before, after)
    factor = np.divide(product, square, out=np.zeros_like(product), where=square > 0)
    return factor, np.abs(after).max(axis=0)


def gmres(
    sweeps: Sweeps, c: np.ndarray, y: np.ndarray, start: int, stop: int, tolerance: float
) -> None:
    """Solve one component for the values at its feedback vertices, all columns in step.

    ``y`` holds the solution afterwards. How good it is must be examined by the caller.
    """
    rows = sweeps.inner[start:stop].tocoo()
    vertices = np.unique(rows.col[(rows.col < stop) & (rows.col > rows.row + start)])
    part = y[start:stop]
    part[:] = 0.0
    # One sweep from zero is the right-hand side; |N| gives each value a scale of its own.
    sweeps.sweep(c, y, start, stop)
    right = y[vertices].copy()
    gross = np.zeros_like(y)
    gross[:start] = np.abs(y[:start])
    sweeps.sweep(np.abs(c), gross, start, stop, 10, absolute=True)
    scale = np.maximum(gross[vertices], 1e-12 * np.maximum(gross[vertices].max(axis=0), TINY))
    zero = np.zeros_like(c)
    held = np.zeros_like(y)

    def apply(u: np.ndarray) -> np.ndarray:
        held[:] = 0.0
        held[vertices] = u * scale
        sweeps.sweep(zero, held, start, stop)
        result: np.ndarray = u - held[vertices] / scale
        return result

    u = _gmres_columns(apply, right / scale, tolerance)
    y[vertices] = u * scale
    sweeps.sweep(c, y, start, stop)


def _gmres_columns(
    apply: Callable[[np.ndarray], np.ndarray], right: np.ndarray, tolerance: float
) -> np.ndarray:
    """Return the solutions of one GMRES per column, run in step without restart."""
    width = right.shape[1]
    norm = np.sqrt(np.einsum("ij,ij->j", right, right))
    safe = np.where(norm > 0, norm, 1.0)
    basis = [right / safe]
    hessenberg = np.zeros((width, STEPS + 1, STEPS))
    target = np.zeros((width, STEPS + 1))
    target[:, 0] = norm
    count = 0
    for k in range(STEPS):
        vector = apply(basis[k])
        for _ in range(2):  # twice is enough for orthogonality
            for i, known in enumerate(basis):
                share = np.einsum("ij,ij->j", known, vector)
                hessenberg[:, i, k] += share
                vector -= known * share
        length = np.sqrt(np.einsum("ij,ij->j", vector, vector))
        hessenberg[:, k + 1, k] = length
        basis.append(vector / np.where(length > TINY, length, 1.0))
        count = k + 1
        if k % 10 == 9 or (length <= tolerance * 1e-3).all():
            residual = _least_squares(hessenberg, target, count)[1]
            if (residual <= tolerance * 0.1 * norm).all():
                break
    coefficients, _ = _least_squares(hessenberg, target, count)
    solution = np.zeros_like(right)
    for i in range(count):
        solution += basis[i] * coefficients[:, i]
    return solution


def _least_squares(
    hessenberg: np.ndarray, target: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the coefficients that leave the smallest residual, and it, per column."""
    matrix, right = hessenberg[:, : count + 1, :count], target[:, : count + 1]
    coefficients = np.stack(
        [np.linalg.lstsq(m, r, rcond=None)[0] for m, r in zip(matrix, right, strict=True)]
    )
    left = right - np.einsum("kij,kj->ki", matrix, coefficients)
    return coefficients, np.linalg.norm(left, axis=1)
