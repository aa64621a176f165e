"""The sizing of a supply against worked examples, published ones where there are any."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from bw_tinyml.systems.cells import Cell, Conditions
from bw_tinyml.systems.harvest import Site, size_panel
from bw_tinyml.systems.load import Event, Load, mains_kwh
from bw_tinyml.systems.supply import Supply, runtime, size_supply

#: 3.6 V and 2000 mAh, as in the use stage of Prakash et al.; ideal otherwise
IDEAL = Cell("ideal", 0.05, 2.0, 3.6, 3.0, 1.0, 0.0, 1000, 2000, -20, 60, 0, 0.0, 500, 50, 1.0)
COIN = Cell("coin", 0.003, 0.225, 3.0, 2.0, 0.92, 0.01, 3, 15, -20, 70, -20, 0.008, 1, 10, 1.0)
PERFECT = Conditions(3, converter_efficiency=1, charger_efficiency=1)


def test_one_milliwatt_on_7_2_wh_lasts_300_days_per_charge() -> None:
    found = size_supply(Load(1.0), IDEAL, PERFECT)
    assert found.feasible
    assert found.runtime_a * 365.25 == pytest.approx(300)
    # 26.28 Wh over three years of 8760 h in the paper, of 8766 h here
    assert found.socket_kwh == pytest.approx(0.02628, rel=0.001)
    assert found.delivered_wh == pytest.approx(26.298)
    assert found.sets == 1
    assert found.charges == pytest.approx(3 * 365.25 / 300)


def test_2400_mah_last_six_years_at_45_microampere() -> None:
    """Casals et al. 2017 find six years on 2400 mAh for a LoRaWAN node: 45.6 uA on average."""
    cell = replace(COIN, capacity_ah=2.4, usable=1.0, self_discharge=0.0)
    assert runtime(cell.usable_wh(), 0.0456 * 3.0, 0.0) == pytest.approx(6, rel=0.005)


def test_closed_form_is_the_solution_of_the_differential_equation() -> None:
    energy, power, loss = 5.0, 0.08, 0.15  # Wh, mW, per year
    left, t, step = energy, 0.0, 1e-4
    while left > 0:
        left -= step * (power / 1000 * 8766 + loss * left)
        t += step
    assert runtime(energy, power, loss) == pytest.approx(t, rel=1e-3)


def test_self_discharge_shortens_and_never_lengthens() -> None:
    times = [runtime(1.0, 0.01, s) for s in (0.0, 0.01, 0.1, 1.0, 10.0)]
    assert times == sorted(times, reverse=True)
    assert times[1] < times[0]


def test_mean_and_peak_of_a_duty_cycle() -> None:
    load = Load(0.5, (Event(10, 8640, 1), Event(24, 0.01, 40)))
    # 21.6 h at 0.5 mW and 2.4 h at 10 mW, and 0.4 s at 23.5 mW above sleep
    assert load.mean_mw == pytest.approx((21.6 * 0.5 + 2.4 * 10) / 24 + 23.5 * 0.4 / 86400)
    assert load.peak_mw == 24


def test_coin_cells_are_changed_and_counted() -> None:
    found = size_supply(Load(0.1), COIN, replace(PERFECT, lifetime_a=3))
    alone = runtime(0.225 * 3.0 * 0.92, 0.1, 0.01)
    assert found.runtime_a == pytest.approx(alone)
    assert found.sets == found.cells == 5  # 0.70 years each
    assert found.charges == found.socket_kwh == 0


def test_calendar_life_ends_a_cell_that_is_hardly_used() -> None:
    found = size_supply(Load(0.0001), COIN, replace(PERFECT, lifetime_a=25))
    assert found.runtime_a == 10
    assert found.sets == 3
    assert found.unused_share > 0.9


def test_heat_doubles_self_discharge_and_halves_life() -> None:
    warm = size_supply(Load(0.0001), COIN, replace(PERFECT, temperature_c=30))
    assert warm.runtime_a == 5


def test_cold_takes_capacity() -> None:
    assert COIN.usable_wh(-5) == pytest.approx(COIN.usable_wh() * (1 - 25 * 0.008))


def test_cycles_wear_out_a_rechargeable_cell() -> None:
    found = size_supply(Load(100.0), IDEAL, PERFECT)  # 3 days a charge, 500 charges, 4.1 years
    assert found.sets == 1
    longer = size_supply(Load(100.0), IDEAL, replace(PERFECT, lifetime_a=5))
    assert longer.sets == 2


@pytest.mark.parametrize(
    ("load", "cell", "change", "word"),
    [
        (Load(0.01, (Event(420, 0.1, 10),)), COIN, {}, "pulses"),
        (Load(0.01), COIN, {"temperature_c": 85.0}, "outside"),
        (Load(2000.0), IDEAL, {}, "charge every 3.6 h"),
        (Load(0.01, (Event(1, 86400, 2),)), COIN, {}, "of the day"),
        (Load(0.1), replace(COIN, cold_loss=0.05), {"temperature_c": -10.0}, "no usable energy"),
    ],
)
def test_it_says_why_a_supply_is_not_feasible(
    load: Load, cell: Cell, change: dict[str, float], word: str
) -> None:
    found = size_supply(load, cell, replace(PERFECT, **change))
    assert not found.feasible
    assert word in " ".join(found.reasons)


def test_a_note_says_that_frost_forbids_charging() -> None:
    cold = size_supply(Load(1.0), IDEAL, replace(PERFECT, temperature_c=-10))
    assert cold.feasible
    assert "not below 0" in cold.note
    assert not size_supply(Load(1.0), IDEAL, PERFECT).note
    assert not size_supply(Load(0.1), COIN, replace(PERFECT, temperature_c=-10)).note


def test_a_capacitor_beside_the_cell_takes_the_pulses() -> None:
    load = Load(0.01, (Event(420, 0.1, 10),))
    assert size_supply(load, COIN, replace(PERFECT, pulse_buffer=True)).feasible


def test_without_boost_cells_stand_in_series() -> None:
    alkaline = replace(COIN, voltage=1.5, cut_off=1.0)
    found = size_supply(Load(0.1), alkaline, replace(PERFECT, boost=False))
    assert (found.series, found.parallel) == (2, 1)


def test_mains_adds_the_power_of_an_idle_adapter() -> None:
    # 74 mW behind 74 % are 100 mW; 0.1 W without load; one year of 8766 h
    assert mains_kwh(Load(74), 1, 0.74, 0.1) == pytest.approx(0.2 * 8.766)


def test_panel_covers_the_mean_power() -> None:
    site = Site("desk", 17, 0.08)
    found = size_panel(Load(0.1), site, 0.75, dark_days=2)
    # 2.4 mWh a day over 17 Wh/m2 x 8 % x 75 % = 1.02 Wh/m2
    assert found.area_cm2 == pytest.approx(0.0024 / 1.02 * 1e4)
    assert found.store_wh == pytest.approx(0.0048 / 0.75)
    assert found.feasible
    assert not size_panel(Load(10), site, 0.75).feasible


# --- with the cells of the tables


def _supplies(*arguments: str) -> dict[str, dict[str, object]]:
    from bw_tinyml.cli.main import cli

    result = CliRunner().invoke(cli, ["supply", "--json", *arguments])
    assert result.exit_code == 0, result.output
    return {s["cell"]: s for s in json.loads(result.output)["supplies"]}


def test_command_reads_cells_from_the_tables() -> None:
    found = _supplies("--sleep", "0.05")
    assert len(found) == 15
    assert found["CR2450"]["feasible"]
    one = found["LR6"]
    assert one["cells"] == 1  # 3.7 Wh at 0.056 mW from the cell: calendar life decides


def test_bluetooth_from_a_coin_cell_and_wifi_not() -> None:
    assert _supplies("--sleep", "0.01", "--event", "25,0.003,1440")["CR2032"]["feasible"]
    assert not _supplies("--sleep", "0.01", "--event", "800,1,24")["CR2032"]["feasible"]


def test_supply_is_a_plain_result() -> None:
    assert isinstance(size_supply(Load(1.0), IDEAL, PERFECT), Supply)


def test_events_that_take_more_than_the_day_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from bw_tinyml.cli.main import main

    with pytest.raises(SystemExit) as caught:
        main(["supply", "--sleep", "0.5", "--event", "10,86400,2"])
    out, err = capsys.readouterr()
    assert caught.value.code == 2 and not out
    assert "the events take 200% of the day" in err and "at most 86400" in err
    site = Site("desk", 17, 0.08)
    panel = size_panel(Load(0.001, (Event(0.002, 86400, 2),)), site, 0.75)
    assert panel.reasons == ("events take 200% of the day",)
