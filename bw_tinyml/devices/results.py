"""What a bill of materials became, and its scores."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bw_tinyml.devices.boundary import not_counted
from bw_tinyml.devices.lines import Bom
from bw_tinyml.devices.matches import Match


@dataclass(frozen=True)
class BomMatches:
    """A bill of materials and what its lines became.

    Attributes
    ----------
    matches
        One per line.
    warnings
        What is missing in the bill as a whole.
    """

    bom: Bom
    matches: tuple[Match, ...]
    warnings: tuple[str, ...]
    file: str

    @property
    def counts(self) -> dict[str, int]:
        """Number of lines by status."""
        found = Counter(match.status for match in self.matches)
        return {s: found.get(s, 0) for s in ("matched", "estimated", "unknown", "ignored")}

    @property
    def not_counted(self) -> tuple[str, ...]:
        """What the bill does not contain of a device and its life."""
        return not_counted(self.demands())

    def demands(self) -> dict[str, float]:
        """Return how much of each dataset the device needs."""
        total: dict[str, float] = {}
        for match in self.matches:
            for demand in match.demands:
                total[demand.dataset] = total.get(demand.dataset, 0.0) + demand.amount
        return total

    def as_dict(self) -> dict[str, Any]:
        """Return the matches, ready for JSON."""
        return {
            "device": self.bom.name,
            "file": self.file,
            "counts": self.counts,
            "not_placed": len(self.bom.left_out),
            "warnings": list(self.warnings),
            "not_counted": list(self.not_counted),
            "unused_columns": list(self.bom.unused_columns),
            "lines": [
                {
                    "line": m.line.line,
                    "part": m.line.name,
                    "quantity": m.line.quantity,
                    "unit": m.unit,
                    "status": m.status,
                    "datasets": [{"dataset": d.dataset, "amount": d.amount} for d in m.demands],
                    "reason": m.reason,
                }
                for m in self.matches
            ],
        }


@dataclass(frozen=True)
class BomResult:
    """Scores of a bill of materials.

    Attributes
    ----------
    matches
        Lines and datasets.
    lines
        Scores: rows as ``matches.matches``, columns indicators.
    datasets
        Scores by dataset, for the whole device: rows datasets, columns indicators.
    estimates
        Share of each score that rests on estimates: index indicators, columns ``emission`` and
        ``path`` as in :func:`bw_tinyml.impact.contributions.estimate_share`.
    intervals
        5th percentile, median and 95th percentile of sampled scores: index indicators, columns
        ``p05``, ``median``, ``p95``; None where nothing was sampled.
    units, methods
        Unit and Brightway method by indicator.
    provenance
        Versions and background.
    """

    matches: BomMatches
    lines: pd.DataFrame
    datasets: pd.DataFrame
    estimates: pd.DataFrame
    units: dict[str, str]
    methods: dict[str, list[str]]
    provenance: dict[str, Any]
    intervals: pd.DataFrame | None = None

    @property
    def total(self) -> pd.Series:
        """Scores of the device: indicators."""
        return self.lines.sum(axis=0)

    def as_dict(self) -> dict[str, Any]:
        """Return the result, ready for JSON."""
        data = self.matches.as_dict()
        for row, (_, scores) in zip(data["lines"], self.lines.iterrows(), strict=True):
            row["scores"] = {str(label): float(v) for label, v in scores.items()}
        total = self.total
        data["scores"] = [
            {
                "method": self.methods[label],
                "label": label,
                "score": float(total[label]),
                "unit": unit,
                "by_rule_share": self.share(label, "estimated"),
                "share_of_estimates": {
                    kind: float(v) for kind, v in self.estimates.loc[label].items()
                },
                **self._interval(label),
            }
            for label, unit in self.units.items()
        ]
        return {**data, **self.provenance}

    def _interval(self, label: str) -> dict[str, float]:
        if self.intervals is None:
            return {}
        return {kind: float(value) for kind, value in self.intervals.loc[label].items()}

    def share(self, label: str, status: str) -> float:
        """Return the share of a score that comes from lines of one status."""
        chosen = [m.status == status for m in self.matches.matches]
        total = float(self.lines[label].sum())
        return float(self.lines.loc[chosen, label].sum()) / total if total else 0.0
