"""Dies per wafer and yield against published worked examples, and against the tables."""

from __future__ import annotations

import pytest

from bw_tinyml.devices.physics import (
    battery_life,
    bose_einstein_yield,
    dies_per_wafer,
    mean_power,
    moore_yield,
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


@pytest.mark.parametrize(
    ("area", "density", "poisson", "murphy", "seeds"),
    [
        (0.1, 0.5, 0.9512, 0.9514, 0.9524),
        (0.2, 0.5, 0.9048, 0.9056, 0.9091),
        (0.5, 0.5, 0.7788, 0.7829, 0.8000),
        (0.5, 1.0, 0.6065, 0.6193, 0.6667),
        (1.0, 0.75, 0.4724, 0.4949, 0.5714),
        (1.0, 1.0, 0.3679, 0.3996, 0.5000),
        (1.0, 1.5, 0.2231, 0.2682, 0.4000),
        (2.0, 1.5, 0.0498, 0.1003, 0.2500),
    ],
)
def test_yields_of_leachman(
    area: float, density: float, poisson: float, murphy: float, seeds: float
) -> None:
    """R. Leachman, IEOR 130 (Berkeley, 2009), solutions to homework 4, problem 1."""
    assert poisson_yield(area, density) == pytest.approx(poisson, abs=5e-5)
    assert murphy_yield(area, density) == pytest.approx(murphy, abs=5e-5)
    assert seeds_yield(area, density) == pytest.approx(seeds, abs=5e-5)
    assert negative_binomial_yield(area, density, 1) == pytest.approx(seeds, abs=5e-5)


@pytest.mark.parametrize(("area", "share"), [(2.3, 0.10), (1.0, 0.37)])
def test_poisson_yield_of_flynn(area: float, share: float) -> None:
    """M. Flynn, Computer Architecture (1995), page 89: one defect per cm2."""
    assert poisson_yield(area, 1.0) == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize(("area", "share"), [(2.25, 0.44), (1.0, 0.68)])
def test_clustered_yield_of_hennessy_and_patterson(area: float, share: float) -> None:
    """Computer Architecture, 4th edition, section 1.6: 0.4 defects per cm2, alpha = 4."""
    assert negative_binomial_yield(area, 0.4, 4) == pytest.approx(share, abs=0.005)


def test_moore_yield_lies_below_all_others_for_small_dies() -> None:
    """Clustering that strong costs small dies most: exp(-sqrt(x)) < exp(-x) for x < 1."""
    assert moore_yield(0.1, 0.5) == pytest.approx(0.7996, abs=5e-5)
    assert moore_yield(0.1, 0.5) < poisson_yield(0.1, 0.5)
    assert moore_yield(4, 0.5) > murphy_yield(4, 0.5)


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


@pytest.mark.parametrize(
    ("energy", "rate", "power"),
    [(416.312, 96.154, 40.03), (29207.01, 1.42, 41.474), (5.252, 3682.97, 19.343)],
)
def test_mean_power_of_mlperf_tiny(energy: float, rate: float, power: float) -> None:
    """Result files: energy, throughput and mean power (Nucleo-L4R5ZI v0.5, GAP9 v1.0)."""
    assert mean_power(energy, rate) == pytest.approx(power, rel=2e-3)


def test_rule_for_dies_of_which_the_package_is_known(inventory: Inventory) -> None:
    """DieAreaRegressor: 26.4 mm2 for LQFP144 of 20 mm; the STM32U575 in it has 16.6 (ratio 1.6)."""
    values = inventory.values["tinyml"]
    assert values["unknown_die_package_LQFP144"] == pytest.approx(0.724 * 400**0.60, rel=1e-6)
    assert values["unknown_die_package_LQFP144"] == pytest.approx(26.4, abs=0.1)
    assert values["unknown_die_package_LQFP144"] / values["die_area_stm32u575"] < 1.9


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
