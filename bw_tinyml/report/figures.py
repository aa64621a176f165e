"""The charts of the report page, of the categories of one family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bw_tinyml.report import charts
from bw_tinyml.systems.comparison import Comparison
from bw_tinyml.systems.text import category, unit_of

#: components shown by name in the chart; the rest are summed up as others
SHOWN_COMPONENTS = 12


def figure_context(result: Comparison, labels: Sequence[str]) -> dict[str, Any]:
    """Return the charts and their legends.

    Parameters
    ----------
    result
        The comparison.
    labels
        Labels of the categories.
    """
    stages = charts.colours(list(dict.fromkeys(result.stages.index.get_level_values("stage"))))
    twins = [s.name for s in result.systems[1:]]
    twin_colours = {n: (charts.PALETTE[0], charts.PALETTE[3], charts.PALETTE[2])[i % 3]
                    for i, n in enumerate(twins)}  # fmt: skip
    components = _components(result, labels)
    component_colours = charts.colours(_names(components))
    return {
        "stages": stages,
        "cards": _cards(result, labels, stages),
        "ratios": charts.ratio_plot(_ratios(result, labels, twins), twin_colours),
        "twins": [(s, twin_colours[s.name]) for s in result.systems[1:]],
        "component_chart": charts.shares(components, component_colours, "Device by component"),
        "component_colours": component_colours,
        "quality": charts.quality(_quality(result, labels)),
        "least_path": _least_path(result, labels),
    }


def _cards(
    result: Comparison, labels: Sequence[str], palette: Mapping[str, str]
) -> list[dict[str, Any]]:
    cards = []
    for label in labels:
        bars = []
        for system in result.systems:
            row = result.scores.loc[(system.name, label)]
            parts = result.stages.loc[system.name][label].to_dict()
            samples = float(row["p05"]), float(row["median"]), float(row["p95"])
            bars.append((system.title, parts, samples))
        unit = unit_of(result, label)
        cards.append(
            {
                "title": category(label),
                "unit": unit,
                "chart": charts.stacked_bars(category(label), unit, bars, palette),
            }
        )
    return cards


def _ratios(
    result: Comparison, labels: Sequence[str], twins: Sequence[str]
) -> list[tuple[str, list[tuple[str, float, float, float]]]]:
    rows = []
    for label in labels:
        points = []
        for twin in twins:
            pair = result.pairs.loc[(twin, label)]
            points.append(
                (twin, float(pair["ratio_p05"]), float(pair["ratio_median"]),
                 float(pair["ratio_p95"]))
            )  # fmt: skip
        rows.append((category(label), points))
    return rows


def _components(result: Comparison, labels: Sequence[str]) -> list[tuple[str, dict[str, float]]]:
    """Scores of the device by component, the largest by name, per category."""
    device = result.components.loc[result.systems[0].name]
    table = device.groupby(level="component", sort=False).sum()
    shares = table[list(labels)].abs()
    importance = (shares / shares.sum(axis=0)).max(axis=1)
    shown = list(importance.sort_values(ascending=False, kind="stable").index[:SHOWN_COMPONENTS])
    rows = []
    for label in labels:
        parts = {name: float(table.loc[name, label]) for name in shown}
        rest = float(table.drop(index=shown)[label].sum())
        rows.append((category(label), parts | ({"others": rest} if rest else {})))
    return rows


def _names(components: Sequence[tuple[str, Mapping[str, float]]]) -> list[str]:
    names = list(dict.fromkeys(n for _, parts in components for n in parts))
    return [n for n in names if n != "others"]


def _device_estimates(result: Comparison, labels: Sequence[str]) -> pd.DataFrame:
    return result.estimates.loc[result.systems[0].name].loc[list(labels)]


def _least_path(result: Comparison, labels: Sequence[str]) -> str:
    """The smallest share with an estimate on its path, in words."""
    share = float(_device_estimates(result, labels)["path"].min())
    return "nearly all" if share > 0.99 else f"at least {share:.0%}"


def _quality(result: Comparison, labels: Sequence[str]) -> list[tuple[str, float]]:
    shares = _device_estimates(result, labels)["emission"]
    return [(category(label), float(shares[label])) for label in labels]
