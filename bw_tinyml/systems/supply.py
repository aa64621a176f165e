"""The power supply of a device: which cells, how many, how often, or why not.

Pure functions of a load and a cell; :mod:`bw_tinyml.systems.cells` reads the cells from the
tables. A cell that holds the energy ``E`` loses it to the load and to self-discharge,

    dE/dt = -P - s E,    so that    t = ln(1 + s E0 / P) / s

is the time until the usable energy ``E0`` is gone (``E0 / P`` without self-discharge). Currents,
temperature and calendar life can forbid what the energy would allow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

HOURS_PER_YEAR = 8766.0
DAYS_PER_YEAR = 365.25
SECONDS_PER_DAY = 86400.0
REFERENCE_C = 20.0


@dataclass(frozen=True)
class Event:
    """Something a device does so many times a day, at a power, for some seconds."""

    power_mw: float
    seconds: float
    per_day: float


@dataclass(frozen=True)
class Load:
    """What a device draws from its supply rail.

    Attributes
    ----------
    sleep_mw
        Power between events.
    events
        What it does besides.
    minimum_voltage
        Lowest voltage of the rail at which the device works, in V.
    """

    sleep_mw: float
    events: tuple[Event, ...] = ()
    minimum_voltage: float = 1.8

    @property
    def busy_share(self) -> float:
        """Share of the time that events take; more than 1 is impossible."""
        return sum(e.seconds * e.per_day for e in self.events) / SECONDS_PER_DAY

    @property
    def mean_mw(self) -> float:
        """Mean power: events replace sleep while they last."""
        above = sum((e.power_mw - self.sleep_mw) * e.seconds * e.per_day for e in self.events)
        return self.sleep_mw + above / SECONDS_PER_DAY

    @property
    def peak_mw(self) -> float:
        """Highest power."""
        return max([self.sleep_mw, *(e.power_mw for e in self.events)])


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


@dataclass(frozen=True)
class Supply:
    """How cells supply a load, or why they cannot.

    Attributes
    ----------
    cell
        Name of the cell.
    reasons
        Why it is not feasible; empty where it is. Numbers are given all the same.
    note
        What a user has to know though it is feasible.
    series, parallel
        Arrangement of the cells of one set.
    runtime_a
        Years on one set or charge.
    sets
        Sets of cells over the lifetime, the first included.
    charges
        Charges over the lifetime; 0 for primary cells.
    mass_kg
        Mass of all cells over the lifetime.
    delivered_wh
        Energy at the rail over the lifetime.
    unused_share
        Share of the usable energy that the device does not get: self-discharge, and what is left
        when the calendar life ends.
    socket_kwh
        Electricity from the socket over the lifetime.
    """

    cell: str
    reasons: tuple[str, ...]
    note: str
    series: int
    parallel: int
    runtime_a: float
    sets: int
    charges: float
    mass_kg: float
    delivered_wh: float
    unused_share: float
    socket_kwh: float

    @property
    def feasible(self) -> bool:
        """Whether the cells can supply the load."""
        return not self.reasons

    @property
    def cells(self) -> int:
        """Number of cells over the lifetime."""
        return self.series * self.parallel * self.sets


def runtime(energy_wh: float, power_mw: float, self_discharge: float) -> float:
    """Return how long a store lasts, in years: ``ln(1 + s E0 / P) / s``.

    Parameters
    ----------
    energy_wh
        Usable energy of the full store.
    power_mw
        Mean power drawn from it.
    self_discharge
        Rate of self-discharge per year.
    """
    yearly_wh = power_mw / 1000 * HOURS_PER_YEAR
    if self_discharge <= 0:
        return energy_wh / yearly_wh if yearly_wh > 0 else math.inf
    if yearly_wh <= 0:
        return math.inf
    return math.log1p(self_discharge * energy_wh / yearly_wh) / self_discharge


def mains_kwh(load: Load, lifetime_a: float, efficiency: float, no_load_w: float) -> float:
    """Return the electricity of a device at the socket over its life, in kWh.

    Parameters
    ----------
    load
        The device.
    lifetime_a
        Years of service.
    efficiency
        Of the adapter while it delivers power, times that of the regulator behind it.
    no_load_w
        Power of the adapter without load, which is added.
    """
    return (load.mean_mw / 1000 / efficiency + no_load_w) * HOURS_PER_YEAR * lifetime_a / 1000


def size_supply(load: Load, cell: Cell, conditions: Conditions) -> Supply:
    """Return how cells of one kind supply a load.

    Parameters
    ----------
    load
        The device.
    cell
        The cell.
    conditions
        Lifetime, temperature, converter, room and patience.

    Returns
    -------
    Supply
        With the reasons why it is not feasible, where it is not.
    """
    c = conditions
    series = 1 if c.boost else max(1, math.ceil(load.minimum_voltage / cell.cut_off - 1e-9))
    parallel = _parallel(load, cell, c, series)
    per_set = series * parallel
    energy = per_set * cell.usable_wh(c.temperature_c)
    factor = 2 ** ((c.temperature_c - REFERENCE_C) / c.doubling_k)
    self_discharge = cell.self_discharge * factor
    life = cell.life_a / max(1.0, factor)
    drawn_mw = load.mean_mw / c.converter_efficiency
    on_one = min(runtime(energy, drawn_mw, self_discharge), life)
    if cell.is_rechargeable:
        charges = c.lifetime_a / on_one if on_one > 0 else math.inf
        set_life = min(cell.cycles * on_one, life)
        socket = charges * energy / (cell.efficiency * c.charger_efficiency) / 1000
    else:
        charges, set_life, socket = 0.0, on_one, 0.0
    sets = max(1, math.ceil(c.lifetime_a / set_life - 1e-9)) if set_life > 0 else 0
    used = drawn_mw / 1000 * HOURS_PER_YEAR * on_one
    return Supply(
        cell=cell.name,
        reasons=tuple(_reasons(load, cell, c, per_set, energy, on_one)),
        note=_note(cell, c),
        series=series,
        parallel=parallel,
        runtime_a=on_one,
        sets=sets,
        charges=charges,
        mass_kg=per_set * sets * cell.mass_kg,
        delivered_wh=load.mean_mw / 1000 * HOURS_PER_YEAR * c.lifetime_a,
        unused_share=max(0.0, 1 - used / energy) if energy > 0 else 0.0,
        socket_kwh=socket,
    )


def _current_ma(power_mw: float, cell: Cell, conditions: Conditions, series: int) -> float:
    """Current from one string of cells near the end of discharge, where it is highest."""
    return power_mw / conditions.converter_efficiency / (cell.cut_off * series)


def _parallel(load: Load, cell: Cell, conditions: Conditions, series: int) -> int:
    """Strings that the currents demand."""
    mean = _current_ma(load.mean_mw, cell, conditions, series) / cell.continuous_ma
    peak = _current_ma(load.peak_mw, cell, conditions, series) / cell.pulse_ma
    return max(1, math.ceil(max(mean, 0.0 if conditions.pulse_buffer else peak) - 1e-9))


def _reasons(
    load: Load, cell: Cell, c: Conditions, per_set: int, energy: float, on_one: float
) -> list[str]:
    found = []
    if load.busy_share > 1:
        found.append(f"events take {load.busy_share:.0%} of the day")
    if not cell.coldest <= c.temperature_c <= cell.warmest:
        found.append(
            f"{c.temperature_c:g} degrees C is outside of {cell.coldest:g} to {cell.warmest:g}"
        )
    if per_set > c.maximum_cells:
        peak = _current_ma(load.peak_mw, cell, c, 1)
        found.append(
            f"{per_set} cells at a time, room for {c.maximum_cells} "
            f"(peak {peak:.0f} mA, a cell bears {cell.pulse_ma:g} mA in pulses)"
        )
    if energy <= 0:
        found.append("no usable energy at this temperature")
    elif on_one * DAYS_PER_YEAR < c.minimum_days:
        verb = "charge" if cell.is_rechargeable else "change"
        found.append(f"a {verb} every {on_one * DAYS_PER_YEAR * 24:.1f} h")
    return found


def _note(cell: Cell, c: Conditions) -> str:
    if cell.is_rechargeable and c.temperature_c < cell.charge_coldest:
        return f"charge it elsewhere, not below {cell.charge_coldest:g} degrees C"
    return ""
