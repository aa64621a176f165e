"""Operates Activity Browser as a user would; runs inside its environment, without bw_tinyml.

``python drive.py TASK.json RESULT.json``: see ``__main__.py`` for both files.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from importlib.metadata import version
from pathlib import Path

# The order of these imports matters: the application is made by the last one.
import bw2data as bd

import bw2calc  # noqa: F401, isort: skip
import bw2analyzer  # noqa: F401, isort: skip
import bw2io  # noqa: F401, isort: skip
import bw_functional  # noqa: F401, isort: skip
from activity_browser import app  # isort: skip
from qtpy import QtCore, QtWidgets  # isort: skip
import itertools

TASK = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
RESULT = Path(sys.argv[2])
ROLE = TASK["project"]
OUT = Path(TASK["out"])


def pump(seconds: float) -> None:
    """Let the application work."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.application.processEvents()
        time.sleep(0.02)


def do_not_wait_for_the_disk() -> None:
    """Spare the import the wait after each exchange with a formula; they are committed singly."""
    from bw2data.backends import sqlite3_lci_db
    from bw2data.parameters import parameters

    for database in (sqlite3_lci_db.db, parameters.db.db):
        database.pragma("synchronous", 0, permanent=True)
        # The parameter page reads while the import writes; on a busy machine the usual 5 s of
        # patience end in "database is locked".
        database.pragma("busy_timeout", 600_000, permanent=True)


def shot(name: str, widget: QtWidgets.QWidget | None = None) -> None:
    """Save a screenshot."""
    pump(1)
    (widget or app.main_window).grab().save(str(OUT / f"{ROLE}-{name}.png"))


def import_workbook(path: str) -> dict[str, str]:
    """Import a workbook through the wizard; return what its confirmation page says."""
    from activity_browser.app.actions.database import database_importer_excel as module

    seen: dict[str, str] = {}
    stem = Path(path).stem
    pages: list[str] = []

    def tick() -> None:
        wizards = [
            w
            for w in app.application.topLevelWidgets()
            if isinstance(w, module.ImportSetup) and w.isVisible()
        ]
        boxes = [
            w
            for w in app.application.topLevelWidgets()
            if isinstance(w, QtWidgets.QMessageBox) and w.isVisible()
        ]
        for box in boxes:
            seen["message"] = box.text()
            shot(f"{stem}-message", box)
            box.accept()
        if not wizards:
            return
        wizard = wizards[0]
        page = type(wizard.currentPage()).__name__
        buttons = [
            wizard.button(kind)
            for kind in (
                wizard.WizardButton.CommitButton,
                wizard.WizardButton.FinishButton,
                wizard.WizardButton.NextButton,
            )
        ]
        ready = [b for b in buttons if b.isVisible() and b.isEnabled()]
        if not ready:
            return
        if page not in pages:
            pages.append(page)
            if page == "ConfirmPage":
                labels = [
                    label.text() for label in wizard.currentPage().findChildren(QtWidgets.QLabel)
                ]
                for text, value in itertools.pairwise(labels):
                    if text.startswith("<b>Number"):
                        seen[text.removeprefix("<b>").removesuffix(":</b>")] = value
            wizard.grab().save(str(OUT / f"{ROLE}-wizard-{stem}-{len(pages)}-{page}.png"))
        ready[0].click()

    timer = QtCore.QTimer()
    timer.setInterval(300)
    timer.timeout.connect(tick)
    QtWidgets.QFileDialog.getOpenFileName = staticmethod(lambda **kwargs: (path, ""))
    timer.start()
    module.DatabaseImporterExcel.run()
    timer.stop()
    pump(3)
    seen["pages"] = ", ".join(pages)
    return seen


def scores() -> dict[str, list[float]]:
    """Calculate a setup of all systems in all categories, as the calculate button does."""
    from activity_browser.app import pages
    from activity_browser.app.actions.calculation_setup.cs_calculate import CSCalculate

    names = list(TASK["scores"])
    bd.calculation_setups["all systems"] = {
        "inv": [{("tinyml", TASK["codes"][name]): 1.0} for name in names],
        "ia": [tuple(method) for method in TASK["methods"]],
    }
    CSCalculate.run("all systems")
    pump(3)
    page = app.main_window.findChildren(pages.LCAResultsPage)[-1]
    shot("results")
    table = page.mlca.lca_scores.tolist()
    return dict(zip(names, table, strict=True))


def parameters() -> int:
    """Open the page of parameters; return how many parameters of our databases it lists."""
    from activity_browser.app import pages

    page = app.main_window.findChild(pages.ParametersPage) or pages.ParametersPage()
    app.main_window.centralWidget().addPage(page)
    pump(5)
    for view in page.findChildren(QtWidgets.QTreeView):
        view.expandToDepth(0)
    shot("parameters")
    from activity_browser.bwutils.utils import Parameters

    return sum(p.group in ("tinyml", "tinyml-background") for p in Parameters.from_bw_parameters())


def scenario_files() -> dict[str, dict[str, object]]:
    """Load our scenario files in a calculation setup as the button *Load* does, and press *Run*."""
    from activity_browser.app import pages

    bd.calculation_setups["scenarios"] = {
        "inv": [{("tinyml", TASK["codes"][name]): 1.0} for name in TASK["systems"]],
        "ia": [tuple(m) for m in TASK["methods"] if m[1] == "climate change"],
    }
    found: dict[str, dict[str, object]] = {}
    for name in TASK["scenarios"]:
        page = pages.CalculationSetupPage("scenarios")
        app.main_window.centralWidget().addPage(page)
        entry: dict[str, object] = {"faults": [], "rows": 0, "scores": {}}
        found[name] = entry
        boxes: list[str] = []
        timer = QtCore.QTimer()
        timer.setInterval(300)
        timer.timeout.connect(lambda seen=boxes: dismiss_boxes(seen))
        timer.start()
        try:
            entry |= scenario_scores(page, Path(name))
        except Exception:  # whatever it is, the report must say so
            entry["faults"] = [traceback.format_exc()]
        timer.stop()
        entry["faults"] = [*entry["faults"], *boxes]
        print(name, entry["rows"], len(entry["scores"]), len(entry["faults"]), flush=True)
    return found


def scenario_scores(page: QtWidgets.QWidget, path: Path) -> dict[str, object]:
    """Return scores by scenario and system, and the number of flows that the file changes."""
    from activity_browser.app import pages

    page.type_dropdown.setCurrentText("Scenario")
    section = page.scenario_section
    section.clear_tables()
    section.add_table()
    if not section.tables[-1].load_from_path(path, sheet_index=0):
        return {"faults": ["Activity Browser does not load it"]}
    pump(1)
    shot(f"scenarios-{path.stem}", page)  # pages of one name stand behind each other
    page.run_button.released.emit()
    pump(2)
    mlca = app.main_window.findChildren(pages.LCAResultsPage)[-1].mlca
    scores = mlca.lca_scores  # reference flow, category, scenario
    table = {
        scenario: dict(zip(TASK["systems"], scores[:, 0, i].tolist(), strict=True))
        for i, scenario in enumerate(mlca.scenario_names)
    }
    shot(f"results-{path.stem}")
    return {"rows": len(section.scenario_dataframe()), "scores": table}


def dismiss_boxes(seen: list[str]) -> None:
    """Accept message boxes, and remember what they say."""
    for widget in app.application.topLevelWidgets():
        if isinstance(widget, QtWidgets.QMessageBox) and widget.isVisible():
            seen.append(widget.text())
            widget.accept()


def depth(identifier: str) -> int:
    """Systems have longer identifiers than devices."""
    return identifier.count("/")


def main() -> None:
    """Do all of it."""
    app.main_window.resize(1700, 1000)
    app.main_window.show()
    pump(2)
    bd.projects.set_current(ROLE, update=False)
    do_not_wait_for_the_disk()
    pump(3)
    result: dict[str, object] = {
        "versions": {
            name: version(name)
            for name in ("activity-browser", "bw2data", "bw2calc", "bw2io", "pyside6")
        }
    }
    result["wizard"] = {Path(f).name: import_workbook(f) for f in TASK["files"]}
    from activity_browser.app.actions.activity.activity_open import ActivityOpen
    from activity_browser.app.actions.database.database_open import DatabaseOpen

    shot("databases")
    DatabaseOpen.run(["tinyml"])
    pump(2)
    shot("database")
    first = next(
        name for name in TASK["codes"] if name.count("/") == max(map(depth, TASK["codes"]))
    )
    ActivityOpen.run([("tinyml", TASK["codes"][first])])
    pump(2)
    shot("activity")
    result["parameters"] = parameters()
    result["scores"] = scores()
    result["scenarios"] = scenario_files()
    RESULT.write_text(json.dumps(result), encoding="utf-8")


try:
    main()
except BaseException:
    traceback.print_exc()
sys.stdout.flush()
# Qt's threads may outlive a clean exit offscreen; everything is written by now.
import os  # noqa: E402

os._exit(0)
