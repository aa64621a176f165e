"""Cells weigh and hold what their data sheets say, and are made of what the chemistry needs."""

from __future__ import annotations

import pytest

from bw_tinyml.inventory import Inventory, load
from bw_tinyml.inventory.composition import MASS, Composition

#: size -> mass in g, capacity in Ah: read in the sheets that the rows of variants.csv cite
DATASHEETS = {
    "LR6": (23.8, 2.9),
    "LR03": (11.0, 1.2),
    "CR2032": (3.1, 0.225),  # 3.0 to 3.2 g in a review of 14 data sheets
    "CR2450": (6.3, 0.62),
    "ER26500": (48.0, 7.7),
    "PR44": (1.83, 0.65),
    "HR6": (26.0, 1.9),  # mass of a cell of 1500 mAh, capacity of one of 1900 mAh
    "HR03": (13.0, 0.70),
    "LiPo 1300 mAh": (25.0, 1.3),
    "NMC 18650": (45.6, 3.35),
    "LFP 26650": (90.0, 3.3),
}
#: W h per kg that cells of a chemistry reach, from small and cheap to large and good
SPECIFIC_ENERGY = {
    "alkaline": (100, 200),
    "limno2": (180, 320),
    "lisocl2": (400, 650),
    "zinc_air": (350, 550),
    "nimh": (55, 110),
    "lco": (150, 240),
    "nmc": (180, 280),
    "lfp": (90, 140),
    "edlc": (0.1, 6),
}


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return load()[0]


def value(inventory: Inventory, name: str, item: str) -> float:
    from bw_tinyml.inventory.recipes import item_suffix

    return inventory.values["tinyml"][f"{name}_{item_suffix(item)}"]


@pytest.mark.parametrize("size", DATASHEETS)
def test_mass_and_capacity_are_those_of_the_datasheet(inventory: Inventory, size: str) -> None:
    mass, capacity = DATASHEETS[size]
    dataset = inventory.datasets[f"battery/{size}"]
    assert dataset.mass is not None
    assert inventory.amount(dataset, dataset.mass) * 1000 == pytest.approx(mass, rel=0.05)
    assert value(inventory, "battery_capacity", size) == pytest.approx(capacity, rel=0.05)


def test_bills_of_materials_sum_to_the_cell(inventory: Inventory) -> None:
    composition = Composition(inventory)
    cells = {d.id for d in inventory.datasets.values() if d.id.startswith("cell_")}
    cells -= {"cell_plant_operation"}
    cells = {c for c in cells if inventory.datasets[c].product_type == "good"}
    assert len(cells) == 9
    for cell in cells:
        contents = composition.contents(inventory.datasets[cell], MASS)
        assert contents == pytest.approx(1, rel=0.01), cell


def test_specific_energy_is_that_of_the_chemistry(inventory: Inventory) -> None:
    found = inventory.sets["tinyml"]["battery_size"]
    for size in found.items:
        energy = value(inventory, "battery_capacity", size) * value(
            inventory, "battery_voltage", size
        )
        low, high = SPECIFIC_ENERGY[found.texts[size, "chemistry"]]
        assert low <= energy / value(inventory, "battery_cell_mass", size) <= high, size


@pytest.mark.parametrize(
    ("cell", "element", "content"),
    [
        ("cell_nimh", "nickel", 0.39),  # safety data sheet: 39 %
        ("cell_nimh", "cobalt", 0.05),  # safety data sheet: 5 %
        ("cell_alkaline", "manganese", 0.418 * 54.94 / 86.94),
        ("cell_lithium_ion_pouch", "cobalt", 0.3702 * 58.93 / 97.87),
        ("cell_nmc", "nickel", 0.368 * 0.4826),
    ],
)
def test_elements_of_the_cell(
    inventory: Inventory, cell: str, element: str, content: float
) -> None:
    contents = Composition(inventory).contents(inventory.datasets[cell], element)
    assert contents == pytest.approx(content, rel=0.05)
