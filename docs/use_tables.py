"""Fill the tables of ``use-phase.md``: ``python docs/use_tables.py``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from bw_tinyml.background import link
from bw_tinyml.impact.preview import bundled, matrices
from bw_tinyml.inventory import Inventory, load
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.overrides import with_parameters

PAGE = Path(__file__).parent / "use-phase.md"
FAMILY = "EF v3.1"
DATABASE = "tinyml-background"
SHOWN = ("Climate change", "Particulate matter", "Eutrophication, freshwater")
YEARS = (2015, 2020, 2030)
#: share of fossil power that is replaced in the last column
REPLACED = 0.5


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


@cache
def inventory() -> Inventory:
    """The inventory with its own parameters."""
    return load()[0]


def grids() -> list[str]:
    """Grids with a table of years."""
    return inventory().sets[DATABASE]["grid_history"].items


@cache
def scores(parameter: str = "", value: float = 0.0) -> dict[str, dict[str, float]]:
    """Return unit scores by category, with one parameter of all grids at a value."""
    given = {f"{parameter}_{grid}": value for grid in grids()} if parameter else {}
    system = matrices(link(with_parameters(inventory(), given), Report()))
    found = categories(inventory(), FAMILY)
    return {c.label: system.unit_scores(bundled(c)) for c in found if c.label in SHOWN}


def years() -> str:
    """Return the footprint of a kilowatt-hour at the socket by grid and year."""
    base = inventory().values[DATABASE]
    rows = []
    for grid in grids():
        name = f"electricity_lv/{grid}"
        by_year = {int(base[f"grid_base_year_{grid}"]): scores()}
        by_year |= {year: scores("grid_year", year) for year in YEARS}
        replaced = scores("grid_fossil_replaced", REPLACED)
        cells = [
            f"{1000 * by_year[y][SHOWN[0]][name]:.0f}" if y in by_year else "-"
            for y in (2015, 2020, 2023, 2024, 2030)
        ]
        rows.append([grid, *cells, f"{1000 * replaced[SHOWN[0]][name]:.0f}"])
    heads = ["grid", "2015", "2020", "2023", "2024", "2030", f"{REPLACED:.0%} of fossil replaced"]
    return table(heads, rows)


def others() -> str:
    """Return what changes from the base year to 2030 in other categories."""
    later = scores("grid_year", 2030)
    rows = [
        [
            grid,
            *(
                f"{later[c][f'electricity_lv/{grid}'] / scores()[c][f'electricity_lv/{grid}']:.2f}"
                for c in SHOWN
            ),
        ]
        for grid in grids()
    ]
    return table(["grid, 2030 over base year", *SHOWN], rows)


def services() -> str:
    """Return what standby, updates, visits and longer service cost."""
    found = scores()
    names = [
        "charger_idle/GLO",
        "firmware_update/GLO",
        *(f"maintenance_visit/{v}" for v in inventory().sets["tinyml"]["visit"].items),
        *(f"device_year/{s}" for s in inventory().sets["tinyml"]["service_life"].items),
    ]
    rows = [[f"`{n}`", *(f"{found[c][n]:.2g}" for c in SHOWN)] for n in names]
    return table(["dataset", *SHOWN], rows)


TABLES: Mapping[str, Callable[[], str]] = {"years": years, "others": others, "services": services}


def renewed(text: str, names: Sequence[str] = tuple(TABLES)) -> str:
    """Return the page with some of its tables made anew.

    Raises
    ------
    ValueError
        The page has no marker for a table.
    """
    for name in names:
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"{PAGE.name} has no marker '{name}'")
        made = TABLES[name]()
        text = pattern.sub(lambda m, made=made: f"{m[1]}{made}\n{m[2]}", text)
    return text


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE.name}")
