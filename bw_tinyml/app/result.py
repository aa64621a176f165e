"""What the desk found: scores, verdicts and break-evens, as arrays with named axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bw_tinyml.impact.methods import Indicator
from bw_tinyml.systems.outside import outside, quote_note
from bw_tinyml.systems.scenario_file import Scenario
from bw_tinyml.systems.tasks import System, Task
from bw_tinyml.systems.verdict import direction, word

QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Verdict:
    """What the samples say of the device against one baseline in one category.

    Attributes
    ----------
    low, median, high
        5th, 50th and 95th percentile of the paired ratio.
    probability
        Share of the samples in which the device is lower; a tie counts half.
    word
        In the words of :mod:`bw_tinyml.systems.verdict`.
    side
        -1 where the device is lower, +1 where it is higher, 0 where nothing is decided.
    trade_off
        Whether this category and climate change point in opposite directions.
    break_even
        Value of the varied parameter at which both score the same; nan where there is none.
    """

    low: float
    median: float
    high: float
    probability: float
    word: str
    side: int
    trade_off: bool
    break_even: float


@dataclass(frozen=True)
class Least:
    """The scenario of the report in which the device does worst in climate change.

    Attributes
    ----------
    scenario
        Its name in ``scenarios.csv``.
    ratio
        Device over baseline there, median of the samples.
    """

    scenario: str
    ratio: float


def climate_place(labels: Sequence[str]) -> int:
    """Return the place of climate change among categories; the first without it."""
    return next((j for j, label in enumerate(labels) if "climate change" in label.lower()), 0)


@dataclass(frozen=True)
class Result:
    """A comparison.

    Attributes
    ----------
    scenario
        With nothing left open.
    systems
        The device first, then its baselines.
    given
        Values of parameters that the scenario sets.
    stated
        Scores at the stated values, shape (systems, indicators).
    samples
        Sampled scores, shape (systems, samples, indicators).
    stages
        Scores at the stated values by life-cycle stage, per system.
    emission, path
        Shares of estimates, shape (systems, indicators).
    parameter, parameter_unit, parameter_value
        What is varied for the break-even, and its current value.
    grid, swept
        Its values, and the scores at them, shape (systems, points, indicators).
    break_even
        Its values at which a baseline and the device score the same, shape (baselines, indicators).
    least
        The least favourable scenario per baseline; None where the task has none.
    seconds
        Time that the calculation took.
    """

    scenario: Scenario
    task: Task
    systems: list[System]
    indicators: list[Indicator]
    given: Mapping[str, float]
    stated: np.ndarray
    samples: np.ndarray
    stages: list[dict[str, np.ndarray]]
    emission: np.ndarray
    path: np.ndarray
    parameter: str
    parameter_unit: str
    parameter_value: float
    grid: np.ndarray
    swept: np.ndarray
    break_even: np.ndarray
    least: list[Least | None]
    seconds: float

    @property
    def labels(self) -> list[str]:
        """Names of the categories."""
        return [indicator.label for indicator in self.indicators]

    @property
    def climate(self) -> int:
        """Place of climate change among the categories; the first without it."""
        return climate_place(self.labels)

    @property
    def all_stages(self) -> list[str]:
        """Names of the stages of all systems, in order."""
        return list(dict.fromkeys(stage for found in self.stages for stage in found))

    def intervals(self) -> np.ndarray:
        """Return 5th, 50th and 95th percentile of the scores, shape (3, systems, indicators)."""
        return np.asarray(np.quantile(self.samples, QUANTILES, axis=1))

    def quote_note(self) -> str:
        """Return which number to quote, where a stated value lies outside of its interval."""
        low, _, high = self.intervals()
        titles = [system.title for system in self.systems]
        return quote_note(outside(titles, self.stated, low, high), len(self.indicators))

    def verdicts(self, baseline: int) -> list[Verdict]:
        """Return the verdict of each category against a baseline (1 is the first)."""
        device, twin = self.samples[0], self.samples[baseline]
        with np.errstate(divide="ignore", invalid="ignore"):
            low, median, high = np.quantile(device / twin, QUANTILES, axis=0)
        lower = (device < twin).mean(axis=0) + 0.5 * (device == twin).mean(axis=0)
        words = [
            word(float(p), float(a), float(b)) for p, a, b in zip(lower, low, high, strict=True)
        ]
        sides = [direction(found) for found in words]
        return [
            Verdict(
                low=float(low[j]),
                median=float(median[j]),
                high=float(high[j]),
                probability=float(lower[j]),
                word=words[j],
                side=sides[j],
                trade_off=sides[j] * sides[self.climate] < 0,
                break_even=float(self.break_even[baseline - 1, j]),
            )
            for j in range(len(self.indicators))
        ]


def crossings(grid: np.ndarray, difference: np.ndarray, current: float) -> np.ndarray:
    """Return where differences change their sign, interpolated; nan where they do not.

    Parameters
    ----------
    grid
        Values of a parameter, increasing and above 0.
    difference
        Difference of two systems, shape (points, indicators).
    current
        Of several crossings, the nearest to this value (on a logarithmic scale) is returned.
    """
    found = np.full(difference.shape[1], np.nan)
    for j, values in enumerate(difference.T):
        at = np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0)
        exact = grid[values == 0] if not np.all(values == 0) else grid[:0]
        share = values[at] / (values[at] - values[at + 1]) if len(at) else np.empty(0)
        places = np.concatenate([grid[at] + share * (grid[at + 1] - grid[at]), exact])
        if len(places):
            found[j] = places[np.argmin(np.abs(np.log(places / max(current, 1e-300))))]
    return found
