"""Matrices in memory, in units of one factorisation of the transposed technosphere.

UMFPACK where scikit-umfpack is installed, else PARDISO (pypardiso). Also: one thread against two,
and the largest error against a direct solution refined in extended precision.

``python -m benchmarks.solving [--json] [--small]``
"""

from __future__ import annotations

import sys

import numpy as np
import scipy.sparse as sp

from benchmarks.databases import synthetic
from benchmarks.measuring import Claim, compare, report
from bw_tinyml.engine import structure
from bw_tinyml.engine.arrays import System, load_factors, load_system
from bw_tinyml.engine.scoring import distinct_columns, score_products


def factorisations() -> Iterator[tuple[str, Callable[[sp.csr_matrix, bool], direct.Solve]]]:
    """Iterate over the names and functions of the factorisations that are installed."""
    for name in ("umfpack", "pardiso", "superlu"):
        factorise = getattr(direct, name)
        try:
            factorise(sp.eye(2, format="csr"), False)
        except ImportError:
            continue
        yield {"superlu": "SuperLU"}.get(name, name.upper()), factorise


def refined(system: System, factors: sp.csc_matrix) -> np.ndarray:
    """Scores of all products by a factorisation, refined with residuals in extended precision."""
    matrix = system.technosphere.tocsr()
    solve = direct.factorise(matrix, False)
    right = (system.biosphere @ factors).toarray()
    found = solve(right)
    wide = matrix.astype(np.longdouble)
    for _ in range(4):
        residual = np.asarray(right - wide @ found.astype(np.longdouble), dtype=float)
        found = found + solve(residual)
    return found


def main() -> None:
    small = "--small" in sys.argv
    files = synthetic(2_000 if small else 23_500, 60 if small else 762, 60 if small else 300)
    system = load_system(files.packages)
    tables = [load_factors(path) for path in files.methods]
    datasets = files.datasets()
    order = structure.order(system.technosphere)
    name, factorise = factorisation(system)
    claims: list[Claim] = []
    for methods, must, aim in ((len(tables), 1 / 0.8, 1 / 0.3), (16, 1 / 0.25, 1 / 0.08)):
        factors = system.factors(tables[:methods])

        def ours(threads: int | None = None, factors: sp.csc_matrix = factors) -> np.ndarray:
            return score_products(
                system, datasets, factors, order=order, foreground=[1], threads=threads
            ).values

        ours()
        claims.append(
            compare(
                f"{datasets.size} datasets x {methods} methods in memory, against one "
                f"factorisation by {name}",
                ours,
                factorise,  # type: ignore[arg-type]
                5,
                must,
                aim,
            )
        )
        claims.append(
            compare(
                f"{datasets.size} x {methods}, two threads against one",
                lambda: ours(2),
                lambda: ours(1),
                5,
                1.7,
                1.9,
            )
        )
    factors, _ = distinct_columns(system.factors(tables[:16]))
    expected = refined(system, factors)
    found = score_products(system, system.products, factors, order=order)
    error = np.abs(found.values - expected)
    scale = np.maximum(np.abs(expected), 1e-290)
    report(claims)
    if "--json" not in sys.argv:
        print(
            f"all {system.products.size} products x 16: largest relative difference to a refined "
            f"direct solution {(error / scale).max():.1e}; largest bound "
            f"{(found.bounds / scale).max():.1e}; within the bounds: "
            f"{bool((error <= found.bounds + 1e-15 * scale).all())}; {found.how}"
        )


if __name__ == "__main__":
    main()
