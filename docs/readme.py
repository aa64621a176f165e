"""Run the commands of the README and write their output, and the counts: ``python docs/readme.py``.

Works in a Brightway directory of its own. A test compares the output with that of a new run.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from bw_tinyml.inventory.loading import load
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.tally import tally

README = Path(__file__).parent.parent / "README.md"
_CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
_COUNTS = re.compile(r"(<!-- counts -->\n).*?(<!-- end of counts -->)", re.DOTALL)
_SCENARIOS = re.compile(r"(<!-- scenarios -->\n  ).*?(\n  <!-- end of scenarios -->)", re.DOTALL)
_COMPARE = "bw-tinyml compare 'keyword spotting' --project my-project --iterations 50 --json"


def session(content: str) -> str:
    """Return a console fence with the output of its commands, run one after the other."""
    parts = []
    for line in content.splitlines():
        if line.startswith("$ "):
            command = line.removeprefix("$ ")
            done = subprocess.run(
                command, shell=True, check=True, stdout=subprocess.PIPE, text=True
            )
            parts.append(f"{line}\n{done.stdout.rstrip()}\n")
    return "```console\n" + "\n".join(parts) + "```"


def scenarios(found: dict[str, Any], label: str = "Climate change") -> str:
    """Return how far the scenarios of a comparison move its ratios in one category."""
    titles = {s["system"]: s["title"] for s in found["systems"]}
    parts = []
    for pair in found["pairs"]:
        if pair["label"] == label:
            worst = max(
                (s for s in found["scenarios"] if s["baseline"] == pair["baseline"]),
                key=lambda s: float(s["ratios"][label]),
            )
            parts.append(
                f'"{titles[pair["baseline"]]}" from {pair["ratio"]:.2f} to '
                f'{worst["ratios"][label]:.2f} ("{worst["scenario"]}")'
            )
    return (
        f"In {label.lower()} and at the stated values, they move the ratio of the device to "
        f"{', and to '.join(parts)}."
    )


def counts(inventory: Inventory) -> str:
    """Return the table of what is in the database, by stage and sector."""
    lines = ["| database | stages or sectors | datasets |", "| --- | --- | ---: |"]
    for database in ("tinyml", "tinyml-background"):
        datasets = inventory.of_database(database)
        stages = Counter(d.stage for d in datasets)
        listed = ", ".join(f"{s.replace('_', ' ')} {n}" for s, n in stages.most_common())
        lines.append(f"| `{database}` | {listed} | {len(datasets)} |")
    found = tally(inventory)
    rows, estimates, calculated = (
        found.count(),
        found.count(["estimate"]),
        found.count(["calculated"]),
    )
    lines.append("")
    lines.append(
        f"{rows:,} rows of data; {len(inventory.tables['keys'])} background keys. "
        f"{estimates / rows:.0%} of the rows are estimates by a stated rule, "
        f"{calculated / rows:.0%} are calculated, and {found.sourced / rows:.0%} name one of "
        f"{len(inventory.tables['sources'])} sources: {found.sources['read']} were read, "
        f"{found.sources['quoted']} are quoted second-hand, {found.sources['recalled']} are "
        "recalled and support estimates only ([shares](docs/sources.md))."
    )
    return "\n".join(lines)


def main() -> None:
    """Write the README anew."""
    text = README.read_text(encoding="utf-8")
    inventory, _ = load()
    text = _COUNTS.sub(lambda m: f"{m[1]}{counts(inventory)}\n{m[2]}", text)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BRIGHTWAY2_DIR"] = folder
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        text = _CONSOLE.sub(lambda m: session(m[1]), text)
        # ratios of the scenarios are those of the stated values: samples do not matter
        done = subprocess.run(
            shlex.split(_COMPARE),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        text = _SCENARIOS.sub(lambda m: f"{m[1]}{scenarios(json.loads(done.stdout))}{m[2]}", text)
    README.write_text(text, encoding="utf-8")
    print(f"wrote {README.name}")


if __name__ == "__main__":
    main()
