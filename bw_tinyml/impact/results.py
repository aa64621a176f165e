"""Score and contributions of one dataset at stated values, with what makes them reproducible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bw_tinyml.arguments import finite, text, texts
from bw_tinyml.brightway.lookup import Node
from bw_tinyml.brightway.reading import NotReadable
from bw_tinyml.errors import UsageError
from bw_tinyml.impact import wording
from bw_tinyml.impact.largest import largest
from bw_tinyml.impact.methods import Indicator
from bw_tinyml.impact.quick import quick_scores
from bw_tinyml.showing import Shown

if TYPE_CHECKING:
    from bw_tinyml.impact.session import Session
    from bw_tinyml.impact.solving import Solver


@dataclass(repr=False)
class Result(Shown):
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
        Versions, background, parameters, seed; ``notes`` on unusual values of parameters.
    samples
        Sampled scores, for :func:`bw_tinyml.uncertainty`: rows iterations, columns indicators.
    """

    node: Node
    amount: float
    table: pd.DataFrame
    units: dict[str, str]
    methods: dict[str, list[str]]
    provenance: dict[str, Any]
    samples: pd.DataFrame

    def shown(self) -> tuple[str, pd.DataFrame]:
        """Return what was calculated, and the main table."""
        return self.title().strip(), self.table

    def title(self) -> str:
        """Return what was calculated, in one line."""
        return wording.title(self.node, self.amount)

    def footnote(self) -> str:
        """Return versions and background, in one line."""
        return wording.footnote(self.provenance)

    def as_dict(self, top: int | None = None) -> dict[str, Any]:
        """Return the result, ready for JSON; of contributions the largest, or all of them."""
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
                    **largest(self.table[label], top).as_dict(),
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


def prepare(
    name: str,
    project: str | None,
    location: str | None,
    family: str | Sequence[str],
    method: Sequence[str] | None,
) -> tuple[Session, Node, list[Indicator]]:
    """Open a project and find what is asked for; see :func:`score` for the parameters."""
    from bw_tinyml.impact.session import Session

    name = text(name, "the name of the dataset")
    session = Session(project)
    families = texts(family, "family")
    return session, session.find(name, location), session.indicators(families, method)


def with_parameters(
    session: Session,
    node: Node,
    indicators: Sequence[Indicator],
    parameters: Mapping[str, float] | None,
) -> tuple[Solver, np.ndarray]:
    """Return what solves for a dataset, and its amounts with given parameters.

    Returns
    -------
    solver
        Of a model of all that the dataset depends on.
    amounts : numpy.ndarray
        Shape (exchanges, 1).

    Raises
    ------
    UsageError
        A parameter is not known or its value is impossible, or with these parameters a link
        cannot carry the data or an amount is negative.
    """
    from bw_tinyml.impact.limits import refuse_overloaded
    from bw_tinyml.impact.model import load_model
    from bw_tinyml.impact.ranges import check_given
    from bw_tinyml.impact.remainders import stated_amounts
    from bw_tinyml.impact.solving import Solver

    model = load_model(session.databases, [node.id])
    check_given(model.parameters, parameters)
    refuse_overloaded(model, {node.identifier or node.name: node.id}, parameters)
    amounts = stated_amounts(model, parameters)[:, None]
    return Solver(model, indicators), amounts


def made(
    node: Node,
    indicators: Sequence[Indicator],
    table: pd.DataFrame,
    provenance: Mapping[str, Any],
    amount: float = 1.0,
    samples: pd.DataFrame | None = None,
) -> Result:
    """Return a result; see :class:`Result` for the parameters."""
    return Result(
        node=node,
        amount=amount,
        table=table,
        units={i.label: i.unit for i in indicators},
        methods={i.label: list(i.method) for i in indicators},
        provenance=dict(provenance),
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
        A number makes no sense, a parameter is not known, or with these parameters a link cannot
        carry the data.
    """
    amount = finite(amount, "amount")
    name = text(name, "the name of the dataset")
    if project is not None and not method and not parameters:
        with suppress(NotReadable):  # then bw2data must look at it
            return _quick(name, project, location, amount, family)
    session, node, indicators = prepare(name, project, location, family, method)
    record: dict[str, Any] = {"parameters": {}}
    if parameters:
        from bw_tinyml.impact.ranges import stated_record

        solver, amounts = with_parameters(session, node, indicators, parameters)
        scores = solver.scores(amounts, solver.supply(amounts, solver.demand(node.id)))[0, 0]
        record = stated_record(solver.model.parameters, parameters)
    else:
        from bw_tinyml.impact.scores import unit_scores

        scores = unit_scores(node.id, indicators).of(node.id)
    provenance = {**session.provenance(), **record}
    return made(node, indicators, _scored(indicators, scores * amount), provenance, amount)


def _quick(
    name: str, project: str, location: str | None, amount: float, family: str | Sequence[str]
) -> Result:
    """Score a dataset of a project that is only read."""
    families = texts(family, "family")
    found = quick_scores(name, project, location, families)
    table = _scored(found.indicators, found.values * amount)
    return made(found.node, found.indicators, table, found.provenance, amount)


def _scored(indicators: Sequence[Indicator], scores: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": [i.label for i in indicators],
            "score": scores,
            "unit": [i.unit for i in indicators],
        }
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
    from bw_tinyml.impact.ranges import stated_record

    session, node, indicators = prepare(name, project, location, family, method)
    solver, amounts = with_parameters(session, node, indicators, parameters)
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
    record = stated_record(solver.model.parameters, parameters)
    return made(node, indicators, table, {**session.provenance(), **record})


def _name(node_id: int) -> str:
    from bw2data import get_node

    node = get_node(id=node_id)
    place = node.get("location") or ", ".join(node.get("categories") or ())
    return f"{node['name']} [{place}]" if place else str(node["name"])
