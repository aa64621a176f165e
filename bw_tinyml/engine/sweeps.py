"""Gauss-Seidel sweeps over a system in a good order, for many columns at once.

A system ``M y = g`` is brought into the form

    y = N y + c,    N = I - D^-1 M,    c = D^-1 g,

with ``D`` the diagonal of ``M`` (what an activity makes of its product). With ``M = A^T`` in the
order suppliers first these are scores; with ``M = A`` in the opposite order, supplies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine.arrays import SINGULAR
from bw_tinyml.engine.kernels import has_numba, jit
from bw_tinyml.engine.structure import Order
from bw_tinyml.errors import ProjectError

#: blocks of so many columns, or a multiple, are swept in vector registers
COLUMNS = 8


@dataclass
class Sweeps:
    """A system in the form ``y = N y + c``, in the order in which it is swept.

    Attributes
    ----------
    inner
        ``N``, rows and columns in the order.
    diagonal
        ``D`` in the order.
    order
        Sequence, segments and which of them have cycles.
    outside
        ``M`` without its diagonal, as it was before it was divided.
    """

    inner: sp.csr_matrix
    diagonal: np.ndarray
    order: Order
    outside: sp.csr_matrix
    _split: dict[tuple[int, int, bool], Any] = field(default_factory=dict, repr=False)
    _places: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> int:
        """Number of unknowns per column."""
        return int(self.diagonal.size)

    def __post_init__(self) -> None:
        data = self.inner.data
        self.magnitude = np.abs(data) if (data < 0).any() else data
        #: bound of the relative rounding error of one row's sum
        self.rounding = (np.diff(self.inner.indptr) + 3.0) * np.finfo(float).eps

    def into(self, columns: np.ndarray) -> np.ndarray:
        """Return right-hand sides ``g`` as ``c``, in the order."""
        return np.ascontiguousarray(columns[self.order.sequence] / self.diagonal[:, None])

    def out_of(self, values: np.ndarray) -> np.ndarray:
        """Return values in the order of the system, from those in the order of the sweeps."""
        result = np.empty_like(values)
        result[self.order.sequence] = values
        return result

    def sweep(
        self,
        c: np.ndarray,
        y: np.ndarray,
        start: int = 0,
        stop: int | None = None,
        times: int = 1,
        absolute: bool = False,
    ) -> None:
        """Sweep ``times`` over some rows, in place.

        Parameters
        ----------
        absolute
            Use ``|N|`` instead of ``N``.
        """
        stop = self.size if stop is None else stop
        if has_numba():
            data = self.magnitude if absolute else self.inner.data
            if y.shape[1] % COLUMNS:
                _sweep(self.inner.indptr, self.inner.indices, data, c, y, start, stop, times)
                return
            from bw_tinyml.engine import vectors

            rows, at = self._addresses(y.shape[1])
            for _ in range(times):
                vectors.sweep(rows, at, data, c, y, start, stop, False)
            return
        before, above, lower = self._parts(start, stop, absolute)
        fixed = c[start:stop] + before @ y[:start]
        for _ in range(times):
            y[start:stop] = lower.solve(fixed + above @ y[start:stop])

    def compile(self) -> None:
        """Make the compiled loop ready, where there is one, by sweeping over no row."""
        if has_numba():
            none = np.zeros((self.size, COLUMNS))
            self.sweep(none, none, 0, 0)

    def _addresses(self, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Return starts of rows, and where in a block of columns each element's row begins."""
        if width not in self._places:
            starts = self.inner.indptr.astype(np.int64)
            self._places[width] = (starts, self.inner.indices.astype(np.int64) * width)
        return self._places[width]

    def _parts(self, start: int, stop: int, absolute: bool) -> tuple[Any, Any, Any]:
        """Return, of some rows, the columns before them, those above the diagonal, a solver."""
        key = (start, stop, absolute)
        if key not in self._split:
            from scipy.sparse.linalg import splu

            rows = self.inner[start:stop]
            rows = abs(rows) if absolute else rows
            inside = rows[:, start:stop]
            triangle = sp.eye(stop - start, format="csr") - sp.tril(inside, -1)
            lower = splu(
                triangle.tocsc(),
                permc_spec="NATURAL",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
            after = sp.triu(inside, 1).tocsr()
            self._split[key] = (rows[:, :start], after, lower)
        return self._split[key]


def scores_sweeps(technosphere: sp.csr_matrix, order: Order) -> Sweeps:
    """Return the sweeps for scores of products, ``A^T y = g``."""
    return _prepare(technosphere, order)


def supply_sweeps(technosphere: sp.csr_matrix, order: Order) -> Sweeps:
    """Return the sweeps for supplies of activities, ``A x = f``."""
    end = order.segments[-1]
    backwards = Order(order.sequence[::-1], end - order.segments[::-1], order.cyclic[::-1])
    return _prepare(technosphere.T.tocsr(), backwards)


def _prepare(matrix: sp.csr_matrix, order: Order) -> Sweeps:
    ordered = matrix[order.sequence][:, order.sequence].tocoo()
    diagonal = np.zeros(order.sequence.size)
    own = ordered.row == ordered.col
    diagonal[ordered.row[own]] = ordered.data[own]
    if not (diagonal != 0).all() or not np.isfinite(ordered.data).all():
        raise ProjectError("the technosphere is singular: some product is not produced", SINGULAR)
    other = ~own & (ordered.data != 0)
    row = ordered.row[other]
    place = (row, ordered.col[other])
    outside = sp.csr_matrix((ordered.data[other], place), shape=matrix.shape)
    inner = outside.copy()
    inner.data = -outside.data / np.repeat(diagonal, np.diff(outside.indptr))
    return Sweeps(inner, diagonal, order, outside)


@jit
def _sweep(
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    c: np.ndarray,
    y: np.ndarray,
    start: int,
    stop: int,
    times: int,
) -> None:
    width = y.shape[1]
    for _ in range(times):
        for j in range(start, stop):
            for k in range(width):
                y[j, k] = c[j, k]
            for p in range(indptr[j], indptr[j + 1]):
                value = data[p]
                i = indices[p]
                for k in range(width):
                    y[j, k] += value * y[i, k]
