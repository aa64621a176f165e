"""Scores of many products in many methods, with as few columns as possible.

What the products in question use is split into

* a *foreground*: activities that nothing outside of the foreground packages uses;
* a *background*, of which only the K products count that the foreground uses.

The K background products are scored by K supply columns or by one column per different method,
whichever are fewer; methods of identical factors are calculated once. The foreground is then solved
with these scores as its inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine import structure
from bw_tinyml.engine.arrays import System
from bw_tinyml.engine.solving import TOLERANCE, Linear, Solution
from bw_tinyml.engine.structure import Order


@dataclass
class Scores:
    """Scores of one unit of some products.

    Attributes
    ----------
    values, bounds
        Scores, and bounds of their absolute numerical errors, shape (products, methods).
    direction
        ``direct`` (supplies of K products) or ``adjoint`` (one column per different method).
    columns
        Number of columns that were solved.
    how
        Ways that columns took, see :class:`bw_tinyml.engine.solving.Solution`: all of the
        background, and of the foreground those that were not swept.
    """

    values: np.ndarray
    bounds: np.ndarray
    direction: str
    columns: int
    how: dict[str, int]


def score_products(
    system: System,
    products: Sequence[int] | np.ndarray,
    factors: sp.csc_matrix,
    *,
    order: Order | None = None,
    foreground: Sequence[int] = (),
    direction: str | None = None,
    tolerance: float = TOLERANCE,
    threads: int | None = None,
) -> Scores:
    """Return the scores of one unit of some products.

    Parameters
    ----------
    system
        Technosphere and biosphere.
    products
        Ids of products.
    factors
        Characterisation factors, flows x methods; see :meth:`System.factors`.
    order
        Of the whole system, where it is known.
    foreground
        Numbers of the packages whose activities may be foreground.
    direction
        ``direct`` or ``adjoint``; by default the one with fewer columns.
    tolerance, threads
        See :meth:`bw_tinyml.engine.solving.Linear.solve`.

    Raises
    ------
    ProjectError
        A product is unknown, or the system is singular.
    """
    wanted = system.places(products)
    distinct, copies = distinct_columns(factors)
    reached = structure.suppliers(system.technosphere, np.unique(wanted))
    part = _Part(system, reached, order)
    outer = part.background(foreground)
    front = np.flatnonzero(~outer)
    back = np.flatnonzero(outer)
    place = np.searchsorted(reached, wanted)
    links = part.technosphere[front][:, back].tocsc()
    # Products that count: used by the foreground, or asked for themselves.
    asked = np.zeros(reached.size, dtype=bool)
    asked[place] = True
    counts = np.flatnonzero((np.diff(links.indptr) > 0) | asked[back])
    if direction is None:
        direction = "direct" if counts.size <= distinct.shape[1] else "adjoint"
    background, bound, solved = part.background_scores(
        back, counts, distinct, direction, tolerance, threads
    )
    how = dict(solved.how)
    values = np.zeros((reached.size, distinct.shape[1]))
    bounds = np.zeros_like(values)
    values[back[counts]], bounds[back[counts]] = background, bound
    if front.size:
        own = part.foreground_scores(
            front, links[:, counts], distinct, background, bound, tolerance
        )
        values[front], bounds[front] = own.values, own.bounds
        for way in own.how.keys() - {"sweeps"}:
            how[way] = how.get(way, 0) + own.how[way]
    return Scores(
        values[place][:, copies],
        bounds[place][:, copies],
        direction,
        solved.values.shape[1],
        how,
    )


def distinct_columns(matrix: sp.csc_matrix) -> tuple[sp.csc_matrix, np.ndarray]:
    """Return the different columns of a matrix, and which of them each column is.

    Only columns with the same bytes are one: merging those that nearly are would take the digits
    of small categories.
    """
    matrix = matrix.tocsc()
    matrix.sort_indices()
    known: dict[tuple[bytes, bytes], int] = {}
    copies = np.empty(matrix.shape[1], dtype=np.int64)
    first: list[int] = []
    for column in range(matrix.shape[1]):
        span = slice(matrix.indptr[column], matrix.indptr[column + 1])
        key = (matrix.indices[span].tobytes(), matrix.data[span].tobytes())
        if key not in known:
            known[key] = len(first)
            first.append(column)
        copies[column] = known[key]
    return (matrix if len(first) == matrix.shape[1] else matrix[:, first]), copies


class _Part:
    """What some products depend on: a system that supplies itself."""

    def __init__(self, system: System, reached: np.ndarray, order: Order | None) -> None:
        self.whole = reached.size == system.products.size
        self.technosphere = system.technosphere
        self.biosphere = system.biosphere
        if not self.whole:
            self.technosphere = self.technosphere[reached][:, reached]
            self.biosphere = self.biosphere[reached]
        self.package = system.package[reached]
        self.order = (
            structure.order(self.technosphere)
            if order is None
            else structure.restrict(order, reached)
        )

    def background(self, foreground: Sequence[int]) -> np.ndarray:
        """Mark what belongs to other packages, and what they use."""
        outer = ~np.isin(self.package, np.asarray(foreground, dtype=np.int64))
        if not outer.any() or outer.all():
            return np.ones(outer.size, dtype=bool)
        marked = np.zeros(outer.size, dtype=bool)
        marked[structure.suppliers(self.technosphere, np.flatnonzero(outer))] = True
        return marked

    def background_scores(
        self,
        back: np.ndarray,
        counts: np.ndarray,
        factors: sp.csc_matrix,
        direction: str,
        tolerance: float,
        threads: int | None,
    ) -> tuple[np.ndarray, np.ndarray, Solution]:
        """Return scores of the products that count, their bounds, and the solution behind."""
        matrix = self.technosphere[back][:, back] if back.size < self.package.size else None
        linear = Linear(
            self.technosphere if matrix is None else matrix,
            self.order if matrix is None else structure.restrict(self.order, back),
            supply=direction == "direct",
        )
        biosphere = self.biosphere if matrix is None else self.biosphere[back]
        if direction == "adjoint":
            emitted, errors = _emitted(biosphere, factors)
            found = linear.solve(emitted, tolerance, threads, errors)
            return found.values[counts], found.bounds[counts], found
        demand = np.zeros((back.size, counts.size))
        demand[counts, np.arange(counts.size)] = 1.0
        found = linear.solve(demand, tolerance, threads)
        emit = biosphere.T.tocsr()
        score = factors.T.tocsr()
        values = (score @ (emit @ found.values)).T
        errors = found.bounds + _summing(emit) * np.abs(found.values)
        return values, (abs(score) @ (abs(emit) @ errors)).T, found

    def foreground_scores(
        self,
        front: np.ndarray,
        links: sp.csc_matrix,
        factors: sp.csc_matrix,
        scores: np.ndarray,
        bounds: np.ndarray,
        tolerance: float,
    ) -> Solution:
        """Return the solution for the foreground."""
        own, errors = _emitted(self.biosphere[front], factors)
        taken, gross = links @ scores, abs(links) @ np.abs(scores)
        errors += abs(links) @ bounds + _summing(links.tocsr()) * (gross + np.abs(own))
        matrix = self.technosphere[front][:, front]
        linear = Linear(matrix, structure.restrict(self.order, front))
        return linear.solve(own - taken, tolerance, 1, errors)


def _emitted(biosphere: sp.csr_matrix, factors: sp.csc_matrix) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of what activities emit themselves, and bounds of their rounding."""
    gross = abs(biosphere) @ abs(factors)
    return (biosphere @ factors).toarray(), _summing(biosphere) * gross.toarray()


def _summing(matrix: sp.csr_matrix) -> float:
    """Bound of the relative rounding error of sums over the longest row, taken twice."""
    longest = int(np.diff(matrix.indptr).max(initial=0))
    # Pairs of products with random rounding: the square root law with a wide margin.
    return float(8.0 * np.sqrt(longest + 4.0) * np.finfo(float).eps)
