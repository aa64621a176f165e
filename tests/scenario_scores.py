"""What scenario files must give: their amounts and parameters, put into our own matrices."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path
from typing import Any

import openpyxl

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.export.flow_tables import FLOW_COLUMNS
from bw_tinyml.impact.preview import Matrices, bundled, matrices
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.parameters import evaluate

PARAMETER_COLUMNS = ("Name", "Group", "default")
_LAST: list[tuple[LinkedInventory, Matrices]] = []


def table(path: Path) -> list[dict[str, Any]]:
    """Rows of a scenario file."""
    sheet = openpyxl.load_workbook(path)["scenarios"]
    header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [dict(zip(header, row, strict=True)) for row in rows]


def scenarios_of(rows: list[dict[str, Any]]) -> list[str]:
    """Names of the scenarios of a file."""
    return [c for c in rows[0] if c not in (*FLOW_COLUMNS, "flow type", *PARAMETER_COLUMNS)]


def scenario_scores(
    linked: LinkedInventory, rows: list[dict[str, Any]], scenario: str
) -> dict[str, float]:
    """Climate change scores of one unit of each dataset in a scenario."""
    if rows and "Group" in rows[0]:
        return _climate_change(linked, matrices(_with_parameters(linked, rows, scenario)))
    system = _matrices(linked)
    by_key = {found.dataset.key: identifier for identifier, found in linked.datasets.items()}
    index = {identifier: i for i, identifier in enumerate(system.ids)}
    flows = {code: i for i, code in enumerate(system.flows)}
    a, b = system.technosphere.tolil(), system.biosphere.tolil()
    for row in rows:
        source, target = (ast.literal_eval(row[f"{side} key"]) for side in ("from", "to"))
        column = index[by_key[target]]
        if row["flow type"] == "biosphere":
            b[flows[source[1]], column] = row[scenario]
        else:
            a[index[by_key[source]], column] = -row[scenario]
    changed = dataclasses.replace(system, technosphere=a.tocsc(), biosphere=b.tocsc())
    return _climate_change(linked, changed)


def _matrices(linked: LinkedInventory) -> Matrices:
    """The matrices of the inventory that was asked for last; files change copies of them."""
    if not _LAST or _LAST[0][0] is not linked:
        _LAST[:] = [(linked, matrices(linked))]
    return _LAST[0][1]


def _with_parameters(
    linked: LinkedInventory, rows: list[dict[str, Any]], scenario: str
) -> LinkedInventory:
    values = {}
    for database, parameters in linked.inventory.parameters.items():
        given = {
            row["Name"]: row[scenario]
            for row in rows
            if row["Group"] == database and row[scenario] is not None
        }
        values[database] = evaluate({n: p.value for n, p in parameters.items()}, given)
    inventory = dataclasses.replace(linked.inventory, values=values, _amounts={})
    return dataclasses.replace(linked, inventory=inventory)


def _climate_change(linked: LinkedInventory, system: Matrices) -> dict[str, float]:
    listed = categories(linked.inventory, "EF v3.1")
    return system.unit_scores(bundled(next(c for c in listed if c.category == "climate change")))
