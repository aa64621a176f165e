"""Import our workbooks with the legacy stack: ``python -m tests.legacy``.

Makes an environment of its own in ``build/legacy/env``, exports the workbooks, imports them there
with plain bw2io 0.8.12, and compares scores with those of the tables. Exit code 1 says that they
differ.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
OUT = HERE.parent.parent / "build" / "legacy"
ENV = OUT / "env"


def environment() -> Path:
    """Return the Python of an environment with the legacy stack, made where there is none."""
    python = ENV / "bin" / "python"
    stamp, wanted = ENV / "requirements.txt", HERE / "requirements.txt"
    if not stamp.is_file() or stamp.read_bytes() != wanted.read_bytes():
        venv.create(ENV, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", wanted], check=True)
        shutil.copy(wanted, stamp)
    return python


def main() -> None:
    """Export, import, compare."""
    from bw_tinyml import export_excel
    from bw_tinyml.brightway.install import linked_inventory
    from bw_tinyml.export.results import results_table
    from bw_tinyml.impact.preview import bundled
    from bw_tinyml.inventory.families import categories

    OUT.mkdir(parents=True, exist_ok=True)
    python = environment()
    files = export_excel(OUT / "tinyml.xlsx", overwrite=True).files
    linked = linked_inventory()
    table = results_table(linked)
    methods = [bundled(c).name for c in categories(linked.inventory, table.family)]
    task = {
        "files": [str(file) for file in files],
        "methods": [list(method) for method in methods],
        "codes": {
            row.identifier: linked.datasets[row.identifier].dataset.code for row in table.rows
        },
    }
    (OUT / "task.json").write_text(json.dumps(task), encoding="utf-8")
    shutil.rmtree(OUT / "brightway", ignore_errors=True)
    (OUT / "brightway").mkdir()
    variables = {**os.environ, "BRIGHTWAY2_DIR": str(OUT / "brightway")}
    variables.pop("PYTHONPATH", None)
    subprocess.run(
        [python, HERE / "run.py", OUT / "task.json", OUT / "result.json"],
        env=variables, check=True,
    )  # fmt: skip
    result = json.loads((OUT / "result.json").read_text(encoding="utf-8"))
    wrong = 0
    for row in table.rows:
        pairs = zip(methods, row.scores, result["scores"][row.identifier], strict=True)
        for method, here, there in pairs:
            if abs(there - here) > 1e-7 * abs(here) + 1e-30:
                print(f"WRONG {row.identifier}, {method[1]}: {there} instead of {here}")
                wrong += 1
    print(f"legacy stack: {result['versions']}, unlinked: {result['unlinked']}")
    print(f"{len(table.rows) * len(methods)} scores compared, {wrong} wrong")
    sys.exit(bool(wrong or sum(result["unlinked"].values())))


if __name__ == "__main__":
    main()
