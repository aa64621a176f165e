"""Write the comparison of our scores with published results: a table and a plot.

    python docs/background_bands.py          # writes docs/background-bands.md and .svg
    python docs/background_bands.py --check  # fails if they are not up to date

Everything is computed from the inventory tables and ``bands.csv``; no Brightway project is needed.
"""

from __future__ import annotations

import math
import sys
from html import escape
from pathlib import Path

from bw_tinyml.background import link
from bw_tinyml.impact.checks import EXPLAINED, band_score, inside
from bw_tinyml.impact.preview import matrices
from bw_tinyml.inventory import load
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.tables import Row

DOCS = Path(__file__).parent
TABLE, PLOT = DOCS / "background-bands.md", DOCS / "background-bands.svg"
INK, FAINT, GRID, HIT, MISS = "#1f2933", "#616e7c", "#d9dee4", "#0072B2", "#D55E00"
LOW, HIGH = 0.01, 100.0


def results() -> list[tuple[Row, str, float]]:
    """Return the bands with the label of their category and our score, sorted for reading."""
    inventory, _ = load()
    linked = link(inventory, Report())
    system = matrices(linked)
    labels = {
        (family, c.category): c.label
        for family in {row["family"] for row in inventory.tables["bands"]}
        for c in categories(inventory, family)
    }
    found = [
        (row, labels[row["family"], row["category"]], band_score(linked, system, row))
        for row in inventory.tables["bands"]
    ]
    return sorted(found, key=lambda item: (item[1], item[0]["process"], item[0]["source"]))


def ratio(row: Row, score: float) -> float:
    """Return our score over the middle (geometric mean) of the published range."""
    return score / math.sqrt(float(row["low"]) * float(row["high"]))


def summary(found: list[tuple[Row, str, float]]) -> list[str]:
    """Return one line per category: bands, hits, and the median of our score over theirs."""
    lines = ["| category | bands | inside | median of ours over theirs |", "|---|---:|---:|---:|"]
    for label in dict.fromkeys(label for _, label, _ in found):
        rows = [(row, score) for row, name, score in found if name == label]
        ratios = sorted(ratio(row, score) for row, score in rows)
        hits = sum(inside(row, score) for row, score in rows)
        lines.append(f"| {label} | {len(rows)} | {hits} | {ratios[len(ratios) // 2]:.2g} |")
    hits = sum(inside(row, score) for row, _, score in found)
    lines.append(f"| **all** | **{len(found)}** | **{hits}** ({hits / len(found):.0%}) | |")
    return lines


def table(found: list[tuple[Row, str, float]]) -> str:
    """Return the page with all bands, misses first."""
    text = [
        "# Published results against our scores",
        "",
        "Made by `docs/background_bands.py` from `inventories/bands.csv`. A band is a published",
        "result, or a range of them, from a source other than ecoinvent; *factor* says how far",
        "outside of it a score is still plausible.",
        "",
        *summary(found),
        "",
        "## Misses",
        "",
        "| process or key | category | published | factor | ours | ratio | why |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for row, label, score in found:
        if not inside(row, score):
            why = row["remark"].removeprefix(EXPLAINED).strip()
            text.append(f"{_cells(row, label, score)} {_cell(why)} |")
    text += [
        "",
        "## All bands",
        "",
        "| process or key | category | published | factor | ours | ratio | source |",
        "|---|---|---:|---:|---:|---:|---|",
        *(
            f"{_cells(row, label, score)} {row['source']}: {_cell(row['page'])} |"
            for row, label, score in found
        ),
        "",
    ]
    return "\n".join(text)


def _cells(row: Row, label: str, score: float) -> str:
    low, high = float(row["low"]), float(row["high"])
    published = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
    return (
        f"| {_cell(row['process'])} | {label} | {published} | {row['factor']} | {score:.3g} "
        f"| {ratio(row, score):.2g} |"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def plot(found: list[tuple[Row, str, float]]) -> str:
    """Return an SVG: one dot per band, our score over the published one, by category."""
    labels = list(dict.fromkeys(label for _, label, _ in found))
    left, right, top, row_height = 230.0, 20.0, 34.0, 26.0
    width, height = 820.0, top + row_height * len(labels) + 30

    def x(value: float) -> float:
        position = math.log10(min(max(value, LOW), HIGH) / LOW) / math.log10(HIGH / LOW)
        return left + (width - left - right) * position

    parts = []
    for power in (0.01, 0.1, 0.5, 1.0, 2.0, 10.0, 100.0):
        at, dark = x(power), power == 1.0
        parts.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top - 8}" y2="{height - 26}" '
            f'stroke="{INK if dark else GRID}" stroke-width="{1.4 if dark else 1}"/>'
            f'<text x="{at:.1f}" y="{top - 14}" text-anchor="middle" fill="{FAINT}">'
            f"{power:g}</text>"
        )
    for i, label in enumerate(labels):
        y = top + i * row_height + row_height / 2
        parts.append(
            f'<text x="{left - 12}" y="{y + 4:.1f}" text-anchor="end" fill="{INK}">'
            f"{escape(label)}</text>"
        )
        for k, (row, _, score) in enumerate(f for f in found if f[1] == label):
            hit = inside(row, score)
            at, where = x(ratio(row, score)), y + (k % 5 - 2) * 3.5
            hint = f"{row['process']}: {ratio(row, score):.2g} ({row['source']})"
            mark = (
                f'<circle cx="{at:.1f}" cy="{where:.1f}" r="3.2" fill="{HIT}" fill-opacity="0.6">'
                if hit
                else f'<rect x="{at - 3.2:.1f}" y="{where - 3.2:.1f}" width="6.4" height="6.4" '
                f'fill="{MISS}">'
            )
            end = "circle" if hit else "rect"
            parts.append(f"{mark}<title>{escape(hint)}</title></{end}>")
    parts.append(
        f'<text x="{left}" y="{height - 8}" fill="{FAINT}">our score over the published one; '
        "dots inside of their band, squares outside</text>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        'role="img" aria-label="Our scores over published ones, by category" '
        f'font-family="sans-serif" font-size="11">{"".join(parts)}</svg>\n'
    )


def main() -> int:
    """Write both files, or with ``--check`` say whether they are up to date."""
    found = results()
    wanted = {TABLE: table(found), PLOT: plot(found)}
    if "--check" in sys.argv[1:]:
        stale = [
            path.name
            for path, text in wanted.items()
            if not path.exists() or path.read_text(encoding="utf-8") != text
        ]
        if stale:
            print(f"not up to date: {', '.join(stale)}; run python docs/background_bands.py")
        return int(bool(stale))
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
