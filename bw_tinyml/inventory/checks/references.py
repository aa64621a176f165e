"""Do inputs, units and elementary flows lead to something, and to the right thing?"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress

from bw_tinyml.errors import UnitError
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.flows import elementary_flows, find_flow
from bw_tinyml.inventory.model import DATABASES, Dataset, Exchange, Inventory
from bw_tinyml.inventory.tables import Row
from bw_tinyml.suggestions import nearest
from bw_tinyml.units import conversion, unit_name

#: the database of the foreground, to which parts are matched
FOREGROUND = next(iter(DATABASES))


def check(inventory: Inventory, report: Report) -> None:
    """Check every exchange, and the units of the keys."""
    for row in inventory.tables["keys"]:
        try:
            unit_name(row["unit"])
        except UnitError as error:
            report.add("unknown-unit", row.file, row.line, error.message)
    checker = _Checker(inventory, report)
    for dataset in inventory.datasets.values():
        for exchange in dataset.exchanges:
            checker.exchange(dataset, exchange)
        checker.duplicates(dataset)
    for row in inventory.tables["parts"]:
        _part(inventory, row, report)


def _part(inventory: Inventory, row: Row, report: Report) -> None:
    """A row of the parts table names a dataset of the foreground, in a unit that fits."""
    if not row["dataset"]:
        if row["confidence"] not in ("none", "unknown"):
            report.add("missing-value", row.file, row.line, "dataset is empty")
        return
    found = inventory.datasets.get(row["dataset"])
    if found is None or found.database != FOREGROUND:
        known = [d.id for d in inventory.of_database(FOREGROUND)]
        report.add(
            "unknown-input",
            row.file,
            row.line,
            f"'{row['dataset']}' is no process of {FOREGROUND}" + nearest(row["dataset"], known),
        )
        return
    if not row["amount"]:
        report.add("missing-value", row.file, row.line, "amount is empty")
    try:
        conversion(row["unit"], found.unit)
    except UnitError as error:
        code = "unknown-unit" if "is not known" in error.message else "unit-mismatch"
        report.add(code, row.file, row.line, f"{row['dataset']}: {error.message}")


class _Checker:
    def __init__(self, inventory: Inventory, report: Report) -> None:
        self.inventory = inventory
        self.report = report
        self.keys = {row["key"]: row["unit"] for row in inventory.tables["keys"]}
        self.seen: set[tuple[str, str, int]] = set()

    def exchange(self, dataset: Dataset, exchange: Exchange) -> None:
        if exchange.type == "biosphere":
            self.elementary(exchange)
            return
        target = self.inventory.datasets.get(exchange.input)
        if target and target.database != dataset.database:
            target = None  # the databases meet in the background keys only
        if target:
            self.unit(exchange, target.unit)
        elif exchange.input in self.keys:
            with suppress(UnitError):  # reported with the key
                self.unit(exchange, unit_name(self.keys[exchange.input]))
        else:
            known = [*self.keys, *(d.id for d in self.inventory.of_database(dataset.database))]
            self.add(
                "unknown-input",
                exchange,
                f"'{exchange.input}' is neither a key nor a process of {dataset.database}"
                + nearest(exchange.input, known),
            )

    def elementary(self, exchange: Exchange) -> None:
        if exchange.to_product and exchange.compartment.split("::")[0] != "natural resource":
            self.add("bad-value", exchange, "an emission does not end up in the product")
        flow = elementary_flows().get(exchange.flow)
        if flow is None:
            right = find_flow(exchange.input, exchange.compartment)
            self.add(
                "flow-unknown",
                exchange,
                f"flow '{exchange.flow or 'no UUID'}' for '{exchange.input}'"
                + (f"; the UUID is {right}" if right else ""),
            )
            return
        if flow.name != exchange.input or flow.compartment != exchange.compartment:
            self.add(
                "flow-mismatch",
                exchange,
                f"the row says '{exchange.input}' in '{exchange.compartment}', the UUID is "
                f"'{flow.name}' in '{flow.compartment}'",
            )
        elif flow.deprecated:
            self.add("flow-deprecated", exchange, f"'{flow.name}' in '{flow.compartment}'")
        self.unit(exchange, flow.unit)

    def unit(self, exchange: Exchange, target: str) -> None:
        try:
            conversion(exchange.unit, target)
        except UnitError as error:
            code = "unknown-unit" if "is not known" in error.message else "unit-mismatch"
            self.add(code, exchange, f"{exchange.input}: {error.message}")

    def duplicates(self, dataset: Dataset) -> None:
        groups = defaultdict(list)
        for exchange in dataset.exchanges:
            target = exchange.flow if exchange.type == "biosphere" else exchange.input
            groups[exchange.type, target, exchange.label].append(exchange)
        for same in groups.values():
            for exchange in same[1:]:
                first = same[0].provenance
                self.add(
                    "duplicate-row",
                    exchange,
                    f"'{exchange.input}' of {dataset.process} stands in row {first.line} too",
                )

    def add(self, code: str, exchange: Exchange, message: str) -> None:
        """Report a fault once per row, not once per variant."""
        place = exchange.provenance
        if (code, place.file, place.line) not in self.seen:
            self.seen.add((code, place.file, place.line))
            self.report.add(code, place.file, place.line, message)
