"""Write the pages of the gallery: one per scenario file of ``docs/gallery``, and their index.

    python docs/gallery.py PROJECT           # writes docs/gallery/*.md and *.svg
    python docs/gallery.py PROJECT --check   # fails if they are not up to date

PROJECT is a Brightway project with bw_tinyml on the open background. A number or a word of a page
comes from the comparison; the title and the question come from the scenario file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bw_tinyml.report import charts
from bw_tinyml.systems import Comparison, compare_scenario, load_scenario
from bw_tinyml.systems.scenario_file import Scenario
from bw_tinyml.systems.text import (
    break_even_rows,
    climate_label,
    footnotes,
    interval,
    short,
    stage_estimate_rows,
    verdict_rows,
)
from bw_tinyml.systems.verdict import summary

GALLERY = Path(__file__).parent / "gallery"
NOTE = "<!-- Written by docs/gallery.py; change the scenario file instead. -->\n\n"


def pages(project: str) -> dict[Path, str]:
    """Return the text of each page and chart."""
    found: dict[Path, str] = {}
    entries: list[list[Any]] = []
    for path in sorted(GALLERY.glob("*.yaml")):
        scenario = load_scenario(path)
        result = compare_scenario(scenario, project=project)
        found[path.with_suffix(".svg")] = chart(result)
        found[path.with_suffix(".md")] = page(path, scenario, result)
        table = result.verdict()
        entries.append(
            [
                f"[{scenario.title}]({path.stem}.md)",
                result.task.name,
                result.location,
                "; ".join(f"{s.title}: {summary(table, s.name)}" for s in result.systems[1:]),
            ]
        )
        print(path.stem, file=sys.stderr)
    intro = (
        "# Gallery\n\nWorked scenarios: each page starts with its scenario file, which "
        "`bw-tinyml compare FILE.yaml --project NAME` calculates again. The verdict is that of the "
        "TinyML device against each twin in the categories of EF v3.1; `higher` says that the "
        "twin wins.\n\n"
    )
    heads = ["scenario", "task", "place", "the TinyML device against"]
    toctree = "```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"
    found[GALLERY / "index.md"] = NOTE + intro + markdown(heads, entries) + f"\n\n{toctree}"
    return found


def chart(result: Comparison) -> str:
    """Return the scores by stage in climate change as SVG."""
    label = climate_label(result)
    stages = list(dict.fromkeys(result.stages.index.get_level_values("stage")))
    bars = []
    for system in result.systems:
        row = result.scores.loc[(system.name, label)]
        parts = {k: float(v) for k, v in result.stages.loc[system.name][label].items()}
        bars.append((system.title, parts, (row["p05"], row["median"], row["p95"])))
    unit = next(i.unit for i in result.indicators if i.label == label)
    svg = str(charts.stacked_bars(label, unit, bars, charts.colours(stages), legend=True))
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n"


def page(path: Path, scenario: Scenario, result: Comparison) -> str:
    """Return the page of one scenario."""
    label = climate_label(result)
    unit = next(i.unit for i in result.indicators if i.label == label)
    table = result.verdict()
    parts = [
        f"# {scenario.title}\n",
        f"{scenario.description}\n",
        f"Functional unit: {result.functional_unit}{_changes(scenario)}\n",
        f"## Scenario\n\n`{path.name}`:\n\n```yaml\n{path.read_text(encoding='utf-8')}```\n",
        f"## {label} by stage\n\n![{label} by stage]({path.stem}.svg)\n",
        markdown(
            ["stage", *(s.title for s in result.systems)],
            _stages(result, label),
        )
        + f"\n\n{label} in {unit}; stated values, and below the median with the 90 % interval of "
        "the samples.\n",
        "## Verdict\n",
    ]
    for twin in result.systems[1:]:
        headers, rows = verdict_rows(result, twin.name)
        parts.append(
            f"### Against {twin.title}\n\n{result.systems[0].title} is "
            f"{summary(table, twin.name)}.\n\n{markdown(headers, rows)}\n"
        )
    headers, rows = break_even_rows(result, label)
    parts.append(f"## Where the answer flips\n\nIn {label}:\n\n{markdown(headers, rows)}\n")
    headers, rows = stage_estimate_rows(result, label)
    parts.append(
        "## What rests on estimates\n\nShare of each stage in the score, and what of it rests on "
        f"estimates, in {label}:\n\n{markdown(headers, rows)}\n"
    )
    parts += [f"{note}\n" for note in footnotes(result)]
    return NOTE + "\n".join(parts)


def _changes(scenario: Scenario) -> str:
    """Return what the scenario chooses; its rate and life stand in the functional unit."""
    stated = {"supply": scenario.supply, "end of life": scenario.end_of_life}
    found = [f"{name}: {value}" for name, value in stated.items() if value is not None]
    return f" Here: {', '.join(found)}." if found else ""


def _stages(result: Comparison, label: str) -> list[list[Any]]:
    stages = list(dict.fromkeys(result.stages.index.get_level_values("stage")))
    rows = [
        [
            stage,
            *(
                short(float(result.stages.loc[s.name][label].get(stage, 0.0)))
                for s in result.systems
            ),
        ]
        for stage in stages
    ]
    scores = [result.scores.loc[(s.name, label)] for s in result.systems]
    rows.append(["**all**", *(f"**{short(float(row['score']))}**" for row in scores)])
    rows.append(["median (90 % interval)", *(interval(row) for row in scores)])
    return rows


def markdown(headers: list[str], rows: list[list[Any]]) -> str:
    """Return a table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(str(c) for c in line) + " |" for line in lines)


def main() -> int:
    """Write the pages, or check that they are up to date."""
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print("usage: python docs/gallery.py PROJECT [--check]", file=sys.stderr)
        return 2
    stale = []
    for path, text in pages(sys.argv[1]).items():
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
    if stale:
        print(f"not up to date: {', '.join(stale)}; run python docs/gallery.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
