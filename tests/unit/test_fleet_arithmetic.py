"""Cohorts and projections: balances, textbook cases, and the published figures of the paper."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.inventory.loading import load_lists
from bw_tinyml.systems.cohorts import Lifetimes, fleet
from bw_tinyml.systems.projections import (
    Saving,
    break_even_share,
    grown,
    growth_years,
    net_benefit,
    quantities,
    quantity,
    years_until,
)


@pytest.fixture(scope="module")
def known() -> dict[str, float]:
    return quantities(load_lists())


@pytest.mark.parametrize("growth", ["linear", "exponential"])
@pytest.mark.parametrize("billions", [50, 100, 250, 1000])
def test_growth_passes_the_published_years(
    known: dict[str, float], growth: str, billions: int
) -> None:
    found = growth_years(known, growth, billions * 1e9)
    assert round(found) == known[f"{growth}_year_{billions}e9"]


def test_the_total_of_250_billion_high_cost_systems(known: dict[str, float]) -> None:
    total = known["devices_target"] * known["system_high"]
    assert round(total / 1e9) == known["total_high"] / 1e9 == 1765


def test_a_fifth_of_residential_or_little_of_all_else_offsets_it(known: dict[str, float]) -> None:
    years = known["service_years"]
    home = Saving("residential", known["residential_emissions"], known["residential_share"])
    saved = -net_benefit(0.0, [home], years)
    assert saved == pytest.approx(known["residential_saving"], rel=1e-4)
    rest = known["total_high"] - known["residential_saving"]
    assert rest == known["other_saving"]
    share = break_even_share(rest, known["other_emissions"], years)
    assert round(share, 3) == known["other_share"] == 0.006
    fifth = Saving("other", known["other_emissions"], 0.2)
    assert -net_benefit(0.0, [fifth], years) == pytest.approx(known["other_saving_20"], rel=1e-4)


def test_rebound_by_hand() -> None:
    saving = Saving("farming", 1000.0, 0.1)
    assert net_benefit(90.0, [saving], 2.0) == pytest.approx(90 - 200)
    assert net_benefit(90.0, [saving], 2.0, rebound=0.6) == pytest.approx(90 - 80)
    share = break_even_share(90.0, 1000.0, 2.0, rebound=0.6)
    assert net_benefit(90.0, [Saving("farming", 1000.0, share)], 2.0, 0.6) == pytest.approx(0)
    assert math.isinf(break_even_share(90.0, 1000.0, 2.0, rebound=1.0))
    assert break_even_share(-1.0, 1000.0, 2.0) == 0.0


def test_growth_by_hand() -> None:
    assert grown(10, "linear", 2, 3) == 16
    assert grown(10, "exponential", math.log(2), 3) == pytest.approx(80)
    assert grown(10, "constant", 5, 3) == 10
    assert years_until(10, "exponential", math.log(2), 80) == pytest.approx(3)
    for nonsense in (("constant", 1.0), ("linear", 0.0), ("exponential", -0.1)):
        with pytest.raises(UsageError):
            years_until(10, *nonsense, 80)
    with pytest.raises(UsageError):
        grown(10, "cubic", 1, 1)


@pytest.mark.parametrize(
    ("growth", "rate"), [("exponential", 500), ("exponential", 50), ("linear", 1e300)]
)
def test_growth_beyond_any_number_of_devices_is_refused(growth: str, rate: float) -> None:
    with pytest.raises(UsageError, match="passes 1e\\+15 devices") as caught:
        grown(1e6, growth, rate, 9)
    assert "lower rate" in caught.value.hint
    with pytest.raises(UsageError, match="rate"):
        grown(1e6, growth, math.inf, 9)


def test_a_quantity_that_is_not_there_is_a_message() -> None:
    with pytest.raises(NotFoundError, match="nearest: system_high"):
        quantity(load_lists(), "system_hihg")


@pytest.mark.parametrize("shape", [1.0, 2.0, 3.5, math.inf])
def test_every_device_retires_once_and_serves_its_life(shape: float) -> None:
    found = fleet(2026, np.array([100.0, 0.0, 50.0]), Lifetimes(3.0, shape), horizon=60)
    assert found.retired.sum() == pytest.approx(150.0)
    assert np.all(found.retired >= -1e-9)
    assert found.service.sum() == pytest.approx(150.0 * 3.0, rel=0.005)
    assert found.stock[-1] == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(np.cumsum(found.sold - found.retired), found.stock, atol=1e-9)
    assert list(found.years[:2]) == [2026, 2027]


def test_with_equal_lives_all_retire_in_the_same_year() -> None:
    found = fleet(2026, np.array([10.0]), Lifetimes(3.0, math.inf), horizon=5)
    assert list(found.retired) == [0, 0, 0, 10, 0, 0]
    assert found.service == pytest.approx([5, 10, 10, 5, 0, 0], abs=0.06)


def test_weibull_by_hand() -> None:
    """Shape 1 is the exponential distribution: exp(-age / mean)."""
    ages = np.array([0.0, 1.5, 3.0, 30.0])
    assert Lifetimes(3.0, 1.0).survival(ages) == pytest.approx(np.exp(-ages / 3.0))
    # shape 2: scale = mean / Gamma(1.5) = mean * 2 / sqrt(pi)
    scale = 3.0 * 2 / math.sqrt(math.pi)
    assert Lifetimes(3.0, 2.0).survival(ages) == pytest.approx(np.exp(-((ages / scale) ** 2)))


def test_nonsense_is_refused() -> None:
    for mean, shape in ((0.0, 2.0), (math.inf, 2.0), (3.0, 0.0), (math.nan, 2.0)):
        with pytest.raises(UsageError):
            Lifetimes(mean, shape)
    life = Lifetimes(3.0)
    for sales, horizon in (([], 1), ([-1.0], 1), ([math.nan], 1), ([1.0], -1), ([1.0], 5000)):
        with pytest.raises(UsageError):
            fleet(2026, np.array(sales), life, horizon)
