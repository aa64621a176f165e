"""The export report: what was written, converted, cut, and what has no counterpart."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ExportReport:
    """What an export did.

    Attributes
    ----------
    file
        The package.
    flows
        Nomenclature of elementary flows: ``ef`` or ``ecoinvent``.
    datasets
        Number of data sets by kind.
    mapped
        Number of elementary flows that got the UUID of EF 3.1.
    unmapped
        Elementary flows of the inventory that kept ecoinvent's UUID: name, compartment, UUID.
    merged
        EF flows that stand for more than one ecoinvent flow of the inventory.
    without_factor
        Elementary flows of the inventory for which no exported LCIA method has a factor.
    factors_changed
        Factors of flows of the inventory that became another one, because the EF flow stands for
        several ecoinvent flows with different factors, or with and without.
    factors_left_out
        Characterisation factors whose flow is not in the biosphere: by method.
    conversions
        Conversions of amounts to reference units: from, to, factor, number of exchanges.
    truncated
        Texts that were cut to what the format allows: place and length.
    spreads_rounded
        Number of spreads (GSD squared) that the format's three decimals change by more than 0.1 %;
        the exact ones stand beside them.
    locations_replaced
        Location codes that ILCD does not know, written as GLO with a description.
    references
        Inputs from databases that are not exported: written as flows without a provider.
    aggregated
        Inputs from databases that are not exported: written as LCI results.
    models
        Life cycle models: names.
    notes
        Anything else a reader should know.
    """

    file: str
    flows: str
    datasets: dict[str, int] = field(default_factory=dict)
    mapped: int = 0
    unmapped: list[dict[str, str]] = field(default_factory=list)
    merged: list[dict[str, Any]] = field(default_factory=list)
    without_factor: list[dict[str, str]] = field(default_factory=list)
    factors_changed: list[dict[str, Any]] = field(default_factory=list)
    factors_left_out: dict[str, int] = field(default_factory=dict)
    conversions: Counter[tuple[str, str, float]] = field(default_factory=Counter)
    truncated: list[dict[str, Any]] = field(default_factory=list)
    spreads_rounded: int = 0
    locations_replaced: set[str] = field(default_factory=set)
    references: list[dict[str, str]] = field(default_factory=list)
    aggregated: list[dict[str, str]] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON and in a fixed order."""
        fields = dict(vars(self))
        fields["conversions"] = [
            {"from": unit, "to": target, "factor": factor, "exchanges": count}
            for (unit, target, factor), count in sorted(self.conversions.items())
        ]
        fields["locations_replaced"] = sorted(self.locations_replaced)
        return fields
