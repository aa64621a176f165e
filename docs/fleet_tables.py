"""Write the tables and the picture of ``docs/fleet.md``.

    python docs/fleet_tables.py PROJECT           # renews docs/fleet.md and docs/img/fleet.svg
    python docs/fleet_tables.py PROJECT --check   # fails if they are not up to date

PROJECT is a Brightway project with bw_tinyml on the open background. Numbers of devices are rows of
``inventories/projections.csv``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np

from bw_tinyml.inventory.loading import load_lists
from bw_tinyml.report import charts
from bw_tinyml.systems import tasks
from bw_tinyml.systems.fleet import FleetResult, fleet_impacts
from bw_tinyml.systems.projections import quantities

DOCS = Path(__file__).parent
PAGE, PICTURE = DOCS / "fleet.md", DOCS / "img" / "fleet.svg"
_MARK = re.compile(r"(<!-- fleet: tables -->\n).*?(<!-- end -->)", re.DOTALL)
#: sales begin so long before the first year shown that all lives have come to their end once
WARM_UP = 30
SHOWN = ("Climate change", "Resource use, minerals and metals", "Human toxicity, cancer")


def all_devices(project: str) -> dict[str, FleetResult]:
    """Return the fleet of 250 billion devices of the first system of each task, by its title."""
    inventory = load_lists()
    count = quantities(inventory)["devices_target"]
    return {
        name: fleet_impacts(name, sales=count, years=1, shape=float("inf"), project=project)
        for name in tasks(inventory)
    }


def growing(project: str) -> FleetResult:
    """Return the fleet that follows the published exponential growth from 2023 on."""
    known = quantities(load_lists())
    rate, first = known["exponential_growth"], int(known["devices_base_year"])
    years = WARM_UP + 21

    def run(sales: float) -> FleetResult:
        return fleet_impacts(
            "keyword spotting", sales=sales, first_year=first - WARM_UP, years=years,
            growth="exponential", rate=rate, horizon=0, project=project,
        )  # fmt: skip

    unit = run(1.0)
    return run(known["devices_base"] / float(unit.devices.stock[WARM_UP]))


def text(fleets: dict[str, FleetResult], growth: FleetResult) -> str:
    """Return the tables and what they say."""
    first = next(iter(fleets.values()))
    names = list(fleets)
    rows = [
        [label, unit, *(_short(float(f.totals()[label].sum())) for f in fleets.values())]
        for label, unit in first.units.items()
    ]
    heads = ["category", "unit", *names]
    metals = [c for c in first.materials.columns if c != "mass"]
    sold = {n: f.materials.xs("sold", level="what").sum() for n, f in fleets.items()}
    mass = [["devices and batteries", *(_short(s["mass"] / 1e9) for s in sold.values())]]
    for metal in metals:
        if any(s[metal] > 0 for s in sold.values()):
            mass.append([metal, *(_short(s[metal] / 1e9) for s in sold.values())])
    years = growth.devices.years
    at = [int(np.flatnonzero(years == y)[0]) for y in (2023, 2028, 2033, 2038, 2043)]
    table = []
    for i in at:
        year = int(years[i])
        own = growth.impacts.loc[year]["Climate change"] / 1e9
        waste = growth.materials.loc[(year, "retired")]
        table.append(
            [year, _short(growth.devices.stock[i] / 1e9), *(_short(v) for v in own),
             _short(own.sum()), _short(waste["mass"] / 1e9), _short(waste["gold"] / 1e3),
             _short(waste["cobalt"] / 1e6)]
        )  # fmt: skip
    location, life = first.location, first.lifetimes.mean
    return "\n".join(
        [
            "250 billion devices, all of one kind: the first TinyML system of each task, with "
            f"power supply, distribution, {life:g} years of use and end of life ({location}).\n",
            _table(heads, rows),
            "\nMass and metals in them, Mt:\n",
            _table(["in", *names], mass),
            "\nA fleet of keyword spotters that follows the published exponential growth (15 "
            "billion at the end of 2023): climate change in Mt CO2-eq a year, used electronics "
            "and metals in what retires.\n",
            _table(
                ["year", "billion in stock", "making", "use", "end of life", "all",
                 "e-waste, Mt", "gold, t", "cobalt, kt"],
                table,
            ),
            "\n![Yearly impacts of a growing fleet](img/fleet.svg)\n",
        ]
    )  # fmt: skip


def picture(growth: FleetResult) -> str:
    """Return three categories by year as SVG: making, use and end of life stacked."""
    years = growth.devices.years[WARM_UP:]
    colours = charts.colours(["sale", "use", "retirement"])
    words = {"sale": "making", "use": "use", "retirement": "end of life"}
    width, height, left, top = 250.0, 180.0, 44.0, 34.0
    parts = []
    for panel, label in enumerate(SHOWN):
        x0 = panel * (width + 12)
        table = growth.impacts[label].unstack("timing").loc[years]
        largest = float(table.sum(axis=1).max())
        step = (width - left) / len(years)
        base = top + height
        parts.append(_text(x0, 12, label, 11, "#1f2933"))
        unit = growth.units[label]
        parts.append(_text(x0, 26, f"{unit} a year; top: {_short(largest)}", 10, "#616e7c"))
        for i, year in enumerate(years):
            y = base
            for timing, colour in colours.items():
                value = float(table.loc[year, timing]) / largest * height
                y -= value
                parts.append(
                    f'<rect x="{x0 + i * step:.1f}" y="{y:.2f}" width="{step * 0.8:.1f}" '
                    f'height="{value:.2f}" fill="{colour}"><title>{year}, {words[timing]}: '
                    f"{_short(float(table.loc[year, timing]))} {unit}</title></rect>"
                )
            if year % 5 == 3:
                parts.append(_text(x0 + i * step, base + 14, str(year), 10, "#616e7c"))
    for i, (timing, colour) in enumerate(colours.items()):
        x = i * 110
        y = top + height + 26
        parts.append(f'<rect x="{x}" y="{y}" width="10" height="10" fill="{colour}"/>')
        parts.append(_text(x + 15, y + 9, words[timing], 11, "#1f2933"))
    total = len(SHOWN) * (width + 12)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {total:.0f} {top + height + 42:.0f}" '
        f'role="img" aria-label="Yearly impacts of a growing fleet">{"".join(parts)}</svg>\n'
    )


def _text(x: float, y: float, content: str, size: int, fill: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-family="sans-serif" '
        f'fill="{fill}">{content}</text>'
    )


def _short(value: float) -> str:
    return f"{float(value):.3g}"


def _table(headers: list[str], rows: list[list[object]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(str(c) for c in line) + " |" for line in lines)


def main() -> int:
    """Renew the page and the picture, or check that they are up to date."""
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print("usage: python docs/fleet_tables.py PROJECT [--check]", file=sys.stderr)
        return 2
    growth = growing(sys.argv[1])
    tables = text(all_devices(sys.argv[1]), growth)
    page = PAGE.read_text(encoding="utf-8")
    made = {
        PAGE: _MARK.sub(lambda m: f"{m[1]}{tables}\n{m[2]}", page),
        PICTURE: picture(growth),
    }
    stale = [
        p.name for p, t in made.items() if not p.is_file() or p.read_text(encoding="utf-8") != t
    ]
    if "--check" in sys.argv:
        if stale:
            print(f"not up to date: {', '.join(stale)}", file=sys.stderr)
        return 1 if stale else 0
    for path, content in made.items():
        path.write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
