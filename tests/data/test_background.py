"""The inventories that come with the package: what published results and physics say of them."""

from __future__ import annotations

import csv

import pytest

from bw_tinyml.background import link
from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.checking import check
from bw_tinyml.impact.checks import EXPLAINED, band_score, inside
from bw_tinyml.impact.preview import Matrices, matrices
from bw_tinyml.inventory import load
from bw_tinyml.inventory.findings import Report

CHAINS = {"no-elementary-flows", "energy-created", "negative-score", "category-empty"}


@pytest.fixture(scope="module")
def linked() -> LinkedInventory:
    inventory, _ = load()
    return link(inventory, Report())


@pytest.fixture(scope="module")
def system(linked: LinkedInventory) -> Matrices:
    return matrices(linked)


def test_supply_chains_are_physically_possible() -> None:
    report = check()
    assert report.errors == []
    assert not CHAINS & report.codes


def test_every_key_is_answered_by_a_process(linked: LinkedInventory) -> None:
    answered = {row["key"] for row in linked.inventory.tables["links"]}
    assert {row["key"] for row in linked.inventory.tables["keys"]} <= answered


def test_four_fifths_of_the_published_bands_hold(linked: LinkedInventory, system: Matrices) -> None:
    rows = linked.inventory.tables["bands"]
    results = [inside(row, band_score(linked, system, row)) for row in rows]
    assert len(rows) >= 60
    assert sum(results) / len(results) >= 0.8


def test_misses_are_explained_and_hits_are_not_called_misses(
    linked: LinkedInventory, system: Matrices
) -> None:
    for row in linked.inventory.tables["bands"]:
        hit = inside(row, band_score(linked, system, row))
        called_miss = row["remark"].startswith(EXPLAINED)
        assert hit != called_miss, f"{row['process']}, {row['category']}"


def test_bands_cite_sources_that_are_no_copies_of_ecoinvent(linked: LinkedInventory) -> None:
    cited = {row["source"] for row in linked.inventory.tables["bands"]}
    for row in linked.inventory.tables["sources"]:
        if row["source"] in cited:
            assert row["access"] in ("read", "quoted"), row["source"]
            assert "ecoinvent" not in row["citation"].lower()


def test_every_dataset_of_the_background_says_what_it_is(linked: LinkedInventory) -> None:
    folder = linked.inventory.folder / "background"
    for path in folder.glob("*/processes.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert len(row["comment"]) > 30, row["process"]
