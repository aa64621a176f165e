"""Stated values outside of their interval are counted and explained."""

from __future__ import annotations

import numpy as np

from bw_tinyml.systems.outside import Outside, outside, quote_note

LOW, HIGH = np.full((2, 3), 1.0), np.full((2, 3), 2.0)


def test_inside_there_is_nothing_to_say() -> None:
    found = outside(["a", "b"], np.array([[1.0, 1.5, 2.0]] * 2), LOW, HIGH)
    assert found == []
    assert quote_note(found, 3) == ""


def test_below_and_above_are_counted_by_system() -> None:
    stated = np.array([[0.5, 0.9, 3.0], [0.5, 1.5, 1.5]])
    found = outside(["a", "b"], stated, LOW, HIGH)
    assert found == [Outside("a", 2, 1), Outside("b", 1, 0)]
    note = quote_note(found, 3)
    assert note.startswith("Quote the median with its interval: of 3 categories")
    assert "below the 5th percentile of the samples in 2 (a), 1 (b)" in note
    assert "above the 95th percentile of the samples in 1 (a)." in note
