"""Contents of wastes that our own datasets treat are formulas of their parameters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bw_tinyml.checking import check
from bw_tinyml.inventory import load
from bw_tinyml.inventory.composition import Composition

Edit = Callable[..., None]


def _codes(folder: Path) -> set[str]:
    return {f.code for f in check(folder).errors}


def test_share_may_be_a_formula_of_a_parameter(mini: Path, edit: Edit) -> None:
    edit(
        "composition.csv",
        item="board",
        element="copper",
        share="copper_share",
        kind="calculated",
        remark="The parameter.",
    )
    inventory, report = load(mini)
    assert not report.errors
    value = inventory.values["tinyml"]["copper_share"]
    assert Composition(inventory).share("board", "copper") == pytest.approx(value)


@pytest.mark.parametrize(
    ("share", "code"),
    [
        ("no_such_parameter", "formula-unknown-name"),
        ("eval(1)", "formula-not-allowed"),
        ("-0.1", "bad-value"),
        ("0 - copper_share", "bad-value"),
    ],
)
def test_impossible_shares_are_found(mini: Path, edit: Edit, share: str, code: str) -> None:
    edit(
        "composition.csv",
        item="board",
        element="gold",
        share=share,
        kind="calculated",
        remark="Wrong on purpose.",
    )
    assert code in _codes(mini)


def test_a_key_has_no_parameters(mini: Path, edit: Edit) -> None:
    edit(
        "composition.csv",
        item="copper",
        element="gold",
        share="copper_share",
        kind="calculated",
        remark="Wrong on purpose.",
    )
    findings = [f for f in check(mini).errors if "no parameters" in f.message]
    assert len(findings) == 1
    assert findings[0].file == "composition.csv"
