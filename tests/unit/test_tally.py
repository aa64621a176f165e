"""What the rows rest on is counted as a reader of the tables would."""

from __future__ import annotations

from bw_tinyml.inventory import load
from bw_tinyml.inventory.tally import ACCESS, KINDS, TABLES, formulas, tally

from ..conftest import MINI


def test_counts_add_up_to_the_rows_with_a_kind() -> None:
    inventory, _ = load(MINI)
    found = tally(inventory)
    rows = [r for t in TABLES for r in inventory.tables[t] if r["kind"]]
    assert found.count() == len(rows)
    assert found.sourced == sum(bool(r["source"]) for r in rows)
    assert found.count(["estimate"]) == sum(r["kind"] == "estimate" for r in rows)
    assert sum(found.sources.values()) == len(inventory.tables["sources"])


def test_databases_are_parts_of_the_whole() -> None:
    inventory, _ = load(MINI)
    parts = [tally(inventory, name) for name in ("tinyml", "tinyml-background")]
    for kind in KINDS:
        for how in ACCESS:
            together = sum(p.count([kind], [how]) for p in parts)
            assert together == tally(inventory).count([kind], [how])


def test_plain_numbers_and_formulas_are_told_apart() -> None:
    inventory, _ = load()
    found = tally(inventory)
    assert 0 < found.plain < found.count(["calculated"], [""])
    assert formulas(inventory) > 10_000
