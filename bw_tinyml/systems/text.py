"""A comparison as rows of text: the same for the terminal, the report and the README."""

from __future__ import annotations

import pandas as pd

from bw_tinyml.systems.compare import DISCLAIMER, Comparison


def short(value: float) -> str:
    """Return a number with three significant digits."""
    return f"{value:.3g}"


def interval(row: pd.Series) -> str:
    """Return ``1.2 (0.9 to 1.6)``."""
    return f"{short(row['score'])} ({short(row['p05'])} to {short(row['p95'])})"


def comparison_rows(result: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return headers and rows: a category each, with all systems and pairs."""
    headers = ["category", "unit", *(s.title for s in result.systems)]
    headers += [f"P(lower than {s.name})" for s in result.systems[1:]]
    headers += [f"break-even with {s.name}" for s in result.systems[1:]]
    rows = []
    for indicator in result.indicators:
        row = [indicator.label, indicator.unit]
        row += [interval(result.scores.loc[(s.name, indicator.label)]) for s in result.systems]
        pairs = [result.pairs.loc[(s.name, indicator.label)] for s in result.systems[1:]]
        row += [f"{pair['probability_lower']:.0%}" for pair in pairs]
        row += ["none" if pd.isna(p["break_even"]) else short(p["break_even"]) for p in pairs]
        rows.append(row)
    return headers, rows


def footnotes(result: Comparison) -> list[str]:
    """Return how to read the table, and what makes it reproducible."""
    rate = result.rate
    versions = ", ".join(f"{k} {v}" for k, v in result.provenance["versions"].items())
    return [
        "Score (5th to 95th percentile). Lognormal inputs make medians and means differ from the "
        "deterministic score.",
        f"Break-even: value of {rate['parameter']} (now {rate.get('value', 0):g} "
        f"{rate.get('unit', '')}) at which both score the same; none: no flip within its range.",
        f"{result.provenance['iterations']} paired samples, seed {result.provenance['seed']}; "
        f"background {result.provenance['background']}; {versions}.",
        DISCLAIMER,
    ]
