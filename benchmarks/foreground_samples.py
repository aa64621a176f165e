"""10,000 samples of a foreground of 300 datasets in 16 methods, the background being certain.

Against ``PartitionedMonteCarloLCA`` of bw2calc, which samples one dataset in one method at a time;
some iterations of it are measured and scaled up to 10,000. Both ours for one dataset in one method,
and for all at once (so 4,800 times the scores) stand against that.

``python -m benchmarks.foreground_samples [--json] [--small]``
"""

from __future__ import annotations

import os
import sys
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.databases import Files, dimensions, opened, synthetic
from benchmarks.measuring import compare, report
from bw_tinyml.engine.blocks import Workers
from bw_tinyml.engine.montecarlo import ForegroundJob, Sampled, foreground_job, sample

METHODS = 16
ITERATIONS = 10_000
FEW = 30


def peer(files: Files, dataset: int) -> Any:
    """Return the peer, ready to iterate: not part of the time."""
    import bw2calc as bc

    packages = opened([*files.packages, files.methods[0]])
    packages[0].metadata["database_dependencies"] = []
    packages[1].metadata["database_dependencies"] = ["background"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lca = bc.PartitionedMonteCarloLCA({dataset: 1}, ["background"], packages)
        lca.lci()
        lca.lcia()
    return lca


def drawn(lca: Any, count: int) -> np.ndarray:
    """Return the scores of some iterations."""
    scores = []
    for _ in range(count):
        next(lca)
        lca.lcia()
        scores.append(lca.score)
    return np.array(scores)


def main() -> None:
    small = "--small" in sys.argv
    files = synthetic(*dimensions(small))
    iterations = 2_000 if small else ITERATIONS
    datasets = files.datasets()
    tables = files.tables(METHODS)
    job = foreground_job(files.packages, datasets, tables, [1])
    workers = Workers(os.cpu_count() or 1, threads=True)

    one = foreground_job(files.packages, datasets[:1], tables[:1], [1])
    lca = peer(files, int(datasets[0]))
    against = (
        f"by PartitionedMonteCarloLCA ({FEW} measured and scaled up; the difference is that of the "
        "means, in standard errors)"
    )

    def apart(a: Sampled, b: np.ndarray) -> float:
        return float(abs(a.statistics.mean[0, 0] - b.mean()) / (b.std() / np.sqrt(b.size)))

    claims = []
    for jobs, must, aim in ((one, 20_000, 58_000), (job, None, None)):

        def ours(jobs: ForegroundJob = jobs) -> Sampled:
            return sample(jobs, iterations, 1, workers if jobs is job else None)

        ours()
        scale = iterations / FEW
        found = compare("", ours, lambda: drawn(lca, FEW), 3, must, aim, apart, scale, 6.0)
        each = found.ours / (iterations * jobs.sizes.size) * 1e9
        asked = " (must 30, aim 5)" if jobs is job and not small else ""
        what = (
            f"{iterations} samples of {jobs.sizes.shape[0]} dataset(s) x {jobs.sizes.shape[1]} "
            f"method(s), {each:.3g} ns per score{asked}, against as many of one dataset in one "
            f"method {against}"
        )
        claims.append(replace(found, what=what))
    report(claims)


if __name__ == "__main__":
    main()
