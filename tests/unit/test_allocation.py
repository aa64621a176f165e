"""Credits stand beside the cut-off score, sum to the other allocations, and are what they say."""

from __future__ import annotations

import json
from functools import cache

import pytest
from click.testing import CliRunner

from bw_tinyml.background import link
from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.allocation import ENERGY, MATERIAL, SCRAP, Allocation, allocations
from bw_tinyml.impact.preview import bundled, matrices
from bw_tinyml.inventory import load
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.overrides import with_parameters


@cache
def linked() -> LinkedInventory:
    inventory, report = load()
    return link(inventory, report)


def climate(identifier: str, **options: float) -> Allocation:
    chosen = [c for c in categories(linked().inventory, "EF v3.1") if "limate" in c.label]
    found, _ = allocations(linked(), identifier, chosen, **options)
    return found[0]


def unit_score(identifier: str) -> float:
    chosen = next(c for c in categories(linked().inventory, "EF v3.1") if "limate" in c.label)
    return matrices(linked()).unit_scores(bundled(chosen))[identifier]


def test_incinerated_casing_avoids_the_electricity_it_exports() -> None:
    found = climate("eol_casing/incineration")
    # 36 MJ/kg at 18 % net efficiency are 1.8 kWh
    assert found.credits[ENERGY] == pytest.approx(1.8 * unit_score("electricity_mv/GLO"))
    assert found.credits[MATERIAL] == pytest.approx(0, abs=1e-9)
    assert found.substitution == pytest.approx(found.cut_off - found.credits[ENERGY])
    assert climate("eol_casing/incineration without energy").credits[ENERGY] == pytest.approx(
        0, abs=1e-9
    )


def test_recycled_casing_avoids_half_a_kilogram_of_abs() -> None:
    found = climate("eol_casing/recycling")
    abs_kg = unit_score(
        next(
            r["process"]
            for r in linked().inventory.tables["links"]
            if r["key"] == "acrylonitrile-butadiene-styrene copolymer"
        )
    )
    assert found.credits[MATERIAL] == pytest.approx(0.5 * abs_kg)
    assert found.recycling == pytest.approx(unit_score("weee_mechanical_treatment"))


def test_nothing_is_netted_silently() -> None:
    found = climate("eol_board/recycling", quality=0.9)
    assert found.cut_off == pytest.approx(unit_score("eol_board/recycling"))
    assert found.substitution + 0.9 * found.credits[MATERIAL] + found.credits[
        ENERGY
    ] == pytest.approx(found.cut_off)
    assert sum(found.by_key.values()) == pytest.approx(sum(found.credits.values()))


def test_shares_span_the_range_between_substitution_and_recycled_content() -> None:
    none = climate("eol_board/recycling", share=0)
    assert none.shared == pytest.approx(none.substitution)
    all_ = climate("eol_board/recycling", share=1)
    assert all_.shared == pytest.approx(all_.cut_off - all_.recycling - all_.credits[ENERGY])
    half = climate("eol_board/recycling")
    assert half.shared == pytest.approx((none.shared + all_.shared) / 2)


def test_scrap_of_production_is_shown_and_not_credited() -> None:
    found = climate("cell_alkaline")
    assert found.credits[SCRAP] > 0
    assert found.substitution == pytest.approx(found.cut_off)
    assert found.shared == pytest.approx(found.cut_off)


def test_landfill_and_hibernation_recover_nothing() -> None:
    for route in ("landfill", "hibernation"):
        found = climate(f"eol_board/{route}")
        assert found.credits[MATERIAL] + found.credits[ENERGY] == pytest.approx(0, abs=1e-9)


def test_factors_are_shares() -> None:
    with pytest.raises(UsageError, match="share"):
        climate("eol_board/recycling", share=1.5)
    with pytest.raises(UsageError, match="quality"):
        climate("eol_board/recycling", quality=-1)


def test_command() -> None:
    from bw_tinyml.cli.main import cli

    result = CliRunner().invoke(cli, ["allocation", "eol_cell/lco/recycling", "--json"])
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    assert {r["key"] for r in data["recovered"] if r["kind"] == "material"} >= {
        "cobalt",
        "copper, cathode",
    }
    assert len(data["scores"]) == 16
    for row in data["scores"]:
        rest = row["cut_off"] - row["credit_material"] - row["credit_energy"]
        assert row["substitution"] == pytest.approx(rest)


def test_recycled_content_and_credits_are_never_both_counted() -> None:
    inventory = with_parameters(linked().inventory, {"casing_recycled_aluminium": 1.0})
    recycled = link(inventory, load()[1])
    chosen = [c for c in categories(inventory, "EF v3.1") if "limate" in c.label]
    (found,), _ = allocations(recycled, "casing_aluminium", chosen)
    virgin = climate("casing_aluminium")
    metal = 0.98 + 0.04 + 0.08
    # die casters take cast alloy, most of which is secondary metal already
    saved = metal * (unit_score("aluminium_cast_alloy") - unit_score("aluminium_secondary_ingot"))
    assert saved > 0
    assert virgin.saved == pytest.approx(0, abs=1e-12)
    assert found.saved == pytest.approx(saved, rel=1e-3)
    assert found.cut_off == pytest.approx(virgin.cut_off - saved, rel=1e-3)
    # with all credit at the end of life, recycled content changes nothing; by half, half of it
    assert found.substitution == pytest.approx(virgin.substitution, rel=1e-3)
    assert found.shared == pytest.approx(virgin.shared - saved / 2, rel=1e-3)


@pytest.mark.parametrize("polymer", ["ABS", "ABS-PC", "PP"])
def test_recycled_plastic_keeps_the_mass_of_the_casing(polymer: str) -> None:
    inventory = with_parameters(linked().inventory, {"casing_recycled_plastic": 0.6})
    dataset = inventory.datasets[f"casing_moulded/{polymer}"]
    mass = sum(e.to_product * inventory.amount(dataset, e.value) for e in dataset.exchanges)
    assert mass == pytest.approx(1, rel=1e-6)
