"""Database parameters with live formulas: change one in Brightway, recalculate, get a new score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bw_tinyml import score, uncertainty
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import UsageError

from ..conftest import MINI


def change(name: str, amount: float) -> None:
    """Change a parameter as a user of Brightway would, and recalculate."""
    from bw2data.parameters import DatabaseParameter, parameters

    parameter = DatabaseParameter.get(DatabaseParameter.name == name)
    parameter.amount = amount
    parameter.save()
    parameters.recalculate()


def climate(project: str, name: str = "system_local/TW", **given: float) -> float:
    table = score(name, project=project, parameters=given).table
    return float(table.set_index("label").loc["Climate change", "score"])


def test_every_number_of_a_formula_is_a_parameter(installed: str) -> None:
    from bw2data.parameters import DatabaseParameter

    names = {
        p.name for p in DatabaseParameter.select().where(DatabaseParameter.database == "tinyml")
    }
    assert {"die_area", "mask_layers_40nm", "fab_energy_65nm", "lifetime"} <= names


def test_changing_a_parameter_changes_the_score(installed: str) -> None:
    before = climate(installed)
    change("lifetime", 6.0)
    assert climate(installed) == pytest.approx(before + 3.469875, rel=1e-5)  # the use stage again


def test_change_of_a_set_parameter_changes_its_variant_only(installed: str) -> None:
    before = {i: climate(installed, i) for i in ("wafer/40 nm/TW", "wafer/65 nm/TW")}
    change("fab_energy_40nm", 2.8)
    assert climate(installed, "wafer/40 nm/TW") == pytest.approx(
        2 * before["wafer/40 nm/TW"], rel=1e-2
    )
    assert climate(installed, "wafer/65 nm/TW") == pytest.approx(before["wafer/65 nm/TW"])


def test_given_parameters_give_the_same_as_changed_ones(installed: str) -> None:
    given = climate(installed, lifetime=5.0, die_area=20.0)
    change("lifetime", 5.0)
    change("die_area", 20.0)
    assert climate(installed) == pytest.approx(given, rel=1e-6)


@pytest.mark.filterwarnings("ignore::bw_tinyml.errors.RangeWarning")
def test_shares_that_exceed_the_whole_are_refused(installed: str) -> None:
    """What is left over is a formula: no limit of one share keeps it from falling below zero."""
    from bw_tinyml import compare, sensitivity
    from bw_tinyml.impact.stages import stages

    board = next(n for n in bw2data().Database("tinyml") if n["identifier"] == "board")
    gravel = next(e for e in board.exchanges() if e["name"] == "Gravel")
    gravel["formula"] = "board_mass * (1 - copper_share - line_yield + 0.9)"
    gravel.save()
    given = {"copper_share": 0.95, "line_yield": 0.96}
    words = "'board production' .*-0.0001 of 'Gravel', instead of 0.008.* line_yield"
    with pytest.raises(UsageError, match=words) as refused:
        climate(installed, "board", **given)
    assert "copper_share (0.95), line_yield (0.96)" in refused.value.hint
    calls: list[Callable[..., object]] = [
        lambda: uncertainty("board", project=installed, parameters=given, iterations=2),
        lambda: stages("board", project=installed, parameters=given, iterations=2),
        lambda: compare("blinking", project=installed, folder=MINI, parameters=given),
        lambda: sensitivity("blinking", project=installed, folder=MINI, parameters=given),
    ]
    for call in calls:
        with pytest.raises(UsageError, match="no amount can be negative"):
            call()
    assert climate(installed, "board", copper_share=0.95) > 0
    assert climate(installed, "wafer/40 nm/TW", **given) > 0  # has no such remainder
    assert climate(installed, "board", copper_share=1.0, line_yield=0.9) > 0  # nothing is left


def test_recalculation_without_change_changes_nothing(installed: str) -> None:
    from bw2data.parameters import ActivityParameter

    before = climate(installed)
    for group in {p.group for p in ActivityParameter.select()}:
        ActivityParameter.recalculate_exchanges(group)
    assert climate(installed) == pytest.approx(before, rel=1e-12)


def test_a_change_moves_the_distribution_with_the_amount(installed: str) -> None:
    def median() -> float:
        result = uncertainty("system_local/TW", project=installed, iterations=400)
        return float(result.table.set_index("label").loc["Climate change", "median"])

    before = median()
    change("lifetime", 30.0)
    assert median() == pytest.approx(10 * before, rel=0.1)


def test_changed_amount_of_a_lognormal_moves_our_samples(installed: str) -> None:
    """``loc`` in the project is stale after such a change; bw2calc would sample the old value."""
    bd = bw2data()
    copper = next(
        n for n in bd.Database("tinyml-background") if n["identifier"] == "copper_production"
    )
    for exchange in copper.biosphere():
        if exchange.input["name"] == "Sulfur dioxide":
            exchange["amount"] = 1.0  # ten times as much
            exchange.save()
    bd.Database("tinyml-background").process()
    table = uncertainty("copper_production", project=installed, iterations=400).table
    row = table.set_index("label").loc["Acidification"]
    assert row["median"] == pytest.approx(row["score"], rel=0.05)
    assert row["score"] == pytest.approx(1.31, rel=0.05)


def test_formula_exchanges_carry_no_uncertainty_of_their_own(installed: str) -> None:
    for node in bw2data().Database("tinyml"):
        for exchange in node.exchanges():
            if exchange.get("formula"):
                assert exchange["uncertainty type"] == 0
                assert "scale" not in exchange


def test_lognormals_have_their_median_at_the_amount(installed: str) -> None:
    seen = 0
    for name in ("tinyml", "tinyml-background"):
        for node in bw2data().Database(name):
            for exchange in node.exchanges():
                if exchange.get("uncertainty type") == 2:
                    assert exchange["loc"] == pytest.approx(np.log(abs(exchange["amount"])))
                    seen += 1
    assert seen
