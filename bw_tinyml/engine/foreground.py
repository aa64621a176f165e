"""Scores of a foreground for many samples of its own numbers, the background being given.

For one sample, an activity ``d`` that makes ``A_dd`` of its product has the score

    y_d = (sum_f B_fd c_f - sum_k A_kd y_k - sum_e A_ed y_e) / A_dd

with flows ``f``, background products ``k`` and other activities of the foreground ``e``. Activities
are taken suppliers first, so that one pass gives all scores; what is in a cycle is solved as a
dense system per sample. All products see the same draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine import structure
from bw_tinyml.engine.arrays import System
from bw_tinyml.engine.draws import Draws
from bw_tinyml.engine.elements import Elements, links, places_of
from bw_tinyml.engine.substitution import substitute, substitute_numpy, terms
from bw_tinyml.errors import ProjectError

#: tells the draws of a foreground apart from those of a background
STREAM = 1
#: largest number of activities in a cycle of the foreground
DENSE = 500


class Foreground:
    """Activities that nothing in the background uses, ready to be sampled.

    Parameters
    ----------
    system
        The whole system, foreground and background.
    products
        Ids of the products that are asked for.
    technosphere, biosphere
        Elements of the system; those of other activities are left out here.
    packages
        Numbers of the packages that may be foreground.

    Attributes
    ----------
    inputs, flows
        Ids of the background products and the elementary flows that it takes: the rows of the unit
        scores, in that order. Products that are asked for and not foreground are inputs, too.
    """

    def __init__(
        self,
        system: System,
        products: Sequence[int] | np.ndarray,
        technosphere: Elements,
        biosphere: Elements,
        packages: Sequence[int],
    ) -> None:
        wanted = system.places(products)
        pattern = links(system, technosphere)
        reached = structure.suppliers(pattern, np.unique(wanted))
        outer = ~np.isin(system.package[reached], np.asarray(packages, dtype=np.int64))
        if outer.any():
            used = structure.suppliers(pattern, reached[outer])
            outer |= np.isin(reached, used)
        front = reached[~outer]
        order = structure.order(pattern[front][:, front].tocsr())
        own = front[order.sequence]
        self.segments, self.cyclic = order.segments, order.cyclic
        self.activities = system.activities[own]

        place = np.full(system.products.size, -1, dtype=np.int64)
        place[own] = np.arange(own.size)
        technosphere = technosphere.part(_within(technosphere.column, self.activities))
        biosphere = biosphere.part(_within(biosphere.column, self.activities))
        user = place[places_of(system.activities, technosphere.column)]
        supplier = system.places(technosphere.row)
        inside = place[supplier]
        emitter = place[places_of(system.activities, biosphere.column)]

        direct = wanted[place[wanted] < 0]
        inputs = np.unique(np.concatenate([supplier[inside < 0], direct]))
        self.inputs = system.products[inputs]
        self.flows, flow = np.unique(biosphere.row, return_inverse=True)
        both = Elements(
            *(
                np.concatenate([a, b])
                for a, b in zip(vars(technosphere).values(), vars(biosphere).values(), strict=True)
            )
        )
        self.draws = Draws(both, STREAM)
        count = technosphere.row.size
        t_place, b_place = self.draws.place[:count], self.draws.place[count:]
        t_unit, b_unit = self.draws.unit[:count], self.draws.unit[count:]

        taken = inside < 0
        self._outer = terms(
            own.size,
            np.concatenate([user[taken], emitter]),
            np.concatenate([t_place[taken], b_place]),
            np.concatenate([-t_unit[taken], b_unit]),
            np.concatenate([np.searchsorted(inputs, supplier[taken]), inputs.size + flow.ravel()]),
        )
        segment = np.searchsorted(self.segments, np.arange(own.size), side="right") - 1
        made = inside == user
        same = ~taken & self.cyclic[segment[np.maximum(user, 0)]]
        same &= segment[np.maximum(inside, 0)] == segment[np.maximum(user, 0)]
        passed = ~taken & ~made & ~same
        self._inner = terms(own.size, user[passed], t_place[passed], -t_unit[passed],
                            inside[passed])  # fmt: skip
        #: in cycles, production belongs to the dense system
        done = made & ~same
        self._made = terms(own.size, user[done], t_place[done], t_unit[done], inside[done])
        self._loops = (user[same], inside[same], t_place[same], t_unit[same])
        self._columns = place[wanted]
        self._rows = np.searchsorted(inputs, wanted)

    @property
    def size(self) -> int:
        """Number of activities."""
        return int(self.activities.size)

    def asked(self, scores: np.ndarray, units: np.ndarray) -> np.ndarray:
        """Return those of the products asked for, shape (products, methods, samples).

        Parameters
        ----------
        scores, units
            What :meth:`scores` returned and took.
        """
        own = self._columns >= 0
        if own.all():
            same = np.array_equal(self._columns, np.arange(self.size))
            return scores if same else scores[self._columns]
        found = np.empty((own.size, *scores.shape[1:]), dtype=scores.dtype)
        found[own] = scores[self._columns[own]]
        found[~own] = units[self._rows[~own]]
        return found

    def scores(self, drawn: np.ndarray, units: np.ndarray) -> np.ndarray:
        """Return the scores of all activities.

        Parameters
        ----------
        drawn
            What :attr:`draws` drew, shape (places, samples).
        units
            Scores of one unit of the inputs and of the flows, shape (rows, methods, samples); one
            sample where they are certain.

        Returns
        -------
        numpy.ndarray
            Single precision, shape (activities, methods, samples).

        Raises
        ------
        ProjectError
            For some sample a product is not produced, or a cycle has no solution.
        """
        result = np.empty((self.size, units.shape[1], drawn.shape[1]), dtype=np.float32)
        units = np.ascontiguousarray(units, dtype=np.float32)
        inverse = np.empty(drawn.shape[1], dtype=np.float32)
        for number, cyclic in enumerate(self.cyclic):
            start, stop = int(self.segments[number]), int(self.segments[number + 1])
            substitute(start, stop, drawn, units, *self._arrays, bool(cyclic), inverse, result)
            if cyclic:
                self._solve(start, stop, drawn, result)
        if not np.isfinite(result).all():
            raise ProjectError(
                "some samples of the foreground have no finite score: a dataset makes none of its "
                "product, or a number is out of all bounds",
                "look for distributions of production amounts that reach zero",
            )
        return result

    def gross(self, units: np.ndarray) -> np.ndarray:
        """Return typical sizes of scores: stated amounts, without signs, shape (products, methods).

        Parameters
        ----------
        units
            Unit scores, shape (rows, methods).
        """
        ones = np.ones((self.draws.width, 1), dtype=np.float32)
        units = np.abs(units).astype(np.float32)[:, :, None]
        result = np.empty((self.size, units.shape[1], 1), dtype=np.float32)
        arrays = [np.abs(a) if a.dtype.kind == "f" else a for a in self._arrays]
        for number, cyclic in enumerate(self.cyclic):
            start, stop = int(self.segments[number]), int(self.segments[number + 1])
            substitute_numpy(
                start, stop, ones, units, *arrays, bool(cyclic), ones[0].copy(), result
            )
            if cyclic:
                self._solve(start, stop, ones, result)
        found = np.abs(self.asked(result, units))[:, :, 0].astype(float)
        return np.where(np.isfinite(found), found, 1.0)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Return all that samples depend on, but unit scores and random numbers."""
        sums = (self._outer, self._inner, self._made)
        return (*self.draws.arrays(), *(a for t in sums for a in vars(t).values()), *self._loops,
                self._columns, self._rows, self.segments)  # fmt: skip

    @cached_property
    def _arrays(self) -> tuple[np.ndarray, ...]:
        return (*self._outer.arrays, *self._inner.arrays, *self._made.arrays)

    def _solve(self, start: int, stop: int, drawn: np.ndarray, result: np.ndarray) -> None:
        """Solve the activities of a cycle, one dense system per sample."""
        size = stop - start
        if size > DENSE:
            raise ProjectError(
                f"{size} activities of the foreground are in one cycle",
                "treat their database as background, and sample the background",
            )
        user, supplier, place, unit = self._loops
        own = (user >= start) & (user < stop)
        step = max(1, 8_000_000 // size**2)
        for first in range(0, drawn.shape[1], step):
            some = slice(first, first + step)
            amounts = drawn[place[own], some] * unit[own, None]
            matrix = np.zeros((size, size, amounts.shape[1]))
            np.add.at(matrix, (user[own] - start, supplier[own] - start), amounts)
            right = result[start:stop, :, some].transpose(2, 0, 1).astype(float)
            try:
                solved = np.linalg.solve(np.ascontiguousarray(matrix.transpose(2, 0, 1)), right)
            except np.linalg.LinAlgError:
                solved = np.full_like(right, np.nan)
            result[start:stop, :, some] = solved.transpose(1, 2, 0)


def _within(ids: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.isin(ids, known))


def characterised(system: System, flows: np.ndarray, factors: sp.csc_matrix) -> np.ndarray:
    """Return factors of some flows, flows x methods; zero for those without a factor."""
    place = np.searchsorted(system.flows, flows)
    found: np.ndarray = factors.tocsr()[place].toarray()
    return found
