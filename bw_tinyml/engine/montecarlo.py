"""Monte Carlo of any foreground, from its processed datapackages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine.arrays import System, load_system
from bw_tinyml.engine.background import TOLERANCE as SAMPLE_TOLERANCE
from bw_tinyml.engine.background import Background
from bw_tinyml.engine.blocks import BLOCK, Progress, Workers, run_blocks
from bw_tinyml.engine.cache import Cache
from bw_tinyml.engine.elements import Elements, load_elements
from bw_tinyml.engine.foreground import Foreground, characterised
from bw_tinyml.engine.jobs import ForegroundJob, Sampling, WholeJob, scales
from bw_tinyml.engine.packages import Source
from bw_tinyml.engine.scoring import score_products
from bw_tinyml.engine.solving import TOLERANCE
from bw_tinyml.engine.statistics import Statistics
from bw_tinyml.errors import UsageError

Receive = Callable[[np.ndarray], None]


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
    scale = scales(units)
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
