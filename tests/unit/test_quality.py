"""The data quality rating: pedigree where there is one; else the spread, and nothing more."""

from __future__ import annotations

import math

import pytest

from bw_tinyml.inventory import load
from bw_tinyml.inventory.model import Provenance
from bw_tinyml.inventory.quality import ASPECTS, CLASSES, Quality, quality, rate
from bw_tinyml.inventory.uncertainty import Distribution

from ..conftest import MINI


def provenance(
    kind: str = "literature", pedigree: tuple[int, ...] | None = None, proxy: bool = False
) -> Provenance:
    return Provenance("source", "p. 1", kind, pedigree, proxy, "", "exchanges.csv", 2)


def lognormal(gsd: float) -> Distribution:
    return Distribution("lognormal", math.log(gsd))


def test_pedigree_is_taken_as_it_stands() -> None:
    # reliability 1, completeness 3, time 4, geography 5, technology 2
    scores = rate(provenance(pedigree=(1, 3, 4, 5, 2)), lognormal(1.2))
    assert scores == (2.0, 2.0, 4.0, 5.0)


@pytest.mark.parametrize(
    ("gsd", "precision"), [(1.05, 1), (1.1, 1), (1.3, 2), (1.5, 3), (2.0, 4), (3.0, 5)]
)
def test_wider_spread_is_worse(gsd: float, precision: float) -> None:
    scores = rate(provenance("calculated"), lognormal(gsd))
    assert scores is not None
    assert scores[0] == precision


def test_an_estimate_is_never_precise() -> None:
    scores = rate(provenance("estimate"), lognormal(1.01))
    assert scores is not None
    assert scores[0] == 3.0


def test_without_a_pedigree_only_precision_is_known() -> None:
    assert rate(provenance("literature"), lognormal(1.2)) == (2.0, None, None, None)
    assert rate(provenance("estimate", proxy=True), lognormal(2.0)) == (4.0, 4.0, None, None)


def test_a_proxy_is_another_technology() -> None:
    scores = rate(provenance(pedigree=(1, 1, 1, 1, 1), proxy=True), lognormal(1.1))
    assert scores == (1.0, 4.0, 1.0, 1.0)


def test_exact_numbers_are_not_rated() -> None:
    assert rate(provenance("calculated"), Distribution()) is None


def test_an_interval_is_rated_by_its_width() -> None:
    narrow = rate(provenance(), Distribution("triangular", 0.0, 0.95, 1.05))
    wide = rate(provenance(), Distribution("triangular", 0.0, 0.01, 1.0))
    assert narrow is not None
    assert wide is not None
    assert narrow[0] == 1.0
    assert wide[0] == 5.0


@pytest.mark.parametrize(
    ("score", "label"),
    [(1.5, "excellent"), (1.6, "very good"), (3.0, "good"), (3.1, "fair"), (4.5, "poor")],
)
def test_classes_of_pef(score: float, label: str) -> None:
    assert Quality(dict.fromkeys(ASPECTS, score), 1.0, {}, 0.0, 1).label == label
    assert CLASSES[-1][0] == 5.0


def test_without_numbers_there_is_no_rating() -> None:
    empty = Quality({}, 0.0, {}, 0.0, 0)
    assert empty.rating is None
    assert empty.label == "not rated"


def test_formulas_are_rated_by_their_parameters() -> None:
    inventory, _ = load(MINI)
    rated = quality(inventory, inventory.datasets["wafer/40 nm/TW"])
    # two formulas with four parameters behind them: fab_energy, line_yield, mask_layers and what
    # they use; no row of the dataset itself is a number
    assert rated.numbers >= 3
    assert 1 <= rated.aspects["precision"] <= 5
    assert sum(rated.kinds.values()) == pytest.approx(1)


def test_by_hand() -> None:
    """Copper: five numbers with pedigree 2;2;3;1;2."""
    inventory, _ = load(MINI)
    rated = quality(inventory, inventory.datasets["copper_production"])
    assert rated.aspects == {"precision": 2.0, "technology": 2.0, "time": 3.0, "geography": 1.0}
    assert rated.rating == 2.0
    assert rated.label == "very good"
    assert rated.kinds == {"literature": 1.0}
    assert rated.as_dict()["numbers"] == 5
    assert rated.assessed == 1.0


def test_a_dataset_of_estimates_is_not_rated() -> None:
    """Bare estimates give no technology, time or geography, so there is no rating."""
    inventory, _ = load()
    rated = [quality(inventory, d) for d in inventory.datasets.values()]
    bare = [q for q in rated if q.numbers and q.assessed == 0 and not q.proxies]
    assert bare
    assert {tuple(q.aspects) for q in bare} == {("precision",)}
    assert {q.label for q in bare} == {"not rated"}
    assert bare[0].as_dict()["technology"] is None


def test_proxies_count_where_the_amount_is_a_formula() -> None:
    """Oil stands for other fossil fuels in each grid: shares of generation, by formulas."""
    inventory, _ = load()
    rated = quality(inventory, inventory.datasets["electricity_hv/DE"])
    assert rated.proxies > 0
