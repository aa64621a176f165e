"""Who is lower, in numbers and words: by category, in the samples and in each scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bw_tinyml.systems.comparison import Comparison
from bw_tinyml.systems.text import category, climate_label, interval, short, unit_of


@dataclass(frozen=True)
class Verdict:
    """What the samples say in one category against one twin."""

    category: str
    baseline: str
    probability: float

    @property
    def word(self) -> str:
        """``lower``, ``higher`` or ``undecided`` at 95 % of the samples."""
        if self.probability >= 0.95:
            return "lower"
        return "higher" if self.probability <= 0.05 else "undecided"


def outcome_context(result: Comparison, labels: Sequence[str]) -> dict[str, Any]:
    """Return the summary and the scenarios, of the categories of one family.

    Parameters
    ----------
    result
        The comparison.
    labels
        Labels of the categories.
    """
    verdicts = [
        Verdict(category(label), twin, float(result.pairs.loc[(twin, label)]["probability_lower"]))
        for twin in (s.name for s in result.systems[1:])
        for label in labels
    ]
    return {"summary": _summary(verdicts, result), "scenarios": _scenarios(result, labels)}


def _summary(verdicts: Sequence[Verdict], result: Comparison) -> list[dict[str, Any]]:
    """One paragraph per twin: in how many categories the device is lower, and where it is not."""
    found = []
    for system in result.systems[1:]:
        own = [v for v in verdicts if v.baseline == system.name]
        groups = {
            word: [v.category for v in own if v.word == word]
            for word in ("lower", "higher", "undecided")
        }
        climate = result.pairs.loc[(system.name, climate_label(result))]
        found.append(
            {
                "system": system,
                "count": len(own),
                "climate": short(float(climate["ratio_median"])),
                "climate_low": short(float(climate["ratio_p05"])),
                "climate_high": short(float(climate["ratio_p95"])),
                "closest": _closest(result, system.name),
                **groups,
            }
        )
    return found


def _closest(result: Comparison, twin: str) -> dict[str, str] | None:
    """The scenario in which the device does worst in climate change: what to look at first."""
    if result.scenarios.empty:
        return None
    ratios = result.scenarios.xs(twin, level="baseline")[climate_label(result)].astype(float)
    scenario = str(ratios.idxmax())
    return {"scenario": scenario, "ratio": short(float(ratios[scenario]))}


def _scenarios(result: Comparison, labels: Sequence[str]) -> list[dict[str, Any]]:
    """Per scenario and twin: ratio in climate change, and in how many categories it is below 1."""
    climate = climate_label(result)
    twins = [s.name for s in result.systems[1:]]

    def cells(ratios: pd.Series) -> dict[str, str]:
        if ratios.isna().all():  # the link of a system cannot carry its data
            return {"ratio": "not possible", "lower": "none"}
        lower = int((ratios < 1).sum())
        return {"ratio": short(float(ratios[climate])), "lower": f"{lower} of {len(labels)}"}

    base = [cells(result.pairs["ratio"].loc[twin][list(labels)]) for twin in twins]
    rows = [{"scenario": "As above", "change": "", "cells": base}]
    for scenario in dict.fromkeys(result.scenarios.index.get_level_values("scenario")):
        found = [result.scenarios.loc[(scenario, twin)] for twin in twins]
        change = ", ".join(f"{k} = {v:g}" for k, v in found[0]["changes"].items())
        rows.append(
            {
                "scenario": scenario,
                "change": change,
                "cells": [cells(row[list(labels)].astype(float)) for row in found],
            }
        )
    return rows


def table(result: Comparison, family: str, labels: Sequence[str]) -> dict[str, Any]:
    """Return all scores of a family, and what the samples say of each pair."""
    rows = []
    for label in labels:
        pairs = [result.pairs.loc[(s.name, label)] for s in result.systems[1:]]
        rows.append(
            {
                "category": label.removeprefix(f"{family}: "),
                "unit": unit_of(result, label),
                "scores": [
                    (short(float(row["score"])), interval(row))
                    for row in (result.scores.loc[(s.name, label)] for s in result.systems)
                ],
                "pairs": [
                    {
                        "probability": f"{p['probability_lower']:.0%}",
                        "class": Verdict("", "", float(p["probability_lower"])).word,
                        "break_even": "none"
                        if pd.isna(p["break_even"])
                        else short(float(p["break_even"])),
                    }
                    for p in pairs
                ],
            }
        )
    return {"family": family, "rows": rows}
