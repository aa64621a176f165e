"""Scenario files of Activity Browser: its users compare systems without leaving it.

Flow scenarios (the "scenario difference format") give an amount per exchange and scenario; the
exchanges of a scenario need not exist in the database. Parameter scenarios give a value per
parameter and scenario. ``docs/activity-browser.md`` says how to use both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.errors import UsageError
from bw_tinyml.export.excel import CREATED
from bw_tinyml.export.reporting import ExportReport
from bw_tinyml.inventory.model import Dataset, Inventory
from bw_tinyml.systems.tasks import Task, find_task, tasks

FLOW_COLUMNS = tuple(
    f"{side} {name}"
    for side in ("from", "to")
    for name in (
        "activity name", "reference product", "location", "categories", "database", "key",
    )
)  # fmt: skip
DEFAULT = "as in the database"


@dataclass
class ScenarioTable:
    """One scenario file.

    Attributes
    ----------
    name
        What the file compares; part of its name.
    about
        How to use it, in one sentence per line.
    header, rows
        The table.
    """

    name: str
    about: list[str]
    header: list[str]
    rows: list[list[Any]] = field(default_factory=list)


def export_scenarios(
    path: Path | str,
    *,
    task: str | None = None,
    location: str | None = None,
    folder: Path | str | None = None,
    overwrite: bool = False,
) -> ExportReport:
    """Write scenario files for Activity Browser into a folder.

    Per task: its systems (TinyML against each cloud baseline), locations of use with their grids,
    end-of-life routes, and parameters (lifetimes and all else in ``scenarios.csv``).

    Parameters
    ----------
    path
        Folder for the files.
    task
        One task; by default all.
    location
        Location of the datasets to which the scenarios apply; by default the first.
    folder
        Inventory folder; by default the one that comes with the package.
    overwrite
        Whether existing files may be replaced.

    Raises
    ------
    NotFoundError
        The task is not known.
    UsageError
        A file exists, or no system is used at the location.
    InventoryError
        The tables have errors.
    """
    from bw_tinyml.brightway.install import linked_inventory

    linked = linked_inventory(folder)
    known = tasks(linked.inventory)
    chosen = [find_task(known, task)] if task else list(known.values())
    target = Path(path)
    files = {}
    for found in chosen:
        for table in scenario_tables(linked, found, location):
            file = target / f"{found.name.replace(' ', '-')}-{table.name}.xlsx"
            if file.exists() and not overwrite:
                raise UsageError(f"'{file}' exists", "add --overwrite, or choose another folder")
            files[file] = table
    target.mkdir(parents=True, exist_ok=True)
    report = ExportReport("Activity Browser scenario files", linked.background)
    for file, table in files.items():
        _write(file, table)
        report.files.append(file)
    report.write(target)
    return report


def scenario_tables(
    linked: LinkedInventory, task: Task, location: str | None = None
) -> list[ScenarioTable]:
    """Return the scenario files of a task.

    Raises
    ------
    UsageError
        No system is used at the location.
    """
    places = _places(linked, task)
    place = location or ("GLO" if "GLO" in places else places[0])
    if place not in places:
        raise UsageError(
            f"the systems of task '{task.name}' are not used at '{place}'",
            f"use one of: {', '.join(places)}",
        )
    found = [
        _systems(linked, task, place),
        _locations(linked, task, place, places),
        _end_of_life(linked),
        _parameters(linked.inventory, task),
    ]
    return [table for table in found if table.rows]


def _places(linked: LinkedInventory, task: Task) -> list[str]:
    """Return the locations at which every system of a task is used."""
    prefixes = [f"{system.process}/" for system in task.systems]
    places = [
        {i.removeprefix(prefix) for i in linked.datasets if i.startswith(prefix)}
        for prefix in prefixes
    ]
    common = set.intersection(*places)
    order = [i.removeprefix(prefixes[0]) for i in linked.datasets if i.startswith(prefixes[0])]
    return [place for place in order if place in common]


def _systems(linked: LinkedInventory, task: Task, place: str) -> ScenarioTable:
    target = linked.datasets[f"{task.systems[0].process}/{place}"].dataset
    columns = {
        system.title: _inputs(linked, f"{system.process}/{place}") for system in task.systems
    }
    about = [
        f"Reference flow: 1 {target.unit} of {target.product} [{target.location}].",
        "Each scenario delivers the functional unit with another system: " + task.functional_unit,
    ]
    return _flow_table(linked, "systems", about, {target.id: columns})


def _locations(
    linked: LinkedInventory, task: Task, place: str, places: Sequence[str]
) -> ScenarioTable:
    changes = {}
    for system in task.systems:
        changes[f"{system.process}/{place}"] = {
            p: _inputs(linked, f"{system.process}/{p}") for p in places
        }
    about = [
        f"Reference flows: the systems of task '{task.name}' at {place}, one or several.",
        "Each scenario uses them at another location: grid, transport, network, end of life.",
    ]
    return _flow_table(linked, "locations", about, changes)


def _end_of_life(linked: LinkedInventory) -> ScenarioTable:
    """Every market for a used product gets all of it treated by one route."""
    changes: dict[str, dict[str, dict[str, float]]] = {}
    for found in linked.of_database("tinyml"):
        market = found.dataset
        ids = [e.provider.id for e in found.exchanges if e.provider]
        providers = [linked.datasets[i].dataset for i in ids if i in linked.datasets]
        if market.stage != "end_of_life" or len(providers) < 2:
            continue
        if any(provider.product != market.product for provider in providers):
            continue
        amounts = _inputs(linked, market.id)
        routes = {p.items["eol_route"]: p.id for p in providers if "eol_route" in p.items}
        total = sum(amounts.values())
        changes[market.id] = {
            DEFAULT: amounts,
            **{route: {provider: total} for route, provider in routes.items()},
        }
    about = [
        "Reference flows: any system or device.",
        "Each scenario sends every used product to one end-of-life route.",
    ]
    return _flow_table(linked, "end-of-life", about, changes)


def _parameters(inventory: Inventory, task: Task) -> ScenarioTable:
    scenarios: dict[str, dict[str, float]] = {DEFAULT: {}}
    for row in inventory.tables["scenarios"]:
        if row["task"] == task.name:
            scenarios.setdefault(row["scenario"], {})[row["parameter"]] = float(row["value"])
    changed = dict.fromkeys(name for values in scenarios.values() for name in values)
    table = ScenarioTable(
        "parameters",
        ["Reference flows: any system.", "Each scenario changes one parameter or several."],
        ["Name", "Group", "default", *scenarios],
    )
    for database, values in inventory.values.items():
        for name in changed:
            if name in values:
                # An empty cell keeps the database's value, or its formula.
                column = [changes.get(name) for changes in scenarios.values()]
                table.rows.append([name, database, float(values[name]), *column])
    return table


def _inputs(linked: LinkedInventory, identifier: str) -> dict[str, float]:
    """Return the inputs of a dataset: amounts by identifier of the provider."""
    found = linked.datasets[identifier]
    amounts: dict[str, float] = {}
    for exchange in found.exchanges:
        if exchange.provider:
            amount = linked.inventory.amount(found.dataset, exchange.value)
            amounts[exchange.provider.id] = amounts.get(exchange.provider.id, 0.0) + amount
    return amounts


def _flow_table(
    linked: LinkedInventory,
    name: str,
    about: list[str],
    changes: Mapping[str, Mapping[str, Mapping[str, float]]],
) -> ScenarioTable:
    """Return a table of flow scenarios: amounts by target, scenario and provider."""
    scenarios = list(dict.fromkeys(s for columns in changes.values() for s in columns))
    table = ScenarioTable(name, about, [*FLOW_COLUMNS, "flow type", *scenarios])
    for target, columns in changes.items():
        to = _side(linked.datasets[target].dataset)
        for provider in dict.fromkeys(p for amounts in columns.values() for p in amounts):
            values = [columns[s].get(provider, 0.0) for s in scenarios]
            source = _side(linked.datasets[provider].dataset)
            table.rows.append([*source, *to, "technosphere", *values])
    return table


def _side(dataset: Dataset) -> tuple[str, ...]:
    database, code = dataset.key
    return (
        dataset.name, dataset.product, dataset.location, "", database, f"('{database}', '{code}')",
    )  # fmt: skip


def _write(path: Path, table: ScenarioTable) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": CREATED, "title": table.name, "author": "bw_tinyml"})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("scenarios")
        for column, title in enumerate(table.header):
            sheet.write_string(0, column, title, bold)
        for number, row in enumerate(table.rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, float):
                    sheet.write_number(number, column, value)
                elif value:
                    sheet.write_string(number, column, value)
        about = book.add_worksheet("about")
        for number, line in enumerate(table.about):
            about.write_string(number, 0, line)
