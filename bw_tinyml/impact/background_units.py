"""Unit scores of what the foreground takes from outside, for many sets of amounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine.factorising import factorised
from bw_tinyml.errors import ProjectError
from bw_tinyml.impact.foreground import Foreground
from bw_tinyml.impact.solving import Solver

Progress = Callable[[str, int, int], None]


class Background:
    """Unit scores of the products and flows that the foreground takes from outside.

    Parameters
    ----------
    solver
        Of the whole model; it knows the scores of flows and of static databases.
    foreground
        What takes from outside.
    """

    def __init__(self, solver: Solver, foreground: Foreground) -> None:
        self.solver = solver
        model = solver.model
        self._targets = foreground.outside
        own = [e for e, x in enumerate(model.exchanges) if x.column not in foreground.index]
        nodes = [node for node in model.nodes if node not in foreground.index]
        self._index = {node: i for i, node in enumerate(nodes)}
        self.databases = list(dict.fromkeys(model.exchanges[e].database for e in own))
        inner = [
            (e, self._index[x.row], self._index[x.column], x.sign)
            for e in own
            if (x := model.exchanges[e]).kind == "technosphere" and x.row in self._index
        ]
        self._inner = inner
        within = {e for e, *_ in inner}
        self._outer = [(e, self._index[model.exchanges[e].column]) for e in own if e not in within]
        self._outer_scores = np.array([solver.unit_score(e) for e, _ in self._outer])
        #: scores of what no dynamic database supplies; rows of the others are filled in
        self._fixed = np.zeros((len(self._targets), len(solver.indicators)))
        position = {node: i for i, node in enumerate(self._targets)}
        for e, exchange in enumerate(model.exchanges):
            if exchange.row in position and e in solver.outer_row:
                sign = 1.0 if exchange.kind == "biosphere" else -exchange.sign
                self._fixed[position[exchange.row]] = solver.unit_score(e) / sign
        self._supplied = np.array([i for i, n in enumerate(self._targets) if n in self._index], int)
        self._suppliers = np.array([self._index[self._targets[i]] for i in self._supplied], int)

    @property
    def is_dynamic(self) -> bool:
        """Whether the background has amounts of its own: it is the open one."""
        return bool(self._index)

    def units(
        self, amounts: Sequence[Any], size: int, progress: Progress | None = None
    ) -> np.ndarray:
        """Return scores of one unit of each product and flow, shape (size, outside, indicators).

        Parameters
        ----------
        amounts
            Amount of each exchange of the model, a number or an array of at least ``size``.
        """
        result = np.repeat(self._fixed[None], size, axis=0)
        if not self.is_dynamic:
            return result
        shape = (len(self._index),) * 2
        _, rows, columns, signs = (np.array(c) for c in zip(*self._inner, strict=True))
        inner = np.array([np.broadcast_to(_head(amounts[e], size), size) for e, *_ in self._inner])
        outer = np.array([np.broadcast_to(_head(amounts[e], size), size) for e, _ in self._outer])
        places = np.array([column for _, column in self._outer])
        gather = sp.csr_matrix(
            (np.ones(len(places)), (places, np.arange(len(places)))), (shape[0], len(places))
        )
        for i in range(size):
            technosphere = sp.csc_matrix((signs * inner[:, i], (rows, columns)), shape=shape)
            direct = gather @ (outer[:, i, None] * self._outer_scores)
            try:
                solved = factorised(technosphere).solve(direct, trans="T")
            except RuntimeError:
                solved = np.array([np.nan])
            if not np.all(np.isfinite(solved)):
                raise ProjectError(
                    "the background is singular for some of these amounts",
                    "look for a dataset that consumes all of its own product",
                )
            result[i, self._supplied] = solved[self._suppliers]
            if progress:
                progress("background", i + 1, size)
        return result


def _head(value: Any, size: int) -> Any:
    return value[:size] if np.ndim(value) else value
