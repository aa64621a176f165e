"""Sensitivity: the tornado by hand, the indices against their definition."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bw_tinyml import score, sensitivity
from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.systems.sensitivity import quantiles

from ..conftest import MINI


def run(project: str, **options: object) -> object:
    return sensitivity("blinking", project=project, folder=MINI, **options)  # type: ignore[arg-type]


def climate(project: str, identifier: str, parameters: dict[str, float]) -> float:
    table = score(identifier, project=project, parameters=parameters).table.set_index("label")
    return float(table.loc["Climate change", "score"])


def test_quantiles_of_a_lognormal_by_hand() -> None:
    found = quantiles(
        {"uncertainty_type": 2, "loc": math.log(3.0), "scale": math.log(2.0)},
        np.array([0.05, 0.5, 0.95]),
    )
    assert found == pytest.approx([3 / 2**1.6448536, 3.0, 3 * 2**1.6448536], rel=1e-6)


def test_each_row_is_the_ratio_with_that_one_parameter_changed(project: str) -> None:
    result = run(project)
    names = result.case.names
    ids = [f"{s.process}/{result.case.location}" for s in result.case.systems]
    assert len(names) == 2 and len(result.table) >= 3
    for name, row in result.table.head(4).iterrows():
        for end in ("low", "high"):
            values = {str(name): float(row[end])}
            expected = climate(project, ids[0], values) / climate(project, ids[1], values)
            assert row[f"ratio_{end}"] == pytest.approx(expected, rel=1e-6)


def test_the_most_important_come_first(project: str) -> None:
    swings = run(project).table["swing"].to_numpy()
    assert np.all(np.diff(swings) <= 0)
    assert np.all(swings > 0)


def test_a_fixed_parameter_is_not_varied(project: str) -> None:
    name = str(run(project).table.index[0])
    value = float(run(project).table.loc[name, "value"])
    assert name not in run(project, parameters={name: value}).table.index


def test_indices_are_those_of_a_nearly_additive_model(project: str) -> None:
    """log(ratio) of a product of lognormal numbers is a sum: the indices must add up to one."""
    pytest.importorskip("SALib")
    result = run(project, sampled=4, samples=256)
    found = result.table.dropna(subset=["total"])
    assert len(found) == 4
    assert result.explained == pytest.approx(1.0, abs=0.1)
    assert float(found["total"].sum()) == pytest.approx(1.0, abs=0.15)
    again = run(project, sampled=4, samples=256).table
    assert again.equals(result.table)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"category": "Beauty"}, NotFoundError),
        ({"sampled": 3, "samples": 100}, UsageError),
        ({"sampled": -1}, UsageError),
    ],
)
def test_senseless_wishes_are_refused(
    project: str, options: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        run(project, **options)
