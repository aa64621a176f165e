"""The desk: the same numbers as the comparison, without solving everything again."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import replace
from time import process_time

import numpy as np
import pytest

from bw_tinyml.app import view
from bw_tinyml.app.desk import Desk, Hardware, clean_name
from bw_tinyml.app.result import Result, crossings
from bw_tinyml.brightway.project import open_project
from bw_tinyml.errors import BwTinymlError, NotFoundError, UntrustedError, UsageError
from bw_tinyml.impact.limits import delivered
from bw_tinyml.impact.model import load_model
from bw_tinyml.impact.solving import Solver
from bw_tinyml.systems.compare import compare
from bw_tinyml.systems.scenario_file import Scenario

from ..conftest import MINI

PER_KWH = 0.6 * 0.95  # kg CO2 per kWh in TW
BLINKING = Scenario("blinking", location="TW")


@pytest.fixture(scope="module")
def desk(project: str) -> Desk:
    return Desk(project, MINI, samples=100)


def reference(project: str, given: Mapping[str, float]) -> tuple[np.ndarray, ...]:
    result = compare(
        "blinking", project=project, folder=MINI, location="TW", iterations=10, parameters=given
    )
    shares = result.estimates
    return tuple(
        table.to_numpy(dtype=float).reshape(2, -1)
        for table in (result.scores["score"], shares["emission"], shares["path"])
    )


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"lifetime": 7.0},
        {"blinks_per_day": 3e5, "standby": 0.01},
        {"line_yield": 0.5, "die_area": 40.0},  # far below the systems
    ],
)
def test_equals_the_comparison(desk: Desk, project: str, given: dict[str, float]) -> None:
    result = desk.evaluate(Scenario("blinking", location="TW", parameters=given))
    found = result.stated, result.emission, result.path
    for mine, theirs in zip(found, reference(project, given), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


def test_samples_equal_solving_each_one_anew(desk: Desk) -> None:
    """The small solve against all amounts of a sample put into the whole system."""
    given = {"lifetime": 5.0, "line_yield": 0.7}
    result = desk.evaluate(Scenario("blinking", location="TW", parameters=given))
    ids = [desk.nodes["system_local/TW"], desk.nodes["system_remote/TW"]]
    open_project("mini")
    model = load_model(desk.session.databases, ids)
    solver = Solver(model, desk.indicators)
    changed = desk.live.view(given, ids)
    by_exchange = {_key(x, k): e for k, (e, x) in enumerate(_ordered(desk.live.model, model))}
    amounts = np.empty((len(model.exchanges), desk.live.columns))
    for k, exchange in enumerate(model.exchanges):
        amounts[k] = changed.amount(by_exchange[_key(exchange, k)])
    demands = np.concatenate([solver.demand(i, desk.live.columns) for i in ids], axis=2)
    scores = solver.scores(amounts, solver.supply(amounts, demands))
    np.testing.assert_allclose(result.samples, scores[1:].swapaxes(0, 1), rtol=1e-9)
    assert np.ptp(scores[:, 0, result.climate]) > 0


def _ordered(whole, part):  # type: ignore[no-untyped-def]
    """Exchanges of the whole model in the order of a part of it, with their places there."""
    columns = {x.column for x in part.exchanges}
    found = [(e, x) for e, x in enumerate(whole.exchanges) if x.column in columns]
    assert [x for _, x in found] == part.exchanges
    return found


def _key(exchange, k):  # type: ignore[no-untyped-def]
    return exchange.column, exchange.row, k


def test_given_parameters_are_not_sampled(desk: Desk) -> None:
    fixed = {n: desk.live.value(n) for n, p in desk.parameters.items() if p.distribution}
    result = desk.evaluate(Scenario("blinking", location="TW", parameters=fixed))
    free = desk.evaluate(BLINKING)
    assert np.ptp(result.samples[0, :, 0]) < np.ptp(free.samples[0, :, 0])


def test_use_stage_by_hand(desk: Desk) -> None:
    scenario = Scenario("blinking", location="TW", rate=2000, lifetime=6)
    use = desk.evaluate(scenario).stages[0]["use"]
    result = desk.evaluate(scenario)
    assert use[result.climate] == pytest.approx(6 * 365.25 * 2000 * 20 / 3.6e6 * PER_KWH, rel=1e-6)


def test_break_even_by_hand(desk: Desk) -> None:
    """Standby of 0.8766 kWh a year is as much as 0.9 of the blinks: 20 J each."""
    wanted = 0.1 * 8.766 / (365.25 * 0.9 * 20 / 3.6e6)
    result = desk.evaluate(BLINKING)
    assert result.parameter == "blinks_per_day"
    if wanted <= result.grid[-1]:
        found = result.break_even[0, result.climate]
        assert found == pytest.approx(wanted, rel=0.01)


def test_a_device_against_itself(desk: Desk) -> None:
    """Paired samples: the difference is exactly 0 and nothing is decided."""
    ids = [desk.nodes["system_local/TW"]] * 2
    both = desk.live.view({"lifetime": 4.0}, ids)
    np.testing.assert_array_equal(both.unit_scores(ids[0]), both.unit_scores(ids[1]))


def test_words_of_scenarios(desk: Desk) -> None:
    plain, frugal = (
        desk.evaluate(Scenario("blinking", location="TW", supply=supply)).stated[1]
        for supply in (None, "frugal")
    )
    assert (frugal < plain).any()


@pytest.mark.parametrize(
    ("scenario", "text"),
    [
        (Scenario("blinkin"), "no task"),
        (Scenario("blinking", device="x"), "no system"),
        (Scenario("blinking", baselines=("local",)), "needs a baseline"),
        (Scenario("blinking", location="XX"), "no place of use 'XX'"),
        (Scenario("blinking", rate=0.0), "rate is 0"),
        (Scenario("blinking", lifetime=float("inf")), "lifetime is inf"),
        (Scenario("blinking", family=("CML",)), "is for CML"),
        (Scenario("blinking", background="x"), "background 'x'"),
        (Scenario("blinking", parameters={"standbi": 1}), "not a parameter"),
    ],
)
def test_faults_are_named(desk: Desk, scenario: Scenario, text: str) -> None:
    with pytest.raises((UsageError, NotFoundError), match=text):
        desk.evaluate(scenario)


def test_unusual_values_are_noted(desk: Desk) -> None:
    scenario = desk.check(Scenario("blinking", location="TW", parameters={"line_yield": 0.1}))
    assert desk.outside(scenario) == ["line_yield is 0.1, outside of 0.8 to 0.95 share"]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\boards\\a.csv", "a.csv"),
        ("a\x1b[31m\n.csv", "a[31m.csv"),
        ("x" * 500 + ".yaml", "x" * 80 + ".yaml"),
        ("/", "upload"),
    ],
)
def test_uploaded_names(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_uploads_are_read_within_limits(desk: Desk) -> None:
    for content, text in ((b"x" * 5_000_001, "larger than 5 MB"), (b"\0\0", "not a text file")):
        with pytest.raises(UntrustedError, match=text):
            desk.read_bill(content, "/etc/passwd")
    with pytest.raises(BwTinymlError, match=r"a\.csv: no header"):
        desk.read_bill(b"1;2;3", "../a.csv")


def test_crossings() -> None:
    grid = np.geomspace(1, 100, 41)
    difference = np.stack([grid - 10, grid + 1, (grid - 3) * (grid - 40), 0 * grid], axis=1)
    found = crossings(grid, difference, 50.0)
    assert found[0] == pytest.approx(10, rel=1e-6)
    assert np.isnan(found[1]) and np.isnan(found[3])
    assert found[2] == pytest.approx(40, rel=0.01), "the nearest of two"


def shown(desk: Desk, result: Result, hardware: Hardware | None = None) -> str:
    return view.report(desk, result, hardware, view.Shown(0, ("<b>note</b>",)))


def test_report_is_complete_and_escaped(desk: Desk) -> None:
    html = shown(desk, desk.evaluate(BLINKING))
    assert "ISO 14044" in html and "&lt;b&gt;note&lt;/b&gt;" in html and "<b>note" not in html
    assert "<script" not in html and "http" not in html.replace("http-equiv", "")
    for indicator in desk.indicators:
        assert indicator.label in html


def test_the_ratio_shown_is_the_median_of_the_samples(desk: Desk) -> None:
    result = desk.evaluate(BLINKING)
    ratios = result.samples[0] / result.samples[1]
    median = float(np.median(ratios[:, result.climate]))
    assert result.verdicts(1)[result.climate].median == pytest.approx(median)
    html = shown(desk, result)
    assert f"ratio {view.number(median)} (" in html
    assert f"{view.number(median)} times the baseline (median;" in html


def test_the_least_favourable_scenario_is_that_of_the_report(desk: Desk, project: str) -> None:
    given = {"die_area": 20.0}
    result = desk.evaluate(replace(BLINKING, parameters=given))
    compared = compare(
        "blinking", project=project, folder=MINI, location="TW", iterations=5, parameters=given
    )
    ratios = compared.scenarios.xs("remote", level="baseline")["Climate change"].astype(float)
    (least,) = result.least
    assert least is not None and least.scenario == ratios.idxmax()
    changes = dict(compared.scenarios.loc[(least.scenario, "remote"), "changes"])
    there = desk.evaluate(replace(BLINKING, parameters={**given, **changes}))
    assert least.ratio == pytest.approx(there.verdicts(1)[there.climate].median, rel=1e-9)
    assert f"&ldquo;{least.scenario}&rdquo;" in shown(desk, result)


def test_a_score_outside_of_its_interval_is_explained(desk: Desk) -> None:
    result = desk.evaluate(BLINKING)
    low, _, high = result.intervals()
    assert bool(result.quote_note()) == bool(((result.stated < low) | (result.stated > high)).any())
    outside = replace(result, stated=low / 2)
    assert "Quote the median with its interval" in shown(desk, outside)


def test_the_functional_unit_has_the_values_that_hold(desk: Desk) -> None:
    result = desk.evaluate(replace(BLINKING, lifetime=6.0, rate=24.0))
    assert "Blink 24 times a day for 6 years." in shown(desk, result)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (float("nan"), "&ndash;"),
        (0.01234, "0.0123"),
        (1.5e-9, "1.50&thinsp;&times;&thinsp;10<sup>-9</sup>"),
        (12345.0, "12&thinsp;300"),
        (-2e7, "-2.00&thinsp;&times;&thinsp;10<sup>7</sup>"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert str(view.number(value)) == text


def test_percent_keeps_the_ends_for_what_is_exact() -> None:
    assert [view.percent(s) for s in (0, 0.001, 0.5, 0.999, 1)] == [
        "0 %", "< 1 %", "50 %", "> 99 %", "100 %",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def full_desk(full_project: str) -> Desk:
    return Desk(full_project)


@pytest.mark.slow
def test_any_control_answers_within_a_third_of_a_second(full_desk: Desk) -> None:
    """Seconds of CPU of calculation and page, each change for the first time; all seven systems."""
    desk = full_desk
    base = Scenario("person detection")
    changes: list[tuple[Scenario, str]] = [
        (base, "rate"),
        (replace(base, rate=10.0), "rate"),
        (replace(base, lifetime=6.0), "rate"),
        (replace(base, location="DE"), "rate"),
        (replace(base, supply="mains"), "rate"),
        (replace(base, end_of_life="informal"), "rate"),
        (replace(base, device="soc-ble", baselines=("cascade",)), "rate"),
        (replace(base, parameters={"ic_test_yield": 0.9}), "rate"),
        (replace(base, task="keyword spotting"), "rate"),
        (base, "payload"),
        (base, "units sold"),
    ]
    view.results(desk, desk.evaluate(base), None, view.Shown(category=0))  # templates compiled
    gc.collect()
    gc.disable()  # what other tests left behind is not the page's
    try:
        seconds = {}
        for scenario, vary in changes:
            start = process_time()
            result = desk.evaluate(scenario, None, vary)
            view.results(desk, result, None, view.Shown(category=1))
            view.summary(desk, result)
            seconds[f"{scenario}, {vary}"] = process_time() - start
    finally:
        gc.enable()
    assert max(seconds.values()) < 0.3, seconds


@pytest.mark.slow
def test_links_are_overloaded_where_the_comparison_says_so(full_desk: Desk) -> None:
    task = full_desk.task("image classification")
    shares = []
    for system in task.systems:
        node = full_desk.nodes[f"{system.process}/GLO"]
        for rate in (1.0, 1e3, 1e6):
            given = {task.rate: rate}
            expected = float(delivered(full_desk.live.model, node, given))
            assert full_desk._delivered(node, given) == pytest.approx(expected), system.name
            shares.append(expected)
    assert min(shares) < 1 == max(shares), "some link is overloaded at some rate"


@pytest.mark.slow
def test_a_bill_may_hold_what_the_foreground_takes_from_the_background(full_desk: Desk) -> None:
    """Ten grams of gold more, or not."""
    scores = []
    for gold in (b"", b"gold_market,10,g\n"):
        bill = full_desk.read_bill(b"dataset,quantity,unit\nconnector_usb,1,\n" + gold, "a.csv")
        result = full_desk.evaluate(Scenario("keyword spotting"), Hardware(bill, "board"))
        scores.append(result.samples[:, 0, result.climate].mean())
    assert scores[1] - scores[0] > 100  # a kilogram of gold has 10 to 20 t CO2e
