"""What of a data set arrived in Brightway, and what did not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bw_tinyml.adapters.source import SourceExchange


@dataclass
class Unmatched:
    """An elementary flow without counterpart in the biosphere."""

    name: str
    path: str
    unit: str
    reason: str
    exchanges: int = 0


@dataclass
class CutOff:
    """A product or waste that no dataset provides or treats."""

    name: str
    unit: str
    reason: str
    exchanges: int = 0


@dataclass
class Coverage:
    """Coverage of an adapted data set.

    Attributes
    ----------
    elementary, elementary_linked
        Exchanges with nature: all, and those linked.
    products, products_linked
        Inputs from and wastes to other processes: all, and those linked. ``links`` says by what.
    co2, co2_linked
        Mass of carbon dioxide per unit of each dataset's product, all and linked, in kg. The sum
        has no meaning of its own, the share has.
    matches
        Linked exchanges with nature by how the flow was found.
    accounts
        Exchanges that book waste or money; they are not among those with nature.
    moved
        Of these, those whose flow exists in another compartment of the medium only.
    allocations
        Number of processes with several products by the rule that split them.
    """

    format: str = ""
    processes: int = 0
    datasets: int = 0
    elementary: int = 0
    elementary_linked: int = 0
    accounts: int = 0
    products: int = 0
    products_linked: int = 0
    co2: float = 0.0
    co2_linked: float = 0.0
    matches: Counter[str] = field(default_factory=Counter)
    moved: int = 0
    links: Counter[str] = field(default_factory=Counter)
    allocations: Counter[str] = field(default_factory=Counter)
    uncertainty: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)
    _unmatched: dict[tuple[str, str, str, str], Unmatched] = field(default_factory=dict)
    _cutoffs: dict[tuple[str, str, str], CutOff] = field(default_factory=dict)

    def unmatched_flow(self, exchange: SourceExchange, reason: str) -> None:
        """Count an exchange with nature that could not be linked."""
        flow = exchange.flow
        key = (flow.name, flow.path, exchange.unit.name, reason)
        self._unmatched.setdefault(key, Unmatched(*key)).exchanges += 1

    def cut_off(self, exchange: SourceExchange, reason: str) -> None:
        """Count an input that no dataset provides."""
        key = (exchange.flow.name, exchange.unit.name, reason)
        self._cutoffs.setdefault(key, CutOff(*key)).exchanges += 1

    @property
    def unmatched(self) -> list[Unmatched]:
        """Elementary flows that were not linked, the most frequent first."""
        return sorted(self._unmatched.values(), key=lambda u: (-u.exchanges, u.name, u.path))

    @property
    def cutoffs(self) -> list[CutOff]:
        """Inputs that were not linked, the most frequent first."""
        return sorted(self._cutoffs.values(), key=lambda c: (-c.exchanges, c.name))

    def by_reason(self) -> dict[str, int]:
        """Return the number of unlinked exchanges by reason."""
        found: Counter[str] = Counter()
        rows: list[Unmatched | CutOff] = [*self._unmatched.values(), *self._cutoffs.values()]
        for row in rows:
            found[row.reason] += row.exchanges
        return dict(found.most_common())

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "format": self.format,
            "processes": self.processes,
            "datasets": self.datasets,
            "elementary exchanges": self.elementary,
            "elementary exchanges linked": self.elementary_linked,
            "elementary share linked": share(self.elementary_linked, self.elementary),
            "accounts of waste or money": self.accounts,
            "CO2 mass share linked": share(self.co2_linked, self.co2),
            "product inputs": self.products,
            "product inputs linked": self.products_linked,
            "product share linked": share(self.products_linked, self.products),
            "matched by": dict(self.matches.most_common()),
            "matched in another compartment": self.moved,
            "linked by": dict(self.links.most_common()),
            "allocated by": dict(self.allocations.most_common()),
            "uncertainty": dict(self.uncertainty.most_common()),
            "not linked because": self.by_reason(),
            "remarks": self.remarks,
            "unmatched flows": [
                {**vars(u), "share": share(u.exchanges, self.elementary)} for u in self.unmatched
            ],
            "cut-offs": [
                {**vars(c), "share": share(c.exchanges, self.products)} for c in self.cutoffs
            ],
        }


def share(part: float, whole: float) -> float | None:
    """Return a share, or None of nothing."""
    return part / whole if whole else None
