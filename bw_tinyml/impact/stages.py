"""Which stage leads, and how sure that is: shares of stages in sampled scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bw_tinyml.arguments import MAX_SEED, count
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.contributions import by_label
from bw_tinyml.impact.model import load_model
from bw_tinyml.impact.ranges import check_given
from bw_tinyml.impact.remainders import stated_amounts
from bw_tinyml.impact.sampling import sample_amounts
from bw_tinyml.impact.session import Session
from bw_tinyml.impact.solving import Solver
from bw_tinyml.showing import Shown

QUANTILES = {"p05": 0.05, "median": 0.5, "p95": 0.95}


@dataclass(frozen=True, repr=False)
class Stages(Shown):
    """Shares of the stages of a dataset.

    Attributes
    ----------
    activity
        Identifier of the dataset.
    table
        One row per category and stage: ``share`` with the numbers of the tables, ``p05``,
        ``median`` and ``p95`` of the sampled shares, and ``leads``, the share of samples in which
        the stage is the largest.
    iterations
        Number of samples.
    """

    activity: str
    table: pd.DataFrame
    iterations: int

    def shown(self) -> tuple[str, pd.DataFrame]:
        """Return what was calculated, and the main table."""
        return f"{self.activity}: shares of stages, {self.iterations} samples", self.table


def stages(
    name: str,
    *,
    project: str | None = None,
    location: str | None = None,
    families: Sequence[str] | None = None,
    parameters: Mapping[str, float] | None = None,
    iterations: int = 500,
    seed: int = 42,
    folder: Path | str | None = None,
) -> Stages:
    """Return the shares of the stages of a dataset with their intervals.

    Shares are taken within each sample, so that what stages have in common cancels.

    Parameters
    ----------
    name
        Activity name, identifier or code.
    project, location, families, parameters, folder
        As for :func:`bw_tinyml.impact.results.score`.
    iterations, seed
        Of the Monte Carlo samples.

    Raises
    ------
    UsageError
        The number of iterations or the value of a parameter makes no sense.
    """
    iterations = count(iterations, "iterations", 2, 100_000)
    seed = count(seed, "seed", 0, MAX_SEED)
    session = Session(project, folder)
    indicators = session.indicators(families)
    node = session.find(name, location)
    model = load_model(session.databases, [node.id])
    solver = Solver(model, indicators)
    given = dict(parameters or {})
    check_given(model.parameters, given)
    labels, point = by_label(solver, node.id, stated_amounts(model, given)[:, None])
    if not labels:
        raise UsageError(f"'{name}' has no exchanges to split", "name a system or a device")
    blocks = [
        by_label(solver, node.id, block)[1]
        for block in sample_amounts(model, iterations, seed, given)
    ]
    samples = np.concatenate(blocks)
    shares, share = _shares(samples), _shares(point)[0]
    leads = _leads(samples)
    rows = [
        {
            "category": indicator.label,
            "stage": label,
            "share": share[k, j],
            **{q: np.quantile(shares[:, k, j], p) for q, p in QUANTILES.items()},
            "leads": float(leads[k, j]),
        }
        for j, indicator in enumerate(indicators)
        for k, label in enumerate(labels)
    ]
    return Stages(node.identifier, pd.DataFrame(rows), iterations)


def _shares(scores: np.ndarray) -> np.ndarray:
    """Shares of the second axis in its sum; 0 where nothing scores in a category."""
    totals = scores.sum(axis=1, keepdims=True)
    return np.divide(scores, totals, out=np.zeros_like(scores), where=totals != 0)


def _leads(samples: np.ndarray) -> np.ndarray:
    """Share of the samples in which a stage is the largest, shape (stages, indicators)."""
    largest = (samples == samples.max(axis=1, keepdims=True)) & (samples != 0)
    leads: np.ndarray = largest.mean(axis=0)
    return leads
