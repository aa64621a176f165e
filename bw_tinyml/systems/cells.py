"""Cells and conditions from the tables: what :mod:`bw_tinyml.systems.supply` calculates with."""

from __future__ import annotations

from dataclasses import fields, replace

from bw_tinyml.errors import NotFoundError
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.recipes import item_suffix
from bw_tinyml.suggestions import nearest_names
from bw_tinyml.systems.supply import Cell, Conditions

DATABASE = "tinyml"
SIZES = "battery_size"
#: field of a cell -> parameter of the set of sizes
PARAMETERS = {
    "mass_kg": "battery_cell_mass",
    "capacity_ah": "battery_capacity",
    "voltage": "battery_voltage",
    "cut_off": "battery_cut_off",
    "usable": "battery_usable",
    "self_discharge": "battery_self_discharge",
    "continuous_ma": "battery_continuous_ma",
    "pulse_ma": "battery_pulse_ma",
    "coldest": "battery_coldest",
    "warmest": "battery_warmest",
    "charge_coldest": "battery_charge_coldest",
    "cold_loss": "battery_cold_loss",
    "cycles": "battery_cycles",
    "life_a": "battery_life",
    "efficiency": "battery_efficiency",
}


def cells(inventory: Inventory) -> dict[str, Cell]:
    """Return the battery sizes of the tables, by name."""
    values = inventory.values[DATABASE]
    assert {f.name for f in fields(Cell)} == {"name", *PARAMETERS}
    return {
        item: Cell(
            name=item, **{f: values[f"{p}_{item_suffix(item)}"] for f, p in PARAMETERS.items()}
        )
        for item in inventory.sets[DATABASE][SIZES].items
    }


def cell(inventory: Inventory, name: str) -> Cell:
    """Return one battery size.

    Raises
    ------
    NotFoundError
        The tables have no such size.
    """
    found = cells(inventory)
    if name not in found:
        near = ", ".join(nearest_names(name, list(found)))
        raise NotFoundError(f"no battery size '{name}'", f"nearest: {near}")
    return found[name]


def conditions(inventory: Inventory, lifetime_a: float) -> Conditions:
    """Return conditions with the efficiencies and the temperature rule of the tables."""
    values = inventory.values[DATABASE]
    return replace(
        Conditions(lifetime_a),
        converter_efficiency=values["converter_efficiency"],
        charger_efficiency=values["battery_charger_efficiency"],
        doubling_k=values["battery_self_discharge_doubling"],
    )
