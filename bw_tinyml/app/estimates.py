"""Which share of the scores of systems rests on estimates and proxies.

A contribution of an emission or a resource is ``a_e q_e x``. Its absolute value is
``|a_e q_e| |x|``, so that one sum per dataset serves all systems.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from bw_tinyml.app.live import Live, View
from bw_tinyml.app.parts import Part


class Estimates:
    """The exchanges of a model whose amounts are estimates.

    Parameters
    ----------
    live
        Of the model.
    """

    def __init__(self, live: Live) -> None:
        self._live = live
        self._estimates = np.array([x.estimate for x in live.model.exchanges])
        own_product = np.array([x.row == x.column for x in live.model.exchanges])
        #: left out to see what rests on no estimate
        self._dropped = self._estimates & ~own_product

    def shares(
        self, view: View, systems: Sequence[Sequence[Part]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return which share of the scores of systems rests on estimates and proxies.

        The shares are those of :func:`bw_tinyml.impact.contributions.estimate_share`.

        Parameters
        ----------
        view
            Current amounts; the stated ones count.
        systems
            Parts of each.

        Returns
        -------
        emission, path : numpy.ndarray
            Shares from 0 to 1, shape (systems, indicators).
        """
        stated = [[replace(p, amount=float(np.ravel(p.amount)[0])) for p in s] for s in systems]
        firm = [[p for p in parts if not p.estimate] for parts in stated]
        flows = np.array([self._flows(parts) for parts in stated])
        firm_flows = np.array([self._flows(parts) for parts in firm])
        total, guessed = self._absolute(view, [_demand(parts) for parts in stated])
        left, _ = self._absolute(view, [_demand(parts) for parts in firm], solid=True)
        total, left, guessed = total + flows, left + firm_flows, guessed + flows - firm_flows
        with np.errstate(divide="ignore", invalid="ignore"):
            emission = np.where(total > 0, guessed / total, 0.0)
            path = np.where(total > 0, 1.0 - left / total, 0.0)
        return np.clip(emission, 0, 1), np.clip(path, 0, 1)

    def _flows(self, parts: Iterable[Part]) -> np.ndarray:
        """Absolute scores of the flows that are parts themselves."""
        solver = self._live.solver
        total = np.zeros(len(solver.indicators))
        for part in parts:
            if part.product is None and part.exchange is not None:
                total += np.abs(part.amount * solver.unit_score(part.exchange))
        return total

    def _absolute(
        self, view: View, demands: Sequence[Mapping[int, float]], solid: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Absolute contributions of all emissions and resources to some demands.

        Parameters
        ----------
        view
            Current amounts.
        demands
            Products by node id.
        solid
            Whether to leave out every exchange that is an estimate.

        Returns
        -------
        total, guessed : numpy.ndarray
            Of all, and of those whose amount is an estimate; shape (demands, indicators).
        """
        live = self._live
        amounts = view.stated_amounts()
        if solid:
            amounts[self._dropped] = 0.0
        wanted = np.zeros((1, len(live.model.nodes), len(demands)))
        for k, demand in enumerate(demands):
            for node, amount in demand.items():
                wanted[0, live.model.index[node], k] += amount
        supply = np.abs(live.solver.supply(amounts, wanted)[0])
        outer = live.solver.outer
        weights = np.abs(amounts[outer]) * np.abs(live.factors)
        total: np.ndarray = supply.T @ (live.collect @ weights)
        guessed: np.ndarray = supply.T @ (live.collect @ (weights * self._estimates[outer, None]))
        return total, guessed


def _demand(parts: Iterable[Part]) -> dict[int, float]:
    found: dict[int, float] = {}
    for part in parts:
        if part.product is not None:
            found[part.product] = found.get(part.product, 0.0) + part.amount
    return found
