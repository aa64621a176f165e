"""Monte Carlo of any foreground, from its processed datapackages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bw_tinyml.engine.arrays import System, load_system
from bw_tinyml.engine.blocks import BLOCK, Job, Progress, Workers, array_digest, run_blocks
from bw_tinyml.engine.cache import CODE, Arrays, Cache
from bw_tinyml.engine.elements import load_elements
from bw_tinyml.engine.foreground import Foreground, characterised
from bw_tinyml.engine.packages import Source
from bw_tinyml.engine.philox import TILE, block_key
from bw_tinyml.engine.scoring import score_products
from bw_tinyml.engine.solving import TOLERANCE
from bw_tinyml.engine.statistics import Collector, Statistics, beside
from bw_tinyml.errors import UsageError

if TYPE_CHECKING:
    import scipy.sparse as sp

#: methods that are calculated together; their random numbers are the same
METHODS = 64
#: samples that are calculated together
CHUNK = 2 * TILE
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
        # Methods differ by many powers of ten; single precision then does for all.
        largest = np.abs(self.units).max(axis=0, initial=0.0)
        self.scale = np.where(largest > 0, largest, 1.0)
        self._scaled = (self.units / self.scale).astype(np.float32)[:, :, None]
        self._size = self.foreground.gross(self.units / self.scale)

    @property
    def sizes(self) -> np.ndarray:
        """Typical sizes by which samples are divided, shape (products, methods)."""
        return self._size * self.scale

    def block(self, seed: int, number: int, size: int) -> Arrays:
        """Return statistics, and the samples where they are kept, of a block."""
        key = block_key(seed, number)
        methods = self.units.shape[1]
        parts, samples = [], []
        for first in range(0, methods, METHODS):
            some = slice(first, first + METHODS)
            units = np.ascontiguousarray(self._scaled[:, some])
            collector = Collector(self._size[:, some])
            kept = []
            for start in range(0, size, CHUNK):
                drawn = self.foreground.draws.drawn(key, start, CHUNK)
                scores = self.foreground.scores(drawn, units)
                scores = self.foreground.asked(scores, units)
                scores = scores[:, :, : min(CHUNK, size - start)]
                collector.take(scores)
                if self.keep:
                    kept.append(scores)
            parts.append(collector.statistics())
            if self.keep:
                samples.append(np.concatenate(kept, axis=2))
        found = beside(parts).arrays()
        if self.keep:
            values = np.concatenate(samples, axis=1) * self.scale[:, None]
            found["samples"] = values.transpose(2, 0, 1)
        return found

    def digest(self) -> str:
        """Return a hash of what blocks depend on."""
        return array_digest(CODE, "foreground", self.keep, self.units, *self.foreground.arrays())


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
    system = load_system(sources)
    factors = system.factors(tables)
    foreground = Foreground(
        system,
        products,
        load_elements(sources, "technosphere_matrix"),
        load_elements(sources, "biosphere_matrix"),
        packages,
    )
    return ForegroundJob(foreground, static_units(system, foreground, factors), keep)


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
) -> Statistics:
    """Run a job and add up its blocks.

    Parameters
    ----------
    receive
        Called with the samples of each block, shape (iterations, products, methods), if the job
        keeps them.
    job, iterations, seed, workers, block, cache, progress
        As for :func:`bw_tinyml.engine.blocks.run_blocks`.
    """
    total: Statistics | None = None
    for arrays in run_blocks(
        job, iterations, seed, workers, block=block, cache=cache, progress=progress
    ):
        samples = arrays.pop("samples", None)
        if samples is not None and receive is not None:
            receive(samples)
        found = Statistics.of(job.sizes, arrays)
        if total is None:
            total = found
        else:
            total.add(found)
    if total is None:
        raise UsageError(f"{iterations} iterations make no sense", "1 or more")
    return total
