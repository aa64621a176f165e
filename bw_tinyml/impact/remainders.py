"""Amounts that given parameters turn negative: shares that add up to more than the whole.

A share that is left over, such as what is landfilled of a waste, is a formula, ``1 - a - b``. No
limit of ``a`` or of ``b`` alone keeps it from falling below zero, and a score with a negative
amount looks like any other. In the tables no formula may change its sign, so that an amount which
is not negative as stated, and is for given parameters, tells that these contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.model import Model
from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.parameters import ancestors

#: rounding of the formulas, as a share of the stated amount, and where that is zero
ROUNDING = 1e-9
NOTHING = 1e-12


def stated_amounts(model: Model, given: Mapping[str, float] | None) -> np.ndarray:
    """Return the amounts of the exchanges for given parameters, shape (exchanges,).

    Raises
    ------
    UsageError
        A name is not a parameter, a formula has no value, or an amount has become negative.
    """
    amounts = np.array(model.amounts(given), dtype=float)
    refuse_negative(model, enumerate(amounts), given)
    return amounts


def refuse_negative(
    model: Model, amounts: Iterable[tuple[int, Any]], given: Mapping[str, float] | None
) -> None:
    """Refuse given parameters that turn an amount negative.

    Parameters
    ----------
    model
        Holds the datasets that count.
    amounts
        Places of exchanges in the model, and their amounts with the given parameters.
    given
        Values of parameters that replace those of the project.

    Raises
    ------
    UsageError
        Names the dataset, its input, the formula and the parameters to look at.
    """
    if not given:
        return
    for e, amount in amounts:
        stated = model.exchanges[e].amount
        if stated >= 0 and amount < -max(ROUNDING * stated, NOTHING):
            raise _refusal(model, e, float(amount), given)


def _refusal(model: Model, e: int, amount: float, given: Mapping[str, float]) -> UsageError:
    """Return what is wrong with an exchange, and which of the given parameters it follows from."""
    exchange = model.exchanges[e]
    assert exchange.formula is not None
    node = bw2data().get_node
    dataset, item = node(id=exchange.column), node(id=exchange.row)
    values = {n: p.value for n, p in model.parameters[exchange.database].items()}
    causes = sorted(ancestors(values, exchange.formula.names) & given.keys())
    formula = exchange.formula
    while isinstance(inner := values.get(formula.text), Formula) and formula.text not in given:
        formula = inner  # a name alone says less than what it stands for
    return UsageError(
        f"with these parameters, '{dataset['name']}' [{dataset['location']}] has {amount:.4g} of "
        f"'{item['name']}', instead of {exchange.amount:.4g}: no amount can be negative. It is "
        f"{formula.text}",
        f"do the shares add up to more than the whole? Change "
        f"{', '.join(f'{name} ({given[name]:g})' for name in causes)}, or what it is added to",
    )
