"""Scenario files of Activity Browser: its users compare systems without leaving it.

Flow scenarios give an amount per exchange and scenario, parameter scenarios a value per parameter
and scenario. ``docs/activity-browser.md`` says how to use both.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.background.open import OPEN
from bw_tinyml.errors import UsageError
from bw_tinyml.export.backgrounds import prepare
from bw_tinyml.export.excel import CREATED
from bw_tinyml.export.flow_tables import Amounts, FlowTables, ScenarioTable
from bw_tinyml.export.reporting import ExportReport
from bw_tinyml.inventory.functional_unit import stated
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.systems.tasks import Task, find_task, tasks

DEFAULT = "as in the database"


def export_scenarios(
    path: Path | str,
    *,
    task: str | None = None,
    location: str | None = None,
    background: str = OPEN,
    project: str | None = None,
    biosphere: str | None = None,
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
    background, project, biosphere
        The background of the databases that the scenarios change, as for
        :func:`bw_tinyml.export_excel`.
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
    prepared = prepare(background, project=project, biosphere=biosphere, folder=folder)
    flows = FlowTables(
        prepared.linked,
        prepared.biosphere,
        prepared.labels,
        without_codes="" if project else prepared.database,
    )
    known = tasks(prepared.linked.inventory)
    chosen = [find_task(known, task)] if task else list(known.values())
    target = Path(path)
    files = {}
    for found in chosen:
        for table in scenario_tables(flows, found, location):
            file = target / f"{found.name.replace(' ', '-')}-{table.name}.xlsx"
            if file.exists() and not overwrite:
                raise UsageError(f"'{file}' exists", "add --overwrite, or choose another folder")
            files[file] = table
    target.mkdir(parents=True, exist_ok=True)
    report = ExportReport("Activity Browser scenario files", prepared.background)
    for file, table in files.items():
        _write(file, table)
        report.files.append(file)
    report.write(target)
    return report


def scenario_tables(
    flows: FlowTables, task: Task, location: str | None = None
) -> list[ScenarioTable]:
    """Return the scenario files of a task.

    Raises
    ------
    UsageError
        No system is used at the location.
    """
    places = _places(flows.linked, task)
    place = location or ("GLO" if "GLO" in places else places[0])
    if place not in places:
        raise UsageError(
            f"the systems of task '{task.name}' are not used at '{place}'",
            f"use one of: {', '.join(places)}",
        )
    found = [
        _systems(flows, task, place),
        _locations(flows, task, place, places),
        _end_of_life(flows),
        _parameters(flows.linked.inventory, task),
        _parameters_as_flows(flows, task),
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


def _systems(flows: FlowTables, task: Task, place: str) -> ScenarioTable:
    target = flows.linked.datasets[f"{task.systems[0].process}/{place}"].dataset
    columns = {system.title: flows.inputs(f"{system.process}/{place}") for system in task.systems}
    about = [
        f"Reference flow: 1 {target.unit} of {target.product} [{target.location}].",
        "Each scenario delivers the functional unit with another system: "
        + stated(task.functional_unit, flows.linked.inventory.values["tinyml"].__getitem__),
    ]
    return flows.table("systems", about, {target.id: columns})


def _locations(flows: FlowTables, task: Task, place: str, places: Sequence[str]) -> ScenarioTable:
    changes = {}
    for system in task.systems:
        changes[f"{system.process}/{place}"] = {
            p: flows.inputs(f"{system.process}/{p}") for p in places
        }
    about = [
        f"Reference flows: the systems of task '{task.name}' at {place}, one or several.",
        "Each scenario uses them at another location: grid, transport, network, end of life.",
    ]
    return flows.table("locations", about, changes)


def _end_of_life(flows: FlowTables) -> ScenarioTable:
    """Every market for a used product gets all of it treated by one route."""
    linked = flows.linked
    changes: dict[str, dict[str, Amounts]] = {}
    for found in linked.of_database("tinyml"):
        market = found.dataset
        ids = [e.provider.id for e in found.exchanges if e.provider]
        providers = [linked.datasets[i].dataset for i in ids if i in linked.datasets]
        if market.stage != "end_of_life" or len(providers) < 2:
            continue
        if any(provider.product != market.product for provider in providers):
            continue
        amounts = flows.inputs(market.id)
        routes = {p.items["eol_route"]: p.key for p in providers if "eol_route" in p.items}
        total = sum(amounts.values())
        changes[market.id] = {
            DEFAULT: amounts,
            **{route: {provider: total} for route, provider in routes.items()},
        }
    about = [
        "Reference flows: any system or device.",
        "Each scenario sends every used product to one end-of-life route.",
    ]
    return flows.table("end-of-life", about, changes)


def _scenarios(inventory: Inventory, task: Task) -> dict[str, dict[str, float]]:
    """Return values by scenario and parameter, the first without any."""
    scenarios: dict[str, dict[str, float]] = {DEFAULT: {}}
    for row in inventory.tables["scenarios"]:
        if row["task"] == task.name:
            scenarios.setdefault(row["scenario"], {})[row["parameter"]] = float(row["value"])
    return scenarios


def _parameters(inventory: Inventory, task: Task) -> ScenarioTable:
    scenarios = _scenarios(inventory, task)
    changed = dict.fromkeys(name for values in scenarios.values() for name in values)
    table = ScenarioTable(
        "parameters",
        [
            "Reference flows: any system.",
            "Each scenario changes one parameter or several.",
            "Activity Browser evaluates every formula anew for this file and did not finish within "
            "nine minutes; the file ...-parameters-as-flows gives the same scores within seconds.",
        ],
        ["Name", "Group", "default", *scenarios],
    )
    for database, values in inventory.values.items():
        for name in changed:
            if name in values:
                # An empty cell keeps the database's value, or its formula.
                column = [changes.get(name) for changes in scenarios.values()]
                table.rows.append([name, database, float(values[name]), *column])
    return table


def _parameters_as_flows(flows: FlowTables, task: Task) -> ScenarioTable:
    about = [
        "Reference flows: any system.",
        "The amounts that follow from the values in the file ...-parameters.",
    ]
    changes = flows.with_parameters(_scenarios(flows.linked.inventory, task))
    return flows.table("parameters-as-flows", about, changes)


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
