"""Scores that must not change unnoticed.

``scores.csv`` holds EF v3.1 scores of datasets that stand for each stage. The tolerance of 0.1 %
leaves room for other releases of SciPy and for characterisation factors in single precision, not
for other data. Who changes data on purpose runs ``python -m tests.golden.test_golden`` and names
what moved in ``CHANGES.md``.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bw_tinyml.background import link
from bw_tinyml.impact.preview import bundled, matrices
from bw_tinyml.inventory import load
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.findings import Report

FILE = Path(__file__).parent / "scores.csv"
FAMILY = "EF v3.1"
TOLERANCE = 1e-3
DATASETS = (
    "keyword_spotting/mcu-ble/GLO",
    "keyword_spotting/wifi-streaming/GLO",
    "keyword_spotting/local-wake/GLO",
    "wafer_fabrication/40 nm/TW",
    "integrated_circuit/stm32u575",
    "printed_circuit_board/4-layer/CN",
    "battery/LiPo 500 mAh",
    "casing_abs",
)


def calculate() -> dict[tuple[str, str], float]:
    """Scores of the golden datasets by dataset and category, from the tables as they are."""
    inventory, _ = load()
    system = matrices(link(inventory, Report()))
    found = {}
    for category in categories(inventory, FAMILY):
        scores = system.unit_scores(bundled(category))
        found |= {(name, category.label): scores[name] for name in DATASETS}
    return found


def golden() -> dict[tuple[str, str], float]:
    """Scores of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {(r["dataset"], r["category"]): float(r["score"]) for r in csv.DictReader(file)}


def test_scores_are_those_of_the_file() -> None:
    expected, found = golden(), calculate()
    assert expected.keys() == found.keys()
    moved = [
        f"{name}, {category}: {found[name, category]:.6g}, was {value:.6g}"
        for (name, category), value in expected.items()
        if found[name, category] != pytest.approx(value, rel=TOLERANCE)
    ]
    assert not moved, "\n".join(moved)


def test_all_categories_count() -> None:
    """No category is zero for a device: none of them was forgotten in the background."""
    values = golden()
    assert len(values) == len(DATASETS) * 16
    assert all(value > 0 for value in values.values())


def main() -> None:
    """Write the file anew."""
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["dataset", "category", "score"])
        writer.writerows([*key, f"{value:.6g}"] for key, value in calculate().items())


if __name__ == "__main__":
    main()
