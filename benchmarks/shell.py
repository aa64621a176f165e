"""Whole processes from the shell: start, import, read, score, print.

``python -m benchmarks.shell [--json] [--small]``
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.databases import FOLDER, dimensions, synthetic
from benchmarks.measuring import Claim, compare, report

OURS = """
import sys
from pathlib import Path
from benchmarks.databases import synthetic
from bw_tinyml.engine.cache import Cache
from bw_tinyml.engine.units import some_units
files = synthetic(*map(int, sys.argv[1:4]))
datasets = files.datasets()
folder = Path(sys.argv[5]) if len(sys.argv) > 5 else None
found = some_units(files.packages, files.methods[:int(sys.argv[4])], datasets, Cache(folder), [1])
print(found.values.sum())
"""
PEER = """
import sys
import bw2data, bw2calc
from benchmarks.databases import fast_scores, synthetic
files = synthetic(*map(int, sys.argv[1:4]))
print(fast_scores(files, int(sys.argv[4]), files.datasets(), "auto").sum())
"""


def run(code: str, *arguments: object) -> float:
    """Run a script in a process of its own; return what it printed last."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.split()[-1])


def difference(a: float, b: float) -> float:
    return abs(a - b) / abs(b)


def main() -> None:
    shape = dimensions("--small" in sys.argv)
    own = None
    if FOLDER not in os.environ:
        own = tempfile.TemporaryDirectory(prefix="bw-tinyml-bench-")
        os.environ[FOLDER] = own.name
    synthetic(*shape)
    claims: list[Claim] = []
    with tempfile.TemporaryDirectory(prefix="bw-tinyml-bench-") as folder:
        for methods, uncached, cached in ((16, (3, 10), (10, 20)), (shape[1], (10, 25), (50, 100))):
            run(OURS, *shape, methods, Path(folder))  # compile and fill the cache
            rounds = 2 if methods == shape[1] else 3
            claims.append(
                compare(
                    f"whole process, {shape[2]} datasets x {methods}, nothing cached, against "
                    "FastScoresOnlyMultiLCA auto",
                    lambda m=methods: run(OURS, *shape, m),  # type: ignore[misc]
                    lambda m=methods: run(PEER, *shape, m),  # type: ignore[misc]
                    rounds,
                    *uncached,
                    difference,
                )
            )
            claims.append(
                compare(
                    f"whole process, {shape[2]} datasets x {methods}, cached, against the same",
                    lambda m=methods: run(OURS, *shape, m, folder),  # type: ignore[misc]
                    lambda m=methods: run(PEER, *shape, m),  # type: ignore[misc]
                    rounds,
                    *cached,
                    difference,
                )
            )
    call = "from bw_tinyml.cli.main import main; main(['--help'])"
    claims.append(
        compare(
            "`--help`, against `import bw2data` (issue 9: 0.15x, aim 0.05x)",
            lambda: subprocess.run([sys.executable, "-c", call], check=True, capture_output=True),
            lambda: subprocess.run(
                [sys.executable, "-c", "import bw2data"], check=True, capture_output=True
            ),
            3,
            1 / 0.15,
            1 / 0.05,
        )
    )
    report(claims)
    if own is not None:
        own.cleanup()


if __name__ == "__main__":
    main()
