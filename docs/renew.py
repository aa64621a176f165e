"""Write every page, table and picture that follows from the inventory: ``make pages``.

Run it after a change of the tables. Brightway projects are made in a directory of their own. The
golden scores of the tests are renewed as well: look at their difference before you commit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = "docs"
#: in this order: what needs the tables only, then what needs a project
STEPS = (
    "-m bw_tinyml.inventory.datapackage",
    "docs/generate.py",
    "docs/background_bands.py",
    "docs/facts.py",
    "docs/electronics_tables.py",
    "docs/use_tables.py",
    "-m bw_tinyml.systems.paper docs/paper.md",
    f"-m bw_tinyml install --project {PROJECT} --background open",
    f"docs/end_of_life_tables.py --project {PROJECT}",
    f"docs/leaders_tables.py --project {PROJECT}",
    f"docs/fleet_tables.py {PROJECT}",
    f"docs/gallery.py {PROJECT}",
    "-m tests.golden.test_golden",
    "docs/readme.py",
)


def main() -> None:
    """Run all steps."""
    with tempfile.TemporaryDirectory(prefix="bw-tinyml-docs-") as data:
        environment = {**os.environ, "BRIGHTWAY2_DIR": data, "PYTHONPATH": str(ROOT)}
        for step in STEPS:
            started = time.perf_counter()
            subprocess.run([sys.executable, *step.split()], check=True, cwd=ROOT, env=environment)
            print(f"{time.perf_counter() - started:5.0f} s  {step}", file=sys.stderr)


if __name__ == "__main__":
    main()
