"""The power supply of a device: which cells, how many, how often, or why not.

Pure functions of a load (:mod:`bw_tinyml.systems.load`) and a cell
(:mod:`bw_tinyml.systems.cells`, which reads cells from the tables). A cell that holds the energy
``E`` loses it to the load and to self-discharge,

    dE/dt = -P - s E,    so that    t = ln(1 + s E0 / P) / s

is the time until the usable energy ``E0`` is gone (``E0 / P`` without self-discharge). Currents,
temperature and calendar life can forbid what the energy would allow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bw_tinyml.systems.cells import REFERENCE_C, Cell, Conditions
from bw_tinyml.systems.load import HOURS_PER_YEAR, Load

DAYS_PER_YEAR = 365.25


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
