"""Does what goes in come out, and do products weigh what they are made of?

Two balances:

* ``mass`` of a good: the parts of the inputs that end up in the product (``to_product``) weigh
  what the product weighs.
* any element or material (carbon, water, copper; and ``mass`` of a service or waste treatment)
  through a process: inputs and resources equal product, wastes, emissions and recovered material.

What a process declares is checked, to 5 % or to the tolerance that it states (``copper 15 %``). A
process that declares no balance, or a wider tolerance, states its reason in ``balance_note``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bw_tinyml.errors import FormulaError, UnitError
from bw_tinyml.inventory.composition import MASS, Composition
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.model import Dataset, Inventory

TOLERANCE = 0.05
_ENTRY = re.compile(r"(?P<element>.*?)(?:\s+(?P<percent>\d+(?:\.\d+)?)\s*%)?")

Add = Callable[[str, Dataset, str], None]


def check(inventory: Inventory, report: Report) -> None:
    """Check the balances that processes declare, and that they declare one."""
    composition = Composition(inventory)
    seen: set[tuple[str, str]] = set()

    def add(code: str, dataset: Dataset, message: str) -> None:
        if (code, dataset.process) not in seen:  # once per recipe, not once per variant
            seen.add((code, dataset.process))
            report.add(code, dataset.file, dataset.line, f"{dataset.id}: {message}")

    for dataset in inventory.datasets.values():
        declared = dict(_entry(text) for text in dataset.balances)
        _declared(dataset, declared, add)
        for element, tolerance in declared.items():
            try:
                if element == MASS and dataset.product_type == "good":
                    _contents(dataset, tolerance, composition, add)
                else:
                    _through(dataset, element, tolerance, composition, add)
            except (FormulaError, UnitError, RecursionError):
                continue  # reported by other checks


def _entry(text: str) -> tuple[str, float]:
    """Return element and tolerance of ``copper`` or ``copper 15 %``."""
    match = _ENTRY.fullmatch(text)
    if match is None or match["percent"] is None:
        return text, TOLERANCE
    return match["element"], float(match["percent"]) / 100


def _declared(dataset: Dataset, declared: Mapping[str, float], add: Add) -> None:
    if dataset.balance_note:
        return
    if dataset.product_type == "good" and MASS not in declared:
        add("balance-missing", dataset, "a good without mass balance or reason")
    elif dataset.product_type == "waste" and not declared:
        add("balance-missing", dataset, "a waste treatment without balance or reason")
    elif any(tolerance > TOLERANCE for tolerance in declared.values()):
        add("balance-missing", dataset, "a tolerance of more than 5 % without reason")


def _contents(dataset: Dataset, tolerance: float, composition: Composition, add: Add) -> None:
    stated = composition.stated_mass(dataset)
    contents = composition.contents(dataset, MASS)
    if stated is None:
        add("mass-balance", dataset, f"mass is not stated; the contents weigh {contents:.4g} kg")
    elif abs(contents - stated) > tolerance * stated:
        add(
            "mass-balance",
            dataset,
            f"the contents weigh {contents:.4g} kg, the product {stated:.4g} kg",
        )


def _through(
    dataset: Dataset, element: str, tolerance: float, composition: Composition, add: Add
) -> None:
    into, out = composition.through(dataset, element)
    if abs(into - out) > tolerance * max(into, out):
        add("element-balance", dataset, f"{element}: {into:.4g} kg in, {out:.4g} kg out")
    elif into == out == 0:
        add("element-balance", dataset, f"{element}: nothing known to contain it goes in or out")
