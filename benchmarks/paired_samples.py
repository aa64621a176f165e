"""Time 10,000 paired samples of a comparison in all categories.

    BRIGHTWAY2_DIR=... python -m benchmarks.paired_samples PROJECT [TASK]

The project must have bw_tinyml on the open background. Printed are the seconds for opening the
project and reading the inventory, for solving the drawn backgrounds, and for the samples; and, as
the reference, the seconds that solving the whole technosphere for each sample would take, from 100
samples. First it makes sure that both ways give the same scores for the same amounts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bw_tinyml.impact.paired import DRAWS
from bw_tinyml.impact.sampling import sample_amounts
from bw_tinyml.systems.case import Case, open_case

ITERATIONS = 10_000
FEW = 100
SEED = 42


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds and result."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def whole_model(case: Case, amounts: np.ndarray) -> np.ndarray:
    """Return scores by solving the whole technosphere for each sample."""
    size = amounts.shape[1]
    demands = np.concatenate([case.solver.demand(i, size) for i in case.ids], axis=2)
    return case.solver.scores(amounts, case.solver.supply(amounts, demands))


def main() -> None:
    """Run and print."""
    project = sys.argv[1]
    task = sys.argv[2] if len(sys.argv) > 2 else "keyword spotting"
    opened, case = timed(lambda: open_case(task, project=project))
    point = np.array(case.solver.model.amounts(), dtype=float)[:, None]
    np.testing.assert_allclose(case.paired.scores({})[0], whole_model(case, point)[0], rtol=1e-9)
    solved, _ = timed(lambda: case.paired.samples(2, SEED))
    sampled, found = timed(lambda: case.paired.samples(ITERATIONS, SEED))
    block = next(iter(sample_amounts(case.solver.model, FEW, SEED)))
    reference, _ = timed(lambda: whole_model(case, block))
    print(f"{task}: {len(case.ids)} systems, {found.shape[2]} categories")
    print(f"  open and read the project       {opened:8.2f} s")
    print(f"  {DRAWS} draws of the background    {solved:8.2f} s")
    print(f"  {ITERATIONS} paired samples           {sampled:8.2f} s")
    print(f"  whole technosphere each time    {reference / FEW * ITERATIONS:8.0f} s (from {FEW})")


if __name__ == "__main__":
    main()
