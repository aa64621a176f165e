"""Directions and magnitudes that supply, casing, distribution and use must keep."""

from __future__ import annotations

from functools import cache

import pytest

from bw_tinyml.background import link
from bw_tinyml.impact.preview import bundled, matrices
from bw_tinyml.inventory import load
from bw_tinyml.inventory.families import categories


@cache
def climate() -> dict[str, float]:
    """Climate scores of one unit of every dataset."""
    inventory, report = load()
    chosen = next(c for c in categories(inventory, "EF v3.1") if c.label == "Climate change")
    return matrices(link(inventory, report)).unit_scores(bundled(chosen))


def test_idle_charger_draws_its_no_load_power() -> None:
    inventory, _ = load()
    dataset = inventory.datasets["charger_idle/GLO"]
    power = inventory.values["tinyml"]["adapter_no_load_power_w"]
    # over 8766 h; Regulation (EU) 2019/1782 allows 0.1 W
    assert 0 < power <= 0.1
    assert inventory.amount(dataset, dataset.exchanges[0].value) == pytest.approx(power * 8.766)


def test_a_trip_outweighs_the_battery_and_the_device() -> None:
    trip = climate()["maintenance_visit/single"]
    assert trip > climate()["device/mcu-ble"] > climate()["battery/LR6"]
    assert climate()["maintenance_visit/resident"] < climate()["battery/LR6"]


def test_trips_are_none_by_default_and_count_changes() -> None:
    inventory, _ = load()
    values = inventory.values["tinyml"]
    assert values["maintenance_km_per_change"] == 0
    assert values["battery_changes_mcuble"] == 0  # one battery lasts three years
    assert values["battery_changes_soccoin"] == pytest.approx(values["coin_cell_count_soccoin"] - 1)


def test_repair_beats_replacement() -> None:
    repaired = climate()["device_year/battery replaced"]
    assert repaired < 0.7 * climate()["device_year/device replaced"]
    assert climate()["device_year/single life"] == pytest.approx(
        climate()["device_year/device replaced"]
    )


def test_air_freight_outweighs_the_sea_by_more_than_ten() -> None:
    air = climate()["freight_leg/assembly to Europe, air"]
    assert air > 10 * climate()["freight_leg/assembly to Europe, sea"]
    assert climate()["distribution/CN"] < climate()["distribution/RER"]


def test_rechargeable_cells_deliver_energy_at_a_fraction_of_primary_ones() -> None:
    primary = min(climate()[f"battery_energy/{s}"] for s in ("LR6", "CR2450", "ER26500"))
    rechargeable = max(climate()[f"battery_energy/{s}"] for s in ("HR6", "LiPo 500 mAh"))
    assert primary > 10 * rechargeable


@pytest.mark.parametrize("identifier", ["cell_alkaline", "cell_nimh", "cell_nmc", "cell_limno2"])
def test_cells_lie_within_published_orders(identifier: str) -> None:
    low, high = {  # kg CO2-eq per kg of cell, published ranges as recalled, with a factor of two
        "cell_alkaline": (1.5, 10),
        "cell_nimh": (5, 40),
        "cell_nmc": (8, 50),
        "cell_limno2": (5, 40),
    }[identifier]
    assert low < climate()[identifier] < high
