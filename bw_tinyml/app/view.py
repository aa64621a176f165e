"""Results as HTML: the same text for the page in the browser and for the report to keep."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from bw_tinyml.app.charts import DASHES, curves
from bw_tinyml.app.desk import Desk, Hardware
from bw_tinyml.app.result import Result, Verdict
from bw_tinyml.inventory.functional_unit import stated
from bw_tinyml.report import charts
from bw_tinyml.systems.comparison import DISCLAIMER
from bw_tinyml.systems.scenario_file import dump_scenario
from bw_tinyml.systems.verdict import DECIDED, PROBABLE, WORDS

if TYPE_CHECKING:
    from jinja2 import Environment

#: verdicts are told by a sign and a word, not by colour alone
MARKS = {-1: "▼", 0: "●", 1: "▲"}
SIDES = {-1: "lower", 0: "undecided", 1: "higher"}
#: colours of the systems: the device first
SYSTEM_COLOURS = ("#0b5c8a", "#D55E00", "#7A6A53", "#009E73", "#CC79A7", "#8C564B", "#4D4D4D")


@dataclass(frozen=True)
class Shown:
    """What a page shows of a result.

    Attributes
    ----------
    category
        Place of the category of the charts.
    notes
        Warnings about the scenario.
    """

    category: int
    notes: tuple[str, ...] = ()


def number(value: float) -> Markup:
    """Return a number with three significant digits: ``0.0124``, ``1.24 x 10^-9``."""
    if not math.isfinite(value):
        return Markup("&ndash;")
    if value == 0:
        return Markup("0")
    if 1e-3 <= abs(value) < 1e5:
        text = f"{value:.3g}"
        return Markup(f"{float(text):,.0f}".replace(",", "&thinsp;") if "e" in text else text)
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    return Markup(f"{mantissa}&thinsp;&times;&thinsp;10<sup>{int(exponent)}</sup>")


def percent(share: float) -> str:
    """Return a share as percent; the ends of the scale only where they are exact."""
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{share:.0%}".replace("%", " %")


def results(desk: Desk, result: Result, hardware: Hardware | None, shown: Shown) -> str:
    """Return the results as a fragment of HTML."""
    return _render("results.html", context(desk, result, hardware, shown))


def summary(desk: Desk, result: Result) -> str:
    """Return the verdicts in a few sentences, as a fragment of HTML."""
    return _render("summary.html", {"cards": _cards(result), "samples": desk.samples})


def report(desk: Desk, result: Result, hardware: Hardware | None, shown: Shown) -> str:
    """Return summary, results and scenario as one HTML page that opens offline."""
    data = context(desk, result, hardware, shown)
    data |= {
        "cards": _cards(result),
        "scenario_text": dump_scenario(result.scenario),
        "every_category": [_stage_chart(result, j) for j in range(len(result.labels))],
        "style": style("style.css"),
    }
    return _render("report.html", data)


def style(name: str) -> str:
    """Return a style sheet."""
    from importlib.resources import files

    return (files("bw_tinyml.app") / "templates" / name).read_text(encoding="utf-8")


def context(desk: Desk, result: Result, hardware: Hardware | None, shown: Shown) -> dict[str, Any]:
    """Return everything the templates show."""
    category = shown.category
    stages = charts.colours(result.all_stages)
    rows = [
        (label, {k: float(v[j]) for k, v in result.stages[0].items()})
        for j, label in enumerate(result.labels)
    ]
    return {
        "result": result,
        "systems": result.systems,
        "colours": _system_colours(result),
        "dashes": DASHES,
        "rows": _rows(result),
        "category": result.labels[category],
        "unit": result.indicators[category].unit,
        "stage_colours": stages,
        "stage_chart": _stage_chart(result, category),
        "stage_rows": _stage_rows(result, category),
        "shares": charts.shares(rows, stages, "The device by life-cycle stage"),
        "curve": _curve(desk, result, category),
        "flips": _flips(result, category),
        "parameter": desk.descriptions.get(result.parameter) or result.parameter,
        "functional_unit": stated(
            result.task.functional_unit, lambda name: float(desk.live.value(name, result.given))
        ),
        "bill": hardware.bill if hardware else None,
        "scope": hardware.scope if hardware else "",
        "notes": shown.notes,
        "quote_note": result.quote_note(),
        "samples": desk.samples,
        "seed": desk.seed,
        "decided": percent(DECIDED),
        "probable": percent(PROBABLE),
        "family": desk.family,
        "provenance": desk.provenance,
        "disclaimer": DISCLAIMER,
    }


def _system_colours(result: Result) -> list[str]:
    return [SYSTEM_COLOURS[i % len(SYSTEM_COLOURS)] for i in range(len(result.systems))]


def _cards(result: Result) -> list[dict[str, Any]]:
    """One card per baseline: how many categories, climate change, trade-offs."""
    cards = []
    for k, system in enumerate(result.systems[1:], start=1):
        verdicts = result.verdicts(k)
        groups: dict[str, list[str]] = {}
        for label, verdict in zip(result.labels, verdicts, strict=True):
            groups.setdefault(verdict.word, []).append(label)
        groups = {word: groups[word] for word in WORDS if word in groups}
        climate = verdicts[result.climate]
        cards.append(
            {
                "title": system.title,
                "count": len(verdicts),
                "groups": groups,
                "mark": MARKS[climate.side],
                "side": SIDES[climate.side],
                "climate": climate,
                "least": result.least[k - 1],
                "label": result.labels[result.climate],
                "trade_offs": [
                    label for label, v in zip(result.labels, verdicts, strict=True) if v.trade_off
                ],
            }
        )
    return cards


def _rows(result: Result) -> list[dict[str, Any]]:
    low, median, high = result.intervals()
    verdicts = [result.verdicts(k) for k in range(1, len(result.systems))]
    return [
        {
            "label": indicator.label,
            "unit": indicator.unit,
            "scores": [
                {
                    "score": float(result.stated[i, j]),
                    "low": float(low[i, j]),
                    "median": float(median[i, j]),
                    "high": float(high[i, j]),
                }
                for i in range(len(result.systems))
            ],
            "verdicts": [_verdict(found[j]) for found in verdicts],
            "emission": float(result.emission[0, j]),
            "path": float(result.path[0, j]),
        }
        for j, indicator in enumerate(result.indicators)
    ]


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {"mark": MARKS[verdict.side], "side": SIDES[verdict.side], "of": verdict}


def _stage_chart(result: Result, category: int) -> Markup:
    bars = []
    low, median, high = result.intervals()
    for i, system in enumerate(result.systems):
        parts = {stage: float(v[category]) for stage, v in result.stages[i].items()}
        samples = tuple(float(q[i, category]) for q in (low, median, high))
        bars.append((system.title, parts, samples))
    return charts.stacked_bars(
        result.labels[category],
        result.indicators[category].unit,
        bars,  # type: ignore[arg-type]
        charts.colours(result.all_stages),
    )


def _stage_rows(result: Result, category: int) -> list[tuple[str, list[float]]]:
    return [
        (stage, [float(s[stage][category]) if stage in s else 0.0 for s in result.stages])
        for stage in result.all_stages
    ]


def _curve(desk: Desk, result: Result, category: int) -> Markup:
    name = desk.descriptions.get(result.parameter) or result.parameter
    lines = [
        (system.title, colour, result.swept[i, :, category])
        for i, (system, colour) in enumerate(
            zip(result.systems, _system_colours(result), strict=True)
        )
    ]
    axis = name if len(name) < 60 else result.parameter.replace("_", " ")
    return curves(
        result.grid,
        lines,
        result.parameter_value,
        result.break_even[:, category].tolist(),
        f"{axis}, {result.parameter_unit}",
        f"{result.labels[category]} of all systems against {name}",
    )


def _flips(result: Result, category: int) -> list[tuple[str, float]]:
    return [
        (system.title, float(result.break_even[k, category]))
        for k, system in enumerate(result.systems[1:])
    ]


def _render(name: str, data: Mapping[str, Any]) -> str:
    return str(_environment().get_template(name).render(data))


@cache
def _environment() -> Environment:
    """Templates, compiled once: a page is drawn again at each change."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("bw_tinyml.app"), autoescape=True, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"number": number, "percent": percent}
    return environment
