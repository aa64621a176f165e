"""Dies per wafer and yield against published worked examples, and against the tables."""

from __future__ import annotations

import pytest

from bw_tinyml.devices.physics import (
    battery_life,
    bose_einstein_yield,
    dies_per_wafer,
    mean_power,
    murphy_yield,
    negative_binomial_yield,
    poisson_yield,
    seeds_yield,
    wafer_area_per_die,
)
from bw_tinyml.inventory import load
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.recipes import item_suffix


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    found, report = load()
    assert not report.errors
    return found


@pytest.mark.parametrize(("side_cm", "dies"), [(1.5, 270), (1.0, 640)])
def test_dies_of_hennessy_and_patterson(side_cm: float, dies: int) -> None:
    """Computer Architecture, 5th edition, section 1.6: dies on a wafer of 30 cm."""
    assert int(dies_per_wafer((side_cm * 10) ** 2, 300)) == pytest.approx(dies, abs=1)


@pytest.mark.parametrize(("area", "share"), [(2.25, 0.40), (1.0, 0.66)])
def test_yield_of_hennessy_and_patterson(area: float, share: float) -> None:
    """The same section: 0.031 defects per cm2 and N = 13.5."""
    assert bose_einstein_yield(area, 0.031, 13.5) == pytest.approx(share, abs=0.005)


def test_murphy_yield_of_imec() -> None:
    """Boakes et al. 2023: 86 % for 10 mm x 10 mm at 0.15 defects per cm2."""
    assert murphy_yield(1.0, 0.15) == pytest.approx(0.86, abs=0.005)


def test_rp2040_wafer_gives_the_dies_that_its_maker_states(inventory: Inventory) -> None:
    """21 000 to 22 000 good dies per wafer of 300 mm."""
    values = inventory.values["tinyml"]
    good = values["dies_per_wafer_rp2040"] * values["die_yield_rp2040"]
    assert 21_000 <= good <= 22_000


def test_yield_models_agree_for_small_dies_and_keep_their_order_for_large() -> None:
    models = (poisson_yield, murphy_yield, seeds_yield)
    assert poisson_yield(0.001, 0.1) == pytest.approx(murphy_yield(0.001, 0.1), rel=1e-6)
    low, middle, high = (model(4, 0.5) for model in models)
    assert low < middle < high < 1
    assert negative_binomial_yield(4, 0.5, 1e9) == pytest.approx(low, rel=1e-6)
    assert murphy_yield(0, 0.5) == 1


def test_die_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        dies_per_wafer(90_000, 300)
    with pytest.raises(ValueError, match="positive"):
        dies_per_wafer(0, 300)


def test_tables_and_functions_agree(inventory: Inventory) -> None:
    """The formulas in chips/variants.csv are those of the module, for every chip."""
    values = inventory.values["tinyml"]
    chips = inventory.sets["tinyml"]["chip"].items
    assert len(chips) > 100
    for chip in chips:
        s = item_suffix(chip)
        area = wafer_area_per_die(
            values[f"die_area_{s}"],
            values[f"die_wafer_diameter_{s}"],
            values[f"die_defect_density_{s}"],
            values["wafer_edge_exclusion"],
            values["die_saw_street"],
            values["die_edge_loss"],
        )
        salvage, share = values[f"die_salvage_{s}"], values[f"die_yield_{s}"]
        expected = area * share / (share + (1 - share) * salvage)
        assert values[f"wafer_area_per_chip_{s}"] == pytest.approx(expected, rel=1e-6), chip


def test_battery_life_of_the_paper() -> None:
    """Prakash et al. 2023: 3.6 V and 2000 mAh at 1 mW are 300 days a charge."""
    assert battery_life(2.0, 3.6, 1.0) == pytest.approx(300 * 24)


def test_charges_of_the_tables_are_those_of_the_functions(inventory: Inventory) -> None:
    values = inventory.values["tinyml"]
    for item in inventory.sets["tinyml"]["inference"].items:
        s = item_suffix(item)
        power = mean_power(
            values[f"inference_uj_{s}"],
            values[f"inference_rate_{s}"],
            values[f"inference_sleep_mw_{s}"],
        )
        hours = battery_life(
            values["battery_li_ion_capacity"],
            values["battery_li_ion_voltage"],
            power,
            values["battery_usable_share"],
            values["converter_efficiency"],
        )
        assert values[f"inference_recharges_{s}"] == pytest.approx(8766 / hours, rel=1e-9), item
