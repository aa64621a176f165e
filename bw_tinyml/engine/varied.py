"""One linear system solved for many samples of its numbers.

A sample has the form ``M y = g``, with sums of elements ``unit * drawn[place]`` in both. Each
starts from the solution at stated numbers and is swept until it has converged; the bound of its
error is verified for each sample. Where that cannot be shown, the sample is solved by
:class:`bw_tinyml.engine.solving.Linear`, to the last resort of a factorisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from threading import get_ident
from typing import Any

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine.kernels import has_numba
from bw_tinyml.engine.solving import Linear
from bw_tinyml.engine.structure import Order

#: columns that fill a vector register, see :mod:`bw_tinyml.engine.vectors`
LANES = 16
ROUNDS = 40
SWEEPS = 4
TRIES = 3
#: arrays of unknowns x columns that sweeping needs
MEMORY = ("c", "y", "before", "weights", "gross", "noise", "zero")


@dataclass(frozen=True)
class Sums:
    """Elements by the row they belong to, in the order of the sweeps.

    Attributes
    ----------
    start
        First element of each row, and the end.
    place
        Places of what is drawn.
    unit
        What that is multiplied by.
    target
        Column of each element.
    """

    start: np.ndarray
    place: np.ndarray
    unit: np.ndarray
    target: np.ndarray

    @classmethod
    def by_row(
        cls, size: int, row: np.ndarray, place: np.ndarray, unit: np.ndarray, target: np.ndarray
    ) -> Sums:
        """Return elements sorted by row and column."""
        order = np.lexsort((target, row))
        start = np.searchsorted(row[order], np.arange(size + 1))
        return cls(start, place[order], unit[order], target[order].astype(np.int64))


class Varied:
    """A system whose numbers are drawn.

    Parameters
    ----------
    order
        Of rows and columns; these are numbered in its sequence.
    inputs, made
        Elements of ``M`` off and on the diagonal.
    emitted
        Elements of a matrix ``E`` of ``g = E C``.
    factors
        ``C``, one column per right-hand side.
    stated
        What stands for ``drawn`` at stated numbers, shape (places,).

    Attributes
    ----------
    solved
        How many samples were swept, and how many were left to the other solvers.
    """

    def __init__(
        self,
        order: Order,
        inputs: Sums,
        made: Sums,
        emitted: Sums,
        factors: np.ndarray,
        stated: np.ndarray,
    ) -> None:
        size = made.start.size - 1
        self.order = Order(np.arange(size), order.segments, order.cyclic)
        self.inputs, self.made, self.emitted = inputs, made, emitted
        self.factors = factors
        self.stated = stated
        self._memory: dict[int, dict[str, Any]] = {}
        self._solved: dict[int, dict[str, int]] = {}

    @property
    def lanes(self) -> bool:
        """Whether a vector holds samples of one method, not methods of one sample."""
        return self.factors.shape[1] <= LANES // 2

    @property
    def depth(self) -> int:
        """Number of samples that are solved together."""
        return LANES if self.lanes else 1

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Return all that solutions depend on, but what is drawn."""
        sums = (self.inputs, self.made, self.emitted)
        return (*(a for s in sums for a in vars(s).values()), self.factors)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is quickly made anew."""
        return vars(self) | {"_memory": {}, "_solved": {}}

    @property
    def solved(self) -> dict[str, int]:
        """How many samples this thread has solved by ``sweeps``, and by ``others``."""
        return self._solved.setdefault(get_ident(), {"sweeps": 0, "others": 0})

    def solve(
        self,
        drawn: np.ndarray,
        rows: np.ndarray,
        result: np.ndarray,
        tolerance: float,
        count: int,
    ) -> float:
        """Solve the samples of one draw; return the largest relative bound of their errors.

        Parameters
        ----------
        drawn
            Shape (:attr:`depth`, places).
        rows
            Which of the unknowns are wanted.
        result
            Filled in, shape (rows, methods, depth).
        tolerance
            Relative error that any unknown may have that was swept.
        count
            How many of the samples count.

        Raises
        ------
        ProjectError
            A sample has no solution.
        """
        worst = 0.0
        bound = self._swept(drawn, rows, result, tolerance) if has_numba() else None
        for sample in range(count):
            if bound is not None and bound[sample] <= tolerance:
                self.solved["sweeps"] += 1
                worst = max(worst, float(bound[sample]))
                continue
            self.solved["others"] += 1
            result[:, :, sample], share = self._others(drawn[sample], rows, tolerance)
            worst = max(worst, share)
        return worst

    def _swept(
        self, drawn: np.ndarray, rows: np.ndarray, result: np.ndarray, tolerance: float
    ) -> np.ndarray:
        """Sweep over one draw, or a draw for each lane; return a bound for each sample."""
        from bw_tinyml.engine import vectors

        work = self._work
        start, at, lanes = self.inputs.start, work["at"], self.lanes
        data, c, y = work["data"], work["c"], work["y"]
        vectors.assemble(
            start, self.inputs.place, self.inputs.unit,
            self.made.start, self.made.place, self.made.unit,
            self.emitted.start, self.emitted.place, self.emitted.unit, work["flow"],
            work["factors"], drawn, lanes, data, work["emitted"], c,
        )  # fmt: skip
        y[:] = work["stated"]
        aim = tolerance / 10
        for _ in range(TRIES):
            for segment, cyclic in enumerate(self.order.cyclic):
                first, last = (int(i) for i in self.order.segments[segment : segment + 2])
                if not cyclic:
                    vectors.sweep(start, at, data, c, y, first, last, lanes)
                elif not vectors.iterate(
                    start,
                    at,
                    data,
                    c,
                    y,
                    work["weights"],
                    work["before"],
                    first,
                    last,
                    lanes,
                    aim,
                    ROUNDS,
                ):
                    break
            vectors.certify(
                start, at, data, c, y, work["zero"], work["before"], work["gross"], work["noise"],
                SWEEPS, work["rounding"], lanes, work["weights"],
            )  # fmt: skip
            bound = work["weights"].max(axis=0)
            if (bound <= tolerance).all() or not np.isfinite(bound).any():
                break
            aim /= 30
        methods = self.factors.shape[1]
        found = y[rows]
        if lanes:
            result[:] = found.reshape(-1, methods, LANES)
            by_sample: np.ndarray = bound.reshape(methods, LANES).max(axis=0)
            return by_sample
        result[:, :, 0] = found[:, :methods]
        return bound.max(keepdims=True)

    def _others(
        self, drawn: np.ndarray, rows: np.ndarray, tolerance: float
    ) -> tuple[np.ndarray, float]:
        """Solve one draw by whatever it takes; return scores and their largest relative bound."""
        linear, emitted = self.linear(drawn)
        found = linear.solve(emitted, min(tolerance, 1e-9), threads=1)
        values, bounds = found.values[rows], found.bounds[rows]
        with np.errstate(divide="ignore"):
            share = np.divide(bounds, np.abs(values), out=np.zeros_like(bounds), where=bounds > 0)
        return values, float(share.max(initial=0.0))

    def linear(self, drawn: np.ndarray) -> tuple[Linear, np.ndarray]:
        """Return the system of one draw, in the order of the sweeps, and its right-hand sides."""
        size = self.made.start.size - 1
        matrix = sum(
            sp.csr_matrix((s.unit * drawn[s.place], s.target, s.start), shape=(size, size))
            for s in (self.inputs, self.made)
        )
        own = self.emitted
        emissions = sp.csr_matrix(
            (own.unit * drawn[own.place], own.target, own.start),
            shape=(size, self.factors.shape[0]),
        )
        return Linear(matrix.tocsr(), self.order), emissions @ self.factors

    @cached_property
    def _stated(self) -> np.ndarray:
        """Solution at the stated numbers, where samples start."""
        linear, emitted = self.linear(self.stated)
        return linear.solve(emitted, 1e-6, threads=1).values

    @property
    def _work(self) -> dict[str, Any]:
        """Memory in which all samples of one thread are solved."""
        thread = get_ident()
        if thread not in self._memory:
            self._memory[thread] = self._new_memory()
        return self._memory[thread]

    def _new_memory(self) -> dict[str, Any]:
        methods, depth = self.factors.shape[1], self.depth
        width = methods * LANES if self.lanes else -(-methods // LANES) * LANES
        n = self.made.start.size - 1
        stated, factors = np.zeros((n, width)), self.factors
        if self.lanes:
            stated[:] = np.repeat(self._stated, LANES, axis=1)
        else:
            stated[:, :methods] = self._stated
            factors = np.zeros((self.factors.shape[0], width))
            factors[:, :methods] = self.factors
        longest = int(np.diff(self.inputs.start).max(initial=0))
        return {
            "at": self.inputs.target * width,
            "flow": self.emitted.target * (1 if self.lanes else width),
            "factors": factors,
            "stated": stated,
            "data": np.empty(self.inputs.place.size * depth),
            "emitted": np.empty(self.emitted.place.size * depth),
            "rounding": (longest + 3.0) * np.finfo(float).eps,
            **{name: np.zeros((n, width)) for name in MEMORY},
        }
