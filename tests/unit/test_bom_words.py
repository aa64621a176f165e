"""Words of a line come before the letters of its designator, in English and German."""

from __future__ import annotations

import pytest

from bw_tinyml.devices.lines import BomLine
from bw_tinyml.devices.matching import Match, Matcher
from bw_tinyml.devices.words import KINDS

from ..bill_lines import amounts, full_matcher, matched


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return full_matcher()


def match_text(matcher: Matcher, text: str, package: str = "") -> Match:
    """Match ``D1 LED red`` or, without a designator, ``- LED red``."""
    reference, _, description = text.partition(" ")
    references = () if reference == "-" else (reference,)
    return matcher.match(
        BomLine(1, description=description, references=references, package=package)
    )


@pytest.mark.parametrize(
    ("reference", "value", "package"),
    [
        ("X1", "Quectel BG95-M3", ""),
        ("Y1", "BG95-M3", ""),
        ("X2", "LoRa", "RF_Module:RAK3172"),
        ("X2", "RAK3172", "RF_Module:RAK3172"),
        ("X2", "LoRa 868MHz", ""),
        ("X2", "2.4GHz", ""),
        ("X1", "Stecker 4-polig", ""),
        ("Y1", "Ceramic resonator 8MHz", ""),
        ("Y1", "8MHz", "Crystal:Crystal_HC49-4H_Vertical"),
    ],
)
def test_x_and_y_alone_make_no_crystal(
    matcher: Matcher, reference: str, value: str, package: str
) -> None:
    match = matched(matcher, value, reference, package=package)
    assert match.status == "unknown" and not match.demands


@pytest.mark.parametrize(
    ("reference", "value", "package"),
    [
        ("X1", "16MHz", ""),
        ("X1", "16M", ""),
        ("Y1", "32.768 kHz", ""),
        ("Y1", "ABM8G", "Crystal:Crystal_SMD_3225-4Pin_3.2x2.5mm"),
        ("X1", "32 MHz crystal for LoRa", ""),
        ("Q1", "Schwingquarz 8 MHz", ""),
        ("XTAL1", "ABM8G", ""),
    ],
)
def test_a_crystal_by_frequency_word_or_footprint(
    matcher: Matcher, reference: str, value: str, package: str
) -> None:
    assert amounts(matched(matcher, value, reference, package=package)) == {
        "crystal_quartz": pytest.approx(17.4e-6)
    }


@pytest.mark.parametrize(
    ("text", "dataset"),
    [
        ("C2 CAP TANT 10UF 10V 1206", "capacitor_tantalum"),
        ("C2 Tantal-Elko 10uF", "capacitor_tantalum"),
        ("- CAP TANT 10UF 10V 1206", "capacitor_tantalum"),
        ("C2 CAP ALUM 100UF 25V", "capacitor_electrolytic"),
        ("C2 Elko 100uF 25V", "capacitor_electrolytic"),
        ("C2 CAP CER 10UF DIELECTRIC X7R 2220", "capacitor_mlcc"),
        ("C2 Supercap 1F 5.5V", "battery/EDLC 1 F"),
        ("D1 Leuchtdiode rot", "led_indicator"),
        ("- Leuchtdiode rot", "led_indicator"),
        ("D1 SMD green LED", "led_indicator"),
        ("D1 infrared LED", "small_part/led_infrared"),
        ("D1 LED RGB", "small_part/led_rgb"),
        ("D1 Fotodiode", "small_part/photodiode"),
        ("D1 Schottky diode for LED", "diode_transistor"),
        ("D1 Zenerdiode 3V3", "diode_transistor"),
        ("D1 TVS SMBJ5.0A", "small_part/diode_power"),
        ("R1 NTC 10k 0402", "small_part/thermistor"),
        ("R1 Thermistor", "small_part/thermistor"),
        ("R1 Potentiometer 10k", "small_part/potentiometer"),
        ("P1 Poti 10k", "small_part/potentiometer"),
        ("R1 THICK FILM 10K 0603", "resistor_chip"),
        ("L1 Ferrite bead 600R@100MHz", "inductor_chip"),
        ("FB1 600R", "inductor_chip"),
        ("L1 Speicherdrossel 10uH", "small_part/inductor_power"),
        ("VR1 LDO 3.3V SOT-23-5", "integrated_circuit_unspecified/SOT23-5"),
        ("F1 Sicherung 500 mA", "small_part/fuse"),
        ("F1 PTC 500 mA", "small_part/fuse"),
        ("K1 Relais 5V", "small_part/relay"),
        ("K1 Solid State Relay", "small_part/relay_solid_state"),
        ("LS1 Buzzer", "small_part/buzzer_piezo"),
        ("BZ1 Summer", "small_part/buzzer_piezo"),
        ("BZ1 Lautsprecher", "small_part/loudspeaker"),
        ("MK1 MEMS-Mikrofon", "microphone_mems"),
        ("U1 MEMS microphone", "microphone_mems"),
        ("MK1 Elektretkapsel", "microphone_electret"),
        ("AE1 Antenne", "small_part/antenna_chip"),
        ("SH1 Abschirmblech", "small_part/shield_can"),
        ("SW1 Taster", "switch_tactile"),
        ("SW1 Schiebeschalter", "small_part/switch_slide"),
        ("X1 TCXO 26MHz", "small_part/oscillator"),
        ("T1 NPN Transistor SOT-23", "diode_transistor"),
        ("J1 Buchsenleiste PinSocket 1x04", "small_part/socket_header"),
    ],
)
def test_words_tell_the_dataset(matcher: Matcher, text: str, dataset: str) -> None:
    assert list(amounts(match_text(matcher, text))) == [dataset]


@pytest.mark.parametrize(
    "text",
    [
        "C1 FILM CAP 100nF 63V radial",
        "C1 Folienkondensator 100n radial",
        "- Folienkondensator 100n",
        "C1 100nF 63V radial",
        "C1 CAP CER 0.1UF X7R RADIAL",
        "C1 Polymerkondensator 100uF",
        "R1 Varistor",
        "RV1 Varistor 14D431",
        "R1 LDR 10k",
        "L1 Trafo",
        "L1 Gleichtaktdrossel",
        "F1 Feinsicherung 5x20",
        "SW1 Drehgeber",
        "D1 LCD-Anzeige",
        "D1 OLED",
        "- OLED display",
    ],
)
def test_words_without_a_rule_stay_unknown(matcher: Matcher, text: str) -> None:
    match = match_text(matcher, text)
    assert match.status == "unknown" and not match.demands


def test_a_contradiction_is_stated(matcher: Matcher) -> None:
    match = match_text(matcher, "C1 LED red 0603")
    assert match.status == "unknown"
    assert "the text names an LED, the designator C1 something else" in match.reason
    # a word in passing is none, where value or footprint are those of the designator
    assert "resistor_chip" in amounts(match_text(matcher, "R1 330R LED current 0603"))
    assert "resistor_chip" in amounts(match_text(matcher, "R1 LED current", "R_0603"))


def test_what_is_plugged_in_is_named(matcher: Matcher) -> None:
    match = match_text(matcher, "J1 OLED display", "PinSocket_1x04_P2.54mm")
    assert amounts(match) == {"small_part/socket_header": 4.0}
    assert "the text names a display, which is not counted" in match.reason
    header = match_text(matcher, "J1 pin header", "PinHeader_1x04_P2.54mm")
    assert "not counted" not in header.reason


def test_every_kind_is_named_by_some_word() -> None:
    """A pattern that never fits, or fits everything, would go unseen."""
    for kind in KINDS:
        assert kind.place("") is None and kind.place("XYZ 1") is None
    assert {kind.letters[0] for kind in KINDS if kind.place("TANTALKONDENSATOR") == 0} == {
        "TANTALUM",
        "C",
    }
