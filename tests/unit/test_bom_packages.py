"""Parts of which only footprint and designator are known: KiCad's packages and sizes."""

from __future__ import annotations

import pytest

from bw_tinyml.devices.lines import BomLine
from bw_tinyml.devices.matching import Matcher
from bw_tinyml.devices.packages import body_of

from ..bill_lines import amounts, full_matcher, matched


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return full_matcher()


def test_the_body_is_not_the_pad_or_the_layout() -> None:
    for text, area in (
        ("PACKAGE_BGA:BGA-64_9.0X9.0MM_LAYOUT8X8_P1.0MM", 81),
        ("QFN-64-1EP_9X9MM_P0.5MM_EP7X7MM", 81),
        ("QFN-24-1EP_P0.5MM_EP2.6X2.6MM", None),
        ("QFN32 5X5", 25),
        ("24-QFN (4 MM X 4 MM)", 16),
        ("SOT-23-5", None),
    ):
        assert body_of([text]) == area


@pytest.mark.parametrize(
    ("package", "dataset", "amount"),
    [
        ("WSON-10-1EP_2.5x2.5mm_P0.5mm", "DFN8 2x3", 1),
        ("WSON-8-1EP_2x2mm_P0.5mm_EP0.9x1.6mm", "DFN6 2x2", 1),
        ("WSON-8-1EP_6x5mm_P1.27mm_EP3.4x4mm", "WSON8 6x5", 1),
        ("X2SON-4_1x1mm", "DFN6 2x2", 0.25),
        ("QFN-64-1EP_9x9mm_P0.5mm_EP7x7mm", "QFN68 8x8", 81 / 64),
        ("QFN-24-1EP_4x4mm_P0.5mm_EP2.6x2.6mm", "QFN24 4x4", 1),
        ("SOIC-16W_7.5x10.3mm_P1.27mm", "TSSOP20", 7.5 * 10.3 / 28.6),
        ("SOT-89-3", "SOT223", 0.5),
    ],
)
def test_lead_frame_packages_by_area(
    matcher: Matcher, package: str, dataset: str, amount: float
) -> None:
    match = matched(matcher, "XYZ", "U1", package=package)
    assert match.status == "estimated" and match.gsd == 1.9
    assert amounts(match) == {f"integrated_circuit_unspecified/{dataset}": pytest.approx(amount)}


@pytest.mark.parametrize(
    ("package", "dataset", "amount"),
    [
        ("BGA-64_9.0x9.0mm_Layout8x8_P1.0mm", "BGA63 9x11", 81 / 99),
        ("LFBGA-144_10x10mm_Layout12x12_P0.8mm", "BGA63 9x11", 1),
        ("LGA-14_3x2.5mm_P0.5mm", "LGA sensor", 1),
    ],
)
def test_laminate_packages_by_area(
    matcher: Matcher, package: str, dataset: str, amount: float
) -> None:
    name = f"integrated_circuit_unspecified_laminate/{dataset}"
    found = amounts(matched(matcher, "XYZ", "U1", package=package))
    assert found == {name: pytest.approx(amount)}


@pytest.mark.parametrize("package", ["WLCSP-36_2.5x2.5mm", "Texas_DSBGA-6_2.5x2.5mm_Layout2x3"])
def test_a_wafer_level_package_is_its_die(matcher: Matcher, package: str) -> None:
    match = matched(matcher, "XYZ", "U1", package=package)
    found = amounts(match)
    assert set(found) == {
        *("wafer_fabrication/90 nm/TW", "packaging_wlcsp", "wlcsp_singulation_test"),
    }
    assert found["packaging_wlcsp"] == pytest.approx(6.25e-6, rel=0.03)  # rejects of test
    assert "die of 6.25 mm2, node taken as 90 nm, wafer-level package" in match.reason
    stated = matcher.match(BomLine(1, die_mm2=6.25, node="22 nm", package="WLCSP-36"))
    assert "wafer_fabrication/22 nm/TW" in amounts(stated) and "packaging_wlcsp" in amounts(stated)


@pytest.mark.parametrize("package", ["WLCSP-16", "QFN-24", "DIP-8_W7.62mm", "LGA-900_60x60mm"])
def test_packages_that_cannot_be_estimated_stay_unknown(matcher: Matcher, package: str) -> None:
    match = matched(matcher, "XYZ", "U1", package=package)
    assert match.status == "unknown" and not match.demands


@pytest.mark.parametrize(
    ("reference", "package", "dataset", "milligrams"),
    [
        ("C1", "C_01005_0402Metric", "capacitor_mlcc", 0.09),
        ("C1", "C_0201_0603Metric", "capacitor_mlcc", 0.32),
        ("C1", "C_1210_3225Metric", "capacitor_mlcc", 75),
        ("R1", "R_2512_6332Metric", "resistor_chip", 40),
        ("RN1", "R_Array_Convex_4x0603", "resistor_chip", 8),
        ("L1", "L_0201_0603Metric", "inductor_chip", 0.3),
        ("C1", "CP_EIA-7343-31_Kemet-D", "capacitor_tantalum", 350),
        ("C1", "CP_EIA-7343-43_Kemet-X", "capacitor_tantalum", 500),
        ("C1", "CP_Radial_D5.0mm_P2.50mm", "capacitor_electrolytic", 700),
        ("C1", "CP_Radial_D18.0mm_P7.50mm", "capacitor_electrolytic", 13000),
        ("Q1", "SOT-89-3", "diode_transistor", 55),
        ("Q1", "SOT-23", "diode_transistor", 8),
        ("Y1", "Crystal_SMD_5032-2Pin_5.0x3.2mm", "crystal_quartz", 34),
    ],
)
def test_sizes_of_small_parts(
    matcher: Matcher, reference: str, package: str, dataset: str, milligrams: float
) -> None:
    found = amounts(matched(matcher, "", reference, package=package))
    assert found == {dataset: pytest.approx(milligrams * 1e-6)}


@pytest.mark.parametrize(
    ("reference", "package"),
    [("C1", "C_Rect_L7.2mm_W2.5mm_P5.00mm"), ("C1", "C_Disc_D5.0mm"), ("L1", "L_12x12mm_H8mm")],
)
def test_wired_and_large_parts_stay_unknown(matcher: Matcher, reference: str, package: str) -> None:
    assert matched(matcher, "x", reference, package=package).status == "unknown"
