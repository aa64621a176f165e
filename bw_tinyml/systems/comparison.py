"""The result of a comparison, and how it reads as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from bw_tinyml.impact.methods import Indicator
from bw_tinyml.showing import Shown
from bw_tinyml.systems.outside import Outside, outside, quote_note
from bw_tinyml.systems.tasks import System, Task
from bw_tinyml.systems.verdict import verdict_table

DISCLAIMER = (
    "This comparison is not a comparative assertion reviewed according to ISO 14044; it rests on "
    "generic data and estimates, whose share is shown beside the results."
)


@dataclass(repr=False)
class Comparison(Shown):
    """Result of a comparison.

    Attributes
    ----------
    task, location
        What was compared, and where it is used.
    functional_unit
        What every system delivers, with the values of the parameters that hold here.
    systems
        The systems: the device first, then its twins.
    indicators
        The LCIA methods.
    scores
        Index (system, indicator); columns ``score`` (deterministic), ``p05``, ``median``, ``p95``
        and ``unit``.
    stages, components
        Deterministic scores by life-cycle stage, and by stage and component; index (system,
        stage[, component]), columns indicators.
    estimates
        Share of each score that rests on estimates; index (system, indicator), columns
        ``emission`` and ``path``.
    stage_estimates
        The same by life-cycle stage, with the ``share`` of the stage in the score; index (system,
        stage, indicator).
    pairs
        Device against each twin; index (baseline, indicator), columns ``ratio``,
        ``ratio_p05``, ``ratio_median``, ``ratio_p95``, the same of ``difference``,
        ``probability_lower``, and ``break_even`` in the rate of the task.
    break_evens
        Where the answer flips; see :func:`bw_tinyml.systems.breakeven.break_evens`.
    scenarios
        Ratio of the device to each twin when some parameters are different, at stated values;
        index (scenario, baseline), columns ``changes`` (value by parameter) and the indicators.
    samples
        Sampled scores, shape (iterations, systems, indicators).
    provenance
        Versions, background, seed, parameters: what makes the result reproducible.
    allocations
        Ratios under other allocations of recycling, where asked for; see
        :func:`bw_tinyml.systems.allocated.allocated_pairs`.
    scenario_pairs
        What the samples say in the scenarios, where asked for; see
        :func:`bw_tinyml.systems.scenarios.scenario_pairs`.
    """

    task: Task
    location: str
    functional_unit: str
    systems: list[System]
    indicators: list[Indicator]
    scores: pd.DataFrame
    stages: pd.DataFrame
    components: pd.DataFrame
    estimates: pd.DataFrame
    stage_estimates: pd.DataFrame
    pairs: pd.DataFrame
    break_evens: pd.DataFrame
    scenarios: pd.DataFrame
    samples: np.ndarray
    rate: dict[str, Any]
    provenance: dict[str, Any]
    allocations: pd.DataFrame | None = None
    scenario_pairs: pd.DataFrame | None = None

    def shown(self) -> tuple[str, pd.DataFrame]:
        """Return what was calculated, and the main table."""
        device, *twins = (system.name for system in self.systems)
        title = f"{self.task.name} [{self.location}], {device} against {', '.join(twins)}"
        return title if twins else title.partition(" against")[0], self.verdict()

    def verdict(self) -> pd.DataFrame:
        """Return which side is lower per twin and category, how sure that is, and trade-offs.

        See :func:`bw_tinyml.systems.verdict.verdict_table` for the columns.
        """
        labels = [indicator.label for indicator in self.indicators]
        return verdict_table(self.pairs, self.estimates, self.systems[0].name, labels)

    def outside(self) -> list[Outside]:
        """Return the systems with stated values outside of the interval of their samples."""
        table = self.scores
        shape = len(self.systems), len(self.indicators)
        stated, low, high = (
            table[name].to_numpy(dtype=float).reshape(shape) for name in ("score", "p05", "p95")
        )
        return outside([system.title for system in self.systems], stated, low, high)

    def quote_note(self) -> str:
        """Return which number to quote, where a stated value lies outside of its interval."""
        return quote_note(self.outside(), len(self.indicators))

    def as_dict(self) -> dict[str, Any]:
        """Return the result, ready for JSON."""
        methods = {i.label: list(i.method) for i in self.indicators}
        systems = []
        for system in self.systems:
            results = []
            for indicator in self.indicators:
                row = self.scores.loc[(system.name, indicator.label)]
                share = self.estimates.loc[(system.name, indicator.label)]
                results.append(
                    {
                        "method": methods[indicator.label],
                        "label": indicator.label,
                        "unit": indicator.unit,
                        "score": float(row["score"]),
                        "p05": float(row["p05"]),
                        "median": float(row["median"]),
                        "p95": float(row["p95"]),
                        "stages": {
                            stage: float(value)
                            for stage, value in self.stages.loc[system.name][
                                indicator.label
                            ].items()
                        },
                        "share_of_estimates": {k: float(share[k]) for k in ("emission", "path")},
                        "stage_estimates": {
                            str(stage): _plain(found.to_dict())
                            for stage, found in self.stage_estimates.loc[system.name]
                            .xs(indicator.label, level="indicator")
                            .iterrows()
                        },
                    }
                )
            systems.append(
                {
                    "system": system.name,
                    "role": system.role,
                    "title": system.title,
                    "scores": results,
                }
            )
        pairs = [
            {
                "device": self.systems[0].name,
                "baseline": baseline,
                "method": methods[label],
                "label": label,
                **{k: _number(v) for k, v in row.items()},
            }
            for (baseline, label), row in self.pairs.iterrows()
        ]
        return {
            "task": self.task.name,
            "functional_unit": self.functional_unit,
            "location": self.location,
            "rate": self.rate,
            "systems": systems,
            "stated_outside_interval": {
                "systems": [asdict(found) for found in self.outside()],
                "categories": len(self.indicators),
                "note": self.quote_note(),
            },
            "pairs": pairs,
            "verdict": [
                {"baseline": baseline, "label": label, **_plain(row.to_dict())}
                for (baseline, label), row in self.verdict().iterrows()
            ],
            "break_evens": [
                {"name": name, "baseline": baseline, "label": label, **_plain(row.to_dict())}
                for (name, baseline, label), row in self.break_evens.iterrows()
            ],
            "scenarios": [
                {
                    "scenario": scenario,
                    "baseline": baseline,
                    "changes": row["changes"],
                    "ratios": {i.label: _number(row[i.label]) for i in self.indicators},
                }
                for (scenario, baseline), row in self.scenarios.iterrows()
            ],
            "scenario_pairs": None
            if self.scenario_pairs is None
            else [
                {
                    **dict(zip(("scenario", "baseline", "label"), key, strict=True)),
                    **_plain(row.to_dict()),
                }
                for key, row in self.scenario_pairs.iterrows()
            ],
            "allocations": None
            if self.allocations is None
            else [
                {"baseline": baseline, "label": label, **_plain(row.to_dict())}
                for (baseline, label), row in self.allocations.iterrows()
            ],
            "disclaimer": DISCLAIMER,
            **self.provenance,
        }


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Return a row for JSON: numbers that are not finite become None."""
    return {
        str(name): value
        if isinstance(value, str | bool)
        else bool(value)
        if isinstance(value, np.bool_)
        else _number(value)
        for name, value in row.items()
    }


def _number(value: Any) -> float | None:
    """Return a number for JSON; None where there is none: 0/0, or no break-even."""
    return float(value) if np.isfinite(value) else None
