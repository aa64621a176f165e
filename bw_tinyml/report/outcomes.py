"""Who is lower, in numbers and words: by category, in the samples and in each scenario."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bw_tinyml.impact.paired import BLOCK
from bw_tinyml.systems.comparison import Comparison
from bw_tinyml.systems.text import category, climate_label, interval, short, unit_of
from bw_tinyml.systems.verdict import WORDS, word


@dataclass(frozen=True)
class Verdict:
    """What the samples say in one category against one twin."""

    category: str
    baseline: str
    probability: float

    @property
    def word(self) -> str:
        """``lower`` or ``higher`` as in a verdict; what is only probable is ``undecided``."""
        found = word(self.probability, math.nan, math.nan)
        return "undecided" if found.startswith("probably") else found


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
    return {
        "summary": _summary(verdicts, result),
        "scenarios": _scenarios(result, labels),
        "scenario_samples": min(result.provenance["iterations"], BLOCK),
        "scenario_categories": len(labels),
    }


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
    if result.scenario_pairs is None or result.scenario_pairs.empty:
        return None
    pairs = result.scenario_pairs.xs((twin, climate_label(result)), level=(1, 2))
    scenario = str(pairs["ratio_median"].idxmax())
    return {"scenario": scenario, "ratio": short(float(pairs.loc[scenario, "ratio_median"]))}


def _scenarios(result: Comparison, labels: Sequence[str]) -> list[dict[str, Any]]:
    """Per scenario and twin, in the samples: ratio in climate change, and verdicts by number."""
    if result.scenario_pairs is None or result.scenario_pairs.empty:
        return []
    climate = climate_label(result)
    twins = [s.name for s in result.systems[1:]]

    def cells(pairs: pd.DataFrame) -> dict[str, str]:
        pairs = pairs.loc[list(labels)]
        if pairs["ratio_median"].isna().all():  # the link of a system cannot carry its data
            return {"ratio": "not possible", "verdicts": ""}
        names = ["probability_lower", "ratio_p05", "ratio_p95"]
        found = Counter(word(*row) for row in pairs[names].to_numpy(dtype=float))
        ratio = pairs.loc[climate].rename(lambda name: name.removeprefix("ratio_"))
        return {
            "ratio": interval(ratio),
            "verdicts": ", ".join(f"{w} {found[w]}" for w in WORDS if w in found),
        }

    base = [cells(result.pairs.loc[twin]) for twin in twins]
    rows = [{"scenario": "As above", "change": "", "cells": base}]
    for scenario in dict.fromkeys(result.scenario_pairs.index.get_level_values("scenario")):
        changes = result.scenarios.loc[(scenario, twins[0]), "changes"]
        rows.append(
            {
                "scenario": scenario,
                "change": ", ".join(f"{k} = {v:g}" for k, v in changes.items()),
                "cells": [
                    cells(result.scenario_pairs.xs((scenario, t), level=(0, 1))) for t in twins
                ],
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
