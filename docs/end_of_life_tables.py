"""Fill the tables of ``end-of-life.md`` from the database, so that no figure goes stale.

    python docs/end_of_life_tables.py --project NAME

NAME is a Brightway project with both databases (``bw-tinyml install``).
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from bw_tinyml.background import link
from bw_tinyml.impact.preview import bundled, matrices
from bw_tinyml.impact.results import contributions
from bw_tinyml.impact.stages import stages
from bw_tinyml.inventory import load
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.findings import Report
from bw_tinyml.systems.cells import cells

PAGE = Path(__file__).parent / "end-of-life.md"
SYSTEM = "keyword_spotting/mcu-ble"
CLIMATE = "Climate change"
SHOWN = (
    CLIMATE,
    "Human toxicity, cancer",
    "Particulate matter",
    "Ecotoxicity, freshwater",
    "Resource use, minerals and metals",
)
#: one region's mix replaced by one route
FORCED = ("recycling", "incineration", "landfill", "dump", "informal", "hibernation")

inventory, _ = load()
linked = link(inventory, Report())
matrix = matrices(linked)
scores = {
    c.label: matrix.unit_scores(bundled(c))
    for c in categories(inventory, "EF v3.1")
    if c.label in SHOWN
}


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def leaders(project: str) -> str:
    """Shares of end of life and power supply, and who leads, with intervals."""
    found = stages(f"{SYSTEM}/GLO", project=project, iterations=500).table
    rows = []
    for category, group in found.groupby("category", sort=False):
        by = group.set_index("stage")
        first = by.sort_values("leads", ascending=False)
        lead = ", ".join(
            f"{name} ({row.leads:.0%})" for name, row in first.iterrows() if row.leads >= 0.1
        )
        cell = {
            s: f"{by.loc[s, 'median']:.1%} ({by.loc[s, 'p05']:.1%} to {by.loc[s, 'p95']:.1%})"
            for s in ("end of life", "power supply", "device")
        }
        rows.append(
            [str(category), cell["end of life"], cell["power supply"], cell["device"], lead]
        )
    return table(["category", "end of life", "power supply", "device", "leads in"], rows)


def routes(project: str) -> str:
    """Share of the end of life if one route takes every device."""
    rows = []
    for route in FORCED:
        shares = {f"eol_share_{r}_world": 0.0 for r in FORCED if r != "landfill"}
        if route != "landfill":
            shares[f"eol_share_{route}_world"] = 1.0
        parts = contributions(f"{SYSTEM}/GLO", project=project, parameters=shares).table
        rows.append(
            [route, *(f"{parts[c]['end of life'] / parts[c].sum():.1%}" for c in SHOWN[:4])]
        )
    return table(["every device goes to", *SHOWN[:4]], rows)


def regions(project: str) -> str:
    """End of life of a kilogram of boards and cells by region."""
    del project
    items = inventory.sets["tinyml"]["eol_region"].items
    rows = [
        [
            region,
            *(f"{scores[c][f'eol_board_mix/{region}']:.2g}" for c in SHOWN[:4]),
            *(f"{scores[c][f'eol_cell_mix/alkaline/{region}']:.2g}" for c in (SHOWN[0], SHOWN[3])),
        ]
        for region in items
    ]
    return table(
        [
            "region",
            "boards, kg CO2-eq",
            "CTUh, cancer",
            "disease incidence",
            "CTUe",
            "alkaline cells, kg CO2-eq",
            "CTUe",
        ],
        rows,
    )


def energy(project: str) -> str:
    """Energy of the cell plant and footprint, per kilogram of cell and per watt-hour."""
    del project
    sizes = inventory.sets["tinyml"]["battery_size"]
    rows = []
    for name, cell in cells(inventory).items():
        process = sizes.texts[name, "cell"]
        dataset = inventory.datasets[process]
        amounts: dict[str, float] = {}
        for exchange in dataset.exchanges:
            value = inventory.amount(dataset, exchange.value)
            amounts[exchange.input] = amounts.get(exchange.input, 0.0) + value
        electricity = amounts.get("electricity, medium voltage [CN]", 0.0)
        heat = amounts.get("heat, district or industrial, natural gas", 0.0)
        per_kg = cell.capacity_ah * cell.voltage / cell.mass_kg
        rows.append(
            [
                name,
                f"{per_kg:.3g}",
                f"{electricity:.2g}",
                f"{heat:.2g}",
                f"{1000 * electricity / per_kg:.2g}",
                f"{scores[CLIMATE][process]:.3g}",
                f"{scores[CLIMATE][f'battery/{name}']:.2g}",
                f"{1000 * scores[CLIMATE][process] / per_kg:.2g}",
                f"{scores[CLIMATE][f'battery_energy/{name}']:.2g}",
            ]
        )
    return table(
        [
            "battery",
            "Wh/kg of cell",
            "plant, kWh/kg",
            "plant, MJ heat/kg",
            "plant, Wh per Wh",
            "kg CO2-eq per kg of cell",
            "per battery",
            "g per Wh of capacity",
            "kg per kWh delivered over life",
        ],
        rows,
    )


def service(project: str) -> str:
    """One year of service by scenario, and what a visit adds."""
    del project
    names = [*inventory.sets["tinyml"]["service_life"].items]
    rows = [
        [f"`device_year/{n}`", *(f"{scores[c][f'device_year/{n}']:.3g}" for c in SHOWN)]
        for n in names
    ]
    rows += [
        [f"`maintenance_visit/{n}`", *(f"{scores[c][f'maintenance_visit/{n}']:.3g}" for c in SHOWN)]
        for n in inventory.sets["tinyml"]["visit"].items
    ]
    return table(["dataset", *SHOWN], rows)


TABLES: dict[str, Callable[[str], str]] = {
    "leaders": leaders,
    "routes": routes,
    "regions": regions,
    "energy": energy,
    "service": service,
}


def main() -> None:
    """Replace what stands between the markers of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", required=True)
    project = parser.parse_args().project
    text = PAGE.read_text(encoding="utf-8")
    for name, make in TABLES.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"{PAGE.name} has no marker '{name}'")
        filled = make(project)
        text = pattern.sub(lambda m, t=filled: m.group(1) + t + m.group(2), text)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
