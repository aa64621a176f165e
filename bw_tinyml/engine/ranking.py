"""The largest contributions to the scores of many products at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine import structure
from bw_tinyml.engine.arrays import System
from bw_tinyml.engine.kernels import jit
from bw_tinyml.engine.solving import TOLERANCE, Linear
from bw_tinyml.engine.structure import Order
from bw_tinyml.errors import UsageError


@dataclass(frozen=True)
class Ranking:
    """The processes that add most, by absolute value, in falling order.

    Attributes
    ----------
    activities
        Ids, shape (products, methods, top); -1 where fewer processes add anything.
    scores
        What they add, same shape.
    totals
        Scores of the products, shape (products, methods).
    """

    activities: np.ndarray
    scores: np.ndarray
    totals: np.ndarray


def top_processes(
    system: System,
    products: Sequence[int] | np.ndarray,
    factors: sp.csc_matrix,
    *,
    top: int = 10,
    order: Order | None = None,
    foreground: Sequence[int] = (),
    tolerance: float = TOLERANCE,
) -> Ranking:
    """Return the processes that add most to the score of one unit of each product.

    The background is solved once for each of its products that the foreground uses; the supply of
    a product is a sum of these.

    Parameters
    ----------
    top
        How many; at least one.
    system, products, factors, order, foreground, tolerance
        As for :func:`bw_tinyml.engine.scoring.score_products`.

    Raises
    ------
    UsageError
        ``top`` is smaller than one.
    """
    if top < 1:  # the compiled loop would write beyond its arrays
        raise UsageError(f"the {top} largest processes make no sense", "top=1 or more")
    wanted = system.places(products)
    reached = structure.suppliers(system.technosphere, np.unique(wanted))
    matrix = system.technosphere[reached][:, reached].tocsr()
    known = structure.order(matrix) if order is None else structure.restrict(order, reached)
    outer = ~np.isin(system.package[reached], np.asarray(foreground, dtype=np.int64))
    if outer.any() and not outer.all():
        marked = np.zeros(outer.size, dtype=bool)
        marked[structure.suppliers(matrix, np.flatnonzero(outer))] = True
        outer = marked
    front, back = np.flatnonzero(~outer), np.flatnonzero(outer)
    place = np.searchsorted(reached, wanted)

    demand = np.zeros((reached.size, place.size))
    demand[place, np.arange(place.size)] = 1.0
    needed = np.zeros_like(demand)
    if front.size:
        inner = Linear(matrix[front][:, front], structure.restrict(known, front), supply=True)
        needed[front] = inner.solve(demand[front], tolerance, threads=1).values
        demand[back] -= matrix[front][:, back].T @ needed[front]
    counts = np.flatnonzero(demand[back].any(axis=1))
    unit = np.zeros((back.size, counts.size))
    unit[counts, np.arange(counts.size)] = 1.0
    linear = Linear(matrix[back][:, back], structure.restrict(known, back), supply=True)
    supplies = linear.solve(unit, tolerance).values
    needed[back] = supplies @ demand[back][counts]

    emitted = (system.biosphere[reached] @ factors).toarray()
    # One row per product and method in a row of memory: the selection reads them once.
    places, scores = _largest(np.ascontiguousarray(needed.T), np.ascontiguousarray(emitted.T), top)
    ids = system.activities[reached]
    activities = np.where(places >= 0, ids[places], -1)
    return Ranking(activities, scores, needed.T @ emitted)


@jit
def _largest(supply: np.ndarray, emitted: np.ndarray, top: int) -> tuple[np.ndarray, np.ndarray]:
    """Return places and sizes of the largest products ``supply[p] * emitted[m]``."""
    products, methods, size = supply.shape[0], emitted.shape[0], supply.shape[1]
    places = np.full((products, methods, top), -1, dtype=np.int64)
    scores = np.zeros((products, methods, top))
    for p in range(products):
        for m in range(methods):
            least = 0.0
            for j in range(size):
                value = supply[p, j] * emitted[m, j]
                if abs(value) <= least:
                    continue
                k = top - 1
                while k > 0 and abs(scores[p, m, k - 1]) < abs(value):
                    scores[p, m, k] = scores[p, m, k - 1]
                    places[p, m, k] = places[p, m, k - 1]
                    k -= 1
                scores[p, m, k] = value
                places[p, m, k] = j
                least = abs(scores[p, m, top - 1])
    return places, scores
