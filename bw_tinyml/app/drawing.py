"""Stated values and Monte Carlo samples of the numbers of a model, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bw_tinyml.impact.drawing import Uncertain, distributions
from bw_tinyml.impact.model import Model
from bw_tinyml.impact.paired import STREAM
from bw_tinyml.inventory.formulas import Formula

Values = dict[str, dict[str, Any]]


def draw(
    model: Model, order: Sequence[tuple[str, str]], samples: int, seed: int
) -> tuple[Values, np.ndarray]:
    """Return parameters and amounts, the stated ones in the first column.

    Parameters
    ----------
    model
        The model.
    order
        Database and name of the parameters that are formulas, in the order of evaluation.
    samples, seed
        Number of samples, and their seed.

    Returns
    -------
    values : dict
        By database and name; a number where nothing is uncertain, else of shape (1 + samples,).
    amounts : numpy.ndarray
        Shape (exchanges, 1 + samples).
    """
    parameters = {
        (database, name): p.distribution
        for database, found in model.parameters.items()
        for name, p in sorted(found.items())
        if p.distribution
    }
    uncertain = Uncertain(parameters, distributions(model), STREAM)
    drawn, drawn_amounts = uncertain.block(seed, 0, samples)
    values = _values(model, order, drawn)
    amounts = np.empty((len(model.exchanges), 1 + samples))
    for e, exchange in enumerate(model.exchanges):
        own = exchange.formula
        amounts[e] = own.evaluate(values[exchange.database]) if own else exchange.amount
    for e, numbers in drawn_amounts.items():
        amounts[e, 1:] = numbers
    # as in Brightway, the amounts of the project count as long as no parameter is given
    amounts[:, 0] = [exchange.amount for exchange in model.exchanges]
    return values, amounts


def _values(
    model: Model, order: Sequence[tuple[str, str]], drawn: Mapping[tuple[str, str], np.ndarray]
) -> Values:
    values: Values = {
        database: {n: p.value for n, p in found.items() if not isinstance(p.value, Formula)}
        for database, found in model.parameters.items()
    }
    for (database, name), numbers in drawn.items():
        values[database][name] = np.concatenate([[values[database][name]], numbers])
    for database, name in order:
        formula = model.parameters[database][name].value
        assert isinstance(formula, Formula)
        values[database][name] = formula.evaluate(values[database])
    return values
