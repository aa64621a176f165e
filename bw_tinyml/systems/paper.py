"""The systems of Prakash et al. (2023), reproduced: tables for ``docs/paper.md``.

``python -m bw_tinyml.systems.paper docs/paper.md`` renews the tables of that page from the
inventory tables and the open background. The published figures are rows of ``bands.csv``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bw_tinyml.background import link
from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.errors import InventoryError
from bw_tinyml.impact.preview import Matrices, bundled, matrices
from bw_tinyml.inventory import load
from bw_tinyml.inventory.families import Category, categories

FAMILY = "EF v3.1"
_SYSTEM = "paper_system/"
_PRESET = "calculator"
_MARK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass
class Paper:
    """Scores of the paper's systems and blocks, beside the published ones."""

    linked: LinkedInventory
    system: Matrices

    @cached_property
    def categories(self) -> list[Category]:
        """Headline categories of the family; climate change first."""
        found = categories(self.linked.inventory, FAMILY)
        return sorted(found, key=lambda c: c.category != "climate change")

    @cached_property
    def scores(self) -> dict[str, dict[str, float]]:
        """Unit scores of all datasets by category label."""
        return {c.label: self.system.unit_scores(bundled(c)) for c in self.categories}

    @property
    def climate(self) -> dict[str, float]:
        """Unit scores for climate change."""
        return self.scores[self.categories[0].label]

    @cached_property
    def published(self) -> dict[str, float]:
        """Published climate scores by dataset, kg CO2 equivalents."""
        return {
            row["process"]: float(row["low"])
            for row in self.linked.inventory.tables["bands"]
            if row["source"] == "prakash2023" and row["process"].startswith(("block_", _SYSTEM))
        }

    @cached_property
    def systems(self) -> list[str]:
        """Datasets of the paper's systems, without the calculator's presets."""
        return [d for d in self.linked.datasets if d.startswith(_SYSTEM) and _PRESET not in d]

    def parts(self, system: str, label: str) -> dict[str, float]:
        """Return what the parts of a system add to its score in a category."""
        found = self.linked.datasets[system]
        scores = self.scores[label]
        parts: dict[str, float] = {}
        for exchange in found.exchanges:
            if exchange.provider is None:
                continue
            amount = self.linked.inventory.amount(found.dataset, exchange.value)
            name = exchange.origin.label
            parts[name] = parts.get(name, 0.0) + amount * scores[exchange.provider.id]
        return parts

    def block_of(self, system: str, part: str) -> str:
        """Return the dataset of a part of a system."""
        exchanges = self.linked.datasets[system].exchanges
        return next(e.origin.input for e in exchanges if e.origin.label == part)


def load_paper(folder: Path | str | None = None) -> Paper:
    """Load the inventory and make the matrices; the open background is used.

    Raises
    ------
    InventoryError
        The tables have errors.
    """
    inventory, report = load(folder)
    linked = link(inventory, report)
    if report.errors:
        raise InventoryError(
            f"the tables have {len(report.errors)} errors", "run `bw-tinyml check` first"
        )
    return Paper(linked, matrices(linked))


def totals(paper: Paper) -> str:
    """Return the table of totals: paper, ours, ratio."""
    names = [*paper.systems, *(d for d in paper.published if _PRESET in d)]
    rows = [
        (d.removeprefix(_SYSTEM), paper.published[d], paper.climate[d], _ratio(paper, d))
        for d in names
    ]
    return _table(("system", "paper", "ours", "ratio"), rows)


def blocks(paper: Paper) -> str:
    """Return the table of blocks: paper, ours, ratio."""
    rows = [
        (*_block_title(d), value, paper.climate[d], _ratio(paper, d))
        for d, value in paper.published.items()
        if d.startswith("block_")
    ]
    return _table(("block", "level", "paper", "ours", "ratio"), rows)


def ranking(paper: Paper) -> str:
    """Return the order of the blocks in each system, as published and as calculated."""
    rows = []
    for system in paper.systems:
        ours = paper.parts(system, paper.categories[0].label)
        theirs = {
            part: paper.published[block]
            for part in ours
            if (block := paper.block_of(system, part)) in paper.published
        }
        order = sorted(theirs, key=lambda p: -theirs[p])
        mine = sorted(theirs, key=lambda p: -ours[p])
        name = system.removeprefix(_SYSTEM)
        rows.append((name, " > ".join(order), " > ".join(mine), _spearman(order, mine)))
    return _table(("system", "paper's order", "our order", "rank correlation"), rows)


def impacts(paper: Paper) -> str:
    """Return the scores of the systems in all categories."""
    rows = []
    for category in paper.categories:
        scores = paper.scores[category.label]
        unit = bundled(category).unit
        rows.append((category.label, unit, *(_short(scores[s]) for s in paper.systems)))
    heads = [s.removeprefix(_SYSTEM) for s in paper.systems]
    return _table(("category", "unit", *heads), rows)


def shares(paper: Paper) -> str:
    """Return the share of the parts of one system in all categories."""
    system = f"{_SYSTEM}image classification typical"
    names = list(paper.parts(system, paper.categories[0].label))
    rows = []
    for category in paper.categories:
        parts = paper.parts(system, category.label)
        total = sum(parts.values()) or 1.0
        rows.append((category.label, *(f"{parts[n] / total:.0%}" for n in names)))
    return _table(("category", *names), rows)


def leaders(paper: Paper) -> str:
    """Return the three largest parts of each system in all categories."""
    rows = []
    for category in paper.categories:
        cells = []
        for system in paper.systems:
            parts = paper.parts(system, category.label)
            total = sum(parts.values()) or 1.0
            top = sorted(parts, key=lambda p: -parts[p])[:2]
            cells.append(", ".join(f"{p} {parts[p] / total:.0%}" for p in top))
        rows.append((category.label, *cells))
    heads = [s.removeprefix(_SYSTEM) for s in paper.systems]
    return _table(("category", *heads), rows)


TABLES: dict[str, Callable[[Paper], str]] = {
    "totals": totals,
    "blocks": blocks,
    "ranking": ranking,
    "impacts": impacts,
    "shares": shares,
    "leaders": leaders,
}


def renewed(text: str, paper: Paper) -> str:
    """Return a page with its tables made anew."""
    return _MARK.sub(lambda m: f"{m[1]}{TABLES[m[2]](paper)}\n{m[3]}", text)


def _ratio(paper: Paper, dataset: str) -> str:
    return f"{paper.climate[dataset] / paper.published[dataset]:.2f}"


def _block_title(dataset: str) -> tuple[str, str]:
    block, level = dataset.removeprefix("block_").split("/")
    return block, level


def _spearman(first: Sequence[str], second: Sequence[str]) -> str:
    """Return the rank correlation of two orders of the same things."""
    n = len(first)
    distance = sum((i - second.index(name)) ** 2 for i, name in enumerate(first))
    return f"{1 - 6 * distance / (n * (n**2 - 1)):.2f}"


def _short(value: float) -> str:
    return f"{value:.2e}" if abs(value) < 1e-2 else f"{value:.3g}"


def _table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    cells = [[f"{c:.3f}" if isinstance(c, float) else str(c) for c in row] for row in rows]
    lines = [headers, ["---"] * len(headers), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Renew the tables of a page."""
    path = Path(sys.argv[1])
    path.write_text(renewed(path.read_text(encoding="utf-8"), load_paper()), encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
