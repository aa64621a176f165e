"""What a system takes, one level deep, and how an uploaded bill replaces its hardware."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bw_tinyml.app.live import View
from bw_tinyml.devices.scoring import BomMatches
from bw_tinyml.errors import ProjectError

Scope = Literal["board", "device"]


@dataclass(frozen=True)
class Part:
    """One input or flow of a system.

    Attributes
    ----------
    stage
        Life-cycle stage.
    name
        What it is, for people.
    product
        Node id of a dataset; None for a flow or a product of another background.
    exchange
        Exchange of the model where ``product`` is None.
    amount
        How much of it, shape (columns,) or ().
    estimate
        Whether the amount is an estimate.
    """

    stage: str
    name: str
    product: int | None
    exchange: int | None
    amount: Any
    estimate: bool


def inputs(view: View, node_id: int, amount: Any = 1.0, stage: str = "") -> list[Part]:
    """Return what an amount of a dataset takes.

    Parameters
    ----------
    view
        Current amounts.
    node_id
        The dataset.
    amount
        How much of its product.
    stage
        Stage of all parts; by default that of each exchange.
    """
    live = view.live
    own = live.own(node_id)
    produced = sum(view.amount(e) for e in own if live.solver.is_reference(e))
    found = []
    for e in own:
        if live.solver.is_reference(e):
            continue
        exchange = live.model.exchanges[e]
        per_unit = amount * view.amount(e) / produced
        is_flow = e in live.solver.outer_row
        found.append(
            Part(
                stage=stage or exchange.label,
                name=exchange.label,
                product=None if is_flow else exchange.row,
                exchange=e if is_flow else None,
                amount=per_unit if is_flow else -exchange.sign * per_unit,
                estimate=exchange.estimate,
            )
        )
    return found


def with_bill(
    view: View, parts: Sequence[Part], bill: BomMatches, nodes: Mapping[str, int], scope: Scope
) -> list[Part]:
    """Return the parts of a system whose hardware is that of a bill of materials.

    Parameters
    ----------
    view
        Current amounts.
    parts
        Of the system.
    bill
        Lines and datasets.
    nodes
        Node ids of datasets by identifier.
    scope
        ``board``: the bill replaces the populated board; casing and final assembly of the system
        stay. ``device``: it replaces the whole device.

    Raises
    ------
    ProjectError
        The system has no device, or the project lacks a dataset of the bill.
    """
    assemblies = view.live.model.assemblies
    devices = [part for part in parts if part.product in assemblies]
    if not devices:
        raise ProjectError(
            "this system has no device that a bill of materials can replace",
            "choose another device",
        )
    kept = [part for part in parts if part not in devices]
    if scope == "board":
        for device in devices:
            assert device.product is not None
            content = inputs(view, device.product, device.amount, device.stage)
            boards = [part for part in content if part.product in assemblies]
            kept += [part for part in content if part not in boards]
    return _lines(bill, nodes, devices[0].stage) + kept


def _lines(bill: BomMatches, nodes: Mapping[str, int], stage: str) -> list[Part]:
    found = []
    for match in bill.matches:
        for demand in match.demands:
            if demand.dataset not in nodes:
                raise ProjectError(
                    f"no dataset of the foreground is, or takes, '{demand.dataset}'",
                    "bw-tinyml bom scores a bill with it; or the project holds another version of "
                    "the tables (bw-tinyml install --replace)",
                )
            estimate = match.status == "estimated"
            node = nodes[demand.dataset]
            found.append(Part(stage, match.line.name, node, None, demand.amount, estimate))
    return found


def scores(view: View, part: Part) -> np.ndarray:
    """Return the scores of a part, shape (columns, indicators)."""
    amount = np.broadcast_to(np.asarray(part.amount, dtype=float), view.columns)[:, None]
    if part.product is None:
        assert part.exchange is not None
        unit = view.live.solver.unit_score(part.exchange)[None]
    else:
        unit = view.unit_scores(part.product)
    result: np.ndarray = amount * unit
    return result


def by_stage(view: View, parts: Iterable[Part]) -> dict[str, np.ndarray]:
    """Return the scores of parts by life-cycle stage, each of shape (columns, indicators)."""
    found: dict[str, np.ndarray] = {}
    for part in parts:
        found[part.stage] = found.get(part.stage, 0.0) + scores(view, part)
    return found
