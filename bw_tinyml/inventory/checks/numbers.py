"""Are the numbers possible: finite, within their ranges, with consistent uncertainty?"""

from __future__ import annotations

import math

from bw_tinyml.errors import FormulaError
from bw_tinyml.inventory.composition import Composition
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.formulas import Formula, as_number_or_formula
from bw_tinyml.inventory.model import DATABASES, Dataset, Inventory
from bw_tinyml.inventory.recipes import PLACEHOLDER, set_names, variants
from bw_tinyml.inventory.tables import Row

#: share of a lognormal that a range may cut off before it says more than the spread does
MOST_CUT = 0.5
UNCERTAINTY_COLUMNS = ("pedigree", "gsd", "minimum", "maximum", "distribution")


def check(inventory: Inventory, report: Report) -> None:
    """Check amounts, formulas, uncertainty, parameter names and assertions."""
    for table in ("exchanges", "parameters", "variants"):
        for row in inventory.tables[table]:
            _uncertainty(row, report)
    _amounts(inventory, report)
    _reserved_names(inventory, report)
    _assertions(inventory, report)
    _composition(inventory, report)


def _uncertainty(row: Row, report: Report) -> None:
    if not row["amount"]:
        return
    try:
        value = as_number_or_formula(PLACEHOLDER.sub("x", row["amount"]))
    except FormulaError:
        return  # already reported when the row was read
    stated = [column for column in UNCERTAINTY_COLUMNS if row[column]]
    if isinstance(value, Formula):
        if {"pedigree", "gsd", "distribution"} & set(stated):
            report.add(
                "uncertainty-on-formula", row.file, row.line, f"{stated[0]} beside a formula"
            )
        return
    spread = [column for column in ("pedigree", "gsd") if row[column]]
    bounds = row["minimum"] != "" and row["maximum"] != ""
    if len(spread) == 2 or (row["distribution"] and spread):
        report.add("uncertainty-conflict", row.file, row.line, f"both {' and '.join(stated)}")
    elif bool(row["minimum"]) != bool(row["maximum"]):
        report.add("uncertainty-range", row.file, row.line, "minimum and maximum go together")
    elif row["distribution"] == "none":
        if not row["remark"]:
            report.add("uncertainty-missing", row.file, row.line, "exact by what definition?")
    elif row["distribution"] == "uniform" and not bounds:
        report.add("uncertainty-range", row.file, row.line, "uniform without bounds")
    elif not stated and value != 0:
        report.add("uncertainty-missing", row.file, row.line, f"amount {row['amount']}")
    elif bounds:
        _bounds(row, value, bool(spread), report)


def _bounds(row: Row, value: float, has_spread: bool, report: Report) -> None:
    low, high = float(row["minimum"]), float(row["maximum"])
    text = f"amount {value:g}, minimum {low:g}, maximum {high:g}"
    if low >= high or (not has_spread and not low <= value <= high):
        report.add("uncertainty-range", row.file, row.line, text)
    elif not low <= value <= high:
        report.add("implausible-value", row.file, row.line, text)
    elif row["gsd"] and value > 0:
        cut = 1.0 - _share_within(low / value, high / value, math.log(float(row["gsd"])))
        if cut > MOST_CUT:
            report.add("uncertainty-cut", row.file, row.line, f"{text}: {cut:.0%} are cut off")


def _share_within(low: float, high: float, sigma: float) -> float:
    """Share of a lognormal of median 1 between two values."""

    def below(value: float) -> float:
        if value <= 0:
            return 0.0
        return 0.5 * (1.0 + math.erf(math.log(value) / sigma / math.sqrt(2.0)))

    return below(high) - below(low)


def _amounts(inventory: Inventory, report: Report) -> None:
    """Evaluate every amount and every mass; a fault is reported once per row, not per variant."""
    seen: set[tuple[str, int, str]] = set()

    def evaluate(dataset: Dataset, value: float | Formula, file: str, line: int) -> None:
        try:
            inventory.amount(dataset, value)
        except FormulaError as error:
            if (file, line, error.code) not in seen:
                seen.add((file, line, error.code))
                report.add(error.code, file, line, f"{dataset.id}: {error.message}")

    for dataset in inventory.datasets.values():
        if dataset.mass is not None:
            evaluate(dataset, dataset.mass, dataset.file, dataset.line)
        for exchange in dataset.exchanges:
            place = exchange.provenance
            evaluate(dataset, exchange.value, place.file, place.line)


def _reserved_names(inventory: Inventory, report: Report) -> None:
    from asteval import Interpreter

    reserved = set(Interpreter().symtable)
    for parameters in inventory.parameters.values():
        for parameter in parameters.values():
            if parameter.name in reserved:
                place = parameter.provenance
                report.add(
                    "reserved-name",
                    place.file,
                    place.line,
                    f"parameter '{parameter.name}' is a built-in of the formula interpreter",
                )


def _assertions(inventory: Inventory, report: Report) -> None:
    for database, base in DATABASES.items():
        sets = inventory.sets[database]
        for row in inventory.tables["assertions"]:
            if row.file.split("/")[0] != base:
                continue
            if unknown := [n for n in set_names(row["variants"]) if n not in sets]:
                report.add("unknown-set", row.file, row.line, f"set '{unknown[0]}' not defined")
                continue
            for variant in variants(row["variants"], sets):
                try:
                    left, right = (
                        float(value.evaluate(inventory.values[database]))
                        if isinstance(value, Formula)
                        else value
                        for value in (
                            variant.rename(as_number_or_formula(row[column]))
                            for column in ("formula", "equals")
                        )
                    )
                except FormulaError as error:
                    report.add(error.code, row.file, row.line, error.message)
                    break
                if abs(left - right) > float(row["tolerance"]) * max(abs(left), abs(right)):
                    report.add(
                        "assertion-failed",
                        row.file,
                        row.line,
                        f"{row['assertion']}{variant.suffix}: {left:.6g} is not {right:.6g}",
                    )


def _composition(inventory: Inventory, report: Report) -> None:
    """Shares are numbers, or formulas that the datasets of the item can evaluate."""
    composition = Composition(inventory)
    for row in inventory.tables["composition"]:
        item = row["item"]
        found = [d for d in inventory.datasets.values() if item in (d.id, d.process)]
        datasets: list[Dataset | None] = [*found] or [None]
        try:
            share = as_number_or_formula(row["share"])
            values = [composition.evaluated(share, d) for d in datasets]
        except FormulaError as error:
            report.add(error.code, row.file, row.line, error.message)
            continue
        if min(values) < 0:
            report.add("bad-value", row.file, row.line, f"share of {item} is {min(values):g}")
