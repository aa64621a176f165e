"""A workbook in Brightway's layout, edited by somebody, becomes a checked database again.

Everything is read and checked first, and all faults are listed. Then the database is written at
once, or not at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bw_tinyml.brightway.payload import Payload
from bw_tinyml.importing.cells import read_cells
from bw_tinyml.importing.faults import Faults
from bw_tinyml.importing.layout import ActivityItem, Content, Item, read_layout
from bw_tinyml.importing.linking import Linker, Provider
from bw_tinyml.importing.numbers import (
    amount_of,
    parameter_values,
    pedigree_of,
    uncertainty_of,
)
from bw_tinyml.inventory.industries import SYSTEM
from bw_tinyml.suggestions import nearest

TYPES = ("production", "technosphere", "biosphere", "substitution")
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/bw-tinyml/bw_tinyml/import")
_DISTRIBUTION = frozenset(
    {"uncertainty type", "loc", "scale", "shape", "minimum", "maximum", "negative"}
)
#: would make `bw-tinyml install` take an edited database for the original
_NOT_KEPT = frozenset({"table_hash", "depends", "modified", "processed", "backend", "number"})


@dataclass
class WorkbookImport:
    """What an import did.

    Attributes
    ----------
    recalculated
        Number of amounts that formulas changed: those in the workbook were from before an edit.
    """

    file: str
    project: str
    database: str
    datasets: int = 0
    exchanges: int = 0
    parameters: int = 0
    recalculated: int = 0
    depends: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return dict(vars(self))


def import_workbook(
    path: Path | str, project: str, *, name: str | None = None, replace: bool = False
) -> WorkbookImport:
    """Check a workbook in Brightway's layout and write it into a project.

    Parameters
    ----------
    path
        The workbook.
    project
        The Brightway project; it must hold the biosphere and the background.
    name
        Name of the database in the project, instead of that in the workbook.
    replace
        Whether a database of that name may be replaced.

    Raises
    ------
    UntrustedError
        The file is no sound workbook or exceeds the limits.
    ImportFileError
        It has faults; ``findings`` holds them all, with sheet and row.
    OverwriteError
        A database of that name exists, and ``replace`` is not set.
    ProjectError
        There is no such project.
    """
    from bw_tinyml.brightway.project import open_project
    from bw_tinyml.brightway.writing import write_databases

    path = Path(path)
    faults = Faults(path.name)
    content = read_layout(read_cells(path, faults), faults)
    if not content.activities:
        faults.refuse()
        faults.add(*content.place, "the workbook has no activities", "add a section 'Activity'")
        faults.refuse()
    open_project(project)
    result = WorkbookImport(path.name, project, name or content.database)
    payload = _payload(content, result, faults)
    faults.refuse()
    write_databases([payload], replace=replace)
    return result


def _payload(content: Content, result: WorkbookImport, faults: Faults) -> Payload:
    values = parameter_values(content.parameters, faults)
    known = {item.text("name"): item for item in content.parameters}
    linker = Linker({content.database, result.database}, faults)
    nodes = _nodes(content, result.database, faults)
    for activity, node in nodes:
        provider = Provider(
            (result.database, node["code"]),
            node["name"],
            node["reference product"],
            node["unit"],
            node["location"],
        )
        linker.internal.add(provider, "technosphere")
        _refuse_parameters(activity, faults)
    depends: set[str] = set()
    for activity, node in nodes:
        node["exchanges"] = _exchanges(activity, node, linker, values, known, result, faults)
        depends |= {e["input"][0] for e in node["exchanges"]}
        result.exchanges += len(node["exchanges"])
    result.datasets = len(nodes)
    result.parameters = len(known)
    result.depends = sorted(depends - {result.database})
    metadata = {k: v for k, v in content.metadata.items() if k not in _NOT_KEPT}
    return Payload(
        result.database,
        [node for _, node in nodes],
        [_parameter(item, values, faults) for item in content.parameters],
        {**metadata, "imported from": result.file},
    )


def _nodes(
    content: Content, database: str, faults: Faults
) -> list[tuple[ActivityItem, dict[str, Any]]]:
    found = []
    rows: dict[str, int] = {}
    for activity in content.activities:
        fields = activity.fields
        if not activity.name:
            faults.add(activity.sheet, activity.row, "the activity has no name", "fill column B")
        for field_ in ("unit", "location"):
            if not activity.text(field_):
                faults.add(
                    activity.sheet, activity.row, f"'{activity.name}' has no {field_}",
                    f"add a row: {field_} | ...",
                )  # fmt: skip
        product = activity.text("reference product") or activity.name
        code = activity.text("code") or str(
            uuid.uuid5(_NAMESPACE, f"{activity.name}|{product}|{activity.text('location')}")
        )
        if code in rows:
            faults.add(
                activity.sheet, activity.row, f"code '{code}' is also that of row {rows[code]}",
                "give the new activity another code, or delete its row 'code'",
            )  # fmt: skip
        rows[code] = activity.row
        if activity.text("type") not in ("", "process", "processwithreferenceproduct"):
            faults.add(
                activity.sheet, activity.row, f"type '{fields['type']}' is not 'process'",
                "write 'process'",
            )  # fmt: skip
        node = {**fields, "type": "process", "name": activity.name, "code": code}
        node |= {"database": database, "reference product": product}
        node |= {"unit": activity.text("unit"), "location": activity.text("location")}
        if node.get("identifier") and database != content.database:
            # Identifiers name parameter groups, which are unique in a project.
            node["identifier"] = f"{database}:{node['identifier']}"
        if "tags" in node:
            node["tags"] = str(node["tags"]).split("::")
        if SYSTEM in node:
            node["classifications"] = [(SYSTEM, str(node.pop(SYSTEM)))]
        found.append((activity, node))
    return found


def _refuse_parameters(activity: ActivityItem, faults: Faults) -> None:
    """Only database parameters are kept; the group of an activity needs a placeholder."""
    for item in activity.parameters:
        if not item.text("name").startswith("__dummy_"):
            faults.add(
                item.sheet, item.row, f"'{item.text('name')}' is a parameter of one activity",
                "move it to the section 'Database parameters'; prefix its name to keep it apart",
            )  # fmt: skip


def _exchanges(
    activity: ActivityItem,
    node: Mapping[str, Any],
    linker: Linker,
    values: Mapping[str, float],
    known: Mapping[str, Any],
    result: WorkbookImport,
    faults: Faults,
) -> list[dict[str, Any]]:
    key = result.database, str(node["code"])
    found: list[dict[str, Any]] = []
    for item in activity.exchanges:
        kind = item.text("type")
        if kind not in TYPES:
            faults.add(
                item.sheet, item.row, f"there is no exchange type '{kind}'" + nearest(kind, TYPES),
                f"use one of: {', '.join(TYPES)}",
            )  # fmt: skip
            continue
        amount, formula = amount_of(item, values, known, faults)
        provider = linker.link(item, "biosphere" if kind == "biosphere" else "technosphere")
        uncertainty = uncertainty_of(item, amount, formula, faults)
        pedigree = pedigree_of(item, faults)
        if amount is None or provider is None:
            continue
        if kind == "production" and provider.key != key:
            faults.add(
                item.sheet, item.row, f"'{activity.name}' produces '{provider.name}'",
                "its production exchange must have its own name, product, unit and location",
            )  # fmt: skip
        stated = item.get("amount")
        if formula is not None and isinstance(stated, int | float):
            result.recalculated += abs(amount - stated) > 1e-9 * abs(amount)
        fields = {k: v for k, v in item.fields.items() if k not in _DISTRIBUTION | {"database"}}
        if provider.categories:
            fields["categories"] = provider.categories
        if pedigree:
            fields["pedigree"] = pedigree
        found.append(
            {**fields, "amount": amount, "input": provider.key, "output": key, **uncertainty}
        )
    production = [e for e in found if e["type"] == "production"]
    if len(production) > 1 or any(e["amount"] == 0 for e in production):
        faults.add(
            activity.sheet, activity.row,
            f"'{activity.name}' has {len(production)} production exchanges, or one of 0",
            "keep one, with the amount that it produces",
        )  # fmt: skip
    return found if production else [_implied(node, key), *found]


def _implied(node: Mapping[str, Any], key: tuple[str, str]) -> dict[str, Any]:
    """Return the production of one unit, which Brightway takes for granted."""
    fields = {name: node[name] for name in ("name", "reference product", "unit", "location")}
    ends = {"input": key, "output": key}
    return {**fields, **ends, "type": "production", "amount": 1.0, "uncertainty type": 0}


def _parameter(item: Item, values: Mapping[str, float], faults: Faults) -> dict[str, Any]:
    name = item.text("name")
    fields = {k: v for k, v in item.fields.items() if k not in _DISTRIBUTION}
    amount = values.get(name)
    formula = item.text("formula") or None
    if amount is None:
        return fields
    parsed = None
    if formula:
        from bw_tinyml.inventory.formulas import parse

        parsed = parse(formula)
    return {**fields, "amount": amount, **uncertainty_of(item, amount, parsed, faults)}
