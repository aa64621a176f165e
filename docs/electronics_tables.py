"""Fill the tables of ``electronics.md``: our results beside published ones.

    python docs/electronics_tables.py          # writes docs/electronics.md anew
    python docs/electronics_tables.py --check  # fails if it is not up to date

Published figures are rows of ``electronics_published.csv``: how much of which dataset they stand
for, what is compared, the range and the citation. Ours come from the tables and the open
background; no Brightway project is needed.
"""

from __future__ import annotations

import csv
import re
import sys
from functools import cached_property
from pathlib import Path

from bw_tinyml.background import link
from bw_tinyml.impact.preview import bundled, matrices
from bw_tinyml.inventory import load
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.findings import Report

DOCS = Path(__file__).parent
PAGE, PUBLISHED = DOCS / "electronics.md", DOCS / "electronics_published.csv"
MARK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
#: indicators that are amounts of inputs of the dataset itself: how their names start, and the unit
INPUTS = {"electricity": ("electricity,", "kWh"), "tap water": ("tap water", "kg")}


class Results:
    """Our results for the datasets of the comparison."""

    def __init__(self) -> None:
        self.inventory, _ = load()
        self.linked = link(self.inventory, Report())

    @cached_property
    def scores(self) -> dict[str, dict[str, float]]:
        """Scores of one unit by label of the category and dataset."""
        system = matrices(self.linked)
        return {
            c.label: system.unit_scores(bundled(c)) for c in categories(self.inventory, "EF v3.1")
        }

    def value(self, dataset: str, indicator: str) -> float:
        """Return a score, or the sum of inputs of a kind that the dataset itself takes."""
        if indicator not in INPUTS:
            return self.scores[indicator][dataset]
        start, unit = INPUTS[indicator]
        found = self.inventory.datasets[dataset]
        rows = [e for e in found.exchanges if e.input.startswith(start) and e.label == indicator]
        rows = rows or [e for e in found.exchanges if e.input.startswith(start)]
        if not rows or any(e.unit != unit for e in rows):
            raise ValueError(f"{dataset}: no inputs of {indicator} in {unit}")
        return sum(self.inventory.amount(found, e.value) for e in rows)


def rows() -> list[dict[str, str]]:
    """Return the published figures."""
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(name: str, results: Results) -> str:
    """Return one table in Markdown."""
    chosen = [r for r in rows() if r["table"] == name]
    if not chosen:
        raise ValueError(f"{PUBLISHED.name} has no rows for the table '{name}'")
    lines = ["| what | unit | ours | published | ratio | source |", "|---|---|---:|---:|---:|---|"]
    for r in chosen:
        ours = results.value(r["dataset"], r["indicator"]) * float(r["amount"])
        low, high = float(r["low"]), float(r["high"])
        shown = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        source = r["citation"] + (f" ({r['remark']})" if r["remark"] else "")
        ratio = ours / (low * high) ** 0.5
        lines.append(
            f"| {r['what']} | {r['unit']} | {ours:.3g} | {shown} | {ratio:.2g} | {source} |"
        )
    return "\n".join(lines)


def filled(text: str) -> str:
    """Return the page with its tables made anew."""
    results = Results()
    return MARK.sub(lambda m: f"{m[1]}\n{table(m[2], results)}\n\n{m[3]}", text)


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is up to date."""
    text = PAGE.read_text(encoding="utf-8")
    made = filled(text)
    if "--check" in arguments:
        if made != text:
            print(f"{PAGE.name} is not up to date: python docs/{Path(__file__).name}")
        return int(made != text)
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
