"""A comparison as rows of text: the same for the terminal, the report and the README."""

from __future__ import annotations

import pandas as pd

from bw_tinyml.systems.comparison import DISCLAIMER, Comparison


def short(value: float) -> str:
    """Return a number with three significant digits."""
    return f"{value:.3g}"


def interval(row: pd.Series) -> str:
    """Return the median and 90 % interval of the samples: ``1.4 (0.9 to 1.6)``."""
    return f"{short(row['median'])} ({short(row['p05'])} to {short(row['p95'])})"


def comparison_tables(result: Comparison) -> list[tuple[str, list[str], list[list[str]]]]:
    """Return title, headers and rows of the scores, and of what the samples say about each twin."""
    scores = []
    for indicator in result.indicators:
        found = [result.scores.loc[(s.name, indicator.label)] for s in result.systems]
        cells = [cell for row in found for cell in (short(row["score"]), interval(row))]
        scores.append([indicator.label, indicator.unit, *cells])
    headers = ["category", "unit"]
    headers += [h for s in result.systems for h in (s.title, "median (90 % interval)")]
    tables = [("Scores", headers, scores)]
    for twin in result.systems[1:]:
        rows = []
        for indicator in result.indicators:
            pair = result.pairs.loc[(twin.name, indicator.label)]
            flip = pair["break_even"]
            rows.append(
                [
                    indicator.label,
                    short(pair["ratio"]),
                    f"{short(pair['ratio_median'])} ({short(pair['ratio_p05'])} to "
                    f"{short(pair['ratio_p95'])})",
                    f"{pair['probability_lower']:.0%}",
                    "none" if pd.isna(flip) else short(flip),
                ]
            )
        title = f"{result.systems[0].title} against {twin.title}"
        columns = ["category", "ratio", "median (90 % interval)", "P(lower)", "break-even"]
        tables.append((title, columns, rows))
    return tables


def footnotes(result: Comparison) -> list[str]:
    """Return how to read the table, and what makes it reproducible."""
    rate = result.rate
    versions = ", ".join(f"{k} {v}" for k, v in result.provenance["versions"].items())
    return [
        "Score with every number at its stated value; median and 90 % interval of the samples. A "
        "sum of lognormal numbers has a median above the sum of their medians, so the sampled "
        "median lies above the deterministic score.",
        f"Break-even: value of {rate['parameter']} (now {rate.get('value', 0):g} "
        f"{rate.get('unit', '')}) at which both score the same; none: no flip within its range.",
        f"{result.provenance['iterations']} paired samples, seed {result.provenance['seed']}; "
        f"background {result.provenance['background']}; {versions}.",
        DISCLAIMER,
    ]
