"""Scores, contributions and uncertainty of one dataset, with what makes them reproducible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bw_tinyml.brightway.lookup import Node
from bw_tinyml.brightway.reading import NotReadable
from bw_tinyml.errors import UsageError
from bw_tinyml.impact import wording
from bw_tinyml.impact.methods import Indicator
from bw_tinyml.impact.quick import quick_scores

if TYPE_CHECKING:
    from bw_tinyml.impact.session import Session

Progress = Callable[[str, int, int], None]


@dataclass
class Result:
    """A table about one dataset, with named columns and units.

    Attributes
    ----------
    node
        The dataset.
    amount
        How much of its product.
    table
        The numbers; see the function that made the result.
    units
        Unit by indicator label.
    methods
        Brightway method by indicator label.
    provenance
        Versions, background, parameters, seed.
    samples
        Sampled scores, for :func:`uncertainty`: rows iterations, columns indicators.
    """

    node: Node
    amount: float
    table: pd.DataFrame
    units: dict[str, str]
    methods: dict[str, list[str]]
    provenance: dict[str, Any]
    samples: pd.DataFrame

    def title(self) -> str:
        """Return what was calculated, in one line."""
        return wording.title(self.node, self.amount)

    def footnote(self) -> str:
        """Return versions and background, in one line."""
        return wording.footnote(self.provenance)

    def as_dict(self) -> dict[str, Any]:
        """Return the result, ready for JSON."""
        if "score" in self.table:
            scores: list[dict[str, Any]] = [
                {
                    "method": self.methods[row["label"]],
                    **{k: v if isinstance(v, str) else float(v) for k, v in row.items()},
                }
                for row in self.table.to_dict("records")
            ]
        else:
            scores = [
                {
                    "method": self.methods[label],
                    "label": label,
                    "unit": unit,
                    "contributions": [
                        {"name": list(i) if isinstance(i, tuple) else i, "score": float(v)}
                        for i, v in self.table[label].items()
                    ],
                }
                for label, unit in self.units.items()
            ]
        return {
            "activity": self.node.as_dict(),
            "amount": self.amount,
            "unit": self.node.unit,
            "scores": scores,
            **self.provenance,
        }


def _prepare(
    name: str,
    project: str | None,
    location: str | None,
    family: str | Sequence[str],
    method: Sequence[str] | None,
) -> tuple[Session, Node, list[Indicator]]:
    from bw_tinyml.impact.session import Session

    session = Session(project)
    families = [family] if isinstance(family, str) else list(family)
    return session, session.find(name, location), session.indicators(families, method)


def _result(
    session: Session,
    node: Node,
    indicators: Sequence[Indicator],
    table: pd.DataFrame,
    amount: float = 1.0,
    samples: pd.DataFrame | None = None,
    **provenance: Any,
) -> Result:
    return Result(
        node=node,
        amount=amount,
        table=table,
        units={i.label: i.unit for i in indicators},
        methods={i.label: list(i.method) for i in indicators},
        provenance={**session.provenance(), **provenance},
        samples=pd.DataFrame() if samples is None else samples,
    )


def score(
    name: str,
    *,
    project: str | None = None,
    location: str | None = None,
    amount: float = 1.0,
    family: str | Sequence[str] = "EF v3.1",
    method: Sequence[str] | None = None,
    parameters: Mapping[str, float] | None = None,
) -> Result:
    """Score a dataset.

    Without parameters, the numbers are those of ``bw2calc.LCA`` on the project's processed arrays
    (single precision); with parameters, formulas are evaluated anew in double precision.

    Parameters
    ----------
    name
        Activity name, product, identifier or code.
    project
        Brightway project; None for the current one.
    location
        Location code, where the name alone is not enough.
    amount
        How much of the product.
    family
        Family or families of LCIA methods.
    method
        One LCIA method instead, by the parts of its name.
    parameters
        Values of database parameters, instead of those of the project.

    Returns
    -------
    Result
        ``table`` has the columns ``label``, ``score``, ``unit``.

    Raises
    ------
    NotFoundError, AmbiguousError
        The dataset, family or method cannot be told.
    UsageError
        A parameter is not known, or with these parameters a link cannot carry the data.
    """
    if project is not None and not method and not parameters:
        with suppress(NotReadable):  # then bw2data must look at it
            return _quick(name, project, location, amount, family)
    session, node, indicators = _prepare(name, project, location, family, method)
    if parameters:
        from bw_tinyml.impact.limits import refuse_overloaded
        from bw_tinyml.impact.model import load_model
        from bw_tinyml.impact.solving import Solver

        model = load_model(session.databases, [node.id])
        refuse_overloaded(model, {node.identifier or node.name: node.id}, parameters)
        solver = Solver(model, indicators)
        amounts = np.array(model.amounts(parameters), dtype=float)[:, None]
        scores = solver.scores(amounts, solver.supply(amounts, solver.demand(node.id)))[0, 0]
    else:
        from bw_tinyml.impact.scores import unit_scores

        scores = unit_scores(node.id, indicators).of(node.id)
    table = pd.DataFrame(
        {
            "label": [i.label for i in indicators],
            "score": scores * amount,
            "unit": [i.unit for i in indicators],
        }
    )
    return _result(session, node, indicators, table, amount, parameters=dict(parameters or {}))


def _quick(
    name: str, project: str, location: str | None, amount: float, family: str | Sequence[str]
) -> Result:
    """Score a dataset of a project that is only read."""
    families = [family] if isinstance(family, str) else list(family)
    found = quick_scores(name, project, location, families)
    table = pd.DataFrame(
        {
            "label": [i.label for i in found.indicators],
            "score": found.values * amount,
            "unit": [i.unit for i in found.indicators],
        }
    )
    return Result(
        node=found.node,
        amount=amount,
        table=table,
        units={i.label: i.unit for i in found.indicators},
        methods={i.label: list(i.method) for i in found.indicators},
        provenance=found.provenance,
        samples=pd.DataFrame(),
    )


def contributions(
    name: str,
    *,
    by: str = "stage",
    project: str | None = None,
    location: str | None = None,
    family: str | Sequence[str] = "EF v3.1",
    method: Sequence[str] | None = None,
    parameters: Mapping[str, float] | None = None,
) -> Result:
    """Split the score of one unit of a dataset.

    Parameters
    ----------
    by
        ``stage`` (labels of the dataset's own exchanges), ``component`` (one level deeper),
        ``process`` or ``flow``.
    name, project, location, family, method, parameters
        As for :func:`score`.

    Returns
    -------
    Result
        ``table``: index what the score is split by, columns indicators.

    Raises
    ------
    UsageError
        ``by`` is not known.
    """
    from bw_tinyml.impact import contributions as split
    from bw_tinyml.impact.limits import refuse_overloaded
    from bw_tinyml.impact.model import load_model
    from bw_tinyml.impact.solving import Solver

    session, node, indicators = _prepare(name, project, location, family, method)
    model = load_model(session.databases, [node.id])
    refuse_overloaded(model, {node.identifier or node.name: node.id}, parameters)
    solver = Solver(model, indicators)
    amounts = np.array(model.amounts(parameters), dtype=float)[:, None]
    columns = [i.label for i in indicators]
    if by == "stage":
        labels, scores = split.by_label(solver, node.id, amounts)
        table = pd.DataFrame(scores[0], index=labels, columns=columns)
    elif by == "component":
        parts = split.by_component(solver, node.id, amounts)
        table = pd.DataFrame(
            list(parts.values()), index=pd.MultiIndex.from_tuples(parts), columns=columns
        )
    elif by == "process":
        table = split.by_process(solver, node.id, amounts)
        table.index = pd.Index([_name(i) for i in table.index])
    elif by == "flow":
        table = split.by_flow(solver, node.id, amounts)
        table.index = pd.Index([_name(i) for i in table.index])
    else:
        raise UsageError(f"'{by}' is not known", "split by stage, component, process or flow")
    return _result(session, node, indicators, table, parameters=dict(parameters or {}))


def _name(node_id: int) -> str:
    from bw2data import get_node

    node = get_node(id=node_id)
    place = node.get("location") or ", ".join(node.get("categories") or ())
    return f"{node['name']} [{place}]" if place else str(node["name"])


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
        As for :func:`score`.

    Returns
    -------
    Result
        ``table`` has the columns ``label``, ``score`` (deterministic), ``median``, ``p05``,
        ``p95``, ``gsd`` (of the positive samples) and ``unit``; ``samples`` all scores.

    Raises
    ------
    UsageError
        The number of iterations makes no sense.
    """
    from bw_tinyml.engine.blocks import Workers, run_blocks
    from bw_tinyml.engine.cache import Cache, default_folder
    from bw_tinyml.impact.limits import refuse_overloaded
    from bw_tinyml.impact.model import load_model
    from bw_tinyml.impact.sampled_scores import SampledScores, static_draws
    from bw_tinyml.impact.sampling import BLOCK
    from bw_tinyml.impact.solving import Solver

    if not 2 <= iterations <= 1_000_000:
        raise UsageError(f"{iterations} iterations make no sense", "use 2 to 1000000")
    session, node, indicators = _prepare(name, project, location, family, method)
    model = load_model(session.databases, [node.id])
    refuse_overloaded(model, {node.identifier or node.name: node.id}, parameters)
    solver = Solver(model, indicators)
    point = np.array(model.amounts(parameters), dtype=float)[:, None]
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
    return _result(
        session,
        node,
        indicators,
        table,
        samples=frame,
        iterations=iterations,
        seed=seed,
        parameters=dict(parameters or {}),
        **({"background_samples": background_samples} if background_samples else {}),
    )
