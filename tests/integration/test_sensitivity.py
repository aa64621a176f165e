"""Sensitivity: the tornado by hand, the indices against their definition."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bw_tinyml import compare_scenario, score, sensitivity
from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.systems import Scenario
from bw_tinyml.systems.inputs import quantiles, titles, uncertain_inputs
from bw_tinyml.systems.sensitivity import Sensitivity, sensitivity_scenario

from ..conftest import MINI


def run(project: str, **options: object) -> Sensitivity:
    return sensitivity("blinking", project=project, folder=MINI, **options)  # type: ignore[arg-type]


def climate(project: str, identifier: str, parameters: dict[str, float]) -> float:
    table = score(identifier, project=project, parameters=parameters).table.set_index("label")
    return float(table.loc["Climate change", "score"])


def test_quantiles_of_a_lognormal_by_hand() -> None:
    lognormal = {"uncertainty_type": 2, "loc": math.log(3.0), "scale": math.log(2.0)}
    triangle = {"uncertainty_type": 5, "loc": 1.0, "minimum": 0.0, "maximum": 2.0}
    by_hand = [3 / 2**1.6448536, 3.0, 3 * 2**1.6448536]
    shares = np.array([0.05, 0.5, 0.95])
    assert quantiles([lognormal], shares)[0] == pytest.approx(by_hand, rel=1e-6)
    found = quantiles([lognormal, triangle, lognormal, lognormal], shares)
    assert found[[0, 2, 3]] == pytest.approx(np.array([by_hand] * 3), rel=1e-6)
    # cumulative share of a symmetric triangle from 0 to 2: x^2 / 2 up to its middle
    assert found[1] == pytest.approx([math.sqrt(0.1), 1.0, 2 - math.sqrt(0.1)], rel=1e-6)


@pytest.mark.slow
def test_each_row_is_the_comparison_with_that_one_parameter_changed(project: str) -> None:
    result = run(project)
    ids = [f"{s.process}/{result.case.location}" for s in result.case.systems]
    parameters = result.table[result.table["kind"] == "parameter"]
    assert len(ids) == 2 and len(parameters) >= 3
    for name, row in parameters.head(2).iterrows():
        for end in ("low", "high"):
            values = {str(name): float(row[end])}
            device, twin = (climate(project, i, values) for i in ids)
            assert row[f"device_{end}"] == pytest.approx(device, rel=1e-6)
            assert row[f"baseline_{end}"] == pytest.approx(twin, rel=1e-6)
            assert row[f"difference_{end}"] == pytest.approx(device - twin, rel=1e-6)
            assert row[f"ratio_{end}"] == pytest.approx(device / twin, rel=1e-6)


@pytest.mark.parametrize("of", ["difference", "baseline"])
def test_the_list_is_that_of_changing_every_number(project: str, of: str) -> None:
    """All numbers, solved whole for each; the list has gone by first order before."""
    result = run(project, of=of, listed=6)
    case, column = result.case, [i.label for i in result.case.solver.indicators].index(result.label)
    swings = {}
    inputs = uncertain_inputs(case, {})
    for found, (name, _) in zip(inputs, titles(case, inputs), strict=True):
        ends = []
        for value in (found.low, found.high):
            given = {str(found.key): value} if found.kind == "parameter" else {}
            amounts = np.array([[float(a)] for a in case.solver.model.amounts(given)])
            if found.kind == "exchange":
                amounts[int(found.key)] = value
            demand = np.concatenate([case.solver.demand(i) for i in case.ids], axis=2)
            scores = case.solver.scores(amounts, case.solver.supply(amounts, demand))[0, :, column]
            ends.append(scores[0] - scores[1] if of == "difference" else scores[1])
        swings[name] = abs(ends[1] - ends[0])
    noise = 1e-9 * (result.stated["device"] + result.stated["baseline"])
    moving = [name for name in sorted(swings, key=lambda n: -swings[n]) if swings[name] > noise]
    expected = moving[:6]
    assert len(expected) >= 2
    assert list(result.table.index) == expected
    for name, row in result.table.iterrows():
        assert abs(row[f"{of}_high"] - row[f"{of}_low"]) == pytest.approx(swings[name], rel=1e-6)
    assert result.others == len(moving) - len(expected)
    kinds = set(run(project, of="device").table["kind"])
    assert kinds == {"parameter", "exchange"}


def test_a_fixed_parameter_is_not_varied(project: str) -> None:
    table = run(project).table
    name = str(table.index[table["kind"] == "parameter"][0])
    value = float(table.loc[name, "value"])
    assert name not in run(project, parameters={name: value}).table.index


def test_indices_are_those_of_a_nearly_additive_model(project: str) -> None:
    """log(ratio) of a product of lognormal numbers is a sum: the indices must add up to one."""
    pytest.importorskip("SALib")
    result = run(project, of="ratio", sampled=4, listed=6, samples=256)
    found = result.table.dropna(subset=["ratio_total"])
    assert len(found) == 4 and len(result.table) == 6
    assert result.explained["ratio"] == pytest.approx(1.0, abs=0.1)
    assert float(found["ratio_total"].sum()) == pytest.approx(1.0, abs=0.15)
    again = run(project, of="ratio", sampled=4, listed=6, samples=256).table
    assert again.equals(result.table)


def test_one_number_alone_explains_everything(project: str) -> None:
    pytest.importorskip("SALib")
    for of in ("difference", "device"):
        result = run(project, of=of, sampled=1, listed=1)
        assert result.table[f"{of}_total"].iloc[0] == pytest.approx(1.0, abs=0.02)
        assert result.explained[of] == pytest.approx(1.0, abs=0.02)


def test_a_scenario_is_taken_as_compare_takes_it(project: str) -> None:
    scenario = Scenario(
        "blinking", location="TW", lifetime=6.0, supply="frugal", project=project, iterations=2
    )
    found = sensitivity_scenario(scenario, folder=MINI, listed=3)
    compared = compare_scenario(scenario, folder=MINI).pairs.loc[("remote", "Climate change")]
    assert found.stated["difference"] == pytest.approx(compared["difference"], rel=1e-9)
    assert found.stated["ratio"] == pytest.approx(compared["ratio"], rel=1e-9)
    assert found.provenance["parameters"] == {"lifetime": 6.0, "standby": 0.01}
    assert found.as_dict()["scenario"]["lifetime"] == 6.0
    assert not {"lifetime", "standby"} & set(found.table.index)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"category": "Beauty"}, NotFoundError),
        ({"sampled": 3, "samples": 100}, UsageError),
        ({"sampled": -1}, UsageError),
        ({"listed": 0}, UsageError),
        ({"of": "beauty"}, UsageError),
    ],
)
def test_senseless_wishes_are_refused(
    project: str, options: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        run(project, **options)
