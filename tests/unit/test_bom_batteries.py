"""Batteries in a bill of materials: by what they are, not by designator or footprint."""

from __future__ import annotations

import pytest

from bw_tinyml.devices.matching import Matcher

from ..bill_lines import amounts, full_matcher, matched

#: mass of the cell in kg, voltage 3.7 V and 200 Wh per kg
POUCH = 3.7 / 200


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return full_matcher()


@pytest.mark.parametrize("reference", ["BT1", "BAT1", "B1", ""])
@pytest.mark.parametrize(
    ("value", "dataset"),
    [
        ("18650 Li-ion 2600mAh", "battery/NMC 18650"),
        ("LiPo 500mAh", "battery/LiPo 500 mAh"),
        ("AA alkaline", "battery/LR6"),
        ("LR03", "battery/LR03"),
        ("CR2450", "battery/CR2450"),
        ("CR2032", "battery/CR2032"),
        ("ER14505", "battery/ER14505"),
        ("AAA NiMH", "battery/HR03"),
        ("PR44", "battery/PR44"),
        ("LiFePO4 26650", "battery/LFP 26650"),
    ],
)
def test_a_battery_is_its_dataset(
    matcher: Matcher, value: str, dataset: str, reference: str
) -> None:
    assert amounts(matched(matcher, value, reference)) == {dataset: 1.0}


@pytest.mark.parametrize(
    ("value", "dataset", "grams"),
    [
        # masses of data sheets, or recalled; names and volumes give them within a third
        ("ER34615", "battery/ER26500", 103),
        ("ER14250", "battery/ER14505", 9),
        ("CR2477", "battery/CR2450", 10.5),
        ("CR1220", "battery/CR2032", 0.8),
        ("CR123A", "battery/CR2450", 17),
        ("14500", "cell_nmc", 20),
        ("21700 Li-ion 5000 mAh", "cell_nmc", 69),
        ("9V battery", "battery/LR6", 46),
        ("LR44", "battery/LR6", 2.0),
    ],
)
def test_other_sizes_are_scaled_by_volume_or_mass(
    matcher: Matcher, value: str, dataset: str, grams: float
) -> None:
    match = matched(matcher, value)
    assert match.status == "estimated" and "g of cell" in match.reason
    item = dataset.partition("/")[2]
    unit = matcher.rules.values[f"battery_cell_mass_{item}"] if item else 1.0
    assert amounts(match)[dataset] * unit * 1000 == pytest.approx(grams, rel=0.33)


@pytest.mark.parametrize(
    ("value", "ampere_hours", "cells"),
    [
        ("LiPo 2,600 mAh", 2.6, 1),
        ("LiPo 1,2 Ah", 1.2, 1),
        ("LP502030 250mAh", 0.25, 1),
        ("503450", 0.85, 1),
        ("LiPo 7.4V 1000mAh", 1.0, 2),
        ("3.7V 800 mAh", 0.8, 1),
    ],
)
def test_pouches_are_scaled_by_capacity(
    matcher: Matcher, value: str, ampere_hours: float, cells: int
) -> None:
    """Cells by capacity and voltage; the protection circuit stays one."""
    match = matched(matcher, value)
    assert match.status == "estimated"
    assert amounts(match)["cell_lithium_ion_pouch"] == pytest.approx(ampere_hours * cells * POUCH)
    assert amounts(match)["battery_protection"] == 1.0


def test_scaled_pouch_is_the_dataset_at_its_own_capacity(matcher: Matcher) -> None:
    own = matcher.rules.values["battery_cell_mass_LiPo500mAh"]
    assert own == pytest.approx(0.5 * POUCH)


def test_packs_and_counts(matcher: Matcher) -> None:
    assert amounts(matched(matcher, "2xAA")) == {"battery/LR6": 2.0}
    pack = amounts(matched(matcher, "NiMH 3.6V 700mAh"))
    assert pack == {"battery/HR03": pytest.approx(3.0)}
    assert amounts(matched(matcher, "LiPo", mass_g=12.0))["cell_lithium_ion_pouch"] > 0.01
    cap = amounts(matched(matcher, "supercap 0.5F 5.5V", "C1"))
    assert cap == {"battery/EDLC 1 F": pytest.approx(0.5)}


@pytest.mark.parametrize("reference", ["BT1", "BAT2", "B1"])
@pytest.mark.parametrize("value", ["Battery", "LiPo", "LIR2032", "VL2020", "X-100"])
@pytest.mark.parametrize("package", ["", "JST_PH_S2B", "Battery_Pads"])
def test_a_battery_that_is_not_known_stays_unknown(
    matcher: Matcher, value: str, reference: str, package: str
) -> None:
    match = matched(matcher, value, reference, package=package)
    assert match.status == "unknown" and not match.demands
    assert "probably a battery" in match.reason and "LiPo 500 mAh" in match.reason


def test_connector_and_holder_of_the_footprint_come_with_the_battery(matcher: Matcher) -> None:
    pouch = amounts(matched(matcher, "LP502030 250mAh", package="Connector_JST:JST_PH"))
    assert pouch["cell_lithium_ion_pouch"] > 0.004
    assert pouch["small_part/connector_battery"] == 1.0
    coin = amounts(matched(matcher, "CR2032", package="BatteryHolder_Keystone_1060_1x2032"))
    assert coin == {"battery/CR2032": 1.0, "coin_cell_holder": 1.0}


def test_a_holder_is_one_only_where_the_text_says_so(matcher: Matcher) -> None:
    for value, package, dataset in (
        ("CR2032 holder", "", "coin_cell_holder"),
        ("Battery_Cell", "BatteryHolder_Keystone_1060_1x2032", "coin_cell_holder"),
        ("18650 holder", "", "small_part/holder_battery_aa"),
    ):
        match = matched(matcher, value, package=package)
        assert amounts(match) == {dataset: 1.0}
        assert "without battery" in match.reason
    assert amounts(matched(matcher, "AA holder", "J2")) == {"small_part/holder_battery_aa": 1.0}


@pytest.mark.parametrize(
    ("reference", "value", "description", "package", "dataset"),
    [
        ("J1", "JST PH LiPo connector", "", "JST_PH", "small_part/connector_battery"),
        ("U1", "BQ24075", "LiPo charger, 1000 mAh", "", "integrated_circuit/pmic_charger"),
        ("R1", "CR1206-FX-1002", "", "R_1206", "resistor_chip"),
        ("B1", "BLM15", "", "L_0402", "inductor_chip"),
        ("C1", "10u 6.3V", "", "C_0402", "capacitor_mlcc"),
        ("", "RP2040", "for battery devices, 3.7 V", "", "integrated_circuit/rp2040"),
    ],
)
def test_what_only_speaks_of_batteries_is_none(
    matcher: Matcher, reference: str, value: str, description: str, package: str, dataset: str
) -> None:
    match = matched(matcher, value, reference, description=description, package=package)
    assert list(amounts(match)) == [dataset]
