"""What recovered materials and energy are worth: three ways to allocate, side by side.

Under the cut-off approach, which the databases follow, secondary material leaves free of burden
and without credit. The tables record it (``recovered``), so that other choices can be shown:

* substitution: cut-off less the primary production that the recovered material and energy avoid,
* the circular footprint formula of PEF (Recommendation (EU) 2021/2279, annex I) with the
  allocation factor ``A`` for materials and ``B = 0`` for energy,

      (1 - R1) E_primary + R1 (A E_recycled + (1 - A) E_primary Q)
      + (1 - A) R2 (E_recycling - E_primary Q) + energy: - R3 E_substituted + disposal.

  Since cut-off charges ``E_recycling`` and ``E_recycled`` in full, the result is cut-off less
  ``A E_recycling`` less ``(1 - A) E_primary Q`` less energy, plus ``(1 - A)`` times what recycled
  content saves (``E_primary Q - E_recycled``), so that content and credit are never both counted
  in full. Substitution is the same with ``A = 0``: recycled content is charged as primary.

Nothing is netted silently: burdens and each credit stand in columns of their own. Scrap of
production is credited in neither, since its recycling is outside of the system; what it would
avoid is shown apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.preview import Matrices, bundled, matrices
from bw_tinyml.inventory.families import Category
from bw_tinyml.inventory.model import Dataset, Exchange
from bw_tinyml.units import conversion, unit_name

END_OF_LIFE = "end_of_life"
#: label of the exchanges in which a used product goes to a recycler
RECYCLING = "recycling"
#: start of the label of inputs with recycled content; what they replace follows after a colon
CONTENT = "recycled content"
MATERIAL, ENERGY, SCRAP = "material", "energy", "scrap"


@dataclass(frozen=True)
class Recovered:
    """Something recovered over the life cycle of one unit of a product.

    Attributes
    ----------
    key
        What it replaces: a background key.
    kind
        ``material`` or ``energy`` of the end of life, or ``scrap`` of production.
    amount, unit
        How much, in the unit of the key.
    """

    key: str
    kind: str
    amount: float
    unit: str


@dataclass(frozen=True)
class Allocation:
    """One category under three allocations.

    Attributes
    ----------
    cut_off
        Score with recovered material free of burden and without credit.
    recycling
        Part of it that recyclers of the used product cause.
    content, replaced
        Score of recycled content (part of ``cut_off``), and of the primary material it replaces.
    credits
        Avoided primary production by kind, positive, before quality and sharing.
    by_key
        The same by recovered material or energy.
    share
        Allocation factor ``A``.
    quality
        Quality ratio ``Q`` of secondary to primary material.
    """

    category: str
    unit: str
    cut_off: float
    recycling: float
    content: float
    replaced: float
    credits: Mapping[str, float]
    share: float
    quality: float
    by_key: Mapping[str, float] = field(default_factory=dict)

    def scaled(self, amount: float) -> Allocation:
        """Return the same for some amount of the product."""
        return replace(
            self,
            cut_off=self.cut_off * amount,
            recycling=self.recycling * amount,
            content=self.content * amount,
            replaced=self.replaced * amount,
            credits={kind: value * amount for kind, value in self.credits.items()},
            by_key={key: value * amount for key, value in self.by_key.items()},
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers, ready for JSON."""
        return {
            "category": self.category,
            "unit": self.unit,
            "cut_off": self.cut_off,
            "recycling": self.recycling,
            "saved_by_recycled_content": self.saved,
            "credit_material": self.credits[MATERIAL],
            "credit_energy": self.credits[ENERGY],
            "avoided_by_scrap": self.credits[SCRAP],
            "substitution": self.substitution,
            "shared": self.shared,
            "credits": dict(self.by_key),
        }

    @property
    def saved(self) -> float:
        """What recycled content saves under cut-off: primary material less recycling."""
        return self.quality * self.replaced - self.content

    @property
    def substitution(self) -> float:
        """Cut-off less all credits of the end of life; recycled content charged as primary."""
        credit = self.quality * self.credits[MATERIAL] + self.credits[ENERGY]
        return self.cut_off - credit + self.saved

    @property
    def shared(self) -> float:
        """Circular footprint formula with the allocation factor."""
        return (
            self.cut_off
            - self.share * self.recycling
            - (1 - self.share) * self.quality * self.credits[MATERIAL]
            + (1 - self.share) * self.saved
            - self.credits[ENERGY]
        )


def allocations(
    linked: LinkedInventory,
    identifier: str,
    categories: Sequence[Category],
    share: float = 0.5,
    quality: float = 1.0,
) -> tuple[list[Allocation], list[Recovered]]:
    """Return the scores of one unit of a dataset under three allocations, and what is recovered.

    Parameters
    ----------
    linked
        The inventory, linked to the open background.
    identifier
        The dataset.
    categories
        Categories of a family of LCIA methods.
    share
        Allocation factor ``A`` of the circular footprint formula, 0 to 1; 0.5 shares burdens and
        credits of recycling equally between the product and the user of the secondary material.
    quality
        Quality ratio of secondary to primary material, 0 to 1.

    Raises
    ------
    UsageError
        A factor is not between 0 and 1.
    """
    for name, value in (("share", share), ("quality", quality)):
        if not 0 <= value <= 1:
            raise UsageError(f"{name} is {value:g}", "give a factor from 0 to 1")
    system = matrices(linked)
    supply = _supply(system, identifier)
    recovered = _recovered(linked, supply)
    to_recyclers = _to_recyclers(linked, supply)
    content, replaced = _recycled_content(linked, supply)
    providers = {r["key"]: (r["process"], float(r["factor"])) for r in _links(linked)}
    results = []
    for category in categories:
        method = bundled(category)
        scores = system.unit_scores(method)
        by_key = {}
        totals = {MATERIAL: 0.0, ENERGY: 0.0, SCRAP: 0.0}
        for item in recovered:
            process, factor = providers[item.key]
            avoided = item.amount * factor * scores[process]
            by_key[f"{item.kind}: {item.key}"] = avoided
            totals[item.kind] += avoided
        primary = sum(
            amount * providers[key][1] * scores[providers[key][0]]
            for key, amount in replaced.items()
        )
        results.append(
            Allocation(
                category=category.label,
                unit=method.unit,
                cut_off=scores[identifier],
                recycling=sum(amount * scores[p] for p, amount in to_recyclers.items()),
                content=sum(amount * scores[p] for p, amount in content.items()),
                replaced=primary,
                credits=totals,
                share=share,
                quality=quality,
                by_key=by_key,
            )
        )
    return results, recovered


def _supply(system: Matrices, identifier: str) -> dict[str, float]:
    """Return how much of each dataset one unit of a dataset takes."""
    demand = np.zeros(len(system.ids))
    demand[system.ids.index(identifier)] = 1.0
    amounts = system.factors.solve(demand)
    return {i: float(a) for i, a in zip(system.ids, amounts, strict=True) if a}


def _recovered(linked: LinkedInventory, supply: Mapping[str, float]) -> list[Recovered]:
    """Sum what is recovered by key and kind, in the unit of the key; largest mass first."""
    units = {row["key"]: unit_name(row["unit"]) for row in linked.inventory.tables["keys"]}
    totals: dict[tuple[str, str], float] = defaultdict(float)
    for dataset, exchange, amount in _exchanges(linked, supply):
        if exchange.type == "recovered" and exchange.input in units:
            unit = units[exchange.input]
            kind = _kind(dataset, unit)
            totals[kind, exchange.input] += amount * conversion(exchange.unit, unit)
    return [
        Recovered(key, kind, amount, units[key])
        for (kind, key), amount in sorted(totals.items(), key=lambda item: -item[1])
        if amount
    ]


def _kind(dataset: Dataset, unit: str) -> str:
    if dataset.stage != END_OF_LIFE:
        return SCRAP
    return ENERGY if unit in ("kilowatt hour", "megajoule") else MATERIAL


def _to_recyclers(linked: LinkedInventory, supply: Mapping[str, float]) -> dict[str, float]:
    """Return how much of each provider used products take from recyclers."""
    found: dict[str, float] = defaultdict(float)
    for identifier, amount in supply.items():
        dataset = linked.datasets[identifier]
        if dataset.dataset.stage != END_OF_LIFE:
            continue
        for exchange in dataset.exchanges:
            if exchange.provider and exchange.origin.label == RECYCLING:
                value = linked.inventory.amount(dataset.dataset, exchange.value)
                found[exchange.provider.id] += amount * value
    return found


def _recycled_content(
    linked: LinkedInventory, supply: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Return what recycled content takes by provider, and what it replaces by key."""
    taken: dict[str, float] = defaultdict(float)
    replaced: dict[str, float] = defaultdict(float)
    units = {row["key"]: unit_name(row["unit"]) for row in linked.inventory.tables["keys"]}
    for identifier, amount in supply.items():
        found = linked.datasets[identifier]
        for exchange in found.exchanges:
            origin = exchange.origin
            if not exchange.provider or not origin.label.startswith(CONTENT):
                continue
            value = amount * linked.inventory.amount(found.dataset, exchange.value)
            taken[exchange.provider.id] += value
            _, _, key = origin.label.partition(": ")
            if key:
                stated = amount * linked.inventory.amount(found.dataset, origin.value)
                replaced[key] += stated * conversion(origin.unit, units[key])
    return taken, replaced


def _exchanges(
    linked: LinkedInventory, supply: Mapping[str, float]
) -> Iterator[tuple[Dataset, Exchange, float]]:
    for identifier, amount in supply.items():
        dataset = linked.datasets[identifier].dataset
        for exchange in dataset.exchanges:
            yield dataset, exchange, amount * linked.inventory.amount(dataset, exchange.value)


def _links(linked: LinkedInventory) -> Sequence[Mapping[str, str]]:
    return [
        {"key": r["key"], "process": r["process"], "factor": r["factor"] or "1"}
        for r in linked.inventory.tables["links"]
    ]
