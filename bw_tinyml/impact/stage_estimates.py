"""Shares of the stages in a score, and how much of each stage rests on estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bw_tinyml.errors import UsageError
from bw_tinyml.impact.model import load_model
from bw_tinyml.impact.session import Session
from bw_tinyml.impact.solving import Solver


def stage_estimates(solver: Solver, node_id: int, amounts: np.ndarray) -> pd.DataFrame:
    """Return what the stages of a dataset add to its score, and what that rests on.

    The same two shares as :func:`bw_tinyml.impact.contributions.estimate_share`, by stage:
    ``emission`` where the emission or resource itself is an estimate or proxy, ``path`` where at
    least one number between the dataset and the emission is.

    Parameters
    ----------
    solver, node_id
        The dataset in its model.
    amounts
        Amounts of the exchanges, shape (exchanges, 1).

    Returns
    -------
    pandas.DataFrame
        Index (stage, indicator); columns ``score``, ``share`` (of the score of the dataset),
        ``emission`` and ``path`` (of the absolute contributions of the stage).
    """
    stages, demands, direct = solver.labelled_demands(node_id, amounts)
    if not stages:
        raise UsageError("the dataset has no exchanges to split", "name a system or a device")
    supply = solver.supply(amounts, demands)
    score = (solver.scores(amounts, supply) + direct)[0]
    estimates = np.array([solver.model.exchanges[e].estimate for e in solver.outer])
    parts = [np.abs(solver.outer_contributions(amounts[:, 0], x)) for x in supply[0].T]
    own, own_estimates = _own_flows(solver, node_id, amounts, stages)
    total = np.array([p.sum(axis=0) for p in parts]) + own
    estimated = np.array([p[estimates].sum(axis=0) for p in parts]) + own_estimates
    left = _without_estimates(solver, node_id, amounts, stages)
    whole = score.sum(axis=0)
    index = pd.MultiIndex.from_product(
        [stages, [i.label for i in solver.indicators]], names=["stage", "indicator"]
    )
    return pd.DataFrame(
        {
            "score": score.ravel(),
            "share": _ratio(score, np.broadcast_to(whole, score.shape)).ravel(),
            "emission": _ratio(estimated, total).ravel(),
            "path": np.clip(_ratio(total - left, total), 0.0, 1.0).ravel(),
        },
        index=index,
    )


def scored_stages(
    name: str,
    *,
    project: str | None = None,
    location: str | None = None,
    families: Sequence[str] | None = None,
    method: Sequence[str] | None = None,
    parameters: Mapping[str, float] | None = None,
    folder: Path | str | None = None,
) -> pd.DataFrame:
    """Return :func:`stage_estimates` of a dataset of a project.

    Parameters
    ----------
    name, project, location, families, method, parameters, folder
        As for :func:`bw_tinyml.impact.results.score`.
    """
    session = Session(project, folder)
    node = session.find(name, location)
    model = load_model(session.databases, [node.id])
    solver = Solver(model, session.indicators(families, method))
    amounts = np.array([float(a) for a in model.amounts(dict(parameters or {}))])[:, None]
    return stage_estimates(solver, node.id, amounts)


def _own_flows(
    solver: Solver, node_id: int, amounts: np.ndarray, stages: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Absolute contributions of the dataset's own flows by stage: all, and those estimated."""
    shape = (len(stages), len(solver.indicators))
    total, estimated = np.zeros(shape), np.zeros(shape)
    own = [(e, x) for e, x in enumerate(solver.model.exchanges) if x.column == node_id]
    produced = sum(amounts[e, 0] for e, _ in own if solver.is_reference(e))
    for e, exchange in own:
        if e in solver.outer_row:
            part = np.abs(amounts[e, 0] / produced * solver.unit_score(e))
            total[stages.index(exchange.label)] += part
            if exchange.estimate:
                estimated[stages.index(exchange.label)] += part
    return total, estimated


def _without_estimates(
    solver: Solver, node_id: int, amounts: np.ndarray, stages: Sequence[str]
) -> np.ndarray:
    """Absolute contributions that are left when every exchange that is an estimate is gone."""
    solid = amounts.copy()
    for e, exchange in enumerate(solver.model.exchanges):
        if exchange.estimate and not solver.is_reference(e):
            solid[e] = 0.0
    _, demands, _ = solver.labelled_demands(node_id, solid)
    supply = solver.supply(solid, demands)[0]
    left = np.array(
        [np.abs(solver.outer_contributions(solid[:, 0], x)).sum(axis=0) for x in supply.T]
    )
    own: np.ndarray = _own_flows(solver, node_id, solid, stages)[0]
    return left + own


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part over whole; 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole != 0)
