"""Paired samples and break-evens: against the whole model, bw2calc's kind of solution."""

from __future__ import annotations

import time

import numpy as np
import pytest

from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.impact.methods import Indicator
from bw_tinyml.impact.model import load_model
from bw_tinyml.impact.paired import Paired
from bw_tinyml.impact.sampling import sample_amounts
from bw_tinyml.impact.solving import Solver
from bw_tinyml.systems import Scenario, compare_scenario
from bw_tinyml.systems.breakeven import break_evens
from bw_tinyml.systems.case import Case, open_case

from ..conftest import MINI


@pytest.fixture
def case(project: str) -> Case:
    return open_case("blinking", project=project, location="TW", folder=MINI)


@pytest.fixture
def full(full_project: str) -> Case:
    return open_case("keyword spotting", project=full_project)


def whole_model(case: Case, given: dict[str, float]) -> np.ndarray:
    """Scores by one solution of the whole technosphere, without any short cut."""
    amounts = np.array(case.solver.model.amounts(given), dtype=float)[:, None]
    demand = np.concatenate([case.solver.demand(i) for i in case.ids], axis=2)
    return case.solver.scores(amounts, case.solver.supply(amounts, demand))[0]


def test_scores_are_those_of_the_whole_model(full: Case) -> None:
    for given in (
        {},
        {"lifetime_a": 5.0, "tinyml_mains_share": 1.0},
        {"fab_abatement_share": 0.0},
    ):
        found = full.paired.scores(given)[0]
        np.testing.assert_allclose(found, whole_model(full, given), rtol=1e-9)
    years = np.array([1.0, 2.0, 6.0])
    several = full.paired.scores({"lifetime_a": years, "pue": 1.5}, 3)
    for i, value in enumerate(years):
        expected = whole_model(full, {"lifetime_a": float(value), "pue": 1.5})
        np.testing.assert_allclose(several[i], expected, rtol=1e-9)


def test_parameters_of_the_background_reach_the_scores(full: Case) -> None:
    """One is fixed, or varied over an array: the background is solved again for each value."""
    model = full.solver.model
    own = full.session.databases[1]
    name = next(
        n
        for n, p in sorted(model.parameters[own].items())
        if isinstance(p.value, float)
        and p.value > 0
        and full.paired.evaluation.databases([n])
        and not np.allclose(whole_model(full, {n: 1.2 * p.value}), whole_model(full, {}), 1e-9)
    )
    values = float(model.parameters[own][name].value) * np.array([0.9, 1.2])  # type: ignore[arg-type]
    varied = full.paired.scores({name: values}, 2)
    for i, value in enumerate(values):
        expected = whole_model(full, {name: float(value)})
        np.testing.assert_allclose(varied[i], expected, rtol=1e-9)
        np.testing.assert_allclose(full.paired.scores({name: float(value)})[0], expected, rtol=1e-9)


def test_samples_have_the_distribution_of_the_whole_model(case: Case) -> None:
    j = [i.label for i in case.solver.indicators].index("Climate change")
    found = np.log(case.paired.samples(4000, 7, draws=1000)[:, :, j])
    blocks = []
    for amounts in sample_amounts(case.solver.model, 4000, 8):
        size = amounts.shape[1]
        demands = np.concatenate([case.solver.demand(i, size) for i in case.ids], axis=2)
        blocks.append(case.solver.scores(amounts, case.solver.supply(amounts, demands)))
    expected = np.log(np.concatenate(blocks)[:, :, j])
    assert found.mean(axis=0) == pytest.approx(expected.mean(axis=0), abs=0.02)
    assert found.std(axis=0) == pytest.approx(expected.std(axis=0), rel=0.07)


def test_without_draws_the_background_adds_no_spread(full: Case) -> None:
    fixed = full.paired.samples(1000, 1, draws=0)
    drawn = full.paired.samples(1000, 1, draws=50)
    spread = [np.log(s).std(axis=0) for s in (fixed, drawn)]
    assert np.mean(spread[1] / spread[0]) > 1.3


def test_spread_of_the_background_is_never_less_than_that_of_its_mean(full: Case) -> None:
    """Total variance: Var(t u) >= Var(t E(u)) for inputs t independent of unit scores u.

    It holds for the mean of the draws, not for stated values: a lognormal has a mean above its
    median, so that a background of wide spread adds to what the foreground does not vary.
    """
    drawn = full.paired.samples(1000, 1, draws=50)
    mean = full.paired._background_draws(50, 1, {}, None).mean(axis=0)
    full.paired._draws = {(0, 1): mean[None]}
    fixed = full.paired.samples(1000, 1, draws=0)
    assert np.all(drawn.std(axis=0) > 0.98 * fixed.std(axis=0))


def test_a_seed_gives_the_same_samples_and_more_go_on(case: Case) -> None:
    first = case.paired.samples(30, 5)
    again = Paired(case.solver, case.ids, case.session.databases[0]).samples(60, 5)
    assert np.array_equal(first, again[:30])
    assert not np.array_equal(first, case.paired.samples(30, 6))


def test_against_itself_the_difference_is_exactly_zero(full_project: str) -> None:
    result = compare_scenario(
        Scenario("keyword spotting", device="mcu-ble", baselines=("mcu-ble",), iterations=200),
        project=full_project,
    )
    assert np.array_equal(result.samples[:, 0], result.samples[:, 1])
    assert (result.pairs["probability_lower"] == 0.5).all()
    differences = result.pairs.filter(like="difference")
    assert (differences == 0).all().all()
    assert (result.verdict()["verdict"] == "equal").all()
    assert result.break_evens["break_even"].isna().all()


def test_even_without_electricity_is_no_flip_in_the_grid(case: Case) -> None:
    """Both blinkers share the board, so the thirstier one is higher on any grid."""
    flips = break_evens(case, ["grid intensity"])
    row = flips.loc[("grid intensity", "remote", "Climate change")]
    assert row["value"] == pytest.approx(0.6 * 0.95, rel=1e-6)
    assert np.isnan(row["break_even"])
    assert row["lower_below"] == "remote"  # 4.5 kWh against 6.1 kWh


def test_break_even_in_the_grid_makes_both_equal(full_project: str) -> None:
    """Coin cells take no electricity at home, so a dirty enough grid makes them the lower ones."""
    case = open_case("keyword spotting", "mcu-ble", "soc-coin", project=full_project)
    flips = break_evens(case, ["grid intensity"]).loc[("grid intensity", "soc-coin")]
    j = [i.label for i in case.solver.indicators].index("Climate change")
    row = flips.loc["Climate change"]
    assert row["break_even"] > row["value"] > 0 and row["lower_below"] == "mcu-ble"
    paired = case.paired
    taken = paired.foreground.taken(paired.evaluation.amounts(), case.ids, 1)[:, 0]
    units = paired.units({}).copy()
    places = bd_locations(paired.foreground.outside)
    for i, (product, location) in enumerate(places):
        if product.startswith("electricity") and location == "GLO":
            units[i] *= row["break_even"] / row["value"]
    scores = taken @ units
    assert scores[0, j] == pytest.approx(scores[1, j], rel=1e-9)


def bd_locations(ids: list[int]) -> list[tuple[str, str]]:
    import bw2data as bd

    found = [bd.get_node(id=i) for i in ids]
    return [(n.get("reference product") or n["name"], n.get("location", "")) for n in found]


def test_break_even_of_a_parameter_by_hand(case: Case) -> None:
    """local = remote where standby * 8.766 kWh/W = 0.9 * blinks * 20 J * 365.25 / 3.6e6."""
    flips = break_evens(case, ["standby"])
    row = flips.loc[("standby", "remote", "Climate change")]
    expected = 0.9 * 1000 * 20 * 365.25 / 3.6e6 / 8.766
    assert row["break_even"] == pytest.approx(expected, rel=1e-3)
    assert (row["lower_below"], row["unit"], row["crossings"]) == ("remote", "W", 1)
    at = case.paired.scores({"standby": float(row["break_even"])})[0]
    assert at[0] == pytest.approx(at[1], rel=1e-6)


def test_words_set_parameters(project: str) -> None:
    options = {"task": "blinking", "location": "TW", "iterations": 10}
    by_word = compare_scenario(
        Scenario(**options, lifetime=6.0, rate=500.0, supply="frugal"), project=project, folder=MINI
    )
    by_name = compare_scenario(
        Scenario(**options, parameters={"lifetime": 6, "blinks_per_day": 500, "standby": 0.01}),
        project=project,
        folder=MINI,
    )
    assert by_word.scores.equals(by_name.scores)
    assert by_word.provenance["scenario"]["supply"] == "frugal"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"supply": "frugl"}, NotFoundError, "supply: 'frugl' is not a choice.*nearest: frugal"),
        ({"end_of_life": "landfill"}, NotFoundError, "cannot vary 'end of life'"),
        ({"parameters": {"lifetme": 1.0}}, UsageError, "'lifetme' is not a parameter.*lifetime"),
        ({"lifetime": 2.0, "parameters": {"lifetime": 3.0}}, UsageError, "a word of the scenario"),
        ({"baselines": ("remote", "remote")}, UsageError, "named twice"),
        ({"background": "ecoinvent"}, UsageError, "is for background 'ecoinvent'"),
    ],
)
def test_what_cannot_be_is_refused(
    project: str, changes: dict[str, object], error: type[Exception], message: str
) -> None:
    scenario = Scenario("blinking", location="TW", **changes)  # type: ignore[arg-type]
    with pytest.raises(error, match=message):
        compare_scenario(scenario, project=project, folder=MINI)


def test_break_even_in_nonsense_is_refused(case: Case) -> None:
    with pytest.raises(UsageError, match="neither a word of task 'blinking' nor a parameter"):
        break_evens(case, ["lifetme"])


@pytest.mark.slow
def test_ten_thousand_samples_take_less_than_five_seconds(full: Case) -> None:
    """Seconds of CPU, once the background is solved: what else runs does not count."""
    full.paired.samples(2, 42)
    times = []
    for _ in range(3):  # the best of three: threads that wait for a busy core count as CPU, too
        start = time.process_time()
        samples = full.paired.samples(10_000, 42)
        times.append(time.process_time() - start)
    assert min(times) < 5
    assert samples.shape == (10_000, len(full.ids), 16)


def test_all_databases_of_the_background_are_drawn(fresh: str) -> None:
    """Two of one kind, drawn independently: their variances add up."""
    open_project(fresh, create=True)
    flow = ("flows", "f")
    bd = bw2data()
    content = {"name": "f", "unit": "kilogram", "type": "emission", "categories": ("air",)}
    bd.Database("flows").write({flow: content})
    emission = {"input": flow, "amount": 1.0, "type": "biosphere"}
    emission |= {"uncertainty type": 2, "loc": 0.0, "scale": 0.5}

    def write(database: str, exchanges: list[dict[str, object]]) -> tuple[str, str]:
        key = (database, "p")
        made = {"input": key, "amount": 1.0, "type": "production"}
        fields = {"name": database, "unit": "kilogram", "location": "GLO"}
        product = {"reference product": database, "exchanges": [made, *exchanges]}
        bd.Database(database).write({key: {**fields, **product}})
        return key

    suppliers = [write(name, [emission]) for name in ("first", "second")]
    write("own", [{"input": key, "amount": 1.0, "type": "technosphere"} for key in suppliers])
    method = bd.Method(("family", "category", "indicator"))
    method.register(unit="kilogram")
    method.write([(flow, 1.0)])
    ids = [bd.get_node(database="own", code="p").id]
    model = load_model(["own", "first", "second"], ids)
    solver = Solver(model, [Indicator(method.name, "category", "kilogram")])
    samples = Paired(solver, ids, "own").samples(4096, seed=1, draws=1024)
    mean, variance = np.exp(0.125), np.exp(0.25) * np.expm1(0.25)
    assert samples.mean() == pytest.approx(2 * mean, rel=0.03)
    assert samples.std() == pytest.approx(np.sqrt(2 * variance), rel=0.1)
