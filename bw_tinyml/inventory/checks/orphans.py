"""Is there anything that nobody uses?"""

from __future__ import annotations

from collections import Counter

from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.formulas import Formula, as_number_or_formula
from bw_tinyml.inventory.model import Inventory


def check(inventory: Inventory, report: Report) -> None:
    """Report processes, parameters, sources and keys that nothing uses."""
    _processes(inventory, report)
    _parameters(inventory, report)
    _sources(inventory, report)
    _keys(inventory, report)


def _processes(inventory: Inventory, report: Report) -> None:
    used = {e.input.split("/")[0] for d in inventory.datasets.values() for e in d.exchanges}
    used |= {row["process"].split("/")[0] for row in inventory.tables["links"]}
    used |= {row["process"].split("/")[0] for row in inventory.tables["systems"]}
    for row in inventory.tables["processes"]:
        if row["process"] not in used and row["role"] != "end product":
            report.add("orphan-process", row.file, row.line, f"nothing uses '{row['process']}'")


def _parameters(inventory: Inventory, report: Report) -> None:
    used: dict[str, set[str]] = {name: set() for name in inventory.parameters}
    for dataset in inventory.datasets.values():
        for value in (dataset.mass, *(e.value for e in dataset.exchanges)):
            if isinstance(value, Formula):
                used[dataset.database] |= value.names
    stems: set[str] = set()
    for row in inventory.tables["assertions"]:
        for column in ("formula", "equals"):
            value = as_number_or_formula(row[column])
            if isinstance(value, Formula):
                stems |= value.names
    for row in inventory.tables["systems"]:
        stems.add(row["rate"])
    seen = set()
    for database, parameters in inventory.parameters.items():
        for parameter in parameters.values():
            if isinstance(parameter.value, Formula):
                used[database] |= parameter.value.names
        for parameter in parameters.values():
            place = parameter.provenance.file, parameter.provenance.line
            stem = parameter.name.rsplit("_", 1)[0]
            unused = parameter.name not in used[database] and not {parameter.name, stem} & stems
            if unused and place not in seen:
                seen.add(place)
                report.add("orphan-parameter", *place, f"no formula uses '{parameter.name}'")


def _sources(inventory: Inventory, report: Report) -> None:
    cited = {
        row["source"]
        for table, rows in inventory.tables.items()
        if table != "sources"
        for row in rows
    }
    quoting = {row["via"] for row in inventory.tables["sources"]}
    for row in inventory.tables["sources"]:
        if row["source"] not in cited | quoting:
            report.add("orphan-source", row.file, row.line, f"no row cites '{row['source']}'")


def _keys(inventory: Inventory, report: Report) -> None:
    """Report keys that no exchange uses and that offer nothing of their own.

    A key is used, too, when a key that differs in its location only is used. A key that alone
    names its process offers that process to inventories yet to be written.
    """
    named = Counter(row["process"] for row in inventory.tables["links"])
    offers = {row["key"] for row in inventory.tables["links"] if named[row["process"]] == 1}
    used = {e.input.split(" [")[0] for d in inventory.datasets.values() for e in d.exchanges}
    used |= {row["process"].split(" [")[0] for row in inventory.tables["bands"]}
    for row in inventory.tables["keys"]:
        if row["key"].split(" [")[0] not in used and row["key"] not in offers:
            report.add("orphan-key", row.file, row.line, f"no exchange uses '{row['key']}'")
