"""A fleet adds up to its devices, in all categories and in mass."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from bw_tinyml.errors import UsageError
from bw_tinyml.systems.case import open_case
from bw_tinyml.systems.fleet import FleetResult, fleet_impacts

from ..conftest import MINI


def run(project: str, **options: object) -> FleetResult:
    fixed = {"project": project, "folder": MINI, "location": "TW", "shape": math.inf}
    return fleet_impacts("blinking", **{**fixed, **options})  # type: ignore[arg-type]


def test_a_fleet_whose_devices_serve_their_life_adds_up_to_them(project: str) -> None:
    result = run(project, sales=[100.0, 50.0], horizon=10)
    case = open_case("blinking", project=project, folder=MINI, location="TW")
    each = case.paired.scores({})[0, 0]
    total = result.totals().sum().to_numpy()
    np.testing.assert_allclose(total, 150 * each, rtol=1e-3)
    assert list(result.totals().index[:2]) == [2026, 2027]


def test_longer_lives_change_use_alone(project: str) -> None:
    short, long = run(project), run(project, lifetime=6.0)
    for timing in ("sale", "use", "retirement"):
        # use is stated per year of service, in which the blinker draws the same
        a, b = (r.per_device.loc[timing, "Climate change"] for r in (short, long))
        assert a == pytest.approx(b, rel=1e-9)
    assert long.lifetimes.mean == 6.0


def test_mass_and_metals_are_those_of_the_board(project: str) -> None:
    result = run(project, sales=1000.0, years=1)
    from bw_tinyml.inventory import load
    from bw_tinyml.inventory.composition import Composition

    composition = Composition(load(MINI)[0])
    materials = result.materials.xs("sold", level="what").loc[2026]
    for element in ("mass", "copper"):
        expected = 1000 * composition.share("board", element)
        assert expected > 0
        assert materials[element] == pytest.approx(expected)
    retired = result.materials.xs("retired", level="what").sum()
    assert retired["copper"] == pytest.approx(materials["copper"])


def test_json_has_no_surprises(project: str) -> None:
    content = json.loads(json.dumps(run(project, years=2).as_dict(), allow_nan=False))
    assert content["years"][0]["impacts"].keys() == {"sale", "use", "retirement"}
    assert content["years"][0]["materials"].keys() == {"sold", "retired"}


def test_a_stage_without_timing_is_an_error(project: str, mini, edit) -> None:  # type: ignore[no-untyped-def]
    edit("fleet_timing.csv", 2, label="making")
    with pytest.raises(UsageError, match="stage 'production' of system 'local'"):
        run(project, folder=mini)
