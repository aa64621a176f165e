"""Scores of background products for samples of the background's own numbers.

Only what the products in question depend on is drawn, and of its elementary flows those for which
a method has a factor: everything else has no effect, so that nothing is lost. Each sample starts
from the solution at the stated amounts and is swept until it has converged; the bound of its error
is verified for each sample. Where that cannot be shown, the sample is solved by
:class:`bw_tinyml.engine.solving.Linear`, to the last resort of a factorisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from threading import get_ident
from typing import Any

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine import structure
from bw_tinyml.engine.arrays import System
from bw_tinyml.engine.elements import Draws, Elements
from bw_tinyml.engine.kernels import has_numba
from bw_tinyml.engine.solving import Linear

#: tells the draws of a background apart from those of a foreground
STREAM = 2
#: columns that fill a vector register, see :mod:`bw_tinyml.engine.vectors`
LANES = 16
#: relative error that the scores of a sample may have, as shown for each
TOLERANCE = 1e-4
ROUNDS = 40
SWEEPS = 4
TRIES = 3


@dataclass(frozen=True)
class Sums:
    """Elements by the activity they belong to, in the order of the sweeps."""

    start: np.ndarray
    place: np.ndarray
    unit: np.ndarray
    target: np.ndarray


class Background:
    """What some products depend on, ready to be sampled.

    Parameters
    ----------
    system
        The whole system.
    products
        Ids of the products whose scores are wanted.
    technosphere, biosphere
        Elements of the system; those without effect are left out here.
    factors
        Characterisation factors, flows x methods, divided by a typical size for each method.

    Attributes
    ----------
    solved
        How many samples were swept, and how many were left to the other solvers.
    """

    def __init__(
        self,
        system: System,
        products: np.ndarray,
        technosphere: Elements,
        biosphere: Elements,
        factors: sp.csc_matrix,
    ) -> None:
        wanted = system.places(products)
        reached = structure.suppliers(system.technosphere, np.unique(wanted))
        matrix = system.technosphere[reached][:, reached].tocsr()
        self.order = structure.order(matrix)
        own = reached[self.order.sequence]
        position = np.full(system.products.size, -1, dtype=np.int64)
        position[own] = np.arange(own.size)
        user = _owners(system, position, technosphere.column)
        technosphere, user = technosphere.part(user >= 0), user[user >= 0]
        supplier = position[system.places(technosphere.row)]
        emitter = _owners(system, position, biosphere.column)
        flow = np.searchsorted(system.flows, biosphere.row)
        counts = (emitter >= 0) & (np.diff(factors.tocsr().indptr) > 0)[flow]
        biosphere, emitter, flow = biosphere.part(counts), emitter[counts], flow[counts]
        both = Elements(
            *(
                np.concatenate([a, b])
                for a, b in zip(vars(technosphere).values(), vars(biosphere).values(), strict=True)
            )
        )
        self.draws = Draws(both, STREAM, many=True)
        place, unit = self.draws.place, self.draws.unit
        count = user.size
        made = user == supplier
        self.inputs = _sums(own.size, user[~made], place[:count][~made], unit[:count][~made],
                            supplier[~made])  # fmt: skip
        self.made = _sums(own.size, user[made], place[:count][made], unit[:count][made],
                          supplier[made])  # fmt: skip
        used, flow = np.unique(flow, return_inverse=True)
        self.emitted = _sums(own.size, emitter, place[count:], unit[count:], flow.ravel())
        self.factors = factors.tocsr()[used].toarray()
        self.rows = position[wanted]
        self.solved = {"sweeps": 0, "others": 0}
        self._memory: dict[int, dict[str, Any]] = {}

    @property
    def lanes(self) -> bool:
        """Whether a vector holds samples of one method, not methods of one sample."""
        return self.factors.shape[1] <= LANES // 2

    @property
    def depth(self) -> int:
        """Number of samples that are solved together."""
        return LANES if self.lanes else 1

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Return all that samples depend on, but random numbers."""
        sums = (self.inputs, self.made, self.emitted)
        return (*self.draws.arrays(), *(a for s in sums for a in vars(s).values()), self.factors,
                self.rows)  # fmt: skip

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is quickly made anew."""
        left_out = {"_memory": {}, "solved": {"sweeps": 0, "others": 0}}
        return vars(self) | left_out

    def scores(
        self, key: tuple[int, int], first: int, count: int, tolerance: float = TOLERANCE
    ) -> tuple[np.ndarray, float]:
        """Return scores of the products, shape (products, methods, count), and their bound.

        The bound is the largest relative error that any score may have.

        Parameters
        ----------
        key, first, count
            As for :meth:`bw_tinyml.engine.elements.Draws.drawn`; a multiple of :attr:`depth`.

        Raises
        ------
        ProjectError
            For some sample the technosphere is singular.
        """
        result = np.empty((self.rows.size, self.factors.shape[1], count))
        worst = 0.0
        for start in range(0, count, self.depth):
            drawn = self.draws.drawn(key, first + start, self.depth)
            some = slice(start, start + self.depth)
            bound = self._swept(drawn, result[:, :, some], tolerance) if has_numba() else None
            for sample in range(self.depth):
                if bound is not None and bound[sample] <= tolerance:
                    self.solved["sweeps"] += 1
                    worst = max(worst, float(bound[sample]))
                    continue
                self.solved["others"] += 1
                found = self._others(drawn[sample], tolerance)
                result[:, :, start + sample] = found[0]
                worst = max(worst, found[1])
        return result, worst

    def _swept(self, drawn: np.ndarray, result: np.ndarray, tolerance: float) -> np.ndarray:
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
        bound = np.full(y.shape[1], np.inf)
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
                start, at, data, c, y, work["zero"], work["weights"], work["before"],
                SWEEPS, work["rounding"], lanes, bound,
            )  # fmt: skip
            if (bound <= tolerance).all() or not np.isfinite(bound).any():
                break
            aim /= 30
        methods = self.factors.shape[1]
        found = y[self.rows]
        if lanes:
            result[:] = found.reshape(-1, methods, LANES)
            by_sample: np.ndarray = bound.reshape(methods, LANES).max(axis=0)
            return by_sample
        result[:, :, 0] = found[:, :methods]
        return bound.max(keepdims=True)

    def _others(self, drawn: np.ndarray, tolerance: float) -> tuple[np.ndarray, float]:
        """Solve one draw by whatever it takes; return scores and their largest relative bound."""
        linear, emitted = self._linear(drawn)
        found = linear.solve(emitted, min(tolerance, 1e-9), threads=1)
        values, bounds = found.values[self.rows], found.bounds[self.rows]
        share = np.divide(bounds, np.abs(values), out=np.zeros_like(bounds), where=values != 0)
        return values, float(share.max(initial=0.0))

    def _linear(self, drawn: np.ndarray) -> tuple[Linear, np.ndarray]:
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
        plain = structure.Order(np.arange(size), self.order.segments, self.order.cyclic)
        return Linear(matrix.tocsr(), plain), emissions @ self.factors

    @cached_property
    def _stated(self) -> np.ndarray:
        """Solution at the typical amounts, where samples start."""
        linear, emitted = self._linear(np.ones(self.draws.width))
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
            "rounding": SWEEPS * (longest + 3.0) * np.finfo(float).eps,
            **{name: np.zeros((n, width)) for name in ("c", "y", "before", "weights", "zero")},
        }


def _owners(system: System, position: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the positions of the activities that elements belong to; -1 for those left out."""
    by_id = np.argsort(system.activities)
    place = np.searchsorted(system.activities[by_id], columns)
    found: np.ndarray = position[by_id[place]]
    return found


def _sums(
    size: int, owner: np.ndarray, place: np.ndarray, unit: np.ndarray, target: np.ndarray
) -> Sums:
    order = np.lexsort((target, owner))
    start = np.searchsorted(owner[order], np.arange(size + 1))
    return Sums(start, place[order], unit[order], target[order].astype(np.int64))
