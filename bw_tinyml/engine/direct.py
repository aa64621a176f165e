"""Direct solvers, as the last resort: UMFPACK or PARDISO where installed, else SuperLU.

It is the transposed technosphere that is factorised, whatever is asked for: popular products make
dense rows, and the factors of ``A`` then have ten times the entries of those of ``A^T``.
"""

from __future__ import annotations

import warnings
import weakref
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
        The matrix is singular. UMFPACK and PARDISO do not notice it always; what they return then
        has a residual.
    """
    for attempt in (umfpack, pardiso, superlu):
        try:
            return attempt(matrix, transposed)
        except ImportError:  # not installed, or the library that it wraps is missing
            continue
        except ArithmeticError as error:
            raise ProjectError(
                "the technosphere is singular: some product is not produced", SINGULAR
            ) from error
    raise AssertionError("SuperLU is part of SciPy")


def umfpack(matrix: sp.csr_matrix, transposed: bool) -> Solve:
    """Factorise by UMFPACK (scikit-umfpack)."""
    from scikits import umfpack as library

    factored = (matrix.T if transposed else matrix).tocsc().astype(float)
    factored.sort_indices()
    system = library.UMFPACK_At if transposed else library.UMFPACK_A
    context = library.UmfpackContext("di" if factored.indptr.dtype == np.int32 else "dl")
    with warnings.catch_warnings():
        warnings.simplefilter("error", library.UmfpackWarning)
        try:
            context.numeric(factored)
        except (library.UmfpackWarning, RuntimeError) as error:
            raise ArithmeticError(str(error)) from error

    def solve(right: np.ndarray) -> np.ndarray:
        with warnings.catch_warnings():
            # Prices differ by many decades, which it takes for a bad condition.
            warnings.simplefilter("ignore")
            found = [context.solve(system, factored, np.ascontiguousarray(c)) for c in right.T]
        return np.column_stack(found)

    return solve


def pardiso(matrix: sp.csr_matrix, transposed: bool) -> Solve:
    """Factorise by PARDISO (pypardiso).

    Its pattern is made symmetrical, so that it does not matter which of the two is factorised.
    """
    from pypardiso import PyPardisoSolver
    from pypardiso.pardiso_wrapper import PyPardisoError

    solver = PyPardisoSolver()
    csr = matrix.tocsr()
    csr.sort_indices()
    try:
        solver.factorize(csr)
    except (PyPardisoError, ValueError) as error:
        raise ArithmeticError(str(error)) from error

    def solve(right: np.ndarray) -> np.ndarray:
        return np.asarray(solver.solve(csr, np.asfortranarray(right))).reshape(right.shape)

    # The library keeps its factors until it is told that nobody needs them.
    weakref.finalize(solve, solver.free_memory, everything=True)
    return solve


def superlu(matrix: sp.csr_matrix, transposed: bool) -> Solve:
    """Factorise by SuperLU (SciPy)."""
    from scipy.sparse.linalg import splu

    try:
        factors = splu((matrix.T if transposed else matrix).tocsc())
    except RuntimeError as error:
        raise ArithmeticError(str(error)) from error
    return lambda right: np.asarray(
        factors.solve(np.ascontiguousarray(right), "T" if transposed else "N")
    )
