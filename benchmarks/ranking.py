"""The ten largest processes of 300 datasets x 16 methods, against bw2analyzer.

``python -m benchmarks.ranking [--json] [--small]``. Without bw2analyzer, against what it does: one
inventory per dataset, then the sum and sorting of its characterised columns.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from benchmarks.databases import Files, dimensions, opened, synthetic
from benchmarks.measuring import compare, largest_difference, report
from bw_tinyml.engine import structure
from bw_tinyml.engine.arrays import load_system
from bw_tinyml.engine.ranking import top_processes

METHODS = 16


def prepared(files: Files, first: int) -> tuple[Any, list[Any]]:
    """Return a factorised calculation and its characterisation matrices: not part of the time."""
    import bw2calc as bc

    packages = opened([*files.packages, *files.methods[:METHODS]])
    lca = bc.LCA({first: 1}, data_objs=packages[:3])
    lca.lci(factorize=True)
    lca.lcia()
    matrices = []
    for package in packages[2:]:
        lca.switch_method([package])
        matrices.append(lca.characterization_matrix.copy())
    return lca, matrices


def peer(lca: Any, matrices: list[Any], datasets: np.ndarray) -> np.ndarray:
    """Return the scores of the ten largest processes, datasets x methods x 10."""
    try:
        from bw2analyzer import ContributionAnalysis

        analysis = ContributionAnalysis()
    except ImportError:
        analysis = None
    rows = []
    for i in datasets:
        lca.lci({int(i): 1})
        row = []
        for matrix in matrices:
            characterised = matrix @ lca.inventory
            if analysis is not None:
                found = analysis.top_processes(characterised, limit=10)
                row.append([float(score) for score, *_ in found])
            else:
                sums = np.asarray(characterised.sum(axis=0)).ravel()
                row.append(sums[np.argsort(np.abs(sums))[::-1][:10]])
        rows.append(row)
    return np.array(rows)


def main() -> None:
    small = "--small" in sys.argv
    files = synthetic(*dimensions(small))
    datasets = files.datasets()
    part = datasets[:: 1 if small else 10]
    system = load_system(files.packages)
    factors = system.factors(files.tables(METHODS))
    order = structure.order(system.technosphere)

    def ours() -> np.ndarray:
        return top_processes(system, datasets, factors, order=order, foreground=[1]).scores

    ours()
    lca, matrices = prepared(files, int(datasets[0]))
    step = 1 if small else 10
    claim = compare(
        f"ten largest processes of {datasets.size} datasets x {METHODS} methods, against "
        f"bw2analyzer ({part.size} datasets measured and scaled up)",
        ours,
        lambda: peer(lca, matrices, part),
        2,
        30,
        200,
        lambda a, b: largest_difference(np.abs(a[::step]), np.abs(b)),
        datasets.size / part.size,
    )
    report([claim])


if __name__ == "__main__":
    main()
