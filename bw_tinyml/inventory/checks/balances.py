"""Does what goes in come out, and do products weigh what they are made of?

Two balances:

* ``mass`` of a good: the parts of the inputs that end up in the product (``to_product``) weigh
  what the product weighs.
* any element or material (carbon, water, copper; and ``mass`` of a service or waste treatment)
  through a process: inputs and resources equal product, wastes, emissions and recovered material.

Both are kept to 5 %, or the process states its reason in ``balance_note``.
"""

from __future__ import annotations

from bw_tinyml.errors import FormulaError, UnitError
from bw_tinyml.inventory.composition import Composition
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.model import Dataset, Inventory

TOLERANCE = 0.05


def check(inventory: Inventory, report: Report) -> None:
    """Check the balances that processes declare, and that they declare one."""
    composition = Composition(inventory)
    seen: set[tuple[str, str]] = set()

    def add(code: str, dataset: Dataset, message: str) -> None:
        if (code, dataset.process) not in seen:  # once per recipe, not once per variant
            seen.add((code, dataset.process))
            report.add(code, dataset.file, dataset.line, f"{dataset.id}: {message}")

    for dataset in inventory.datasets.values():
        if dataset.balance_note:
            continue
        weighs_contents = dataset.product_type == "good" and "mass" in dataset.balances
        if dataset.product_type == "good" and not weighs_contents:
            add("balance-missing", dataset, "a good without mass balance or reason")
        elif dataset.product_type == "waste" and not dataset.balances:
            add("balance-missing", dataset, "a waste treatment without balance or reason")
        try:
            if weighs_contents:
                _contents(dataset, composition, add)
            for element in dataset.balances:
                if not (weighs_contents and element == "mass"):
                    _through(dataset, element, composition, add)
        except (FormulaError, UnitError, RecursionError):
            continue  # reported by other checks


def _contents(dataset: Dataset, composition: Composition, add) -> None:  # type: ignore[no-untyped-def]
    stated = composition.stated_mass(dataset)
    contents = composition.contents(dataset, "mass")
    if stated is None:
        add("mass-balance", dataset, f"mass is not stated; the contents weigh {contents:.4g} kg")
    elif abs(contents - stated) > TOLERANCE * stated:
        add(
            "mass-balance",
            dataset,
            f"the contents weigh {contents:.4g} kg, the product {stated:.4g} kg",
        )


def _through(dataset: Dataset, element: str, composition: Composition, add) -> None:  # type: ignore[no-untyped-def]
    into, out = composition.through(dataset, element)
    if abs(into - out) > TOLERANCE * max(into, out):
        add("element-balance", dataset, f"{element}: {into:.4g} kg in, {out:.4g} kg out")
    elif into == out == 0:
        add("element-balance", dataset, f"{element}: nothing known to contain it goes in or out")
