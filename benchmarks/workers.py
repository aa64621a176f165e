"""Blocks of samples on two worker processes against one, with the same bytes.

``python -m benchmarks.workers [--json] [--small]``
"""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.databases import dimensions, synthetic
from benchmarks.measuring import compare, report
from bw_tinyml.engine.blocks import Workers, run_blocks
from bw_tinyml.engine.montecarlo import whole_job

METHODS = 16


def main() -> None:
    small = "--small" in sys.argv
    files = synthetic(*dimensions(small))
    iterations, block = (2_048, 256) if small else (1_024, 128)
    tables = files.tables(METHODS)
    job = whole_job(files.packages, files.datasets(), tables, [1])
    next(run_blocks(job, 1, 1))

    def run(count: int) -> np.ndarray:
        found = run_blocks(job, iterations, 1, Workers(count), block=block)
        return np.concatenate([np.concatenate([b["total"], b["squares"]]) for b in found])

    def different_bytes(a: np.ndarray, b: np.ndarray) -> float:
        return float((a != b).sum())

    report(
        [
            compare(
                f"{iterations} samples of foreground and background on two processes, started "
                "anew, against one (difference: numbers that are not the same)",
                lambda: run(2),
                lambda: run(1),
                3,
                1.7,
                1.9,
                different_bytes,
                within=0,
            )
        ]
    )


if __name__ == "__main__":
    main()
