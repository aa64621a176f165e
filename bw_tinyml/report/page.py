"""The report page: a comparison in all categories, ready to be put in front of a client."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from bw_tinyml.errors import UsageError
from bw_tinyml.report import charts
from bw_tinyml.report.lifecycle import LifeCycle, life_cycle, stage_tables
from bw_tinyml.report.verdicts import verdict_context
from bw_tinyml.systems.compare import compare
from bw_tinyml.systems.comparison import DISCLAIMER, Comparison
from bw_tinyml.systems.text import interval, short

Progress = Callable[[str, int, int], None]
MAIN_FAMILY = "EF v3.1"
#: components shown by name in the chart; the rest are summed up as others
SHOWN_COMPONENTS = 12


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


def write_report(
    path: Path | str,
    task: str = "keyword spotting",
    device: str | None = None,
    baseline: str | Sequence[str] | None = None,
    *,
    project: str | None = None,
    location: str | None = None,
    family: str | Sequence[str] | None = None,
    parameters: Mapping[str, float] | None = None,
    iterations: int = 1000,
    seed: int = 42,
    folder: Path | str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Write a comparison as one HTML page; return the comparison.

    Parameters
    ----------
    path
        The file.
    task, device, baseline, project, location, parameters, iterations, seed, folder, progress
        As for :func:`bw_tinyml.compare`.
    family
        Family or families of LCIA methods; by default all that are installed by default.
    overwrite
        Whether an existing file may be replaced.

    Raises
    ------
    UsageError
        The file exists.
    """
    target = Path(path)
    if target.exists() and not overwrite:
        raise UsageError(f"'{target}' exists", "add --overwrite, or choose another name")
    if family is None:
        from bw_tinyml.inventory.families import families as listed
        from bw_tinyml.inventory.loading import load_lists

        family = listed(load_lists(folder), default_only=True)
    result = compare(
        task,
        device,
        baseline,
        project=project,
        location=location,
        family=family,
        parameters=parameters,
        iterations=iterations,
        seed=seed,
        folder=folder,
        progress=progress,
    )
    sections = life_cycle(result, main_family(result), project=project, folder=folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.part")
    temporary.write_text(page(result, sections), encoding="utf-8")
    temporary.replace(target)
    return result


def page(result: Comparison, sections: LifeCycle | None = None) -> str:
    """Return the HTML of a comparison, with or without its sections on stages and credits."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("bw_tinyml.report"), autoescape=True, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("report.html").render(
        {**context(result), "life_cycle": sections}
    )


def main_family(result: Comparison) -> str:
    """Return the family that charts show: EF v3.1 where it was calculated, else the first."""
    found = list(dict.fromkeys(str(indicator.method[-3]) for indicator in result.indicators))
    return MAIN_FAMILY if MAIN_FAMILY in found else found[0]


def context(result: Comparison) -> dict[str, Any]:
    """Return everything the template shows."""
    by_family: dict[str, list[str]] = {}
    for indicator in result.indicators:
        by_family.setdefault(str(indicator.method[-3]), []).append(indicator.label)
    main = main_family(result)
    labels = by_family[main]
    stages = list(dict.fromkeys(result.stages.index.get_level_values("stage")))
    stage_colours = charts.colours(stages)
    twins = [s.name for s in result.systems[1:]]
    twin_colours = {n: (charts.PALETTE[0], charts.PALETTE[3], charts.PALETTE[2])[i % 3]
                    for i, n in enumerate(twins)}  # fmt: skip
    verdicts = [
        Verdict(_plain(label), twin, float(result.pairs.loc[(twin, label)]["probability_lower"]))
        for twin in twins
        for label in labels
    ]
    components = _components(result, labels)
    return {
        "result": result,
        "family": main,
        "systems": result.systems,
        "stages": stage_colours,
        "cards": _cards(result, labels, stage_colours),
        "ratios": charts.ratio_plot(_ratios(result, labels, twins), twin_colours),
        "twins": [(s, twin_colours[s.name]) for s in result.systems[1:]],
        "summary": _summary(verdicts, result),
        "component_chart": charts.shares(
            components, charts.colours(_names(components)), "Device by component"
        ),
        "component_colours": charts.colours(_names(components)),
        "tables": [_table(result, family, names) for family, names in by_family.items()],
        "scenarios": _scenarios(result, labels),
        "quality": charts.quality(_quality(result, labels)),
        "stage_tables": stage_tables(result, main),
        "least_path": _least_path(result, labels),
        "rate": result.rate,
        "provenance": result.provenance,
        "command": _command(result, list(by_family)),
        "disclaimer": DISCLAIMER,
        **verdict_context(result, labels),
    }


def _plain(label: str) -> str:
    """Label without the family that stands before it when there are several."""
    return label.split(": ", 1)[-1]


def _unit(result: Comparison, label: str) -> str:
    return next(i.unit for i in result.indicators if i.label == label)


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
        unit = _unit(result, label)
        cards.append(
            {
                "title": _plain(label),
                "unit": unit,
                "chart": charts.stacked_bars(_plain(label), unit, bars, palette),
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
        rows.append((_plain(label), points))
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
        rows.append((_plain(label), parts | ({"others": rest} if rest else {})))
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
    return [(_plain(label), float(shares[label])) for label in labels]


def _summary(verdicts: Sequence[Verdict], result: Comparison) -> list[dict[str, Any]]:
    """One paragraph per twin: in how many categories the device is lower, and where it is not."""
    found = []
    for system in result.systems[1:]:
        own = [v for v in verdicts if v.baseline == system.name]
        groups = {
            word: [v.category for v in own if v.word == word]
            for word in ("lower", "higher", "undecided")
        }
        climate = result.pairs.loc[(system.name, _climate(result))]
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
    ratios = result.scenarios.xs(twin, level="baseline")[_climate(result)].astype(float)
    scenario = str(ratios.idxmax())
    return {"scenario": scenario, "ratio": short(float(ratios[scenario]))}


def _climate(result: Comparison) -> str:
    labels = [indicator.label for indicator in result.indicators]
    return next((label for label in labels if "climate" in label.lower()), labels[0])


def _scenarios(result: Comparison, labels: Sequence[str]) -> list[dict[str, Any]]:
    """Per scenario and twin: ratio in climate change, and in how many categories it is below 1."""
    climate = _climate(result)
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


def _table(result: Comparison, family: str, labels: Sequence[str]) -> dict[str, Any]:
    rows = []
    for label in labels:
        pairs = [result.pairs.loc[(s.name, label)] for s in result.systems[1:]]
        rows.append(
            {
                "category": label.removeprefix(f"{family}: "),
                "unit": _unit(result, label),
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


def _command(result: Comparison, families: Sequence[str]) -> Markup:
    info = result.provenance
    lines = [
        f"pip install bw_tinyml=={info['versions']['bw_tinyml']}",
        f"bw-tinyml install --project {info['project']} --background {info['background']}",
        f'bw-tinyml report report.html --project {info["project"]} --task "{result.task.name}" '
        f"--device {result.systems[0].name} "
        + " ".join(f"--baseline {s.name}" for s in result.systems[1:])
        + f" --location {result.location} --iterations {info['iterations']} --seed {info['seed']}"
        + "".join(f" --parameter {k}={v:g}" for k, v in info["parameters"].items())
        + "".join(f' --family "{family}"' for family in families),
    ]
    return Markup("\n").join(lines)
