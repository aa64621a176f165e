"""The adapter tables: they fit their schemas, their flows exist, their sources are listed."""

from __future__ import annotations

import pytest

from bw_tinyml.adapters import elementary
from bw_tinyml.adapters.tables import NAMES, read, table
from bw_tinyml.adapters.units import known_units
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.loading import load


def test_tables_fit_their_schemas() -> None:
    report = Report()
    rows = read(report)
    assert not report.errors
    assert all(rows[name] for name in NAMES)


def test_flows_and_compartments_exist() -> None:
    assert elementary.check_tables() == []


def test_sources_are_listed() -> None:
    listed = {row["source"] for row in load()[0].tables["sources"]}
    cited = {row["source"] for name in NAMES for row in table(name) if row["source"]}
    assert cited
    assert cited <= listed


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
