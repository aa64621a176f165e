"""Run Activity Browser on our exports: ``python -m tests.activity_browser``.

Makes an environment of its own in ``build/ab/env``, exports the workbooks and scenario files,
installs one project with ``bw-tinyml install``, prepares empty ones, and lets ``drive.py`` operate
Activity Browser in them. Screenshots and results stand in ``build/ab/``. Exit code 1 says
that something differs from what the tables say.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bw_tinyml.background.linking import LinkedInventory

HERE = Path(__file__).parent
MINI = HERE.parent / "mini"
OUT = HERE.parent.parent / "build" / "ab"
ENV = OUT / "env"
#: one after another: a small inventory through the import wizard and as ``bw-tinyml install`` makes
#: it, with formulas both; the whole one in both ways without
PROJECTS = ("formulas", "parameters", "values", "installed")
#: on a slow disk, name a folder in memory: BW_TINYML_AB_PROJECTS=/dev/shm/ab
BRIGHTWAY = Path(os.environ.get("BW_TINYML_AB_PROJECTS", OUT / "brightway"))
os.environ["BRIGHTWAY2_DIR"] = str(BRIGHTWAY)


def environment() -> Path:
    """Return the Python of an environment with Activity Browser, made where there is none."""
    python = ENV / "bin" / "python"
    stamp, wanted = ENV / "requirements.txt", HERE / "requirements.txt"
    if not stamp.is_file() or stamp.read_bytes() != wanted.read_bytes():
        venv.create(ENV, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", wanted], check=True)
        shutil.copy(wanted, stamp)
    return python


def prepare(project: str) -> dict[str, Any]:
    """Export or install what a project needs; return what to do in it and what to find.

    Activity Browser lists every exchange with a formula on its page of parameters, which is always
    open: with the 43 000 of the whole inventory that took longer than twenty minutes on a busy
    machine and was not waited for. Formulas are tried with a small inventory therefore.
    """
    from bw_tinyml import export_excel, install
    from bw_tinyml.export.scenarios import export_scenarios

    # Files of other exports must not stay: Activity Browser would not be to blame.
    shutil.rmtree(OUT / "scenarios" / project, ignore_errors=True)
    if project == "formulas":
        _empty_project(project)
        files = export_excel(OUT / "small" / "tinyml.xlsx", folder=MINI, overwrite=True).files
        scenarios = export_scenarios(OUT / "scenarios" / project, folder=MINI).files
        return _task(MINI, files, scenarios, True)
    if project == "parameters":
        install(project, families=["EF v3.1"], folder=MINI)
        return _task(MINI, [], [], True)
    if project == "values":
        _empty_project(project)
        files = export_excel(OUT / "tinyml.xlsx", values=True, overwrite=True).files
        return _task(None, files, [], False)
    install(project, families=["EF v3.1"], values=True)
    scenarios = export_scenarios(OUT / "scenarios" / project).files
    return _task(None, [], [f for f in scenarios if _is_tried(f)], False)


def _is_tried(file: Path) -> bool:
    """All kinds of files for the first task, its systems for each other one."""
    kind = file.stem.startswith("keyword-spotting-") or file.stem.endswith("-systems")
    return kind and not file.stem.endswith("-parameters")


def _empty_project(name: str) -> None:
    """Make a project with elementary flows, LCIA methods and data migrations, but no more."""
    from bw_tinyml.brightway.biosphere import biosphere_payload
    from bw_tinyml.brightway.methods import install_methods, missing_methods
    from bw_tinyml.brightway.project import open_project
    from bw_tinyml.brightway.stack import bw2io
    from bw_tinyml.brightway.writing import write_databases

    open_project(name, create=True)
    write_databases([biosphere_payload()])
    install_methods(missing_methods(["EF v3.1"], "biosphere3"), "biosphere3")
    bw2io().create_core_migrations()


def _task(
    folder: Path | None, files: list[Path], scenarios: list[Path], parameters: bool
) -> dict[str, Any]:
    from bw_tinyml.brightway.install import linked_inventory
    from bw_tinyml.export.results import results_table
    from bw_tinyml.impact.preview import bundled
    from bw_tinyml.inventory.families import categories

    linked = linked_inventory(folder)
    table = results_table(linked)
    places = [row.identifier for row in table.rows if "/" in row.identifier]
    systems = [i for i in places if i.endswith("/GLO")] or places
    listed = categories(linked.inventory, "EF v3.1")
    counts = [len(found) for found in linked.inventory.parameters.values()]
    return {
        "files": [str(file) for file in files],
        "scenarios": {str(file): _expected(linked, file, systems) for file in scenarios},
        "systems": systems,
        "methods": [list(bundled(category).name) for category in listed],
        "scores": {row.identifier: row.scores for row in table.rows},
        "codes": {
            row.identifier: linked.datasets[row.identifier].dataset.code for row in table.rows
        },
        "parameters": sum(counts) if parameters else 0,
        "out": str(OUT),
    }


def _expected(
    linked: LinkedInventory, file: Path, systems: list[str]
) -> dict[str, dict[str, float]]:
    """Return the climate change scores of the systems by scenario of a file."""
    from tests.scenario_scores import scenario_scores, scenarios_of, table

    rows = table(file)
    found = {scenario: scenario_scores(linked, rows, scenario) for scenario in scenarios_of(rows)}
    return {scenario: {i: scores[i] for i in systems} for scenario, scores in found.items()}


def drive(python: Path, project: str, task: dict[str, Any]) -> dict[str, Any]:
    """Let Activity Browser work in a project; return what it found."""
    home = OUT / "home"
    variables = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox",
        **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("DATA", "STATE", "CONFIG")},
    }
    variables.pop("PYTHONPATH", None)
    (OUT / "task.json").write_text(json.dumps({**task, "project": project}), encoding="utf-8")
    result = OUT / f"result-{project}.json"
    result.unlink(missing_ok=True)
    with (OUT / f"{project}.log").open("w", encoding="utf-8") as log:
        subprocess.run(
            [python, HERE / "drive.py", OUT / "task.json", result],
            env=variables, stdout=log, stderr=subprocess.STDOUT, timeout=3600, check=False,
        )  # fmt: skip
    if not result.is_file():
        sys.exit(f"Activity Browser did not finish with '{project}': see {OUT / project}.log")
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return found


def faults(task: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Return what Activity Browser shows otherwise than the tables say."""
    wrong = [
        f"{name}: {pages.get('Number of Unlinked Exchanges')} unlinked exchanges in the wizard"
        for name, pages in found["wizard"].items()
        if pages.get("Number of Unlinked Exchanges") != "0"
    ]
    if len(found["wizard"]) != len(task["files"]):
        wrong.append("the wizard did not finish with every workbook")
    for identifier, expected in task["scores"].items():
        pairs = zip(task["methods"], expected, found["scores"][identifier], strict=True)
        wrong += [
            f"{identifier}, {method[1]}: {there} instead of {here}"
            for method, here, there in pairs
            if abs(there - here) > 1e-6 * abs(here) + 1e-30
        ]
    if found["parameters"] != task["parameters"]:
        wrong.append(f"{found['parameters']} parameters listed instead of {task['parameters']}")
    for file, expected in task["scenarios"].items():
        seen = found["scenarios"][file]
        wrong += [f"scenario file {file}: {text}" for text in seen["faults"]]
        wrong += [
            f"{Path(file).name}, {identifier}, '{scenario}': {there} instead of {here}"
            for scenario, scores in expected.items()
            for identifier, here in scores.items()
            for there in [seen["scores"].get(scenario, {}).get(identifier, math.nan)]
            if not abs(there - here) <= 1e-6 * abs(here)
        ]
    return wrong


def main() -> None:
    """Run everything and say what differs; names of projects choose some of them."""
    OUT.mkdir(parents=True, exist_ok=True)
    python = environment()
    shutil.rmtree(BRIGHTWAY, ignore_errors=True)
    BRIGHTWAY.mkdir(parents=True)
    failed = False
    for project in sys.argv[1:] or PROJECTS:
        started = time.monotonic()
        task = prepare(project)
        prepared = time.monotonic()
        found = drive(python, project, task)
        wrong = faults(task, found)
        failed = failed or bool(wrong)
        count = len(task["scores"]) * len(task["methods"])
        minutes = [(b - a) / 60 for a, b in ((started, prepared), (prepared, time.monotonic()))]
        print(f"{project}: {found['versions']}")
        print(f"  {minutes[0]:.1f} minutes to prepare, {minutes[1]:.1f} in Activity Browser")
        print(f"  {count} scores, {found['parameters']} parameters, {len(wrong)} faults")
        for name, pages in found["wizard"].items():
            print(f"  wizard, {name}: {pages}")
        for name, scenarios in found["scenarios"].items():
            compared = sum(len(scores) for scores in scenarios["scores"].values())
            print(f"  scenario file {Path(name).name}: {scenarios['rows']} rows, {compared} scores")
        for text in wrong:
            print(f"  WRONG {text}", flush=True)
    print(f"screenshots: {len(list(OUT.glob('*.png')))} in {OUT}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
