"""Which uncertain numbers make a score uncertain: all of them, from one pair of solutions.

To first order, the variance of a score is the sum over its numbers of ``(ds/dx)^2 var(x)``, and the
derivatives by all numbers follow from one supply and one score solution (the adjoint method, see
:mod:`bw_tinyml.engine.contributions`). That costs as much as two scores, whatever the number of
exchanges, and tells which of them are worth sampling by a variance-based method (Saltelli et al.
2008, Global Sensitivity Analysis: The Primer, chapter 1, on derivatives for screening).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine.arrays import System
from bw_tinyml.engine.contributions import Contributions
from bw_tinyml.engine.draws import deviations
from bw_tinyml.engine.elements import Elements, places_of
from bw_tinyml.engine.structure import Order


@dataclass(frozen=True)
class Screening:
    """Exchanges in falling order of what they add to the variance of a score.

    Attributes
    ----------
    activities, inputs
        Ids of the activity of each exchange, and of the product or elementary flow.
    shares
        Share in the first-order variance of the score.
    deviation
        First-order standard deviation of the score.
    """

    activities: np.ndarray
    inputs: np.ndarray
    shares: np.ndarray
    deviation: float


def screen(
    system: System,
    product: int,
    factors: sp.csc_matrix,
    technosphere: Elements,
    biosphere: Elements,
    method: int = 0,
    order: Order | None = None,
) -> Screening:
    """Return what each uncertain exchange adds to the variance of a score.

    Parameters
    ----------
    product
        Id of a product.
    technosphere, biosphere
        Elements of the system with their distributions.
    method
        Column of the factors.
    system, factors, order
        As for :class:`bw_tinyml.engine.contributions.Contributions`.

    Raises
    ------
    ProjectError
        The product is unknown, or the system is singular.
    """
    gradients = Contributions(system, product, factors, order).gradients(method)
    parts = []
    for elements, columns, slopes in (
        (technosphere, system.places(technosphere.row), gradients.technosphere),
        (biosphere, np.searchsorted(system.flows, biosphere.row), gradients.biosphere),
    ):
        rows = places_of(system.activities, elements.column)
        slope = np.asarray(slopes[rows, columns]).ravel()
        parts.append((slope * deviations(elements)) ** 2)
    variance = np.concatenate(parts)
    total = float(variance.sum())
    found = np.argsort(-variance, kind="stable")
    found = found[variance[found] > 0]
    activities = np.concatenate([technosphere.column, biosphere.column])
    inputs = np.concatenate([technosphere.row, biosphere.row])
    return Screening(
        activities[found], inputs[found], variance[found] / (total or 1.0), float(np.sqrt(total))
    )
