"""Uncertainty: pedigree to sigma, and distributions that bw2calc samples around the amount."""

from __future__ import annotations

import math

import numpy as np
import pytest
from stats_arrays import UncertaintyBase
from stats_arrays.random import MCRandomNumberGenerator

from bw_tinyml.engine.draws import Draws
from bw_tinyml.engine.elements import elements_of
from bw_tinyml.engine.philox import block_key
from bw_tinyml.inventory import default_folder, load
from bw_tinyml.inventory.uncertainty import (
    Distribution,
    UncertaintyFactors,
    distribution,
    log_sigma,
)
from bw_tinyml.systems.inputs import quantiles

#: variances of ecoinvent 3 for the scores 2 to 5 (Weidema et al. 2013, table 10.4, as stored by
#: ecoinvent: (ln U / 2)^2 of the uncertainty factors U)
PUBLISHED_VARIANCES = {
    "reliability": (0.0006, 0.002, 0.008, 0.04),
    "completeness": (0.0001, 0.0006, 0.002, 0.008),
    "temporal correlation": (0.0002, 0.002, 0.008, 0.04),
    "geographical correlation": (2.5e-5, 0.0001, 0.0006, 0.002),
    "further technological correlation": (0.0006, 0.008, 0.04, 0.12),
}


def test_factors_give_the_published_variances() -> None:
    inventory, _ = load(default_folder())
    for row in inventory.tables["pedigree"]:
        variance = (math.log(float(row["factor"])) / 2) ** 2
        published = (0.0, *PUBLISHED_VARIANCES[row["indicator"]])[int(row["score"]) - 1]
        assert variance == pytest.approx(published, rel=0.25, abs=1e-6)


def test_sigma_by_hand() -> None:
    # basic 1.05, pedigree (2,4,1,1,1): factors 1.05, 1.1, 1, 1, 1
    expected = math.sqrt(2 * (math.log(1.05) / 2) ** 2 + (math.log(1.1) / 2) ** 2)
    assert log_sigma(1.05, [1.05, 1.1, 1, 1, 1]) == pytest.approx(expected)
    assert math.exp(2 * expected) == pytest.approx(1.1252, abs=1e-3)  # 95 % factor


def test_perfect_pedigree_leaves_the_basic_uncertainty() -> None:
    inventory, _ = load(default_folder())
    factors = UncertaintyFactors(inventory.tables["pedigree"], [])
    assert factors.sigma((1, 1, 1, 1, 1), 1.05) == pytest.approx(math.log(1.05) / 2)


def test_basic_uncertainty_takes_the_first_match() -> None:
    inventory, _ = load(default_folder())
    factors = UncertaintyFactors(
        inventory.tables["pedigree"], inventory.tables["basic_uncertainty"]
    )
    assert factors.basic_factor("technosphere", "ton kilometer") == 2.0
    assert factors.basic_factor("technosphere", "kilowatt hour") == 1.05
    assert factors.basic_factor("biosphere", "kilogram", "air::x", "Lead II") == 5.0
    assert factors.basic_factor("biosphere", "kilogram", "air", "Carbon dioxide, fossil") == 1.05
    assert (
        factors.basic_factor("biosphere", "kilogram", "air", "Particulate Matter, < 2.5 um") == 3.0
    )


@pytest.mark.parametrize(
    ("spread", "amount"),
    [
        (Distribution("lognormal", sigma=0.3), 5.0),
        (Distribution("lognormal", sigma=0.3), -5.0),
        (Distribution("triangular", minimum=1.0, maximum=9.0), 5.0),
        (Distribution("uniform", minimum=1.0, maximum=9.0), 5.0),
    ],
)
def test_samples_lie_around_the_amount(spread: Distribution, amount: float) -> None:
    fields = spread.as_stats_arrays(amount)
    fields["uncertainty_type"] = fields.pop("uncertainty type")
    array = UncertaintyBase.from_dicts(fields)
    samples = MCRandomNumberGenerator(array, seed=1).generate(40_000)
    assert np.median(samples) == pytest.approx(amount, rel=0.02)


def test_a_range_beside_a_spread_cuts_the_samples_everywhere() -> None:
    row = dict.fromkeys(("pedigree", "distribution"), "") | {
        "gsd": "2", "minimum": "3", "maximum": "8",
    }  # fmt: skip
    fields = distribution(row, UncertaintyFactors([], []), 1.0).as_stats_arrays(5.0)
    fields["uncertainty_type"] = fields.pop("uncertainty type")
    theirs = MCRandomNumberGenerator(UncertaintyBase.from_dicts(fields), seed=1).generate(40_000)
    ours = Draws(elements_of([fields]), 3).numbers(block_key(1, 0), 40_000)[0]
    shares = np.array([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
    for found in (theirs[0], ours):
        assert found.min() >= 3.0 and found.max() <= 8.0
        assert np.quantile(found, shares) == pytest.approx(quantiles([fields], shares)[0], rel=0.01)


def test_a_cut_lognormal_is_widened_with_its_ends() -> None:
    cut = Distribution("lognormal", 0.3, 2.0, 8.0)
    wide = cut.widened(0.4)
    assert wide.sigma == pytest.approx(0.5)
    assert (wide.minimum, wide.maximum) == pytest.approx((2 / math.exp(0.4), 8 * math.exp(0.4)))
    assert cut.scaled(10) == Distribution("lognormal", 0.3, 20.0, 80.0)


def test_scaling_moves_the_bounds() -> None:
    scaled = Distribution("triangular", minimum=1.0, maximum=3.0).scaled(1e-3)
    assert (scaled.minimum, scaled.maximum) == pytest.approx((1e-3, 3e-3))
    assert Distribution("lognormal", sigma=0.2).scaled(10) == Distribution("lognormal", sigma=0.2)
