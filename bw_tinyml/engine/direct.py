"""Direct solvers, as the last resort: UMFPACK or PARDISO where installed, else SuperLU.

It is the transposed technosphere that is factorised, whatever is asked for: popular products make
dense rows, and the factors of ``A`` then have ten times the entries of those of ``A^T``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine.arrays import SINGULAR
from bw_tinyml.errors import ProjectError

Solve = Callable[[np.ndarray], np.ndarray]


def factorise(matrix: sp.csr_matrix, transposed: bool) -> Solve:
    """Return a function that solves ``M y = g`` for columns ``g``.

    Parameters
    ----------
    matrix
        ``M``.
    transposed
        Whether ``M`` is ``A`` and its transpose shall be factorised.

    Raises
    ------
    ProjectError
        The matrix is singular.
    """
    try:
        return _umfpack(matrix) if not transposed else _superlu(matrix, transposed)
    except ImportError:
        pass
    try:
        return _pardiso(matrix)
    except ImportError:
        return _superlu(matrix, transposed)


def _umfpack(matrix: sp.csr_matrix) -> Solve:
    from scikits.umfpack import splu as umfpack

    factors = umfpack(matrix.tocsc())
    return lambda g: np.column_stack([factors.solve(column) for column in g.T])


def _pardiso(matrix: sp.csr_matrix) -> Solve:
    from pypardiso import PyPardisoSolver

    solver = PyPardisoSolver()
    csr = matrix.tocsr()
    csr.sort_indices()
    solver.factorize(csr)
    return lambda g: np.asarray(solver.solve(csr, np.asfortranarray(g))).reshape(g.shape)


def _superlu(matrix: sp.csr_matrix, transposed: bool) -> Solve:
    from scipy.sparse.linalg import splu

    try:
        factors = splu((matrix.T if transposed else matrix).tocsc())
    except RuntimeError as error:
        raise ProjectError(
            "the technosphere is singular: some product is not produced", SINGULAR
        ) from error
    return lambda g: np.asarray(factors.solve(np.ascontiguousarray(g), "T" if transposed else "N"))
