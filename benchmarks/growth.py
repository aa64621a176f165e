"""How times grow with activities and methods: a table and a picture for docs/performance.md.

``python -m benchmarks.growth docs/performance-growth.csv docs/img/performance-growth.svg`` takes
some minutes and is not part of ``make bench``.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from benchmarks.databases import fast_scores, synthetic
from benchmarks.measuring import largest_difference, timed
from benchmarks.scores import ours

SIZES = (1_000, 3_000, 10_000, 23_500, 50_000)
METHODS = (1, 4, 16, 64, 256, 762)
FULL = 23_500


def measure() -> list[dict[str, float | str]]:
    rows: list[dict[str, float | str]] = []
    cases = [("activities", size, 16) for size in SIZES]
    cases += [("methods", FULL, methods) for methods in METHODS]
    for what, size, methods in cases:
        files = synthetic(size, 762 if size == FULL else 16)
        datasets = files.datasets()
        ours(files, methods, datasets[:2])
        direction = "adjoint" if methods < datasets.size else "forward"
        best, peer, difference = float("inf"), float("inf"), 0.0
        for _ in range(2):
            mine, a = timed(lambda: ours(files, methods, datasets))  # noqa: B023
            theirs, b = timed(lambda: fast_scores(files, methods, datasets, direction))  # noqa: B023
            best, peer = min(best, mine), min(peer, theirs)
            difference = max(difference, largest_difference(a, b))
        rows.append(
            {
                "growing": what,
                "activities": size,
                "methods": methods,
                "bw_tinyml [s]": round(best, 3),
                "bw2calc [s]": round(peer, 3),
                "direction": direction,
                "largest difference": f"{difference:.0e}",
            }
        )
        print(rows[-1], file=sys.stderr)
    return rows


def draw(rows: list[dict[str, float | str]], target: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "bw_tinyml"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
    titles = {"activities": "16 methods", "methods": f"{FULL:,} activities"}
    for axis, what in zip(axes, titles, strict=True):
        own = [row for row in rows if row["growing"] == what]
        x = [row[what] for row in own]
        axis.loglog(x, [r["bw2calc [s]"] for r in own], "s--", label="FastScoresOnlyMultiLCA")
        axis.loglog(x, [r["bw_tinyml [s]"] for r in own], "o-", label="bw_tinyml")
        axis.set(xlabel=what, title=f"300 datasets, {titles[what]}")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("seconds, reading included")
    axes[0].legend(frameon=False)
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


def main() -> None:
    table, picture = Path(sys.argv[1]), Path(sys.argv[2])
    rows = measure()
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    draw(rows, picture)


if __name__ == "__main__":
    main()
