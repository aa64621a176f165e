"""Cells and the conditions they work in, and how they are read from the tables."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from bw_tinyml.errors import NotFoundError
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.recipes import item_suffix
from bw_tinyml.suggestions import nearest

REFERENCE_C = 20.0
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


@dataclass(frozen=True)
class Cell:
    """A battery as its data sheet describes it.

    Attributes
    ----------
    mass_kg, capacity_ah, voltage, cut_off
        Mass, capacity, nominal voltage and end of discharge of one cell.
    usable
        Share of the capacity that a device gets, mean over the life.
    self_discharge
        Rate of self-discharge at 20 degrees C, per year (0.02 is 2 % a year).
    continuous_ma, pulse_ma
        Currents that the cell bears for long and in pulses.
    coldest, warmest, charge_coldest
        Range of temperature, and the lowest at which it may be charged, degrees C.
    cold_loss
        Share of the capacity lost per kelvin below 20 degrees C.
    cycles
        Full cycles until replacement; 1 for a primary cell.
    life_a
        Calendar life at 20 degrees C, in years.
    efficiency
        Energy out per energy in; 1 for a primary cell.
    """

    name: str
    mass_kg: float
    capacity_ah: float
    voltage: float
    cut_off: float
    usable: float
    self_discharge: float
    continuous_ma: float
    pulse_ma: float
    coldest: float
    warmest: float
    charge_coldest: float
    cold_loss: float
    cycles: float
    life_a: float
    efficiency: float

    @property
    def is_rechargeable(self) -> bool:
        """Whether it can be charged."""
        return self.cycles > 1

    def usable_wh(self, temperature_c: float = REFERENCE_C) -> float:
        """Return the energy that one fresh cell gives a device at a temperature, in Wh."""
        cold = max(0.0, REFERENCE_C - temperature_c) * self.cold_loss
        return self.capacity_ah * self.voltage * self.usable * max(0.0, 1.0 - cold)


@dataclass(frozen=True)
class Conditions:
    """Where and how a supply works.

    Attributes
    ----------
    lifetime_a
        Years of service.
    temperature_c
        Mean temperature of the cell.
    converter_efficiency
        Energy at the rail per energy from the cells.
    charger_efficiency
        Energy into the cells per energy from the socket.
    boost
        Whether the converter can lift the voltage of one cell; without, cells in series must
        reach the rail's minimum at their cut-off.
    pulse_buffer
        Whether a capacitor beside the cells delivers the pulses.
    doubling_k
        Kelvin by which self-discharge doubles and calendar life halves (above 20 degrees C).
    maximum_cells
        Cells for which the device has room.
    minimum_days
        Shortest time between charges or changes that a user accepts.
    """

    lifetime_a: float
    temperature_c: float = REFERENCE_C
    converter_efficiency: float = 0.9
    charger_efficiency: float = 0.59
    boost: bool = True
    pulse_buffer: bool = False
    doubling_k: float = 10.0
    maximum_cells: int = 4
    minimum_days: float = 1.0


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
        raise NotFoundError(
            f"no battery size '{name}'{nearest(name, found)}", f"sizes: {', '.join(found)}"
        )
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
