"""Do the lists of systems, scenarios and words name processes, parameters and tasks that exist?"""

from __future__ import annotations

from collections.abc import Iterable

from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.functional_unit import is_sound, placeholders
from bw_tinyml.inventory.industries import Industries
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.suggestions import nearest

FOREGROUND = "tinyml"


def check(inventory: Inventory, report: Report) -> None:
    """Check the lists at the top: a name that leads nowhere would be skipped."""
    processes = {d.id.rpartition("/")[0] for d in inventory.of_database(FOREGROUND)}
    parameters = inventory.parameters[FOREGROUND]
    tasks = {row["task"]: None for row in inventory.tables["systems"]}
    for table, column, known, what in (
        ("systems", "process", processes, "a recipe over places of use"),
        ("systems", "rate", parameters, "a parameter"),
        ("scenarios", "task", tasks, "a task of systems.csv"),
        ("scenarios", "parameter", parameters, "a parameter"),
        ("scenario_words", "task", tasks, "a task of systems.csv"),
        ("scenario_words", "parameter", _with_patterns(parameters), "a parameter"),
    ):
        for row in inventory.tables[table]:
            name = row[column]
            if name and name not in known:
                report.add(
                    "unknown-entry",
                    row.file,
                    row.line,
                    f"{column} '{name}' is not {what}{nearest(name, known)}",
                )
    _check_functional_units(inventory, report)
    _check_industries(inventory, report)


def _check_functional_units(inventory: Inventory, report: Report) -> None:
    """Check that what stands in braces can be filled with a value."""
    known = inventory.parameters[FOREGROUND]
    for row in inventory.tables["systems"]:
        text = row["functional_unit"]
        faults = [
            f"'{name}' is not a parameter{nearest(name, known)}"
            for name in placeholders(text)
            if name not in known
        ]
        if not is_sound(text):
            faults.append("braces hold {parameter} or {parameter noun}, nothing else")
        for fault in faults:
            report.add("unknown-placeholder", row.file, row.line, f"functional_unit: {fault}")


def _check_industries(inventory: Inventory, report: Report) -> None:
    """Check that each dataset has one class, and that each row gives one to a dataset."""
    rows = inventory.tables["industries"]
    industries = Industries(inventory)
    stages: dict[str, set[str]] = {}
    for dataset in inventory.datasets.values():
        stages.setdefault(dataset.stage, set()).add(dataset.process)
        if rows and not industries.of(dataset):
            report.add(
                "no-industry",
                dataset.file,
                dataset.line,
                f"industries.csv has no row for '{dataset.process}', nor for '{dataset.stage}'",
            )
    titles: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        stage, process = key = row["stage"], row["process"]
        if stage not in stages:
            fault = f"'{stage}' is not a topic{nearest(stage, stages)}"
            report.add("unknown-entry", row.file, row.line, fault)
        elif process and process not in stages[stage]:
            fault = f"'{process}' is not a process of '{stage}'{nearest(process, stages[stage])}"
            report.add("unknown-entry", row.file, row.line, fault)
        if key in seen:
            report.add("duplicate-row", row.file, row.line, f"{stage} {process}".strip())
        seen.add(key)
        title = titles.setdefault(row["isic"], row["title"])
        if title != row["title"]:
            fault = f"class {row['isic']} is called '{title}' in another row"
            report.add("bad-value", row.file, row.line, fault)


def _with_patterns(parameters: Iterable[str]) -> set[str]:
    """Return the names, and the patterns ``name_*`` that one of them fits."""
    found = set(parameters)
    return found | {
        f"{name[: place + 1]}*" for name in found for place, c in enumerate(name) if c == "_"
    }
