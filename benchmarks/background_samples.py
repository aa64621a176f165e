"""One sample of foreground and background: 300 datasets x 16 methods, and one method.

Against the iterations of ``FastScoresOnlyMultiLCA`` (forward: its adjoint direction refuses them)
and of ``IterativeLCA`` (one dataset, one method). Every sample has a verified bound of its error.

``python -m benchmarks.background_samples [--json] [--small]``
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.databases import Files, dimensions, multi, opened, synthetic
from benchmarks.measuring import Claim, compare, report
from bw_tinyml.engine.montecarlo import Sampled, sample, whole_job

METHODS = 16


def fast_scores(files: Files, datasets: np.ndarray) -> Any:
    """Return the peer for many datasets and methods, after its first calculation."""
    from bw2calc.fast_scores import FastScoresOnlyMultiLCA  # noqa: F401

    lca = multi(
        "FastScoresOnlyMultiLCA", files, METHODS, datasets, direction="forward",
        use_distributions=True,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        next(lca)
    return lca


def iterative(files: Files, dataset: int) -> Any:
    """Return the peer for one dataset and one method, after its first calculation."""
    import bw2calc as bc

    packages = opened([*files.packages, files.methods[0]])
    lca = bc.IterativeLCA({dataset: 1}, data_objs=packages, use_distributions=True)
    lca.lci()
    lca.lcia()
    return lca


def step(lca: Any, count: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(count):
            next(lca)


def main() -> None:
    small = "--small" in sys.argv
    files = synthetic(*dimensions(small))
    datasets = files.datasets()
    iterations = 64
    tables = files.tables(METHODS)
    claims: list[Claim] = []
    for methods, asked, peer, name, count, must, aim in (
        (METHODS, datasets, fast_scores(files, datasets), "FastScoresOnlyMultiLCA", 1, 50, 500),
        (1, datasets, iterative(files, int(datasets[0])), "IterativeLCA (one dataset)", 8, 15, 100),
    ):
        job = whole_job(files.packages, asked, tables[:methods], [1])
        sample(job, 1, 1)
        found: list[Sampled] = []

        def ours(job: Any = job, found: list[Sampled] = found) -> None:
            found.append(sample(job, iterations, 1))

        claim = compare(
            "", ours, lambda p=peer, c=count: step(p, c), 3, must, aim, None, iterations / count  # type: ignore[misc]
        )  # fmt: skip
        what = (
            f"{iterations} samples of foreground and background, {asked.size} datasets x "
            f"{methods} methods ({claim.ours / iterations * 1e3:.3g} ms each; verified error at "
            f"most {found[-1].bound:.0e}, {found[-1].others} solved by other ways than sweeps), "
            f"against {name} ({count} measured and scaled up)"
        )
        claims.append(replace(claim, what=what))
    report(claims)


if __name__ == "__main__":
    main()
