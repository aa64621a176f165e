"""``bw-tinyml supply``."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from bw_tinyml.arguments import finite
from bw_tinyml.cli.output import (
    echo_json,
    echo_table,
    inventories_option,
    json_option,
    number,
)
from bw_tinyml.errors import InventoryError, UsageError

if TYPE_CHECKING:
    from bw_tinyml.systems.load import Event


@click.command("supply")
@click.option("--sleep", "sleep_mw", type=float, required=True, help="Power between events, mW.")
@click.option(
    "events",
    "--event",
    multiple=True,
    metavar="MW,SECONDS,PER_DAY",
    help="Something the device does: power, duration, times a day; may be repeated.",
)
@click.option("--lifetime", default=3.0, show_default=True, help="Years of service.")
@click.option("--temperature", default=20.0, show_default=True, help="Degrees C.")
@click.option("--cell", "names", multiple=True, help="Only this battery size; may be repeated.")
@click.option("--minimum-voltage", default=1.8, show_default=True, help="Of the rail, V.")
@click.option("--no-boost", is_flag=True, help="Cells in series instead of a boost converter.")
@click.option("--pulse-buffer", is_flag=True, help="A capacitor beside the cells takes pulses.")
@click.option("--cells", "maximum", default=4, show_default=True, help="Room for so many cells.")
@click.option(
    "--days", default=1.0, show_default=True, help="Shortest time between charges or changes."
)
@click.option("--panel", default=150.0, show_default=True, help="Room for a solar panel, cm2.")
@inventories_option
@json_option
def command(
    sleep_mw: float,
    events: tuple[str, ...],
    lifetime: float,
    temperature: float,
    names: tuple[str, ...],
    minimum_voltage: float,
    no_boost: bool,
    pulse_buffer: bool,
    maximum: int,
    days: float,
    panel: float,
    folder: str | None,
    as_json: bool,
) -> None:
    """Size the power supply of a device with each battery size of the tables.

    Says how many cells it takes over the lifetime, how often they are charged or changed, and
    why a size is not feasible. Example, a microphone node that transmits 40 times a day:

      bw-tinyml supply --sleep 0.5 --event 10,8640,1 --event 24,0.01,40
    """
    from bw_tinyml.inventory import load
    from bw_tinyml.systems.cells import cell, cells, conditions
    from bw_tinyml.systems.harvest import sites, size_panel
    from bw_tinyml.systems.load import SECONDS_PER_DAY, Load, mains_kwh
    from bw_tinyml.systems.supply import DAYS_PER_YEAR, size_supply

    device = Load(sleep_mw, tuple(_event(text) for text in events), minimum_voltage)
    for option, value in (("--sleep", sleep_mw), ("--lifetime", lifetime), ("--cells", maximum)):
        if not value > 0 or not math.isfinite(value):
            raise UsageError(f"{option} is {value:g}", "give a number above 0")
    finite(temperature, "--temperature")
    if device.busy_share > 1:
        raise UsageError(
            f"the events take {device.busy_share:.0%} of the day",
            "an event is MW,SECONDS,PER_DAY: seconds times per day, over all events, is at most "
            f"{SECONDS_PER_DAY:.0f}",
        )
    inventory, report = load(folder)
    if report.errors:
        raise InventoryError(
            f"the tables have {len(report.errors)} errors", "run `bw-tinyml check` first"
        )
    wanted = [cell(inventory, name) for name in names] or list(cells(inventory).values())
    where = replace(
        conditions(inventory, lifetime),
        temperature_c=temperature,
        boost=not no_boost,
        pulse_buffer=pulse_buffer,
        maximum_cells=maximum,
        minimum_days=days,
    )
    results = sorted(
        (size_supply(device, found, where) for found in wanted),
        key=lambda s: (not s.feasible, s.mass_kg),
    )
    light = inventory.values["tinyml"]["harvester_efficiency"]
    panels = [size_panel(device, site, light, panel) for site in sites(inventory)]
    values = inventory.values["tinyml"]
    mains = mains_kwh(
        device,
        lifetime,
        values["adapter_efficiency"] * values["converter_efficiency"],
        values["adapter_no_load_power_w"],
    )
    if as_json:
        rows = [
            {**asdict(s), "feasible": s.feasible, "cells": s.cells, "reasons": list(s.reasons)}
            for s in results
        ]
        load_json = {"mean_mw": device.mean_mw, "peak_mw": device.peak_mw}
        light_rows = [
            {**asdict(p), "feasible": p.feasible, "reasons": list(p.reasons)} for p in panels
        ]
        echo_json(
            {
                "load": load_json,
                "conditions": asdict(where),
                "supplies": rows,
                "panels": light_rows,
                "mains_kwh": mains,
            }
        )
        return
    click.echo(
        f"Mean {device.mean_mw:.4g} mW, peak {device.peak_mw:.4g} mW, {lifetime:g} years at "
        f"{temperature:g} degrees C\n"
    )
    echo_table(
        [
            (
                s.cell,
                "yes" if s.feasible else "no",
                s.cells,
                s.runtime_a * DAYS_PER_YEAR,
                s.mass_kg * 1000,
                s.socket_kwh,
                f"{s.unused_share:.0%}",
                "; ".join(s.reasons) or s.note,
            )
            for s in results
        ],
        ("battery", "feasible", "cells", "days", "g", "kWh", "unused", "why not, or note"),
    )
    click.echo()
    echo_table(
        [
            (p.site, "yes" if p.feasible else "no", p.area_cm2, p.store_wh, "; ".join(p.reasons))
            for p in panels
        ],
        ("solar panel", "feasible", "cm2", "store, Wh", "why not"),
    )
    click.echo(f"\nMains adapter: {number(mains)} kWh over the lifetime, with its no-load power")
    click.echo(
        "\ncells, g, kWh from the socket: over the lifetime; days: on one set or charge; "
        "unused: self-discharge, and what is left at the end of the calendar life"
    )


def _event(text: str) -> Event:
    from bw_tinyml.systems.load import Event

    try:
        power, seconds, per_day = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"'{text}' is not MW,SECONDS,PER_DAY", "e.g. --event 24,0.01,40: 24 mW, 10 ms, 40 times"
        ) from None
    if not all(math.isfinite(v) and v >= 0 for v in (power, seconds, per_day)):
        raise UsageError(f"'{text}' has a negative or infinite part", "give numbers from 0")
    return Event(power, seconds, per_day)
