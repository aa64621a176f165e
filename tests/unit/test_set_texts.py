"""Texts and formulas of a set that use the texts of the same item."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bw_tinyml.inventory import load
from bw_tinyml.inventory.recipes import Variant, VariantSet

VARIANTS = "tinyml/parts/variants.csv"


@pytest.fixture
def chip(edit: Callable[..., None]) -> None:
    """A set of chips that name their node; the rest follows from it."""
    row = {"set": "chip", "kind": "calculated", "remark": "For tests."}
    for item, node in (("small", "65 nm"), ("large", "40 nm")):
        edit(VARIANTS, item=item, parameter="node", text=node, **row)
    edit(VARIANTS, item="*", parameter="layers", amount="mask_layers_{chip.node}+1", **row)
    edit(VARIANTS, item="*", parameter="wafer", text="wafer/{chip.node}/TW", **row)
    edit(VARIANTS, item="*", parameter="title", text="{chip}: {chip.wafer}", **row)


def test_defaults_follow_the_texts_of_the_item(mini: Path, chip: None) -> None:
    inventory, report = load(mini)
    assert not report.errors
    assert inventory.values["tinyml"]["layers_small"] == 37
    assert inventory.values["tinyml"]["layers_large"] == 41
    texts = inventory.sets["tinyml"]["chip"].texts
    assert texts["small", "wafer"] == "wafer/65 nm/TW"
    assert texts["large", "title"] == "large: wafer/40 nm/TW"


def test_unknown_placeholder_is_reported(mini: Path, edit: Callable[..., None], chip: None) -> None:
    edit(VARIANTS, set="chip", item="*", parameter="bad", amount="x_{chip.colour}",
         kind="calculated", remark="For tests.")  # fmt: skip
    _, report = load(mini)
    assert {f.code for f in report.errors} >= {"unknown-placeholder"}
    assert any("{chip.colour}" in f.message for f in report.errors)


def test_fill_as_name_gives_the_end_of_a_parameter() -> None:
    nodes = VariantSet("chip", ["a b"], texts={("a b", "node"): "28 nm FD-SOI"})
    variant = Variant({"chip": "a b"}, {"chip": nodes})
    assert variant.fill("x_{chip.node}", as_name=True) == "x_28nmFDSOI"
    assert variant.fill("{chip}: {chip.node}") == "a b: 28 nm FD-SOI"
    with pytest.raises(KeyError):
        variant.fill("{site}")
