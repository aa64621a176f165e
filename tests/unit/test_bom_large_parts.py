"""Large parts do not become small ones by the letters of their designators."""

from __future__ import annotations

import pytest

from bw_tinyml.devices.matching import Matcher

from ..bill_lines import amounts, full_matcher, matched


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return full_matcher()


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("D1", "OLED display 0.96in"),
        ("LED1", "LED matrix 8x8"),
        ("X1", "GSM module"),
        ("AE1", "GPS patch antenna"),
        ("M1", "pump"),
        ("SW1", "rotary encoder"),
        ("Q1", "IGBT 600V"),
        ("L1", "common mode choke"),
    ],
)
def test_large_parts_do_not_vanish_by_their_designator(
    matcher: Matcher, reference: str, value: str
) -> None:
    match = matched(matcher, value, reference)
    assert match.status == "unknown" and not match.demands


def test_motors_antennas_and_microphones_by_their_words(matcher: Matcher) -> None:
    for reference, value, dataset in (
        ("M1", "SG90 servo", "small_part/motor_servo"),
        ("M1", "vibration motor", "small_part/motor_vibration"),
        ("AE1", "whip antenna", "small_part/antenna_whip"),
        ("AE1", "2450AT18A100", "small_part/antenna_chip"),
        ("MK1", "electret capsule", "microphone_electret"),
        ("U1", "ESD5V0", "small_part/diode_protection"),
    ):
        assert list(amounts(matched(matcher, value, reference))) == [dataset]
    sensor = matched(matcher, "XYZ", "U1", description="sensor with ESD protection")
    assert sensor.status == "unknown"
