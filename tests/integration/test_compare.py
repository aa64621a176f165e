"""The comparison: against arithmetic that can be done by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bw_tinyml import compare
from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.systems.compare import Comparison
from bw_tinyml.systems.text import comparison_tables, stage_estimate_rows

from ..conftest import MINI

PER_KWH = 0.6 * 0.95  # kg CO2 per kWh in TW


def run(project: str, **options: object) -> Comparison:
    fixed = {"project": project, "folder": MINI, "location": "TW", "iterations": 100}
    return compare("blinking", **{**fixed, **options})  # type: ignore[arg-type]


def use_local(blinks: float = 1000, lifetime: float = 3) -> float:
    return lifetime * 365.25 * blinks * 20 / 3.6e6 * PER_KWH


def use_remote(blinks: float = 1000, lifetime: float = 3) -> float:
    return lifetime * (0.1 * 8.766 + 365.25 * blinks * 0.1 * 20 / 3.6e6) * PER_KWH


def test_stages_by_hand(project: str) -> None:
    stages = run(project).stages["Climate change"]
    assert stages["local", "use"] == pytest.approx(use_local(), rel=1e-6)
    assert stages["remote", "use"] == pytest.approx(use_remote(), rel=1e-6)
    assert stages["local", "production"] == pytest.approx(stages["remote", "production"])


def test_stages_and_components_sum_to_the_score(project: str) -> None:
    result = run(project)
    scores = result.scores["score"].unstack("indicator")
    by_stage = result.stages.groupby(level="system").sum()
    by_component = result.components.groupby(level="system").sum()
    for label in scores.columns:
        for table in (by_stage, by_component):
            assert table[label].to_numpy() == pytest.approx(
                scores[label].loc[table.index].to_numpy(), rel=1e-9, abs=1e-30
            )


@pytest.mark.parametrize("factor", [2.0, 5.0])
def test_rate_and_lifetime_move_the_use_stage_exactly(project: str, factor: float) -> None:
    rate = run(project, parameters={"blinks_per_day": 1000 * factor}).stages["Climate change"]
    assert rate["local", "use"] == pytest.approx(use_local(blinks=1000 * factor), rel=1e-6)
    life = run(project, parameters={"lifetime": 3 * factor}).stages["Climate change"]
    assert life["remote", "use"] == pytest.approx(use_remote(lifetime=3 * factor), rel=1e-6)
    assert life["remote", "production"] == rate["remote", "production"]


def test_break_even_by_hand(project: str) -> None:
    # local = remote where blinks * 20 J * (1 - 0.1) * 365.25 / 3.6e6 = 0.1 W * 8.766 kWh/W
    expected = 0.1 * 8.766 * 3.6e6 / (365.25 * 20 * 0.9)
    pair = run(project).pairs.loc[("remote", "Climate change")]
    assert pair["break_even"] == pytest.approx(expected, rel=1e-3)


def test_no_break_even_where_nothing_flips(project: str) -> None:
    pairs = run(project).pairs
    assert np.isnan(pairs.loc[("remote", "Acidification"), "break_even"])


def test_scenarios_change_one_or_more_parameters(project: str) -> None:
    result = run(project)
    for scenario, changes in (
        ("Long life", {"lifetime": 6.0}),
        ("Long and frugal", {"lifetime": 6.0, "standby": 0.01}),
    ):
        row = result.scenarios.loc[(scenario, "remote")]
        assert row["changes"] == changes
        expected = run(project, parameters=changes).pairs.loc[("remote", "Climate change")]
        assert row["Climate change"] == pytest.approx(expected["ratio"], rel=1e-9)


def test_location_changes_the_grid(project: str) -> None:
    here, there = run(project), run(project, location="DE")
    ratio = (
        there.stages["Climate change"]["local", "use"]
        / here.stages["Climate change"]["local", "use"]
    )
    assert ratio == pytest.approx(0.5, rel=1e-6)


def test_share_of_estimates(project: str) -> None:
    """The mass of the board is an estimate, its die is not; the use stage has no estimate."""
    estimates = run(project).estimates.loc["local"]
    assert estimates.loc["Climate change", "emission"] == pytest.approx(0.0)
    copper_only = estimates.loc["Acidification", "path"]
    assert copper_only == pytest.approx(1.0)
    assert 0 < estimates.loc["Climate change", "path"] < 0.1


def test_json_follows_the_contract(project: str) -> None:
    content = json.loads(json.dumps(run(project).as_dict(), allow_nan=False))
    assert content["functional_unit"]
    system = content["systems"][0]
    row = next(s for s in system["scores"] if s["label"] == "Climate change")
    assert row.keys() >= {"method", "score", "p05", "p95", "stages", "unit"}
    pair = content["pairs"][0]
    assert pair.keys() >= {"probability_lower", "break_even", "baseline", "method"}
    assert content["seed"] == 42
    assert "ISO 14044" in content["disclaimer"]


def test_families_side_by_side_have_labels_of_their_own(full_project: str) -> None:
    result = compare(
        "keyword spotting",
        project=full_project,
        family=["EF v3.1", "IPCC 2021"],
        iterations=10,
    )
    labels = [i.label for i in result.indicators]
    assert len(labels) == len(set(labels)) == 18
    assert "IPCC 2021: Climate change, GWP100" in labels


def test_text_has_a_row_per_category(project: str) -> None:
    scores, pair = comparison_tables(run(project))
    for _, headers, rows in (scores, pair):
        assert len(rows) == 16
        assert all(len(row) == len(headers) for row in rows)
    assert "Remote blinker" in pair[0]


def test_stated_values_outside_of_their_interval_are_counted(project: str) -> None:
    result = run(project)
    result.scores.loc[("local", "Climate change"), "p05"] = 1e9
    result.scores.loc[("local", "Land use"), "p95"] = -1.0
    (local,) = (f for f in result.outside() if f.title == "Local blinker")
    assert local.below >= 1 and local.above >= 1
    assert "Quote the median" in result.as_dict()["stated_outside_interval"]["note"]


def test_unknown_names_are_refused(project: str) -> None:
    with pytest.raises(NotFoundError, match="task"):
        compare("blnking", project=project, folder=MINI)
    with pytest.raises(NotFoundError, match="no system 'cloud'"):
        run(project, baseline="cloud")
    with pytest.raises(NotFoundError):
        run(project, location="ZZ")
    with pytest.raises(UsageError):
        run(project, parameters={"liftime": 1.0})


def test_estimates_by_stage_add_up_to_those_of_the_score(project: str) -> None:
    result = run(project)
    label = "Climate change"
    for system in ("local", "remote"):
        stages = result.stage_estimates.loc[system].xs(label, level="indicator")
        whole = result.estimates.loc[(system, label)]
        assert stages["share"].sum() == pytest.approx(1.0)
        score = result.scores.loc[(system, label), "score"]
        expected = result.stages.loc[system][label] / score
        assert stages["share"].to_numpy() == pytest.approx(expected.to_numpy())
        # all contributions are positive here, so shares of absolute ones are shares
        for kind in ("emission", "path"):
            assert (stages["share"] * stages[kind]).sum() == pytest.approx(whole[kind], rel=1e-6)
    # the standby of the remote system is an estimate, the energy of a blink is not
    assert result.stage_estimates.loc[("remote", "use", label), "path"] > 0.5
    assert result.stage_estimates.loc[("local", "use", label), "path"] < 0.5
    found = result.as_dict()["systems"][1]["scores"]
    climate = next(s for s in found if s["label"] == label)
    assert set(climate["stage_estimates"]) == {"production", "use", "end of life"}
    headers, rows = stage_estimate_rows(result)
    assert len(headers) == 5
    assert [row[0] for row in rows][-1] == "all" and {"production", "use"} <= {r[0] for r in rows}
    assert rows[-1][1] == "100%" and "/" in rows[0][2]
