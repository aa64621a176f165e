"""Stated values outside of their own interval: which number to quote, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Outside:
    """In how many categories the stated value of one system lies outside of its 90 % interval.

    Attributes
    ----------
    title
        The system.
    below, above
        Categories below the 5th and above the 95th percentile of the samples.
    """

    title: str
    below: int
    above: int


def outside(
    titles: Sequence[str], stated: np.ndarray, low: np.ndarray, high: np.ndarray
) -> list[Outside]:
    """Return the systems that have stated values outside of their intervals.

    Parameters
    ----------
    titles
        The systems.
    stated, low, high
        Scores at the stated values, and the ends of their intervals; shape (systems, categories).
    """
    counts = zip(titles, (stated < low).sum(axis=1), (stated > high).sum(axis=1), strict=True)
    return [Outside(t, int(below), int(above)) for t, below, above in counts if below or above]


def quote_note(found: Sequence[Outside], categories: int) -> str:
    """Return which number to quote and why; empty where every stated value lies inside."""
    if not found:
        return ""
    parts = []
    for where, count in (("below the 5th", "below"), ("above the 95th", "above")):
        own = [f"{getattr(f, count)} ({f.title})" for f in found if getattr(f, count)]
        if own:
            parts.append(f"{where} percentile of the samples in {', '.join(own)}")
    return (
        f"Quote the median with its interval: of {categories} categories, the stated value lies "
        f"{' and '.join(parts)}. Most inputs are skewed to high values around what is stated, and "
        "a sum of many is nearly always higher than the sum of their stated values."
    )
