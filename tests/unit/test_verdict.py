"""The words of the verdict, and the trade-offs, on numbers made for the purpose."""

from __future__ import annotations

import pandas as pd
import pytest

from bw_tinyml.systems.verdict import direction, summary, verdict_table, word

LABELS = ["Climate change", "Land use", "Water use", "Acidification", "Ozone depletion"]


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (1.0, "lower"), (0.95, "lower"), (0.949, "probably lower"), (0.8, "probably lower"),
        (0.79, "undecided"), (0.5, "undecided"), (0.21, "undecided"), (0.2, "probably higher"),
        (0.051, "probably higher"), (0.05, "higher"), (0.0, "higher"),
    ],
)  # fmt: skip
def test_words_are_symmetric(probability: float, expected: str) -> None:
    assert word(probability, 0.5, 2.0) == expected
    mirrored = {-1: 1, 0: 0, 1: -1}[direction(expected)]
    assert direction(word(1 - probability, 0.5, 2.0)) == mirrored


def test_a_sure_sign_of_a_negligible_difference_is_no_verdict() -> None:
    assert word(1.0, 0.9950, 0.9999) == "equal"
    assert word(1.0, 0.9850, 0.9999) == "lower"
    assert word(0.5, float("nan"), float("nan")) == "undecided"


def test_trade_offs_point_against_climate_change() -> None:
    probabilities = [0.99, 0.01, 0.15, 0.5, 0.97]
    index = pd.MultiIndex.from_product([["cloud"], LABELS], names=["baseline", "indicator"])
    pairs = pd.DataFrame(
        {"probability_lower": probabilities, "ratio_p05": 0.5, "ratio_p95": 2.0}, index=index
    )
    estimates = pd.DataFrame(
        {"emission": 0.25, "path": 1.0},
        index=pd.MultiIndex.from_product([["device", "cloud"], LABELS]),
    )
    table = verdict_table(pairs, estimates, "device", LABELS)
    marked = table.loc["cloud"]["trade_off"]
    assert list(marked.index[marked]) == ["Land use", "Water use"]
    assert summary(table, "cloud") == (
        "lower in 2, undecided in 1, probably higher in 1, higher in 1 of 5 categories; "
        "against the direction of climate change: Land use, Water use"
    )
    undecided = verdict_table(
        pairs.assign(probability_lower=[0.5, 0.0, 1.0, 0.0, 1.0]), estimates, "device", LABELS
    )
    assert not undecided["trade_off"].any()
