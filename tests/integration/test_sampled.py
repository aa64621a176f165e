"""Samples moved by a parameter, and the break-evens in them: against sampling anew, and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.impact.paired import BLOCK
from bw_tinyml.impact.whatif import Sampled
from bw_tinyml.systems import Scenario, compare_scenario
from bw_tinyml.systems.breakeven import break_evens
from bw_tinyml.systems.case import Case, open_case
from bw_tinyml.systems.grid import sampled_grid_break_even
from bw_tinyml.systems.text import break_even_rows

from ..conftest import MINI

SEED = 5


@pytest.fixture(scope="module")
def full(full_project: str) -> Case:
    return open_case("person detection", "soc-ble", ["wifi-cloud", "cascade"], project=full_project)


@pytest.fixture
def case(project: str) -> Case:
    return open_case("blinking", project=project, location="TW", folder=MINI)


def test_samples_are_those_of_the_comparison(full: Case) -> None:
    for given, draws in (({}, 20), ({"lifetime_a": 5.0}, 0)):
        expected = full.paired.samples(60, SEED, given, draws=draws)
        sampled = Sampled(full.paired, 60, SEED, given, draws=draws)
        np.testing.assert_allclose(sampled.scores(), expected, rtol=1e-9)
        parts = sampled.of_outside(range(len(full.paired.foreground.outside)))
        np.testing.assert_allclose(parts, expected, rtol=1e-9)


@pytest.mark.parametrize("given", [{}, {"lifetime_a": 5.0}])
def test_moving_a_parameter_is_sampling_with_it(full: Case, given: dict[str, float]) -> None:
    name = full.task.rate
    assert not full.solver.model.parameters["tinyml"][name].distribution
    grid = np.array([2.0, 60.0])
    moved = list(Sampled(full.paired, 40, SEED, given, draws=8).sweep(name, grid))
    for scores, value in zip(moved, grid.tolist(), strict=True):
        expected = full.paired.samples(40, SEED, {**given, name: value}, draws=8)
        np.testing.assert_allclose(scores, expected, rtol=1e-9)
    assert not np.allclose(moved[0], moved[1], rtol=1e-3)


def test_a_parameter_of_the_background_moves_it(full: Case) -> None:
    grid = np.array([0.0, 0.5])
    sampled = Sampled(full.paired, 10, SEED, draws=0)
    name = "grid_fossil_replaced_GLO"
    for scores, value in zip(sampled.sweep(name, grid), grid.tolist(), strict=True):
        expected = full.paired.samples(10, SEED, {name: value}, draws=0)
        np.testing.assert_allclose(scores, expected, rtol=1e-9)


def test_spread_of_a_break_even_by_hand(case: Case) -> None:
    """standby* = 0.9 * blinks * energy * 365.25 / 3.6e6 / 8.766, energy lognormal with GSD 1.3."""
    sampled = Sampled(case.paired, BLOCK, SEED)
    row = break_evens(case, ["standby"], sampled=sampled).loc[
        ("standby", "remote", "Climate change")
    ]
    stated = 0.9 * 1000 * 20 * 365.25 / 3.6e6 / 8.766
    energy = case.paired.drawn(SEED, {})[0]["energy_per_blink"]
    by_hand = np.quantile(stated * energy / 20, [0.05, 0.5, 0.95])
    found = row[["break_even_p05", "break_even_median", "break_even_p95"]].to_numpy(dtype=float)
    assert found == pytest.approx(by_hand, rel=1e-6)
    assert found == pytest.approx(stated * 1.3 ** np.array([-1.645, 0, 1.645]), rel=0.08)
    assert row["share_without"] == 0


def test_samples_beyond_the_range_have_no_break_even(case: Case) -> None:
    """The rate flips at standby / energy; samples in which that lies beyond the range have none."""
    sampled = Sampled(case.paired, BLOCK, SEED, {"standby": 1.0})
    flips = break_evens(case, ["blinks_per_day"], {"standby": 1.0}, sampled)
    row = flips.loc[("blinks_per_day", "remote", "Climate change")]
    energy = case.paired.drawn(SEED, {"standby": 1.0})[0]["energy_per_blink"]
    flip = 1.0 * 8.766 * 3.6e6 / (365.25 * energy * 0.9)
    assert row["share_without"] == pytest.approx(np.mean(flip > row["high"]), abs=1e-9)
    inside = flip[flip <= row["high"]]
    assert row["break_even_median"] == pytest.approx(np.median(inside), rel=1e-6)


def test_spread_of_the_grid_makes_each_sample_equal(full: Case) -> None:
    open_project(str(full.session.project))
    sampled = Sampled(full.paired, 200, SEED, draws=20)
    flips = sampled_grid_break_even(full, sampled)
    outside = bw2data().get_node
    here = {
        i: node["reference product"]
        for i, product in enumerate(full.paired.foreground.outside)
        if (node := outside(id=product)).get("reference product", "").startswith("electricity")
        and node["location"] == full.location
    }
    low = next(i for i, name in here.items() if "low voltage" in name)
    found = np.argwhere(np.isfinite(flips))
    assert len(found) > 100
    scores, parts = sampled.scores(), sampled.of_outside(here)
    for s, k, j in found[:: len(found) // 50]:
        factor = flips[s, k, j] / sampled.units[low, s % 20, j]
        both = scores[s, :, j] + (factor - 1) * parts[s, :, j]
        assert both[0] == pytest.approx(both[k + 1], rel=1e-9)
    row = break_evens(full, ["grid intensity"], sampled=sampled).iloc[0]
    assert row["share_without"] == pytest.approx(np.isnan(flips[:, 0, 0]).mean())


def test_the_comparison_shows_them(project: str) -> None:
    scenario = Scenario("blinking", location="TW", iterations=50, seed=SEED)
    result = compare_scenario(scenario, project=project, folder=MINI, break_even=["standby"])
    headers, rows = break_even_rows(result)
    assert headers[-2:] == ["median (90 % interval)", "samples without"]
    assert " to " in rows[0][-2] and rows[0][-1] == "0%"
    found = result.as_dict()["break_evens"][0]
    assert {"break_even_p05", "break_even_median", "break_even_p95", "share_without"} <= set(found)
    assert result.provenance["break_even_samples"] == 50
