"""The inventories that come with the package: what published results and physics say of them."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from bw_tinyml.background import link
from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.brightway.lcia_bundle import BundledMethod
from bw_tinyml.checking import check
from bw_tinyml.impact.checks import EXPLAINED, band_score, inside
from bw_tinyml.impact.preview import Matrices, bundled, matrices
from bw_tinyml.inventory import load
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.model import Provenance

DEVICE = "keyword_spotting/mcu-ble/GLO"
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


def test_small_scores_have_as_many_digits_as_large_ones(
    linked: LinkedInventory, system: Matrices
) -> None:
    """Each score is the sum of its inputs and emissions, to the rounding of these."""
    climate = next(c for c in categories(linked.inventory, "EF v3.1") if "limate" in c.label)
    method = bundled(climate)
    factors = dict(method.factors)
    direct = system.biosphere.T @ np.array([factors.get(flow, 0.0) for flow in system.flows])
    scores = np.array(list(system.unit_scores(method).values()))
    wrong = np.abs(system.technosphere.T @ scores - direct)
    terms = abs(system.technosphere).T @ np.abs(scores) + np.abs(direct)
    assert np.all(wrong <= 1e-13 * terms)


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


def test_no_unexplained_estimate_drives_a_category_of_the_keyword_spotting_device(
    linked: LinkedInventory, system: Matrices
) -> None:
    for category in categories(linked.inventory, "EF v3.1"):
        row, share, explained = largest_row(linked, system, bundled(category))
        assert share <= 0.5 or explained, f"{category.label}: {share:.0%} from {row}"


def test_an_estimate_without_a_rule_would_be_found(
    linked: LinkedInventory, system: Matrices, monkeypatch: pytest.MonkeyPatch
) -> None:
    land = next(c for c in categories(linked.inventory, "EF v3.1") if c.label == "Land use")
    monkeypatch.setattr(f"{__name__}.says_why", lambda provenance: False)
    _, share, explained = largest_row(linked, system, bundled(land))
    assert share > 0.5
    assert not explained


def largest_row(
    linked: LinkedInventory, system: Matrices, method: BundledMethod
) -> tuple[str, float, bool]:
    """Return the row that adds most to the device's score, its share, and whether it says why."""
    factors = dict(method.factors)
    demand = np.zeros(len(system.ids))
    demand[system.ids.index(DEVICE)] = 1.0
    supply = system.factors.solve(demand)
    rows: dict[tuple[str, int], float] = {}
    explained: dict[tuple[str, int], bool] = {}
    for identifier, amount in zip(system.ids, supply.tolist(), strict=True):
        found = linked.datasets[identifier]
        for exchange in found.exchanges:
            factor = factors.get(exchange.flow, 0.0)
            if amount and factor:
                value = amount * factor * linked.inventory.amount(found.dataset, exchange.value)
                origin = exchange.origin.provenance
                place = (origin.file, origin.line)
                rows[place] = rows.get(place, 0.0) + value
                explained[place] = says_why(origin)
    total = sum(rows.values())
    place = max(rows, key=lambda key: abs(rows[key]))
    return f"{place[0]}:{place[1]}", abs(rows[place] / total), explained[place]


def says_why(provenance: Provenance) -> bool:
    """Whether a number is no estimate, or states its rule (a formula: its parameters do)."""
    return not provenance.is_estimate or len(provenance.remark.split()) >= 3
