"""Monte Carlo of any foreground, from its processed datapackages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine.arrays import System, load_system
from bw_tinyml.engine.background import TOLERANCE as SAMPLE_TOLERANCE
from bw_tinyml.engine.background import Background
from bw_tinyml.engine.blocks import BLOCK, Job, Progress, Workers, array_digest, run_blocks
from bw_tinyml.engine.cache import CODE, Arrays, Cache
from bw_tinyml.engine.elements import Elements, load_elements
from bw_tinyml.engine.foreground import Foreground, characterised
from bw_tinyml.engine.packages import Source
from bw_tinyml.engine.philox import TILE, block_key
from bw_tinyml.engine.scoring import score_products
from bw_tinyml.engine.solving import TOLERANCE
from bw_tinyml.engine.statistics import Collector, Statistics, beside
from bw_tinyml.errors import UsageError

#: methods that are calculated together; their random numbers are the same
METHODS = 64
#: samples that are calculated together
CHUNK = 2 * TILE
#: samples of the background that are at hand at a time
PART = 32
Receive = Callable[[np.ndarray], None]


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
        self.scale = _scale(self.units)
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
    tolerance: float = SAMPLE_TOLERANCE

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
                whole = -(-wanted // self.background.depth) * self.background.depth
                units = np.empty((*self.units.shape, wanted), dtype=np.float32)
                units[inputs:] = (self.units[inputs:] / self.scale)[:, :, None]
                found, bound = self.background.scores(key, start + first, whole, self.tolerance)
                units[:inputs] = found[:, :, :wanted]
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


def _scale(units: np.ndarray) -> np.ndarray:
    """Return by what each method is divided.

    Methods differ by many powers of ten; single precision then does for all.
    """
    largest = np.abs(units).max(axis=0, initial=0.0)
    return np.where(largest > 0, largest, 1.0)


def _samples(scores: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return scores in their units, shape (samples, products, methods)."""
    return np.ascontiguousarray((scores * scale[:, None]).transpose(2, 0, 1))


@dataclass
class Sampled:
    """What samples have shown.

    Attributes
    ----------
    statistics
        Per product and method.
    bound
        Largest relative error that the score of a background product had in any sample; 0 where
        the background is certain.
    others
        Samples that sweeps could not solve, and that were solved by the other ways.
    """

    statistics: Statistics
    bound: float = 0.0
    others: int = 0


def foreground_job(
    sources: Sequence[Source],
    products: Sequence[int] | np.ndarray,
    tables: Sequence[tuple[np.ndarray, np.ndarray]],
    packages: Sequence[int],
    *,
    keep: bool = False,
) -> ForegroundJob:
    """Return what samples a foreground; the background is solved once, at its stated amounts.

    Parameters
    ----------
    sources
        Processed datapackages; see :func:`bw_tinyml.engine.arrays.load_system`.
    products
        Ids of the products that are asked for.
    tables
        Ids of flows and their factors, one pair per method.
    packages
        Places in ``sources`` of those whose activities may be foreground: what other packages do
        not use.
    keep
        Whether the samples themselves are wanted, too.

    Raises
    ------
    ProjectError
        The packages do not make up a system, or a distribution is not well defined.
    """
    system, factors, foreground, _ = _prepared(sources, products, tables, packages)
    return ForegroundJob(foreground, static_units(system, foreground, factors), keep)


def whole_job(
    sources: Sequence[Source],
    products: Sequence[int] | np.ndarray,
    tables: Sequence[tuple[np.ndarray, np.ndarray]],
    packages: Sequence[int],
    *,
    keep: bool = False,
    tolerance: float = SAMPLE_TOLERANCE,
) -> WholeJob:
    """Return what samples a foreground and its background.

    Parameters
    ----------
    tolerance
        Relative error that the score of a background product may have in a sample.
    sources, products, tables, packages, keep
        As for :func:`foreground_job`.
    """
    system, factors, foreground, elements = _prepared(sources, products, tables, packages)
    units = static_units(system, foreground, factors)
    scale = _scale(units)
    scaled = factors @ sp.diags(1.0 / scale)
    background = Background(system, foreground.inputs, *elements, scaled.tocsc())
    return WholeJob(foreground, background, units, scale, keep, tolerance)


def _prepared(
    sources: Sequence[Source],
    products: Sequence[int] | np.ndarray,
    tables: Sequence[tuple[np.ndarray, np.ndarray]],
    packages: Sequence[int],
) -> tuple[System, sp.csc_matrix, Foreground, tuple[Elements, Elements]]:
    system = load_system(sources)
    elements = (
        load_elements(sources, "technosphere_matrix"),
        load_elements(sources, "biosphere_matrix"),
    )
    return (
        system,
        system.factors(tables),
        Foreground(system, products, *elements, packages),
        elements,
    )


def static_units(
    system: System, foreground: Foreground, factors: sp.csc_matrix, tolerance: float = TOLERANCE
) -> np.ndarray:
    """Return scores of one unit of what a foreground takes, shape (rows, methods)."""
    scored = np.zeros((0, factors.shape[1]))
    if foreground.inputs.size:
        scored = score_products(system, foreground.inputs, factors, tolerance=tolerance).values
    return np.concatenate([scored, characterised(system, foreground.flows, factors)])


def sample(
    job: Sampling,
    iterations: int,
    seed: int,
    workers: Workers | None = None,
    *,
    block: int = BLOCK,
    cache: Cache | None = None,
    progress: Progress | None = None,
    receive: Receive | None = None,
) -> Sampled:
    """Run a job and add up its blocks.

    Parameters
    ----------
    receive
        Called with the samples of each block, shape (iterations, products, methods), if the job
        keeps them.
    job, iterations, seed, workers, block, cache, progress
        As for :func:`bw_tinyml.engine.blocks.run_blocks`.
    """
    total: Sampled | None = None
    for arrays in run_blocks(
        job, iterations, seed, workers, block=block, cache=cache, progress=progress
    ):
        samples = arrays.pop("samples", None)
        if samples is not None and receive is not None:
            receive(samples)
        bound, others = float(arrays.pop("bound", 0.0)), int(arrays.pop("others", 0))
        found = Statistics.of(job.sizes, arrays)
        if total is None:
            total = Sampled(found, bound, others)
            continue
        total.statistics.add(found)
        total.bound, total.others = max(total.bound, bound), total.others + others
    if total is None:
        raise UsageError(f"{iterations} iterations make no sense", "1 or more")
    return total
