"""Fill the tables of ``who-leads.md`` from the database, so that no figure goes stale.

    python docs/leaders_tables.py --project NAME

NAME is a Brightway project with both databases (``bw-tinyml install``).
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import pandas as pd

from bw_tinyml.impact.stages import stages
from bw_tinyml.systems.paper import FAMILY, Paper, load_paper

PAGE = Path(__file__).parent / "who-leads.md"
SYSTEM = "paper_system/image classification typical"
ITERATIONS = 1000
#: parts that the page asks about: label of the dataset -> what it is called here
PARTS = {
    "power": "power supply",
    "sensing": "sensor",
    "processing": "MCU",
    "board": "board",
    "end of life": "end of life",
}
#: below, a part does not lead; above, it leads for sure
SELDOM, SURE = 0.05, 0.95
#: collection of the worst and the best case
ROUTES = {
    "mix of the world": {},
    "formal treatment of all": {"paper_full_collection": 1.0},
    "informal treatment of all": {
        f"eol_share_{route}_world": float(route == "informal")
        for route in ("recycling", "incineration", "dump", "informal", "hibernation")
    },
}


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


@cache
def sampled(system: str, project: str, route: str = "mix of the world") -> pd.DataFrame:
    """Return shares of the parts of a system; index (category, part)."""
    found = stages(
        system,
        project=project,
        families=[FAMILY],
        parameters=ROUTES[route],
        iterations=ITERATIONS,
    )
    return found.table.set_index(["category", "stage"])


def shares(paper: Paper, system: str) -> dict[str, dict[str, float]]:
    """Return the shares of the parts of a system, without sampling, by category."""
    found = {}
    for category in paper.categories:
        parts = paper.parts(system, category.label)
        total = sum(parts.values())
        found[category.label] = {name: value / total for name, value in parts.items()}
    return found


def point(paper: Paper) -> str:
    """Return the deterministic shares and the leader of each category."""
    rows = []
    for category, parts in shares(paper, SYSTEM).items():
        first = max(parts, key=lambda part: parts[part])
        rest = 1 - sum(parts.get(part, 0.0) for part in PARTS)
        cells = [f"{parts.get(part, 0.0):.1%}" for part in PARTS]
        rows.append([category, *cells, f"{rest:.1%}", PARTS.get(first, first)])
    return table(["category", *PARTS.values(), "other parts", "largest"], rows)


def intervals(project: str) -> str:
    """Return the shares with intervals, and how often each part leads."""
    found = sampled(SYSTEM, project)
    rows = []
    for category, group in found.groupby(level="category", sort=False):
        by = group.droplevel("category")
        cells = [
            f"{by.loc[p, 'median']:.1%} ({by.loc[p, 'p05']:.1%} to {by.loc[p, 'p95']:.1%})"
            for p in PARTS
        ]
        ordered = by.sort_values("leads", ascending=False)
        lead = ", ".join(
            f"{PARTS.get(str(part), part)} ({row.leads:.0%})"
            for part, row in ordered.iterrows()
            if row.leads >= SELDOM
        )
        rows.append([str(category), *cells, lead])
    return table(["category", *PARTS.values(), "largest in"], rows)


def verdicts(project: str) -> str:
    """Return for each part in which categories it leads, may lead and never leads."""
    found = sampled(SYSTEM, project)["leads"].unstack("stage")
    rows = []
    for part, name in PARTS.items():
        leads = found[part]
        sure = [c for c, v in leads.items() if v >= SURE]
        open_ = [f"{c} ({v:.0%})" for c, v in leads.items() if SELDOM <= v < SURE]
        never = int((leads < SELDOM).sum())
        rows.append(
            [name, f"{len(sure)}: {_list(sure)}", f"{len(open_)}: {_list(open_)}", str(never)]
        )
    heads = [
        "part",
        f"leads in {SURE:.0%} of the samples or more",
        f"in {SELDOM:.0%} to {SURE:.0%}",
        "in fewer",
    ]
    return table(heads, rows)


def _list(names: Sequence[object]) -> str:
    return "; ".join(str(n).lower() for n in names) or "none"


def end_of_life(project: str) -> str:
    """Return the share of the end of life in all systems of the paper."""
    systems = load_paper().systems
    rows = []
    for category in load_paper().categories:
        cells = []
        for system in systems:
            row = sampled(system, project).loc[(category.label, "end of life")]
            cells.append(f"{row['median']:.1%} ({row.p05:.1%} to {row.p95:.1%})")
        rows.append([category.label, *cells])
    return table(["category", *(s.removeprefix("paper_system/") for s in systems)], rows)


def routes(project: str) -> str:
    """Return the share of the end of life of the device for the best and the worst route."""
    rows = []
    for category in load_paper().categories:
        cells = []
        for route in ROUTES:
            row = sampled(SYSTEM, project, route).loc[(category.label, "end of life")]
            cells.append(f"{row['median']:.1%} ({row.p05:.1%} to {row.p95:.1%})")
        rows.append([category.label, *cells])
    return table(["category", *ROUTES], rows)


TABLES: Mapping[str, Callable[[str], str]] = {
    "point": lambda project: point(load_paper()),
    "verdicts": verdicts,
    "intervals": intervals,
    "end of life": end_of_life,
    "routes": routes,
}


def filled(text: str, name: str, content: str) -> str:
    """Return a page with one table made anew.

    Raises
    ------
    SystemExit
        The page has no marker for the table.
    """
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{PAGE.name} has no marker '{name}'")
    return pattern.sub(lambda m: m.group(1) + content + m.group(2), text)


def main() -> None:
    """Replace what stands between the markers of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", required=True)
    project = parser.parse_args().project
    text = PAGE.read_text(encoding="utf-8")
    for name, make in TABLES.items():
        text = filled(text, name, make(project))
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
