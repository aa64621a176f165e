"""What a unit, a place, a flow and a distribution of others become."""

from __future__ import annotations

import math
from typing import Any

import pytest

from bw_tinyml.adapters import places, units
from bw_tinyml.adapters.distributions import fields
from bw_tinyml.adapters.elementary import match
from bw_tinyml.adapters.source import SourceExchange, SourceFlow

from ..openlca import AIR, uid

UNITS = units.known_units()


def test_units_convert_within_a_quantity_and_through_the_flow() -> None:
    assert units.factor(UNITS["MJ"], "kilowatt hour") == pytest.approx(1 / 3.6)
    assert units.factor(UNITS["cu ft"], "cubic meter") == pytest.approx(0.3048**3)
    assert units.factor(UNITS["gal"], "litre") == pytest.approx(231 * 0.0254**3 * 1000)
    assert units.factor(UNITS["kg"], "litre") is None
    diesel = {"volume": 1.0, "mass": 849.0}
    assert units.factor(UNITS["kg"], "litre", diesel) == pytest.approx(1000 / 849)
    assert units.flow_factor(UNITS["kg"], "cubic meter", "Water, river") == pytest.approx(1e-3)
    assert units.flow_factor(UNITS["kg"], "cubic meter", "Gas, natural") is None


def test_unknown_units_convert_to_nothing_but_themselves() -> None:
    ell = units.other_unit("ell")
    assert units.factor(ell, "ell") == 1
    assert units.factor(ell, "meter") is None
    stone = units.other_unit("stone", 6.35, "kg")
    assert units.factor(stone, "kilogram") == pytest.approx(6.35)


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (("US",), "US"),
        (("United States of America (the)", "US"), "US"),
        (("RNA",), "RNA"),
        (("US-TX",), "US-TX"),
        (("Global",), "GLO"),
        (("__import__('os')",), None),
        (("(1,)",), None),
        (("unknown", "UNSPECIFIED"), None),
    ],
)
def test_places_become_plain_codes(texts: tuple[str, ...], code: str | None) -> None:
    assert places.code(*texts) == code


@pytest.mark.parametrize(
    ("name", "category", "unit", "is_input", "expected"),
    [
        ("Carbon dioxide", AIR, "kg", False, {"Carbon dioxide, fossil": 1.0}),
        (
            "carbon dioxide, biogenic ",
            "air/unspecified",
            "kg",
            False,
            {"Carbon dioxide, non-fossil": 1},
        ),
        ("Copper, ion", "water/river", "g", False, {"Copper ion": 1e-3}),
        ("Ammonia", "water/unspecified", "kg", False, {"Ammonium": 1.0592}),
        ("Copper ore, 4%, in ground", "resource/in ground", "kg", True, {"Copper": 0.04}),
        (
            "Copper - Silver - ore (3.3% Cu; 5.5 g/t Ag)",
            "resource/in ground",
            "t",
            True,
            {"Copper": 33.0, "Silver": 0.0055},
        ),
        (
            "Copper, 0.99% in sulfide, Cu 0.36% and Mo 8.2E-3% in crude ore, in ground",
            "resource/in ground",
            "kg",
            True,
            {"Copper": 1.0},
        ),
        ("Natural gas (in MJ)", "resource/ground-", "MJ", True, {"Gas, natural": 1 / 36}),
        ("Gas, natural, in ground", "resource/in ground", "m3", True, {"Gas, natural": 1.0}),
        ("Gas, natural, in ground", "resource/in ground", "kg", True, {"Gas, natural": 1.3}),
        ("Water, river", "water/river", "l", True, {"Water, river": 1e-3}),
        (
            "Uranium oxide, 332 GJ per kg, in ore",
            "resource/unspecified",
            "kg",
            True,
            {"Uranium": 0.848},
        ),
        (
            "Methane",
            "Elementary flows/emission/air/troposphere/rural",
            "kg",
            False,
            {"Methane, fossil": 1},
        ),
        ("Iron ore, in ground", "resource/in ground", "kg", True, {}),
        ("Copper", "resource/in ground", "kg", False, {}),
        ("Copper", "air/unspecified", "kg", True, {}),
        ("Copper", "Some folder", "kg", False, {}),
        ("Copper", "air/unspecified", "MJ", False, {}),
    ],
)
def test_elementary_flows_are_matched_or_say_why_not(
    name: str, category: str, unit: str, is_input: bool, expected: dict[str, float]
) -> None:
    found = match(
        SourceExchange(
            SourceFlow(uid(name), name.strip(), "elementary", category), 1.0, UNITS[unit], is_input
        )
    )
    assert {t.flow.name: t.factor for t in found.targets} == pytest.approx(expected, rel=1e-3)
    assert found.how


def test_long_term_and_urban_compartments_are_kept() -> None:
    def where(category: str) -> str:
        made = SourceFlow("x", "Cadmium", "elementary", category)
        return match(SourceExchange(made, 1.0, UNITS["kg"], False)).targets[0].flow.compartment

    assert where("air/high population density") == "air::urban air close to ground"
    assert where("air/low population density") == "air::non-urban air or from high stacks"
    assert where("water/ground-, long-term") == "water::ground-, long-term"


def test_lognormal_has_the_amount_as_median() -> None:
    stated = {"type": "LOG_NORMAL_DISTRIBUTION", "geomMean": 5.0, "geomSd": 1.5}
    found = fields(stated, 5.0, -0.005)
    assert found == {
        "uncertainty type": 2,
        "loc": pytest.approx(math.log(0.005)),
        "scale": pytest.approx(math.log(1.5)),
        "negative": True,
    }


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"type": "TRIANGLE_DISTRIBUTION", "minimum": 3.0, "maximum": 1.0}, (5, 2.0, 6.0)),
        ({"type": "UNIFORM_DISTRIBUTION", "minimum": 1.0, "maximum": 3.0}, (4, 2.0, 6.0)),
        ({"type": "TRIANGLE_DISTRIBUTION", "minimum": 3.0, "maximum": 4.0}, None),
        ({"type": "LOG_NORMAL_DISTRIBUTION", "geomSd": 0.5}, None),
        ({"type": "SOMETHING_NEW"}, None),
        ({"type": "LOG_NORMAL_DISTRIBUTION", "geomSd": 1.0}, (0, None, None)),
        ({}, (0, None, None)),
    ],
)
def test_other_distributions(stated: dict[str, Any], expected: tuple[Any, ...] | None) -> None:
    found = fields(stated, 2.0, 4.0)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert (found["uncertainty type"], found.get("minimum"), found.get("maximum")) == expected
