"""Blocks of samples: of a foreground alone, or together with the background that it takes from.

Scores are sampled in single precision, each method divided by a number of its own, and handed back
as statistics in their units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bw_tinyml.engine.background import TOLERANCE, Background
from bw_tinyml.engine.blocks import Job, array_digest
from bw_tinyml.engine.cache import CODE, Arrays
from bw_tinyml.engine.foreground import Foreground
from bw_tinyml.engine.philox import TILE, block_key
from bw_tinyml.engine.statistics import Collector, beside

#: methods that are calculated together; their random numbers are the same
METHODS = 64
#: samples that are calculated together
CHUNK = 2 * TILE
#: samples of the background that are at hand at a time
PART = 32


class Sampling(Job, Protocol):
    """A job whose blocks are statistics, and the samples where it keeps them."""

    @property
    def sizes(self) -> np.ndarray:
        """Typical sizes by which samples are divided, shape (products, methods)."""


@dataclass
class ForegroundJob:
    """Blocks of samples of a foreground on a background that is certain.

    Attributes
    ----------
    foreground
        What is sampled.
    units
        Scores of one unit of the rows that it takes, shape (rows, methods).
    keep
        Whether the samples themselves are handed back, too.
    """

    foreground: Foreground
    units: np.ndarray
    keep: bool = False

    def __post_init__(self) -> None:
        self.scale = scales(self.units)
        self._scaled = (self.units / self.scale).astype(np.float32)[:, :, None]
        self._size = self.foreground.gross(self.units / self.scale)

    @property
    def sizes(self) -> np.ndarray:
        """Typical sizes by which samples are divided, shape (products, methods)."""
        return self._size * self.scale

    def block(self, seed: int, number: int, size: int) -> Arrays:
        """Return statistics, and the samples where they are kept, of a block."""
        key = block_key(seed, number)
        parts, samples = [], []
        for first in range(0, self.units.shape[1], METHODS):
            some = slice(first, first + METHODS)
            units = np.ascontiguousarray(self._scaled[:, some])
            collector = Collector(self._size[:, some])
            kept = []
            for start in range(0, size, CHUNK):
                drawn = self.foreground.draws.drawn(key, start, CHUNK)
                scores = self.foreground.asked(self.foreground.scores(drawn, units), units)
                scores = scores[:, :, : min(CHUNK, size - start)]
                collector.take(scores)
                kept += [scores] if self.keep else []
            parts.append(collector.statistics())
            samples += [np.concatenate(kept, axis=2)] if self.keep else []
        found = beside(parts).arrays()
        if self.keep:
            found["samples"] = _samples(np.concatenate(samples, axis=1), self.scale)
        return found

    def digest(self) -> str:
        """Return a hash of what blocks depend on."""
        return array_digest(CODE, "foreground", self.keep, self.units, *self.foreground.arrays())


@dataclass
class WholeJob:
    """Blocks of samples of a foreground and of the background that it takes from.

    Attributes
    ----------
    foreground, background
        What is sampled; the products of the background are the inputs of the foreground.
    units
        Scores of one unit of the rows that the foreground takes at their stated amounts, shape
        (rows, methods).
    scale
        By which the scores of each method are divided while they are sampled.
    keep
        Whether the samples themselves are handed back, too.
    tolerance
        Relative error that the score of an input may have in a sample.
    """

    foreground: Foreground
    background: Background
    units: np.ndarray
    scale: np.ndarray
    keep: bool = False
    tolerance: float = TOLERANCE

    def __post_init__(self) -> None:
        self._size = self.foreground.gross(self.units / self.scale)

    @property
    def sizes(self) -> np.ndarray:
        """Typical sizes by which samples are divided, shape (products, methods)."""
        return self._size * self.scale

    def block(self, seed: int, number: int, size: int) -> Arrays:
        """Return statistics, and the samples where they are kept, of a block."""
        key = block_key(seed, number)
        inputs = self.foreground.inputs.size
        collector = Collector(self._size)
        kept, worst = [], 0.0
        before = dict(self.background.varied.solved)
        for start in range(0, size, TILE):
            drawn = self.foreground.draws.drawn(key, start, TILE)
            for first in range(0, min(TILE, size - start), PART):
                wanted = min(PART, size - start - first)
                some = slice(first, first + wanted)
                units = np.empty((*self.units.shape, wanted), dtype=np.float32)
                units[inputs:] = (self.units[inputs:] / self.scale)[:, :, None]
                found, bound = self.background.scores(key, start + first, wanted, self.tolerance)
                units[:inputs] = found
                worst = max(worst, bound)
                own = np.ascontiguousarray(drawn[:, some])
                scores = self.foreground.asked(self.foreground.scores(own, units), units)
                collector.take(scores)
                kept += [scores] if self.keep else []
        arrays = collector.statistics().arrays()
        others = self.background.varied.solved["others"] - before["others"]
        arrays |= {"bound": np.array(worst), "others": np.array(others)}
        if self.keep:
            arrays["samples"] = _samples(np.concatenate(kept, axis=2), self.scale)
        return arrays

    def digest(self) -> str:
        """Return a hash of what blocks depend on."""
        return array_digest(CODE, "whole", self.keep, self.tolerance, self.units, self.scale,
                            *self.foreground.arrays(), *self.background.arrays())  # fmt: skip


def scales(units: np.ndarray) -> np.ndarray:
    """Return by what each method is divided.

    Methods differ by many powers of ten; single precision then does for all.
    """
    largest = np.abs(units).max(axis=0, initial=0.0)
    return np.where(largest > 0, largest, 1.0)


def _samples(scores: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return scores in their units, shape (samples, products, methods)."""
    return np.ascontiguousarray((scores * scale[:, None]).transpose(2, 0, 1))
