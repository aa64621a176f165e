"""The grid of the place of use by year: at the table's years, between them, and with more wind."""

from __future__ import annotations

from functools import cache

import pytest

from bw_tinyml.inventory import Inventory, load
from bw_tinyml.inventory.overrides import with_parameters

DATABASE = "tinyml-background"
SOURCES = ("coal", "gas", "oil", "nuclear", "hydro", "wind", "solar", "bioenergy", "other_re")
SHARES = (
    "hard_coal",
    "lignite",
    "natural_gas",
    "oil",
    "nuclear",
    "hydro",
    "wind",
    "solar",
    "biomass",
    "other_renewable",
)


@cache
def inventory() -> Inventory:
    found, report = load()
    assert not report.errors
    return found


def grids() -> list[str]:
    return inventory().sets[DATABASE]["grid_history"].items


def shares(grid: str, **given: float) -> dict[str, float]:
    values = with_parameters(inventory(), given).values[DATABASE]
    return {name: values[f"share_{name}_{grid}"] for name in SHARES}


def stated(grid: str, year: str) -> dict[str, float]:
    values = inventory().values[DATABASE]
    found = {s: values[f"mix_{s}_{year + '_' if year else ''}{grid}"] for s in SOURCES}
    total = sum(found.values())
    return {s: v / total for s, v in found.items()}


def test_every_place_of_use_has_years() -> None:
    assert set(grids()) >= set(inventory().sets["tinyml"]["home"].items)


@pytest.mark.parametrize("grid", grids())
def test_default_is_the_base_year(grid: str) -> None:
    found, base = shares(grid), stated(grid, "")
    assert found["hard_coal"] + found["lignite"] == pytest.approx(base["coal"])
    assert found["wind"] == pytest.approx(base["wind"])
    assert sum(found.values()) == pytest.approx(1)


@pytest.mark.parametrize("grid", grids())
@pytest.mark.parametrize("year", [2015, 2020, 2030])
def test_years_of_the_table(grid: str, year: int) -> None:
    found, then = shares(grid, **{f"grid_year_{grid}": year}), stated(grid, str(year))
    assert found["hard_coal"] + found["lignite"] == pytest.approx(then["coal"])
    for name, source in (("natural_gas", "gas"), ("solar", "solar"), ("nuclear", "nuclear")):
        assert found[name] == pytest.approx(then[source]), name
    # years outside of the table are not extrapolated
    beyond = {2015: 1990, 2030: 2060}.get(year)
    if beyond:
        assert shares(grid, **{f"grid_year_{grid}": beyond}) == pytest.approx(found)


def test_between_the_years_it_is_interpolated() -> None:
    # sums of stated shares are 1 to a thousandth, which is what the tolerance is for
    early, late = stated("DE", "2015"), stated("DE", "2020")
    found = shares("DE", grid_year_DE=2017)
    assert found["wind"] == pytest.approx(0.6 * early["wind"] + 0.4 * late["wind"], rel=3e-3)
    one, other = shares("DE", grid_year_DE=2026), shares("DE", grid_year_shift=3)
    assert one == pytest.approx(other)


def test_shift_moves_all_grids() -> None:
    before, after = shares("FR"), shares("FR", grid_year_shift=-3)
    assert after["nuclear"] > before["nuclear"]
    assert shares("IN", grid_year_shift=7)["hard_coal"] < shares("IN")["hard_coal"]


def test_fossil_power_is_replaced_by_wind_and_sun() -> None:
    before, after = shares("IN"), shares("IN", grid_fossil_replaced_IN=0.4)
    fossil = ("hard_coal", "lignite", "natural_gas", "oil")
    for name in fossil:
        assert after[name] == pytest.approx(0.6 * before[name])
    gained = sum(after[n] - before[n] for n in ("wind", "solar"))
    assert gained == pytest.approx(0.4 * sum(before[n] for n in fossil))
    assert after["wind"] / after["solar"] == pytest.approx(before["wind"] / before["solar"])
    assert sum(after.values()) == pytest.approx(1)
