"""The adapter tables: they fit their schemas, their flows exist, their sources are listed."""

from __future__ import annotations

import pytest

from bw_tinyml.adapters import checks
from bw_tinyml.adapters.checks import check
from bw_tinyml.adapters.tables import NAMES, table
from bw_tinyml.adapters.units import known_units
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.loading import load
from bw_tinyml.inventory.tables import Row


def test_tables_have_no_faults() -> None:
    report = Report()
    check(load()[0], report)
    assert report.findings == []
    assert all(table(name) for name in NAMES)


@pytest.mark.parametrize(
    ("name", "cells", "code"),
    [
        ("aliases", {"flow": "Phlogiston", "medium": "air"}, "flow-unknown"),
        ("compartments", {"compartment": "air::upstairs"}, "flow-unknown"),
        ("coproducts", {"source": "hearsay"}, "unknown-source"),
    ],
)
def test_faults_are_found(
    monkeypatch: pytest.MonkeyPatch, name: str, cells: dict[str, str], code: str
) -> None:
    rows = {n: [] for n in NAMES} | {name: [Row(cells, f"{name}.csv", 2)]}
    monkeypatch.setattr(checks, "read", lambda report: rows)
    report = Report()
    check(load()[0], report)
    assert [f.code for f in report.findings] == [code]


@pytest.mark.parametrize("basis", ["species", "content", "energy", "cumulative", "compartment"])
def test_assumptions_and_derivations_are_stated(basis: str) -> None:
    rows = [row for row in table("aliases") if row["basis"] == basis]
    assert rows
    assert all(row["remark"] for row in rows)


def test_only_derived_rows_have_factors() -> None:
    wrong = [
        row.line
        for row in table("aliases")
        if float(row["factor"]) != 1 and row["basis"] not in ("content", "energy")
    ]
    assert wrong == []


def test_ores_never_hold_more_metal_than_ore() -> None:
    contents: dict[str, float] = {}
    for row in table("aliases"):
        if row["basis"] == "content" and " ore" in row["name"]:
            contents[row["name"]] = contents.get(row["name"], 0.0) + float(row["factor"])
    assert contents
    assert max(contents.values()) < 1


def test_names_are_written_as_they_are_looked_up() -> None:
    for row in table("aliases"):
        assert row["name"] == " ".join(row["name"].lower().split())


def test_units_agree_with_one_another() -> None:
    """Two symbols for one of Brightway's units must agree on its size."""
    sizes: dict[str, float] = {}
    for unit in known_units().values():
        assert sizes.setdefault(unit.name, unit.name_base) == pytest.approx(unit.name_base)
