"""Run Activity Browser on our exports: ``python -m tests.activity_browser``.

Makes an environment of its own in ``build/ab/env``, exports the workbooks and scenario files,
installs one project with ``bw-tinyml install``, prepares an empty one, and lets ``drive.py``
operate Activity Browser in them. Screenshots and results stand in ``build/ab/``. Exit code 1 says
that something differs from what the tables say.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OUT = HERE.parent.parent / "build" / "ab"
ENV = OUT / "env"
#: on a slow disk, name a folder in memory: BW_TINYML_AB_PROJECTS=/dev/shm/ab
BRIGHTWAY = Path(os.environ.get("BW_TINYML_AB_PROJECTS", OUT / "brightway"))
os.environ["BRIGHTWAY2_DIR"] = str(BRIGHTWAY)
INSTALLED, EMPTY = "installed", "imported"


def environment() -> Path:
    """Return the Python of an environment with Activity Browser, made where there is none."""
    python = ENV / "bin" / "python"
    stamp, wanted = ENV / "requirements.txt", HERE / "requirements.txt"
    if not stamp.is_file() or stamp.read_bytes() != wanted.read_bytes():
        venv.create(ENV, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", wanted], check=True)
        shutil.copy(wanted, stamp)
    return python


def prepare() -> dict[str, Any]:
    """Export, install and prepare; return what Activity Browser should find."""
    from bw_tinyml import export_excel, install
    from bw_tinyml.brightway.biosphere import biosphere_payload
    from bw_tinyml.brightway.install import linked_inventory
    from bw_tinyml.brightway.methods import install_methods, missing_methods
    from bw_tinyml.brightway.project import open_project
    from bw_tinyml.brightway.stack import bw2io
    from bw_tinyml.brightway.writing import write_databases
    from bw_tinyml.export.results import results_table
    from bw_tinyml.export.scenarios import export_scenarios
    from bw_tinyml.impact.preview import bundled
    from bw_tinyml.inventory.families import categories

    shutil.rmtree(BRIGHTWAY, ignore_errors=True)
    BRIGHTWAY.mkdir(parents=True)
    files = export_excel(OUT / "tinyml.xlsx", overwrite=True).files
    scenarios = export_scenarios(OUT / "scenarios", overwrite=True)
    install(INSTALLED, families=["EF v3.1"])
    open_project(EMPTY, create=True)
    write_databases([biosphere_payload()])
    install_methods(missing_methods(["EF v3.1"], "biosphere3"), "biosphere3")
    bw2io().create_core_migrations()
    linked = linked_inventory()
    table = results_table(linked)
    listed = categories(linked.inventory, "EF v3.1")
    return {
        "files": [str(file) for file in files],
        "scenarios": [str(file) for file in scenarios.files],
        "projects": {"installed": INSTALLED, "imported": EMPTY},
        "methods": [list(bundled(category).name) for category in listed],
        "scores": {row.identifier: row.scores for row in table.rows},
        "codes": {
            row.identifier: linked.datasets[row.identifier].dataset.code for row in table.rows
        },
        "parameters": sum(len(found) for found in linked.inventory.parameters.values()),
        "out": str(OUT),
    }


def drive(python: Path, task: dict[str, Any]) -> dict[str, Any]:
    """Let Activity Browser work on the task, one process per project; return what it found."""
    found = {}
    for role in ("imported", "installed"):
        home = OUT / "home"
        variables = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox",
            **{
                f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("DATA", "STATE", "CONFIG")
            },
        }
        variables.pop("PYTHONPATH", None)
        (OUT / "task.json").write_text(json.dumps({**task, "role": role}), encoding="utf-8")
        result = OUT / f"result-{role}.json"
        result.unlink(missing_ok=True)
        with (OUT / f"{role}.log").open("w", encoding="utf-8") as log:
            subprocess.run(
                [python, HERE / "drive.py", OUT / "task.json", result],
                env=variables, stdout=log, stderr=subprocess.STDOUT, timeout=1500, check=False,
            )  # fmt: skip
        if not result.is_file():
            sys.exit(f"Activity Browser did not finish with '{role}': see {OUT / role}.log")
        found[role] = json.loads(result.read_text(encoding="utf-8"))
    return found


def faults(task: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Return what Activity Browser shows otherwise than the tables say."""
    wrong = [
        f"{name}: {pages.get('Number of Unlinked Exchanges')} unlinked exchanges in the wizard"
        for name, pages in found["imported"]["wizard"].items()
        if pages.get("Number of Unlinked Exchanges") != "0"
    ]
    if len(found["imported"]["wizard"]) != len(task["files"]):
        wrong.append("the wizard did not finish with every workbook")
    for role, result in found.items():
        for identifier, expected in task["scores"].items():
            for method, here, there in zip(
                task["methods"], expected, result["scores"][identifier], strict=True
            ):
                if abs(there - here) > 1e-7 * abs(here) + 1e-30:
                    wrong.append(f"{role}: {identifier}, {method[1]}: {there} instead of {here}")
        if result["parameters"] != task["parameters"]:
            wrong.append(
                f"{role}: {result['parameters']} database parameters listed instead of "
                f"{task['parameters']}"
            )
    for name, scenarios in found["imported"]["scenarios"].items():
        wrong += [f"scenario file {name}: {text}" for text in scenarios["faults"]]
    return wrong


def main() -> None:
    """Run everything and say what differs."""
    OUT.mkdir(parents=True, exist_ok=True)
    python = environment()
    task = prepare()
    found = drive(python, task)
    wrong = faults(task, found)
    count = len(task["scores"]) * len(task["methods"])
    for role, result in found.items():
        print(f"{role}: {result['versions']}")
        print(f"  {count} scores, {result['parameters']} parameters")
    for name, pages in found["imported"]["wizard"].items():
        print(f"  wizard, {name}: {pages}")
    for name, scenarios in found["imported"]["scenarios"].items():
        print(f"  scenario file {name}: {scenarios['rows']} rows, {scenarios['scenarios']}")
    print(f"screenshots: {len(list(OUT.glob('*.png')))} in {OUT}")
    for text in wrong:
        print(f"WRONG {text}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
