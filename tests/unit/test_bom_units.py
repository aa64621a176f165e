"""Datasets that a line names: of foreground or background, and in which unit they count."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bw_tinyml.cli.main import cli
from bw_tinyml.devices.lines import BomLine
from bw_tinyml.devices.matching import Matcher
from bw_tinyml.devices.scoring import match_bom
from bw_tinyml.errors import UsageError

from ..bill_lines import amounts, full_matcher


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return full_matcher()


@pytest.mark.parametrize(
    ("dataset", "unit", "amount"),
    [
        ("gold_market", "mg", 1e-6),
        ("electricity_lv/DE", "kWh", 1),
        ("aluminium_cast_alloy", "g", 1e-3),
    ],
)
def test_datasets_of_the_background_may_be_named(
    matcher: Matcher, dataset: str, unit: str, amount: float
) -> None:
    found = matcher.match(BomLine(1, dataset=dataset, unit=unit))
    assert found.unit == unit and amounts(found) == {dataset: pytest.approx(amount)}


def test_an_unknown_dataset_names_the_nearest_of_both(matcher: Matcher) -> None:
    for name, near in (
        ("gold", "nearest: gold_market"),
        ("freight_leg", "nearest: freight_leg/fab to packaging, air"),
        ("zzzzzzzzz", "`bw-tinyml list --json` shows identifiers"),
    ):
        with pytest.raises(UsageError) as caught:
            matcher.match(BomLine(1, dataset=name))
        assert (caught.value.hint or "").startswith(near)


def test_a_quantity_without_unit_is_named(tmp_path: Path) -> None:
    """25 kg instead of 25 g must not pass without a word."""
    path = tmp_path / "bill.csv"
    path.write_text("dataset,quantity\ncasing_abs,25\nbattery/CR2032,2\n")
    casing, battery = match_bom(path).matches
    assert casing.unit == "kg" and casing.reason.endswith("quantity taken as 25 kg")
    assert battery.unit == "unit" and not battery.taken
    assert "taken as 25 kg in line 2" in match_bom(path).warnings[1]
    shown = CliRunner().invoke(cli, ["bom", str(path), "--match-only"], standalone_mode=False)
    assert "25 kg" in shown.output.splitlines()[2]
    assert "taken as 25 kg in line 2" in shown.output
    listed = CliRunner().invoke(
        cli, ["bom", str(path), "--match-only", "--json"], standalone_mode=False
    )
    assert [line["unit"] for line in json.loads(listed.output)["lines"]] == ["kg", "unit"]
    path.write_text("dataset,quantity,unit\ncasing_abs,25,g\n")
    (casing,) = match_bom(path).matches
    assert casing.unit == "g" and not casing.taken
    path.write_text("part,quantity\nPCB 2-layer,12\n")
    (board,) = match_bom(path).matches
    assert board.taken == "12 cm2" and board.demands[0].amount == pytest.approx(12e-4)


def test_pieces_of_a_dataset_by_mass_need_the_mass(matcher: Matcher) -> None:
    line = BomLine(1, dataset="capacitor_mlcc", quantity=5, unit="pcs", mass_g=0.01)
    assert amounts(matcher.match(line)) == {"capacitor_mlcc": pytest.approx(5e-5)}
    with pytest.raises(UsageError, match="'pcs'") as caught:
        matcher.match(BomLine(1, dataset="capacitor_mlcc", quantity=5, unit="pcs"))
    assert "mass_g" in (caught.value.hint or "")


def test_datasets_that_the_documentation_names_exist(matcher: Matcher) -> None:
    text = (Path(__file__).parents[2] / "docs" / "bom.md").read_text()
    section = text[text.index("## What is counted") : text.index("## How sure it is")]
    known = list(matcher.inventory.datasets)
    named = set(re.findall(r"`([a-z_]+(?:/[^`]*)?)`", section)) - {"dataset", "not_counted"}
    assert len(named) > 5
    for name in named:
        start = name.removesuffix("...") if name.endswith("/...") else None
        assert name in known or (start and any(d.startswith(start) for d in known)), name
