"""300 datasets x 16 and x 762 methods from datapackages, in one process, against bw2calc.

``python -m benchmarks.scores [--json] [--small]``
"""

from __future__ import annotations

import sys
import warnings

import numpy as np

from benchmarks.databases import Files, dimensions, fast_scores, multi, names, opened, synthetic
from benchmarks.measuring import Claim, compare, largest_difference, report


def ours(files: Files, methods: int, datasets: np.ndarray) -> np.ndarray:
    """Read, order and score, nothing kept from before."""
    from bw_tinyml.engine.cache import Cache
    from bw_tinyml.engine.units import some_units

    found = some_units(
        files.packages, files.methods[:methods], datasets, Cache(None), foreground=[1]
    )
    return found.values


def multi_lca(files: Files, datasets: np.ndarray, methods: int) -> np.ndarray:
    lca = multi("MultiLCA", files, methods, datasets)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lca.lci()
        lca.lcia()
    return np.array([[lca.scores[name, str(i)] for name in names(methods)] for i in datasets])


def loop(files: Files, datasets: np.ndarray, methods: int) -> np.ndarray:
    """One bw2calc.LCA, factorised once; its inventory times kept characterisation matrices."""
    import bw2calc as bc

    packages = opened([*files.packages, *files.methods[:methods]])
    lca = bc.LCA({int(datasets[0]): 1}, data_objs=packages[:3])
    lca.lci(factorize=True)
    lca.lcia()
    kept = []
    for package in packages[2:]:
        lca.switch_method([package])
        kept.append(lca.characterization_matrix.copy())
    rows = []
    for i in datasets:
        lca.lci({int(i): 1})
        rows.append([float((matrix @ lca.inventory).sum()) for matrix in kept])
    return np.array(rows)


def main() -> None:
    small = "--small" in sys.argv
    files = synthetic(*dimensions(small))
    datasets = files.datasets()
    few, many = 16, len(files.methods)
    rounds = 2
    ours(files, few, datasets[:5])  # compile, or load what was compiled
    claims: list[Claim] = []
    # FastScores takes the adjoint direction by itself for 16 methods, the forward one for 762.
    for methods, direction, must, aim in (
        (few, "adjoint", 3.5, 10),
        (few, "forward", 3.5, 10),
        (many, "forward", 12, 40),
    ):
        claims.append(
            compare(
                f"{datasets.size} datasets x {methods} methods, against "
                f"FastScoresOnlyMultiLCA {direction}",
                lambda m=methods: ours(files, m, datasets),  # type: ignore[misc]
                lambda m=methods, d=direction: fast_scores(files, m, datasets, d),  # type: ignore[misc]
                rounds,
                must,
                aim,
                largest_difference,
            )
        )
    for name, side in (("MultiLCA", multi_lca), ("LCA loop", loop)):
        claims.append(
            compare(
                f"{datasets.size} datasets x {few} methods, against {name}",
                lambda: ours(files, few, datasets),
                lambda s=side: s(files, datasets, few),  # type: ignore[misc]
                1,
                20,
                100,
                largest_difference,
            )
        )
    report(claims)


if __name__ == "__main__":
    main()
