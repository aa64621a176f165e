"""A comparison as rows of text: the same for the terminal, the report and the README."""

from __future__ import annotations

import pandas as pd

from bw_tinyml.systems.comparison import DISCLAIMER, Comparison
from bw_tinyml.systems.verdict import summary

#: title of the first table of a comparison
SCORES = "Scores"


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
    tables = [(SCORES, headers, scores)]
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


def verdict_rows(result: Comparison, baseline: str) -> tuple[list[str], list[list[str]]]:
    """Return headers and rows of the verdict against one twin."""
    rows = []
    for label, row in result.verdict().loc[baseline].iterrows():
        rows.append(
            [
                str(label),
                f"{row['verdict']}{' (trade-off)' if row['trade_off'] else ''}",
                f"{row['probability_lower']:.0%}",
                f"{short(row['ratio_median'])} ({short(row['ratio_p05'])} to "
                f"{short(row['ratio_p95'])})",
                f"{short(row['difference_median'])} ({short(row['difference_p05'])} to "
                f"{short(row['difference_p95'])})",
                f"{row['estimates_device']:.0%} / {row['estimates_baseline']:.0%}",
            ]
        )
    headers = [
        "category", "TinyML is", "P(lower)", "ratio (90 % interval)",
        "difference (90 % interval)", "estimates",
    ]  # fmt: skip
    return headers, rows


def verdict_tables(result: Comparison) -> list[tuple[str, list[str], list[list[str]]]]:
    """Return title, headers and rows of the verdict against each twin."""
    table = result.verdict()
    return [
        (
            f"{result.systems[0].title} against {twin.title}: {summary(table, twin.name)}",
            *verdict_rows(result, twin.name),
        )
        for twin in result.systems[1:]
    ]


def brief_lines(result: Comparison) -> list[str]:
    """Return the verdict against each twin, with the ratio in climate change."""
    table = result.verdict()
    label = climate_label(result)
    lines = []
    for twin in result.systems[1:]:
        row = table.loc[(twin.name, label)]
        ratio = interval(row.rename(lambda name: name.removeprefix("ratio_")))
        lines += [
            f"{result.systems[0].title} against {twin.title}: {summary(table, twin.name)}",
            f"  {label}: {row['verdict']}; ratio {ratio}, median and 90 % interval; lower in "
            f"{row['probability_lower']:.0%} of the samples",
        ]
    return lines


def break_even_rows(
    result: Comparison, label: str | None = None
) -> tuple[list[str], list[list[str]]]:
    """Return headers and rows of the break-evens in one category; climate change by default."""
    label = label or climate_label(result)
    rows = []
    for (name, baseline), row in result.break_evens.xs(label, level="indicator").iterrows():
        found = not pd.isna(row["break_even"])
        limits = f"{short(row['low'])} to {short(row['high'])}"
        flip = f"{short(row['break_even'])} ({row['lower_below']} is lower below)"
        flat = f"none in {limits}: {row['lower_below'] or 'both'} is lower"
        rows.append(
            [
                str(name),
                str(baseline),
                f"{short(row['value'])} {row['unit']}",
                (flip if found else flat if row["lower_below"] else f"none in {limits}: equal")
                + (f"; {row['crossings']} flips" if row["crossings"] > 1 else ""),
                _sampled_flip(row),
                _share(row["share_without"]),
            ]
        )
    headers = [
        "in", "against", "now", "break-even", "median (90 % interval)", "samples without",
    ]  # fmt: skip
    return headers, rows


def _share(share: float) -> str:
    """Return a share as percent; the ends of the scale only where they are exact."""
    if pd.isna(share):
        return ""
    if 0 < share < 0.01:
        return "< 1%"
    return "> 99%" if 0.99 < share < 1 else f"{share:.0%}"


def _sampled_flip(row: pd.Series) -> str:
    """Return median and interval of the sampled break-evens, where there are enough."""
    if pd.isna(row["break_even_median"]):
        return "none" if row["share_without"] == 1 else "too few"
    return (
        f"{short(row['break_even_median'])} ({short(row['break_even_p05'])} to "
        f"{short(row['break_even_p95'])})"
    )


def stage_estimate_rows(
    result: Comparison, label: str | None = None
) -> tuple[list[str], list[list[str]]]:
    """Return headers and rows of the estimates by stage in one category; by default climate.

    Stages in which nothing happens are left out.
    """
    label = label or climate_label(result)
    found = result.stage_estimates.xs(label, level="indicator")
    rows = []
    for stage in dict.fromkeys(found.index.get_level_values("stage")):
        cells = []
        for system in result.systems:
            here = (system.name, stage) in found.index
            row = found.loc[(system.name, stage)] if here else pd.Series({"share": 0.0})
            cells += [_share(row["share"]), _rests(row)] if row["share"] else ["", ""]
        if any(cells):
            rows.append([stage, *cells])
    whole = [result.estimates.loc[(system.name, label)] for system in result.systems]
    rows.append(["all", *(cell for row in whole for cell in ("100%", _rests(row)))])
    headers = [h for system in result.systems for h in (system.title, "estimates / path")]
    return ["stage", *headers], rows


def _rests(row: pd.Series) -> str:
    """Return the share whose emission is an estimate, and that with one on its way."""
    return f"{_share(row['emission'])} / {_share(row['path'])}"


def allocation_rows(result: Comparison, baseline: str) -> tuple[list[str], list[list[str]]]:
    """Return headers and rows of the ratios to one twin under other allocations."""
    assert result.allocations is not None
    rows = [
        [str(label), *(short(row[f"ratio_{a}"]) for a in ("cut_off", "substitution", "shared"))]
        for label, row in result.allocations.loc[baseline].iterrows()
    ]
    return ["category", "cut-off", "substitution", "shared 50-50"], rows


def climate_label(result: Comparison) -> str:
    """Return the label of climate change, or of the first category."""
    labels = [indicator.label for indicator in result.indicators]
    return next((label for label in labels if "climate" in label.lower()), labels[0])


def category(label: str) -> str:
    """Return a label without the family that stands before it where there are several."""
    return label.split(": ", 1)[-1]


def unit_of(result: Comparison, label: str) -> str:
    """Return the unit of the scores with a label."""
    return next(i.unit for i in result.indicators if i.label == label)


def footnotes(result: Comparison) -> list[str]:
    """Return how to read the table, and what makes it reproducible."""
    rate = result.rate
    versions = ", ".join(f"{k} {v}" for k, v in result.provenance["versions"].items())
    return [
        "Score with every number at its stated value; median and 90 % interval of the samples. A "
        "sum of lognormal numbers has a median above the sum of their medians, so the sampled "
        "median usually lies above the score.",
        f"Break-even: value of {rate['parameter']} (now {rate.get('value', 0):g} "
        f"{rate.get('unit', '')}) at which both score the same; none: no flip within its range. "
        f"Median and 90 % interval: of the samples (the first "
        f"{result.provenance['break_even_samples']}) that have a break-even in the range; the "
        "others are the samples without.",
        "Verdict: lower or higher in 95 % of the samples, probably in 80 %; equal: 90 % of the "
        "ratios within 1 % of one; trade-off: opposite to climate change. Estimates: share of the "
        "scores (device / twin) whose emission is one; by stage also the share with an estimate "
        "anywhere on its path from the system to the emission.",
        f"{result.provenance['iterations']} paired samples, seed {result.provenance['seed']}, "
        f"{_drawn(result)}; "
        f"background {result.provenance['background']}; {versions}.",
        DISCLAIMER,
    ]


def _drawn(result: Comparison) -> str:
    draws = result.provenance["background_draws"]
    if not draws or result.provenance["background"] != "open":
        return "background at its stated values"
    return f"{draws} draws of the background"
