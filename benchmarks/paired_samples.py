"""Time 10,000 paired samples of a comparison in all categories.

    BRIGHTWAY2_DIR=... python -m benchmarks.paired_samples PROJECT [TASK]

The project must have bw_tinyml on the open background. Printed are wall-clock seconds, and seconds
of CPU (which do not count what else the machine does), for opening the
project and reading the inventory, for solving the drawn backgrounds, and for the samples; and, as
the reference, the seconds that solving the whole technosphere for each sample would take, from 100
samples. First it makes sure that both ways give the same scores for the same amounts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bw_tinyml.impact.paired import DRAWS
from bw_tinyml.impact.sampling import sample_amounts
from bw_tinyml.systems.case import Case, open_case

ITERATIONS = 10_000
FEW = 100
SEED = 42


@dataclass(frozen=True)
class Time:
    """Seconds on the clock and of CPU."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:8.2f} s, {self.cpu:8.2f} s CPU"


def timed(function: Callable[[], Any]) -> tuple[Time, Any]:
    """Return the time that a function takes, and its result."""
    start, cpu = time.perf_counter(), time.process_time()
    result = function()
    return Time(time.perf_counter() - start, time.process_time() - cpu), result


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
    print(f"  open and read the project     {opened}")
    print(f"  {DRAWS} draws of the background  {solved}")
    print(f"  {ITERATIONS} paired samples          {sampled}")
    each = Time(reference.wall * ITERATIONS / FEW, reference.cpu * ITERATIONS / FEW)
    print(f"  whole technosphere each time  {each} (from {FEW})")


if __name__ == "__main__":
    main()
