"""How much of each dataset one unit of a product needs, for many samples of amounts at once.

As :meth:`bw_tinyml.impact.solving.Solver.supply`, sixteen samples to a sweep where numba is there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine import structure
from bw_tinyml.engine.kernels import has_numba
from bw_tinyml.engine.structure import Order
from bw_tinyml.engine.varied import Sums, Varied
from bw_tinyml.errors import ProjectError
from bw_tinyml.impact.model import Model
from bw_tinyml.impact.solving import SINGULAR_SAMPLE

#: relative error that the supply of a dataset may have, as shown for each sample
TOLERANCE = 1e-10


class Supplies:
    """Supplies of one unit of a product.

    Parameters
    ----------
    model
        The dynamic part of the project.
    node_id
        The product.
    """

    def __init__(self, model: Model, node_id: int) -> None:
        size = len(model.nodes)
        inner = [
            (e, model.index[x.row], model.index[x.column], x.sign)
            for e, x in enumerate(model.exchanges)
            if x.kind == "technosphere" and x.row in model.index
        ]
        exchange, product, dataset, sign = (np.array(c) for c in zip(*inner, strict=True))
        users = sp.csr_matrix((np.ones(exchange.size), (dataset, product)), shape=(size, size))
        found = structure.order(users)
        # Supplies flow from users to suppliers, against the order of scores.
        end = found.segments[-1]
        order = Order(found.sequence[::-1], end - found.segments[::-1], found.cyclic[::-1])
        position = np.empty(size, dtype=np.int64)
        position[order.sequence] = np.arange(size)
        made = product == dataset
        links = (position[product], exchange, sign.astype(float), position[dataset])
        stated = np.array([*model.amounts(), 1.0], dtype=float)
        one = np.array([0])
        demand = Sums.by_row(
            size, position[[model.index[node_id]]], one + stated.size - 1, one + 1.0, one
        )
        self._varied = Varied(
            order,
            Sums.by_row(size, *(part[~made] for part in links)),
            Sums.by_row(size, *(part[made] for part in links)),
            demand,
            np.ones((1, 1)),
            stated,
        )
        self._rows = position

    def of(self, amounts: np.ndarray) -> np.ndarray:
        """Return the supplies, shape (samples, datasets, 1).

        Parameters
        ----------
        amounts
            Amounts of the exchanges, shape (exchanges, samples).

        Raises
        ------
        ProjectError
            For some sample the technosphere is singular.
        """
        samples, depth = amounts.shape[1], self._varied.depth
        result = np.empty((samples, self._rows.size, 1))
        drawn = np.ones((depth, amounts.shape[0] + 1))
        solved = np.empty((self._rows.size, 1, depth))
        for start in range(0, samples, depth):
            count = min(depth, samples - start)
            drawn[:count, :-1] = amounts[:, start : start + count].T
            drawn[count:] = self._varied.stated
            try:
                self._varied.solve(drawn, self._rows, solved, TOLERANCE, count)
            except ProjectError as error:
                raise ProjectError(*SINGULAR_SAMPLE) from error
            result[start : start + count, :, 0] = solved[:, 0, :count].T
        return result


def unit_supplies(solver: Any, node_id: int, amounts: np.ndarray) -> np.ndarray:
    """Return the supplies of one unit of a product, shape (samples, datasets, 1).

    Parameters
    ----------
    solver
        A :class:`bw_tinyml.impact.solving.Solver`, which factorises where numba is missing.
    node_id
        The product.
    amounts
        Amounts of the exchanges, shape (exchanges, samples).
    """
    if has_numba():
        return Supplies(solver.model, node_id).of(amounts)
    supply: np.ndarray = solver.supply(amounts, solver.demand(node_id, amounts.shape[1]))
    return supply
