"""Forward substitution for many samples at once: a compiled loop, or numpy where that is missing.

Activities are taken suppliers first. Each is the sum of what it takes from outside and of what it
takes from those before it, divided by what it makes of its own product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bw_tinyml.engine.kernels import has_numba, jit_vector


@dataclass(frozen=True)
class Terms:
    """Sums of amounts for activities one after the other.

    Attributes
    ----------
    start
        First term of each activity, and the end.
    place
        Places of the draws.
    unit
        What they are multiplied by.
    target
        What the amount is of: row of the unit scores, or place of an activity.
    """

    start: np.ndarray
    place: np.ndarray
    unit: np.ndarray
    target: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """What the compiled loop needs."""
        return self.start, self.place, self.unit.astype(np.float32), self.target


def terms(
    size: int, owner: np.ndarray, place: np.ndarray, unit: np.ndarray, target: np.ndarray
) -> Terms:
    """Return terms, sorted by the activity that they belong to.

    Parameters
    ----------
    size
        Number of activities.
    owner
        Place of the activity of each term.
    place, unit, target
        As in :class:`Terms`.
    """
    order = np.argsort(owner, kind="stable")
    start = np.searchsorted(owner[order], np.arange(size + 1))
    return Terms(start, place[order], unit[order], target[order].astype(np.int64))


def substitute(start: int, stop: int, drawn: np.ndarray, units: np.ndarray, *arrays: Any) -> None:
    """Fill in the scores of activities one after the other.

    Parameters
    ----------
    start, stop
        The activities.
    drawn
        Draws, shape (places, samples).
    units
        Scores of one unit of what is taken from outside, shape (rows, methods, samples); one
        sample where they are certain.
    *arrays
        :attr:`Terms.arrays` of what is taken from outside, of what is taken from other activities
        and of what is made; whether the activities are a cycle, which is left undivided; room for
        one number per sample; the scores of all activities, shape (activities, methods, samples).
    """
    run = _compiled if has_numba() else substitute_numpy
    run(start, stop, drawn, units, *arrays)


@jit_vector
def _compiled(  # noqa: PLR0912  (calls would keep loops from being vectors)
    start: int,
    stop: int,
    drawn: np.ndarray,
    units: np.ndarray,
    o_start: np.ndarray,
    o_place: np.ndarray,
    o_unit: np.ndarray,
    o_target: np.ndarray,
    i_start: np.ndarray,
    i_place: np.ndarray,
    i_unit: np.ndarray,
    i_target: np.ndarray,
    m_start: np.ndarray,
    m_place: np.ndarray,
    m_unit: np.ndarray,
    m_target: np.ndarray,
    cyclic: bool,
    inverse: np.ndarray,
    y: np.ndarray,
) -> None:
    size = drawn.shape[1]
    certain = units.shape[2] == 1
    for d in range(start, stop):
        for k in range(y.shape[1]):
            for s in range(size):
                y[d, k, s] = np.float32(0.0)
        for t in range(o_start[d], o_start[d + 1]):
            i = o_target[t]
            place = o_place[t]
            for k in range(y.shape[1]):
                if certain:
                    weight = o_unit[t] * units[i, k, 0]
                    for s in range(size):
                        y[d, k, s] += weight * drawn[place, s]
                else:
                    for s in range(size):
                        y[d, k, s] += o_unit[t] * units[i, k, s] * drawn[place, s]
        for t in range(i_start[d], i_start[d + 1]):
            i = i_target[t]
            place = i_place[t]
            for k in range(y.shape[1]):
                for s in range(size):
                    y[d, k, s] += i_unit[t] * y[i, k, s] * drawn[place, s]
        if cyclic:
            continue
        for s in range(size):
            inverse[s] = np.float32(0.0)
        for t in range(m_start[d], m_start[d + 1]):
            for s in range(size):
                inverse[s] += m_unit[t] * drawn[m_place[t], s]
        for s in range(size):
            inverse[s] = np.float32(1.0) / inverse[s]
        for k in range(y.shape[1]):
            for s in range(size):
                y[d, k, s] *= inverse[s]


def substitute_numpy(
    start: int, stop: int, drawn: np.ndarray, units: np.ndarray, *arrays: Any
) -> None:
    """Do as :func:`substitute` with numpy, which gives the same up to rounding."""
    o_start, o_place, o_unit, o_target, i_start, i_place, i_unit, i_target = arrays[:8]
    m_start, m_place, m_unit, _, cyclic, inverse, y = arrays[8:]
    for d in range(start, stop):
        own = slice(o_start[d], o_start[d + 1])
        amounts = o_unit[own, None] * drawn[o_place[own]]
        if units.shape[2] == 1:
            y[d] = units[o_target[own], :, 0].T @ amounts
        else:
            y[d] = np.einsum("ts,tks->ks", amounts, units[o_target[own]])
        for t in range(i_start[d], i_start[d + 1]):
            y[d] += i_unit[t] * drawn[i_place[t]] * y[i_target[t]]
        if not cyclic:
            own = slice(m_start[d], m_start[d + 1])
            with np.errstate(divide="ignore", invalid="ignore"):
                inverse[:] = 1.0 / (m_unit[own] @ drawn[m_place[own]])
            y[d] *= inverse
