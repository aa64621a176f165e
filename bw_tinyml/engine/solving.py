"""From sweeps to certified solutions: iterate, verify, refine; factorise as a last resort."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine.certificate import SWEEPS, verified, weights_of
from bw_tinyml.engine.direct import Solve, factorise
from bw_tinyml.engine.iterating import gauss_seidel
from bw_tinyml.engine.structure import Order
from bw_tinyml.engine.sweeps import COLUMNS, Sweeps, scores_sweeps, supply_sweeps
from bw_tinyml.errors import ProjectError

TOLERANCE = 1e-11
BLOCK = 16
REFINEMENTS = 6
#: what a refined solution may differ between the last two steps, at most
HOPELESS = 1e-5


@dataclass
class Solution:
    """Columns of a solved system.

    Attributes
    ----------
    values
        Shape (unknowns, columns), in the order of the system.
    bounds
        Bounds of the absolute errors, same shape.
    how
        Names of the ways that columns took: ``sweeps``, ``refined`` or ``direct``, with the number
        of columns. Bounds of ``sweeps`` are verified, those of the others are estimated from the
        last corrections.
    """

    values: np.ndarray
    bounds: np.ndarray
    how: dict[str, int] = field(default_factory=dict)


@dataclass
class Linear:
    """A square system that is solved for many right-hand sides.

    Parameters
    ----------
    technosphere
        ``A^T``, activities x products.
    order
        Of its activities.
    supply
        Whether ``A x = f`` is solved (supplies), not ``A^T y = g`` (scores).
    """

    technosphere: sp.csr_matrix
    order: Order
    supply: bool = False

    def __post_init__(self) -> None:
        make = supply_sweeps if self.supply else scores_sweeps
        self.sweeps: Sweeps = make(self.technosphere, self.order)
        self._direct: Solve | None = None
        self._lock = Lock()

    def solve(
        self,
        columns: np.ndarray,
        tolerance: float = TOLERANCE,
        threads: int | None = None,
        errors: np.ndarray | None = None,
    ) -> Solution:
        """Return the solution for some right-hand sides, with bounds of its errors.

        Parameters
        ----------
        columns
            Shape (unknowns, columns).
        tolerance
            Relative error that a solution may have. It may have more where the system allows no
            better, which its bounds then say.
        threads
            By default one for each core.
        errors
            Bounds of the absolute errors of the right-hand sides, same shape. What they do to the
            solution is in its bounds; the tolerance is for what comes on top.

        Raises
        ------
        ProjectError
            The system is singular, or so close to it that no digit can be trusted.
        """
        width = columns.shape[1]
        # At least one block for each thread, of whole cache lines.
        threads = threads or os.cpu_count() or 1
        size = min(BLOCK, max(8, -(-width // threads))) if width else 1
        blocks = [slice(i, min(i + size, width)) for i in range(0, width, size)]
        values, bounds = np.empty(columns.shape), np.empty(columns.shape)
        how: dict[str, int] = {}

        def one(block: slice) -> str:
            own = block.stop - block.start
            shape = columns.shape[0], -(-own // COLUMNS) * COLUMNS
            right = np.zeros(shape)
            right[:, :own] = columns[:, block]
            unsure = None
            if errors is not None:
                unsure = np.zeros(shape)
                unsure[:, :own] = errors[:, block]
            y, bound, way = self._block(right, tolerance, unsure)
            values[:, block] = self.sweeps.out_of(y)[:, :own]
            bounds[:, block] = self.sweeps.out_of(bound)[:, :own]
            return way

        if threads > 1 and len(blocks) > 1:
            self.sweeps.compile()  # once, not once for each thread
            with ThreadPoolExecutor(threads) as pool:
                ways = list(pool.map(one, blocks))
        else:
            ways = [one(block) for block in blocks]
        for block, way in zip(blocks, ways, strict=True):
            how[way] = how.get(way, 0) + block.stop - block.start
        return Solution(values, bounds, how)

    def _block(
        self, columns: np.ndarray, tolerance: float, errors: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray, str]:
        c = self.sweeps.into(columns)
        slack = None if errors is None else np.abs(self.sweeps.into(errors))
        y = np.zeros_like(c)
        failed = gauss_seidel(self.sweeps, c, y, tolerance / 20)
        if not failed:
            bound = self._verified(c, y, tolerance, slack)
            if bound is not None:
                return y, bound, "sweeps"
            refined = self._refined(columns, y, tolerance, self._by_sweeps, slack)
            if refined is not None:
                return *refined, "refined"
        y = self._by_factors(c)
        last = self._refined(columns, y, tolerance, self._by_factors, slack)
        if last is None:
            raise ProjectError(
                "the technosphere is singular or so close to it that scores have no certain digit",
                "look for loops in which a product needs as much of itself as is made, with "
                "bw-tinyml check or in the databases of the project",
            )
        return *last, "direct"

    def _verified(
        self, c: np.ndarray, y: np.ndarray, tolerance: float, slack: np.ndarray | None
    ) -> np.ndarray | None:
        """Return bounds within the tolerance, or None where they cannot be shown."""
        own = np.abs(y)
        for times in (SWEEPS, 2 * SWEEPS):
            bound, whole = verified(self.sweeps, c, y, times=times, slack=slack)
            if _good(y, bound, own, tolerance) and np.isfinite(whole).all():
                return whole
        weights = weights_of(self.sweeps, c if slack is None else np.abs(c) + slack, y)
        if weights is None:
            return None
        bound, whole = verified(self.sweeps, c, y, weights, slack=slack)
        good = _good(y, bound, np.maximum(own, weights), tolerance)
        return whole if good and np.isfinite(whole).all() else None

    def _by_sweeps(self, c: np.ndarray) -> np.ndarray:
        y = np.zeros_like(c)
        if gauss_seidel(self.sweeps, c, y, 1e-4):
            y[:] = np.nan
        return y

    def _by_factors(self, c: np.ndarray) -> np.ndarray:
        with self._lock:
            if self._direct is None:
                matrix = sp.eye(self.sweeps.size, format="csr") - self.sweeps.inner
                self._direct = factorise(matrix.tocsr(), self.supply)
            return self._direct(c)

    def _refined(
        self,
        columns: np.ndarray,
        y: np.ndarray,
        tolerance: float,
        correction: Callable[[np.ndarray], np.ndarray],
        slack: np.ndarray | None,
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Correct a solution until corrections no longer shrink; None where they never did.

        The residual is that of the system as it was given, summed in extended precision where the
        machine has it, so that even a rough solver leads to all digits that a double holds. That of
        ``y = N y + c`` would not do: its numbers were rounded, which loops near one magnify.
        """
        sweeps = self.sweeps
        wide = sweeps.outside.astype(np.longdouble)
        diagonal = sweeps.diagonal.astype(np.longdouble)[:, None]
        given = columns[sweeps.order.sequence].astype(np.longdouble)
        y = y.copy()
        last, steps = np.inf, 0
        correction_size = np.full(y.shape, np.inf)
        while steps < REFINEMENTS:
            exact = y.astype(np.longdouble)
            residual = (given - wide @ exact) / diagonal - exact
            step = correction(np.asarray(residual, dtype=float))
            if not np.isfinite(step).all():
                return None
            y += step
            steps += 1
            correction_size = np.abs(step)
            scale = np.maximum(np.abs(y), 1e-14 * np.abs(y).max(axis=0, initial=0.0))
            worst = float((correction_size / np.maximum(scale, 1e-300)).max(initial=0.0))
            if worst < tolerance / 4 or (worst > 0.3 * last and steps > 2):
                break
            last = worst
        # A solver that does not find again what it is asked about cannot tell its own errors.
        exact = y.astype(np.longdouble)
        again = correction(np.asarray(exact + wide @ exact / diagonal, dtype=float))
        largest = np.abs(y).max(axis=0)
        if not (worst <= HOPELESS and (np.abs(again - y).max(axis=0) <= 1e-3 * largest).all()):
            return None
        # What the sums of the residual may be wrong by.
        gross = np.abs(given) + abs(wide) @ np.abs(exact) + np.abs(diagonal * exact)
        share = sweeps.rounding[:, None] / np.finfo(float).eps * np.finfo(np.longdouble).eps
        unsure = correction(np.asarray(share * gross / np.abs(diagonal), dtype=float))
        bound = 3.0 * (correction_size + np.abs(unsure)) + sweeps.rounding[:, None] * np.abs(y)
        if not (bound.max(axis=0) <= HOPELESS * largest).all():
            return None
        return y, bound if slack is None else bound + 3.0 * np.abs(correction(slack))


def _good(y: np.ndarray, bound: np.ndarray, scale: np.ndarray, tolerance: float) -> bool:
    """Return whether all bounds are within the tolerance of their scale."""
    return bool(np.isfinite(y).all() and (bound <= tolerance * scale).all())
