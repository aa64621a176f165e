"""Where a score comes from: by stage, component, process and flow, and on what it rests."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bw_tinyml.impact.rows import ExchangeRow
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
    solver: Solver, node_id: int, amounts: np.ndarray
) -> dict[tuple[str, str], np.ndarray]:
    """Return the scores of one unit of a dataset by stage and component.

    The stage is the label of the dataset's exchange. Inputs that are assemblies are opened, down to
    parts that are not; these are components, called by their label. Any other input is a
    component of its own, called by its product.

    Parameters
    ----------
    solver, node_id, amounts
        As for :func:`by_label`; one sample.

    Returns
    -------
    dict
        Scores by (stage, component), each of shape (indicators,). Sums to the score.
    """
    found: dict[tuple[str, str], np.ndarray] = {}
    unit_scores = solver.product_scores(amounts[:, 0])

    def walk(dataset: int, quantity: float, stage: str) -> None:
        for e, exchange, per_unit in _inputs(solver, dataset, amounts):
            here = stage or exchange.label
            amount = quantity * per_unit
            if exchange.row in solver.model.assemblies and exchange.kind == "technosphere":
                walk(exchange.row, amount, here)
                continue
            inner = solver.model.index.get(exchange.row) if e not in solver.outer_row else None
            unit = unit_scores[inner] if inner is not None else solver.unit_score(e)
            name = exchange.label if stage else solver.model.products.get(exchange.row, here)
            found[here, name] = found.get((here, name), 0.0) + amount * unit

    walk(node_id, 1.0, "")
    return found


def _inputs(
    solver: Solver, dataset: int, amounts: np.ndarray
) -> Iterator[tuple[int, ExchangeRow, float]]:
    """Iterate over the inputs and flows of a dataset, with amounts per unit of its product."""
    own = [(e, x) for e, x in enumerate(solver.model.exchanges) if x.column == dataset]
    produced = sum(amounts[e, 0] for e, x in own if solver.is_reference(e))
    for e, exchange in own:
        if not solver.is_reference(e):
            sign = 1.0 if e in solver.outer_row else -exchange.sign
            yield e, exchange, sign * amounts[e, 0] / produced


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
        if exchange.estimate and exchange.row != exchange.column:
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
