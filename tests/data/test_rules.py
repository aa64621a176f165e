"""The check is green on a sound inventory, and red when any one of its rules is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bw_tinyml.checking import check
from bw_tinyml.inventory.findings import Finding, Report
from bw_tinyml.inventory.flows import find_flow
from bw_tinyml.inventory.rules import RULES

Edit = Callable[..., None]
PARTS = "tinyml/parts"
ENERGY = "background/energy"
STRATOSPHERE = "air::lower stratosphere + upper troposphere"


def line(folder: Path, table: str, text: str) -> int:
    """Line of the first row that contains a text."""
    lines = (folder / table).read_text(encoding="utf-8").splitlines()
    return next(i for i, row in enumerate(lines, start=1) if text in row)


def test_small_inventory_is_sound(mini: Path) -> None:
    assert check(mini).errors == []


# --- each entry: rule, and a function that breaks it in a copy of the small inventory


def _rewrite(folder: Path, table: str, old: str, new: str) -> None:
    path = folder / table
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


BREAKS: dict[str, Callable[[Path, Edit], None]] = {
    "file-unreadable": lambda f, e: (f / "keys.csv").write_bytes(b"key,unit\n\xff\xfe,kg\n"),
    "file-unexpected": lambda f, e: (f / PARTS / "exchange.csv").write_text("x"),
    "missing-file": lambda f, e: (f / "keys.csv").unlink(),
    "missing-column": lambda f, e: _rewrite(f, "keys.csv", "unit", "units"),
    "unknown-column": lambda f, e: _rewrite(f, "keys.csv", "remark", "remarks"),
    "missing-value": lambda f, e: e("keys.csv", 2, unit=""),
    "bad-value": lambda f, e: e(f"{PARTS}/processes.csv", 2, product_type="thing"),
    "bad-number": lambda f, e: e(f"{PARTS}/parameters.csv", 2, minimum="0,8"),
    "duplicate-row": lambda f, e: e(
        f"{PARTS}/parameters.csv", parameter="die_area", amount=1, unit="mm2", description="Again",
        kind="estimate", remark="Twice.", gsd=1.1),
    "datapackage-stale": lambda f, e: (f / "datapackage.json").write_text("{}"),
    "unknown-source": lambda f, e: e(f"{PARTS}/parameters.csv", 2, source="nowhere"),
    "missing-source": lambda f, e: e(f"{PARTS}/parameters.csv", 2, source=""),
    "missing-page": lambda f, e: e(f"{PARTS}/parameters.csv", 2, page=""),
    "missing-rule": lambda f, e: e(
        f"{PARTS}/parameters.csv", line(f, f"{PARTS}/parameters.csv", "board_mass"), remark=""),
    "recalled-source": lambda f, e: e(f"{PARTS}/parameters.csv", 2, source="memory"),
    "unknown-input": lambda f, e: e(f"{PARTS}/exchanges.csv", 4, input="wafer/41 nm/TW"),
    "unknown-set": lambda f, e: e(f"{PARTS}/processes.csv", 2, variants="node * place"),
    "unknown-placeholder": lambda f, e: e(f"{PARTS}/exchanges.csv", 2, input="heat {grid}"),
    "incomplete-variant": lambda f, e: e(f"{PARTS}/variants.csv", 2, parameter="mask_layerz"),
    "unknown-entry": lambda f, e: e(
        "scenarios.csv", task="blinking", scenario="Typo", parameter="lifetme", value=1,
        remark="x"),
    "unit-mismatch": lambda f, e: e(f"{PARTS}/exchanges.csv", 2, unit="kg"),
    "unknown-unit": lambda f, e: e(f"{PARTS}/exchanges.csv", 2, unit="BTU"),
    "key-unresolved": lambda f, e: e("keys.csv", key="unobtainium", unit="kg", group="metals"),
    "key-without-link": lambda f, e: (f / "links/ecoinvent.csv").write_text(
        "key,activity,product,locations,unit,factor\nheat,market for heat,heat,GLO,MJ,1\n"),
    "link-unused": lambda f, e: (f / "links/ecoinvent.csv").write_text(
        "key,activity,product,locations,unit,factor\nheats,market for heat,heat,GLO,MJ,1\n"),
    "link-invalid": lambda f, e: e("links/open.csv", 2, process="electricity/XX"),
    "formula-not-allowed": lambda f, e: e(f"{PARTS}/exchanges.csv", 2, amount="eval(1)"),
    "formula-unknown-name": lambda f, e: e(f"{PARTS}/exchanges.csv", 2, amount="fab_enrgy * 2"),
    "formula-cycle": lambda f, e: (
        e(f"{PARTS}/parameters.csv", 2, amount="die_area / 20", minimum="", maximum=""),
        e(f"{PARTS}/parameters.csv", 3, amount="line_yield * 20", gsd="")),
    "not-finite": lambda f, e: e(f"{PARTS}/exchanges.csv", 4, amount="die_area / (3 - 3)"),
    "reserved-name": lambda f, e: (
        _rewrite(f, f"{PARTS}/parameters.csv", "copper_share", "pi"),
        (f / PARTS / "exchanges.csv").write_text(
            (f / PARTS / "exchanges.csv").read_text().replace("copper_share", "pi"))),
    "implausible-value": lambda f, e: e(
        f"{PARTS}/parameters.csv", 3, minimum="20", maximum="30"),
    "uncertainty-missing": lambda f, e: e(f"{PARTS}/parameters.csv", 3, gsd=""),
    "uncertainty-conflict": lambda f, e: e(
        f"{PARTS}/parameters.csv", 3, pedigree="1;1;1;1;1"),
    "uncertainty-range": lambda f, e: e(f"{PARTS}/parameters.csv", 2, minimum="0.95"),
    "uncertainty-cut": lambda f, e: e(
        f"{PARTS}/parameters.csv", 3, minimum="15.9", maximum="16"),
    "uncertainty-on-formula": lambda f, e: e(f"{PARTS}/exchanges.csv", 2, gsd="1.2"),
    "flow-unknown": lambda f, e: e(
        f"{PARTS}/exchanges.csv", 3, flow="00000000-0000-4000-8000-000000000000"),
    "flow-mismatch": lambda f, e: e(f"{PARTS}/exchanges.csv", 3, compartment="air"),
    "flow-deprecated": lambda f, e: e(
        f"{ENERGY}/exchanges.csv", line(f, f"{ENERGY}/exchanges.csv", "Sulfur dioxide"),
        compartment=STRATOSPHERE, flow=find_flow("Sulfur dioxide", STRATOSPHERE)),
    "flow-uncharacterised": lambda f, e: e(
        f"{ENERGY}/exchanges.csv", line(f, f"{ENERGY}/exchanges.csv", "Sulfur dioxide"),
        input="Oxygen", compartment="air", flow=find_flow("Oxygen", "air")),
    "duplicate-name": lambda f, e: e(
        f"{ENERGY}/processes.csv", line(f, f"{ENERGY}/processes.csv", "copper_production"),
        name="heat production, coal boiler", product="heat"),
    "name-clash": lambda f, e: (
        e("keys.csv", key="board", unit="unit", group="parts"),
        e("links/open.csv", key="board", process="board", factor=1)),
    "bad-name": lambda f, e: e(f"{PARTS}/processes.csv", 3, name="=SUM(A1)"),
    "bad-location": lambda f, e: e(f"{PARTS}/processes.csv", 3, location="__import__('os')"),
    "no-industry": lambda f, e: _rewrite(f, "industries.csv", "systems,,6399", "parts,board,6399"),
    "no-exchanges": lambda f, e: e(
        f"{PARTS}/processes.csv", process="nothing", name="nothing", product="nothing", unit="kg",
        location="GLO", product_type="service", comment="Empty."),
    "mass-balance": lambda f, e: e(f"{PARTS}/processes.csv", 3, mass="0.02"),
    "element-balance": lambda f, e: e(
        "composition.csv", line(f, "composition.csv", "incineration"), share="0.4"),
    "balance-missing": lambda f, e: e(f"{PARTS}/processes.csv", 2, balance_note=""),
    "assertion-failed": lambda f, e: e(f"{ENERGY}/assertions.csv", 2, equals="2"),
    "band-outside": lambda f, e: e("bands.csv", 2, low="5", high="6"),
    "no-elementary-flows": lambda f, e: _rewrite(
        f, f"{ENERGY}/exchanges.csv",
        'heat_production,biosphere,"Carbon dioxide, fossil",'
        "air::non-urban air or from high stacks,aa7cac3a-3625-41d4-bc54-33e2cf11ec46,0.095",
        'heat_production,recovered,"copper, cathode",,,0.095'),
    "energy-created": lambda f, e: _rewrite(
        f, f"{ENERGY}/exchanges.csv", "coal_share * 0.4", "coal_share * 0.004"),
    "negative-score": lambda f, e: e(
        f"{ENERGY}/exchanges.csv", process="heat_production", type="biosphere",
        input="Transformation, from industrial area", compartment="natural resource::land",
        flow=find_flow("Transformation, from industrial area", "natural resource::land"),
        amount="1", unit="m2", kind="estimate", remark="Rule: none.", gsd="2"),
    "category-empty": lambda f, e: e(  # copper without the only flow that acidifies
        f"{ENERGY}/exchanges.csv", line(f, f"{ENERGY}/exchanges.csv", "Sulfur dioxide"),
        input="Carbon dioxide, fossil", compartment="air",
        flow=find_flow("Carbon dioxide, fossil", "air")),
    "orphan-process": lambda f, e: e(f"{PARTS}/exchanges.csv", 4, input="heat", unit="MJ"),
    "orphan-parameter": lambda f, e: e(
        f"{PARTS}/parameters.csv", parameter="unused", amount=1, unit="kg", description="Unused",
        kind="estimate", remark="Rule: none.", gsd=1.1),
    "orphan-source": lambda f, e: e(
        "sources.csv", source="uncited", citation="Nobody cites this.", access="read"),
    "orphan-key": lambda f, e: (
        e("keys.csv", key="gold", unit="kg", group="metals"),
        e("links/open.csv", key="gold", process="copper_production", factor=1)),
}  # fmt: skip


def test_every_rule_has_a_break() -> None:
    assert BREAKS.keys() == RULES.keys()


@pytest.mark.parametrize("rule", sorted(RULES))
def test_breaking_a_rule_is_found(rule: str, mini: Path, edit: Edit) -> None:
    BREAKS[rule](mini, edit)
    report = check(mini)
    assert rule in report.codes
    found = next(f for f in report if f.code == rule)
    assert found.fix and found.message and found.file
    if RULES[rule].severity == "error":
        assert found in report.errors


def test_findings_name_file_and_row(mini: Path, edit: Edit) -> None:
    edit(f"{PARTS}/exchanges.csv", 2, unit="kg")
    found = next(f for f in check(mini) if f.code == "unit-mismatch")
    assert found.place == f"{PARTS}/exchanges.csv:2"


def test_a_fault_is_reported_once_per_row_not_once_per_variant(mini: Path, edit: Edit) -> None:
    edit(f"{PARTS}/exchanges.csv", 2, unit="kg")
    assert [f.code for f in check(mini)].count("unit-mismatch") == 1


@pytest.mark.parametrize("text", ["Blink for {lifetmie year}.", "Blink {lifetime two years}."])
def test_a_functional_unit_names_parameters(text: str, mini: Path, edit: Edit) -> None:
    edit("systems.csv", 2, functional_unit=text)
    assert "unknown-placeholder" in check(mini).codes


def test_the_mass_of_a_product_is_evaluated_too(mini: Path, edit: Edit) -> None:
    edit(f"{PARTS}/processes.csv", 3, mass="bord_mass", balances="", balance_note="For the test.")
    assert "formula-unknown-name" in check(mini).codes


def test_a_process_of_both_databases_is_a_duplicate(mini: Path, edit: Edit) -> None:
    edit(
        f"{ENERGY}/processes.csv", process="board", name="board again", product="board", unit="kg",
        location="GLO", product_type="service", comment="Twice.")  # fmt: skip
    found = next(f for f in check(mini) if f.code == "duplicate-row")
    assert "board" in found.message and PARTS in found.message


def test_all_faults_are_found_at_once(mini: Path, edit: Edit) -> None:
    edit(f"{PARTS}/parameters.csv", 2, source="nowhere")
    edit(f"{PARTS}/exchanges.csv", 2, unit="kg")
    edit("links/open.csv", 2, process="electricity/XX")
    assert {"unknown-source", "unit-mismatch", "link-invalid"} <= check(mini).codes


def test_unresolved_key_lists_the_nearest(mini: Path, edit: Edit) -> None:
    edit("keys.csv", key="copper, cathodes", unit="kg", group="metals")
    found = next(f for f in check(mini) if f.code == "key-unresolved")
    assert "copper, cathode" in found.message.split("nearest:")[1]


def test_report_is_json_ready() -> None:
    report = Report([Finding("a.csv", 3, "bad-number", "x is 'y'")])
    content = report.as_dict()
    assert content["errors"] == 1
    assert content["findings"][0]["severity"] == "error"
    assert content["findings"][0]["fix"]


def test_unknown_rule_is_a_bug() -> None:
    with pytest.raises(KeyError):
        Report().add("no-such-rule", "a.csv", 1, "x")


def test_an_explained_miss_is_no_finding(mini: Path, edit: Edit) -> None:
    edit("bands.csv", 2, low="5", high="6", remark="Miss: the band is wrong on purpose.")
    assert "band-outside" not in check(mini).codes


def test_an_explained_negative_score_is_no_finding(mini: Path, edit: Edit) -> None:
    BREAKS["negative-score"](mini, edit)
    assert "negative-score" in check(mini).codes
    edit(
        f"{ENERGY}/processes.csv",
        line(mini, f"{ENERGY}/processes.csv", "heat_production"),
        comment="Land is given back, hence the negative score.",
    )
    found = [f for f in check(mini) if f.code == "negative-score"]
    assert not any("heat_production:" in f.message for f in found)


def test_enough_primary_energy_is_no_finding(mini: Path) -> None:
    _rewrite(mini, f"{ENERGY}/exchanges.csv", "coal_share * 0.4", "coal_share * 4")
    found = [f.message for f in check(mini) if f.code == "energy-created"]
    assert found
    assert not any(message.startswith("electricity/") for message in found)


def test_markets_of_waste_treatment_may_score_zero(mini: Path) -> None:
    found = [f.message for f in check(mini) if f.code == "category-empty"]
    assert found
    assert not any("'waste, incineration'" in message for message in found)
