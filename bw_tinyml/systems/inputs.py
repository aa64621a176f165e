"""The uncertain numbers of a comparison, and which of them can decide it.

Thousands of numbers are uncertain and some dozen matter. The change of a score by a change of
amounts is, to first order,

    d score = sum_e x_column(e) w_e da_e,    w_e = q_e outside, -sign_e lambda_row(e) within,

with ``x`` the supply for the system and ``lambda`` the unit scores: one solve each. The changes of
the amounts are exact, through all formulas. What leads by it is then calculated exactly; see
:mod:`bw_tinyml.systems.sensitivity`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.engine.elements import LOGNORMAL, NORMAL
from bw_tinyml.systems.case import Case

RANGE = (0.05, 0.95)
PARAMETER, EXCHANGE = "parameter", "exchange"
#: parameters whose amounts are evaluated at a time
_BLOCK = 128


@dataclass(frozen=True)
class Input:
    """An uncertain number.

    Attributes
    ----------
    kind
        ``parameter``, or ``exchange`` with an uncertainty of its own.
    key
        Name of the parameter, or place of the exchange in the model.
    value
        As stated.
    low, high
        5th and 95th percentile of its distribution.
    distribution
        Fields of stats_arrays.
    """

    kind: str
    key: str | int
    value: float
    low: float
    high: float
    distribution: Mapping[str, Any]
    estimate: bool
    unit: str = ""
    name: str = ""


def quantiles(distributions: Sequence[Mapping[str, Any]], shares: np.ndarray) -> np.ndarray:
    """Return the values below which given shares of distributions lie.

    Parameters
    ----------
    distributions
        Fields of stats_arrays.
    shares
        Shares from 0 to 1, shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (distributions, n).
    """
    from stats_arrays import UncertaintyBase, uncertainty_choices

    found = np.empty((len(distributions), len(shares)))
    kinds = np.array([int(d["uncertainty_type"]) for d in distributions])
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        # sorted: stats_arrays counts the shares of negative lognormal numbers from the other end
        for part in np.array_split(rows, max(1, len(rows) // 1000)):
            array = UncertaintyBase.from_dicts(*(dict(distributions[i]) for i in part))
            of_uncut = _shares_of_uncut(array, shares)
            if len(shares) > len(part):
                found[part] = uncertainty_choices[kind].ppf(array, of_uncut)
            else:
                for k in range(len(shares)):
                    column = of_uncut[:, [k]]
                    found[part, k] = uncertainty_choices[kind].ppf(array, column).ravel()
    return found


def _shares_of_uncut(array: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return shares, shape (distributions, n), of which stats_arrays knows no cut at the ends.

    Its quantiles of a lognormal or normal within bounds are those without them. Its samples keep
    to the bounds, as ours do.
    """
    kind, loc, scale = array["uncertainty_type"], array["loc"], array["scale"]
    ends = []
    for name, beyond in (("minimum", 0.0), ("maximum", 1.0)):
        bound = array[name].astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = np.where(kind == LOGNORMAL, np.log(np.maximum(bound, 0.0)), bound)
            below = ndtr((at - loc) / scale)
        cut = np.isin(kind, (LOGNORMAL, NORMAL)) & np.isfinite(bound) & ~array["negative"]
        ends.append(np.where(cut, below, beyond)[:, None])
    of_uncut: np.ndarray = ends[0] + shares * (ends[1] - ends[0])
    return of_uncut


def uncertain_inputs(case: Case, given: Mapping[str, float]) -> list[Input]:
    """Return the uncertain numbers that the systems depend on and that are not given."""
    evaluation, model = case.paired.evaluation, case.solver.model
    rows: list[tuple[str, str | int, float, Mapping[str, Any], bool, str]] = []
    for database, parameters in model.parameters.items():
        for name, distribution in evaluation.uncertain(given, [database]).items():
            found = parameters[name]
            value = evaluation.value(name)
            rows.append((PARAMETER, name, value, distribution, found.estimate, found.unit))
    rows += [
        (EXCHANGE, e, x.amount, x.distribution, x.estimate, "")
        for e, x in enumerate(model.exchanges)
        if x.distribution
    ]
    bounds = np.sort(quantiles([row[3] for row in rows], np.array(RANGE)), axis=1)
    return [
        Input(kind, key, value, float(low), float(high), distribution, estimate, unit)
        for (kind, key, value, distribution, estimate, unit), (low, high) in zip(
            rows, bounds, strict=True
        )
    ]


def screen(
    case: Case, inputs: Sequence[Input], given: Mapping[str, float], column: int
) -> np.ndarray:
    """Return the change of the scores from the low to the high end of each number, first order.

    Parameters
    ----------
    case
        Its systems.
    inputs
        The numbers.
    given
        Values of parameters.
    column
        Place of the category among the indicators.

    Returns
    -------
    numpy.ndarray
        Shape (inputs, systems).
    """
    amounts = case.paired.evaluation.amounts(given)
    slopes = _slopes(case, np.array([float(a) for a in amounts]), column)
    changes = np.zeros((len(inputs), len(case.ids)))
    parameters = []
    for i, found in enumerate(inputs):
        if found.kind == EXCHANGE:
            changes[i] = slopes[int(found.key)] * (found.high - found.low)
        else:
            parameters.append(i)
    for start in range(0, len(parameters), _BLOCK):
        block = parameters[start : start + _BLOCK]
        values, _ = columns([inputs[i] for i in block])
        moved = case.paired.evaluation.amounts({**given, **values})
        for e, amount in enumerate(moved):
            if np.ndim(amount):
                changes[block] += (amount[1::2] - amount[::2])[:, None] * slopes[e]
    return changes


def columns(inputs: Sequence[Input]) -> tuple[dict[str, np.ndarray], dict[int, np.ndarray]]:
    """Return values of parameters and amounts of exchanges with one input low, then high, each."""
    values: dict[str, np.ndarray] = {}
    amounts: dict[int, np.ndarray] = {}
    for k, found in enumerate(inputs):
        column = np.full(2 * len(inputs), found.value)
        column[2 * k : 2 * k + 2] = found.low, found.high
        if found.kind == PARAMETER:
            values[str(found.key)] = column
        else:
            amounts[int(found.key)] = column
    return values, amounts


def _slopes(case: Case, amounts: np.ndarray, column: int) -> np.ndarray:
    """Derivative of each system's score by each amount, shape (exchanges, systems)."""
    solver, model = case.solver, case.solver.model
    demands = np.concatenate([solver.demand(i) for i in case.ids], axis=2)
    supply = solver.supply(amounts[:, None], demands)[0]
    units = solver.product_scores(amounts)[:, column]
    slopes = np.empty((len(model.exchanges), len(case.ids)))
    for e, exchange in enumerate(model.exchanges):
        if e in solver.outer_row:
            weight = float(solver.unit_score(e)[column])
        else:
            weight = -exchange.sign * float(units[model.index[exchange.row]])
        slopes[e] = weight * supply[model.index[exchange.column]]
    return slopes


def titles(case: Case, inputs: Sequence[Input]) -> list[tuple[str, str]]:
    """Return a name for people, and the unit, of each input.

    An exchange is called by its dataset and by what it takes or emits there.
    """
    from bw2data.backends.schema import ActivityDataset

    bw2data()
    rows = {
        i: case.solver.model.exchanges[int(found.key)]
        for i, found in enumerate(inputs)
        if found.kind == EXCHANGE
    }
    wanted = {node for x in rows.values() for node in (x.column, x.row)}
    query = ActivityDataset.select(ActivityDataset.id, ActivityDataset.data).where(
        ActivityDataset.id << list(wanted)
    )
    nodes = dict(query.tuples())
    found_titles = []
    for i, found in enumerate(inputs):
        if i not in rows:
            found_titles.append((str(found.key), found.unit))
            continue
        owner, taken = nodes[rows[i].column], nodes[rows[i].row]
        what = taken.get("reference product") or taken["name"]
        place = "/".join(taken.get("categories", ())) or taken.get("location", "")
        where = owner.get("identifier") or owner["name"]
        found_titles.append((f"{where}: {what} [{place}]", taken.get("unit", "")))
    return found_titles
