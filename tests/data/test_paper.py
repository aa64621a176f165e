"""The paper's systems: totals, order of the blocks, and the page that shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bw_tinyml.systems.paper import Paper, load_paper, renewed

PAGE = Path(__file__).parent.parent.parent / "docs" / "paper.md"


@pytest.fixture(scope="module")
def paper() -> Paper:
    return load_paper()


def test_totals_within_half_of_the_paper(paper: Paper) -> None:
    assert len(paper.systems) == 5
    for system in paper.systems:
        assert paper.climate[system] / paper.published[system] == pytest.approx(1, abs=0.5), system


def test_systems_keep_their_order(paper: Paper) -> None:
    published = sorted(paper.systems, key=lambda s: paper.published[s])
    assert sorted(paper.systems, key=lambda s: paper.climate[s]) == published


def test_parts_sum_to_the_score(paper: Paper) -> None:
    for system in paper.systems:
        for category in paper.categories:
            total = sum(paper.parts(system, category.label).values())
            assert total == pytest.approx(paper.scores[category.label][system], rel=1e-9)


def test_processor_is_small_beside_battery_and_sensing(paper: Paper) -> None:
    label = paper.categories[0].label
    parts = paper.parts("paper_system/image classification typical", label)
    assert parts["processing"] < parts["sensing"] < parts["power"]


def test_block_scales_with_its_die(paper: Paper) -> None:
    low, high = (paper.climate[f"block_processing/HSL-0 {n}"] for n in ("low", "high"))
    assert high / low == pytest.approx(17 / 5)


def test_page_fits_the_inventory(paper: Paper) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert renewed(text, paper) == text, "run: python -m bw_tinyml.systems.paper docs/paper.md"
