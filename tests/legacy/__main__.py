"""Import our workbooks with the legacy stack: ``python -m tests.legacy``.

Makes an environment of its own in ``build/legacy/env``, exports the workbooks, imports them there
with plain bw2io 0.8.12, and compares scores with those of the tables. Exit code 1 says that they
differ.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.environments import BUILD, environment, variables

HERE = Path(__file__).parent
MINI = HERE.parent / "mini"
OUT = BUILD / "legacy"


def compare(python: Path, project: str, folder: Path | None, values: bool) -> bool:
    """Export, import, compare scores; return whether all is as it should be."""
    from bw_tinyml import export_excel
    from bw_tinyml.brightway.install import linked_inventory
    from bw_tinyml.export.results import results_table
    from bw_tinyml.impact.preview import bundled
    from bw_tinyml.inventory.families import categories

    target = OUT / project
    files = export_excel(target / "tinyml.xlsx", folder=folder, values=values, overwrite=True).files
    linked = linked_inventory(folder)
    table = results_table(linked)
    methods = [bundled(c).name for c in categories(linked.inventory, table.family)]
    task = {
        "project": project,
        "files": [str(file) for file in files],
        "methods": [list(method) for method in methods],
        "codes": {
            row.identifier: linked.datasets[row.identifier].dataset.code for row in table.rows
        },
    }
    started = time.monotonic()
    (target / "task.json").write_text(json.dumps(task), encoding="utf-8")
    subprocess.run(
        [python, HERE / "run.py", target / "task.json", target / "result.json"],
        env=variables(OUT / "brightway"), check=True,
    )  # fmt: skip
    result = json.loads((target / "result.json").read_text(encoding="utf-8"))
    wrong = 0
    for row in table.rows:
        pairs = zip(methods, row.scores, result["scores"][row.identifier], strict=True)
        for method, here, there in pairs:
            if abs(there - here) > 1e-6 * abs(here) + 1e-30:
                print(f"WRONG {row.identifier}, {method[1]}: {there} instead of {here}")
                wrong += 1
    counts = [0] if values else [len(p) for p in linked.inventory.parameters.values()]
    unlinked = sum(result["unlinked"].values())
    minutes = (time.monotonic() - started) / 60
    print(f"legacy stack, {project}: {minutes:.1f} minutes, {result['versions']}")
    print(
        f"  unlinked: {unlinked}; {len(table.rows) * len(methods)} scores compared, {wrong} wrong; "
        f"{result['parameters']} parameters of {sum(counts)}",
        flush=True,
    )
    return not wrong and not unlinked and result["parameters"] == sum(counts)


#: project -> inventory folder, and whether formulas become values; the last on request only,
#: because bw2io activates the formulas one by one
RUNS: dict[str, tuple[Path | None, bool]] = {
    "formulas": (MINI, False),
    "values": (None, True),
    "whole": (None, False),
}


def main() -> None:
    """Compare a small inventory with formulas, and the whole one without.

    Names after the command choose others: ``whole`` is the whole one with formulas.
    """
    OUT.mkdir(parents=True, exist_ok=True)
    python = environment("legacy", HERE / "requirements.txt")
    shutil.rmtree(OUT / "brightway", ignore_errors=True)
    (OUT / "brightway").mkdir()
    chosen = sys.argv[1:] or ["formulas", "values"]
    good = [compare(python, project, *RUNS[project]) for project in chosen]
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
