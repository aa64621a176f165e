"""Samples of the score of one dataset, and what they show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from bw_tinyml.arguments import MAX_SEED, count
from bw_tinyml.impact.results import Result, made, prepare, with_parameters

Progress = Callable[[str, int, int], None]


def uncertainty(
    name: str,
    *,
    project: str | None = None,
    location: str | None = None,
    family: str | Sequence[str] = "EF v3.1",
    method: Sequence[str] | None = None,
    parameters: Mapping[str, float] | None = None,
    iterations: int = 1000,
    seed: int = 42,
    background_samples: int = 0,
    workers: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Sample the score of one unit of a dataset.

    Parameters, exchanges of the foreground and exchanges of the open background are sampled
    jointly and independently of each other.

    Parameters
    ----------
    iterations, seed
        Number and seed of the samples.
    background_samples
        Draws of a background other than the open one, such as ecoinvent, in which samples take
        turns; 0 keeps it at its stated numbers.
    workers
        Number of processes; the samples do not depend on it.
    scheduler
        Address of a scheduler of ``dask.distributed``, whose workers are taken instead.
    resume
        Keep finished blocks on disk, and go on after those that are there.
    progress
        Called with a title, a count and a total.
    name, project, location, family, method, parameters
        As for :func:`bw_tinyml.score`.

    Returns
    -------
    Result
        ``table`` has the columns ``label``, ``score`` (deterministic), ``median``, ``p05``,
        ``p95``, ``gsd`` (of the positive samples) and ``unit``; ``samples`` all scores.

    Raises
    ------
    UsageError
        A number or a name makes no sense.
    """
    from bw_tinyml.engine.blocks import Workers, run_blocks
    from bw_tinyml.engine.cache import Cache, default_folder
    from bw_tinyml.impact.ranges import stated_record
    from bw_tinyml.impact.sampled_scores import SampledScores, static_draws
    from bw_tinyml.impact.sampling import BLOCK

    iterations = count(iterations, "iterations", 2, 1_000_000)
    seed = count(seed, "seed", 0, MAX_SEED)
    session, node, indicators = prepare(name, project, location, family, method)
    solver, point = with_parameters(session, node, indicators, parameters)
    scores = solver.scores(point, solver.supply(point, solver.demand(node.id)))[0, 0]
    draws = static_draws(solver, node.id, indicators, background_samples)
    blocks = run_blocks(
        SampledScores(solver, node.id, dict(parameters or {}), draws),
        iterations,
        seed,
        Workers(workers, scheduler),
        block=BLOCK,
        cache=Cache(default_folder()) if resume else None,
        progress=progress,
    )
    samples = np.concatenate([block["scores"] for block in blocks])
    low, median, high = np.quantile(samples, (0.05, 0.5, 0.95), axis=0)
    labels = [i.label for i in indicators]
    frame = pd.DataFrame(samples, columns=labels)
    gsd = np.exp(np.log(frame.where(frame > 0)).std(ddof=0)).to_numpy()
    table = pd.DataFrame(
        {
            "label": labels,
            "score": scores,
            "median": median,
            "p05": low,
            "p95": high,
            "gsd": gsd,
            "unit": [i.unit for i in indicators],
        }
    )
    provenance = {
        **session.provenance(),
        "iterations": iterations,
        "seed": seed,
        **stated_record(solver.model.parameters, parameters),
        **({"background_samples": background_samples} if background_samples else {}),
    }
    return made(node, indicators, table, provenance, samples=frame)
