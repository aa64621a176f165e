"""Where a score comes from: by stage, component, process and elementary flow, and on what it rests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bw_tinyml.impact.model import Model
from bw_tinyml.impact.solving import Solver


def by_label(solver: Solver, node_id: int, amounts: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return the scores of one unit of a dataset by label of its exchanges.

    The label is the life-cycle stage of a system's exchange, or the component of a device's.

    Returns
    -------
    labels : list of str
    scores : numpy.ndarray
        Shape (samples, labels, indicators); sums over labels to the score of the dataset.
    """
    labels, demands, direct = solver.labelled_demands(node_id, amounts)
    if not labels:
        return [], direct
    return labels, solver.scores(amounts, solver.supply(amounts, demands)) + direct


def by_component(
    solver: Solver, node_id: int, amounts: np.ndarray, databases: Sequence[str]
) -> dict[tuple[str, str], np.ndarray]:
    """Return the scores of one unit of a dataset by stage and component.

    The inputs of the dataset that are datasets of the foreground are opened one level down.

    Parameters
    ----------
    solver, node_id, amounts
        As for :func:`by_label`; one sample.
    databases
        Databases whose datasets are opened.

    Returns
    -------
    dict
        Scores by (stage, component), each of shape (indicators,).
    """
    model = solver.model
    labels, totals = by_label(solver, node_id, amounts)
    found: dict[tuple[str, str], np.ndarray] = {}
    rest = dict(zip(labels, totals[0], strict=True))
    produced = sum(
        amounts[e, 0]
        for e, x in enumerate(model.exchanges)
        if x.column == node_id and x.row == node_id and x.kind == "technosphere"
    )
    for e, exchange in enumerate(model.exchanges):
        opened = (
            exchange.column == node_id
            and exchange.kind == "technosphere"
            and exchange.row in model.index
            and exchange.row != node_id
            and _database(model, exchange.row) in databases
        )
        if not opened:
            continue
        quantity = -exchange.sign * amounts[e, 0] / produced
        parts, scores = by_label(solver, exchange.row, amounts)
        for part, score in zip(parts, scores[0], strict=True):
            key = exchange.label, part
            found[key] = found.get(key, np.zeros(score.shape)) + quantity * score
            rest[exchange.label] = rest[exchange.label] - quantity * score
    for label, score in rest.items():
        if np.any(np.abs(score) > 1e-9 * np.abs(totals[0].sum(axis=0))):
            found[label, label] = found.get((label, label), np.zeros(score.shape)) + score
    return found


def _database(model: Model, node_id: int) -> str:
    return next(x.database for x in model.exchanges if x.column == node_id)


def by_process(solver: Solver, node_id: int, amounts: np.ndarray) -> pd.DataFrame:
    """Return the scores of one unit of a dataset by the process that causes them.

    Returns
    -------
    pandas.DataFrame
        Index: node ids; columns: indicators. Sums to the score.
    """
    supply = solver.supply(amounts, solver.demand(node_id))[0, :, 0]
    scores = solver.outer_contributions(amounts[:, 0], supply)
    frame = pd.DataFrame(scores, columns=[i.label for i in solver.indicators])
    columns = [solver.model.exchanges[e].column for e in solver.outer]
    return frame.groupby(np.array(columns)).sum()


def by_flow(solver: Solver, node_id: int, amounts: np.ndarray) -> pd.DataFrame:
    """Return the scores of one unit of a dataset by elementary flow (or static product).

    Returns
    -------
    pandas.DataFrame
        Index: node ids of flows; columns: indicators. Sums to the score.
    """
    supply = solver.supply(amounts, solver.demand(node_id))[0, :, 0]
    scores = solver.outer_contributions(amounts[:, 0], supply)
    frame = pd.DataFrame(scores, columns=[i.label for i in solver.indicators])
    rows = [solver.model.exchanges[e].row for e in solver.outer]
    return frame.groupby(np.array(rows)).sum()


def estimate_share(solver: Solver, node_id: int, amounts: np.ndarray) -> pd.DataFrame:
    """Return which share of a score rests on estimates and proxies.

    Two shares, because they answer two questions:

    * ``emission``: of the emission or resource itself, the amount is an estimate or proxy;
    * ``path``: at least one number between the dataset and the emission is.

    The second is found by taking away every exchange that is an estimate: what is left of the
    score rests on none.

    Returns
    -------
    pandas.DataFrame
        Index: indicators; columns: ``emission``, ``path``; shares from 0 to 1 (of the absolute
        contributions).
    """
    model = solver.model
    supply = solver.supply(amounts, solver.demand(node_id))[0, :, 0]
    parts = np.abs(solver.outer_contributions(amounts[:, 0], supply))
    estimates = np.array([model.exchanges[e].estimate for e in solver.outer])
    total = parts.sum(axis=0)
    solid = amounts.copy()
    for e, exchange in enumerate(model.exchanges):
        if exchange.estimate and not (exchange.row == exchange.column):
            solid[e] = 0.0
    left = np.abs(
        solver.outer_contributions(
            solid[:, 0], solver.supply(solid, solver.demand(node_id))[0, :, 0]
        )
    ).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        emission = np.where(total > 0, parts[estimates].sum(axis=0) / total, 0.0)
        path = np.where(total > 0, 1.0 - left / total, 0.0)
    return pd.DataFrame(
        {"emission": emission, "path": np.clip(path, 0.0, 1.0)},
        index=pd.Index([i.label for i in solver.indicators], name="indicator"),
    )
