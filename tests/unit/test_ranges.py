"""Which stated values are refused, and which are noted: by unit and range of the tables."""

from __future__ import annotations

import math
from typing import Any

import pytest

from bw_tinyml.errors import RangeWarning, UsageError
from bw_tinyml.impact.ranges import check_given, largest, notes, stated_record
from bw_tinyml.impact.rows import ModelParameter
from bw_tinyml.inventory.formulas import parse
from bw_tinyml.inventory.loading import load
from bw_tinyml.inventory.model import Parameter


def parameter(
    name: str,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    value: Any = 0.5,
) -> ModelParameter:
    return ModelParameter(name, value, None, False, unit, low, high)


KNOWN = {
    p.name: p
    for p in (
        parameter("gateway_share", "unit", 0, 1),
        parameter("recycled", "share"),
        parameter("yield_of_line", "1", 0.8, 0.99),
        parameter("moisture_share", "kg/kg wet"),
        parameter("share_dump", "kg/kg", 0.05, 0.2),
        parameter("effort", "kg/kg", 0.2, 0.8),
        parameter("factor_of_area", "-", 0.5, 2),
        parameter("lifetime", "a", 0.5, 10),
        parameter("hours_per_day", "h/d", 0.1, 24),
        parameter("airtime", "s/d"),
        parameter("carrier_factor", "1", 0.4, 0.9),
        parameter("coldest", "deg C"),
        parameter("credit", "kg", -2, 3),
        parameter("stated_credit", "kg", value=-1.0),
        parameter("own", "", value=1.0),
        parameter("derived", "share", value=parse("1 - recycled")),
    )
}
PARAMETERS = {"tinyml": KNOWN}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("gateway_share", -5, "cannot be negative"),
        ("gateway_share", 1.5, "more than 1"),
        ("recycled", 1.01, "more than 1"),
        ("derived", -0.1, "cannot be negative"),
        ("yield_of_line", 7, "more than 1"),
        ("moisture_share", 2, "more than 1"),
        ("effort", -1, "cannot be negative"),
        ("lifetime", -5, "cannot be negative"),
        ("hours_per_day", 100, "more than 24"),
        ("airtime", 90_000, "more than 86400"),
        ("lifetime", math.inf, "not a finite number"),
        ("own", math.nan, "not a finite number"),
        ("lifetime", "x", "not a number"),
        ("lifetime", True, "not a number"),
    ],
)
def test_impossible_values_are_refused(name: str, value: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        check_given(PARAMETERS, {name: value})
    assert name in caught.value.message and caught.value.hint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gateway_share", 1), ("recycled", 0), ("derived", 1.0), ("effort", 0.5),
        ("factor_of_area", 1.5), ("lifetime", 10), ("hours_per_day", 24), ("coldest", -40),
        ("share_dump", 1), ("share_dump", 0), ("credit", -1.5), ("stated_credit", -3),
        ("own", -7), ("unknown", 1),
    ],
)  # fmt: skip
def test_possible_values_pass(name: str, value: float, recwarn: pytest.WarningsRecorder) -> None:
    check_given(PARAMETERS, {name: value})
    assert not recwarn.list


def test_values_outside_of_the_range_are_noted() -> None:
    given = {"lifetime": 40.0, "carrier_factor": 1.2, "recycled": 0.9}
    with pytest.warns(RangeWarning) as caught:
        check_given(PARAMETERS, given)
    assert str(caught[0].message).startswith("lifetime is 40, outside of 0.5 to 10 a")
    assert len(notes(PARAMETERS, given)) == 2
    assert stated_record(PARAMETERS, given)["notes"] == notes(PARAMETERS, given)
    assert stated_record(PARAMETERS, {"recycled": 0.9}) == {"parameters": {"recycled": 0.9}}


def test_no_number_of_our_tables_is_refused() -> None:
    inventory, _ = load()
    assert inventory.parameters
    for database, own in inventory.parameters.items():
        for name, found in own.items():
            if isinstance(found.value, float):
                model = {database: {name: as_stored(found)}}
                for value in (found.value, found.minimum, found.maximum):
                    check_given(model, {} if value is None else {name: value})


def as_stored(found: Parameter) -> ModelParameter:
    return parameter(found.name, found.unit, found.minimum, found.maximum, found.value)


def test_what_ends_at_the_whole() -> None:
    assert largest(KNOWN["hours_per_day"]) == 24
    assert largest(parameter("vcpu", "h/h")) == math.inf
    assert largest(parameter("sulfur", "%")) == 100
