"""Where the score of a product comes from, and what each number in it would change.

With the supply ``x = A^-1 f`` and the scores of products ``y = A^-T B^T c``, the score is
``s = c^T B x = y^T f``. All splits below sum to it:

* by process: ``x_j (B^T c)_j``;
* by elementary flow: ``c_f (B x)_f``;
* first tier: the direct emissions of the process and ``-A_ij y_i`` for each input;
* edges of a Sankey diagram: ``-A_ij x_j y_i`` flows from supplier ``i`` to user ``j``. What enters
  a process and what it emits is its full upstream, ``A_jj x_j y_j``.

The same two solutions give the derivative of the score by every number (the adjoint method;
Heijungs 2010, Int J Life Cycle Assess 15:511-520, sensitivity coefficients for matrix-based LCA):

    ds/dA_ij = -y_i x_j,    ds/dB_fj = c_f x_j,    ds/dc_f = (B x)_f.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine import structure
from bw_tinyml.engine.arrays import System
from bw_tinyml.engine.solving import TOLERANCE, Linear
from bw_tinyml.engine.structure import Order


@dataclass(frozen=True)
class Edges:
    """Scores that flow from suppliers to users; one row of ``scores`` per edge.

    Attributes
    ----------
    supplier, user
        Ids of activities.
    amounts
        How much of the supplier's product flows.
    scores
        Shape (edges, methods).
    """

    supplier: np.ndarray
    user: np.ndarray
    amounts: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True)
class Gradients:
    """Derivatives of one score by the numbers of the matrices, as they stand in them.

    Attributes
    ----------
    technosphere
        ``ds/dA^T``, activities x products, at the elements of the technosphere.
    biosphere
        ``ds/dB^T``, activities x flows, at the elements of the biosphere.
    factors
        ``ds/dc``, one per flow.
    """

    technosphere: sp.csr_matrix
    biosphere: sp.csr_matrix
    factors: np.ndarray


class Contributions:
    """The score of one unit of a product, taken apart.

    Parameters
    ----------
    system
        Technosphere and biosphere.
    product
        Id of the product.
    factors
        Characterisation factors, flows x methods.
    order
        Of the system, where it is known.

    Raises
    ------
    ProjectError
        The product is unknown, or the system is singular.
    """

    def __init__(
        self,
        system: System,
        product: int,
        factors: sp.csc_matrix,
        order: Order | None = None,
        tolerance: float = TOLERANCE,
    ) -> None:
        self.system = system
        self.factors = factors.tocsc()
        start = system.places([product])
        #: places of the activities that the product depends on
        self.reached = structure.suppliers(system.technosphere, start)
        self._matrix = system.technosphere[self.reached][:, self.reached].tocsr()
        self._order = (
            structure.order(self._matrix)
            if order is None
            else structure.restrict(order, self.reached)
        )
        self._biosphere = system.biosphere[self.reached]
        self._start = int(np.searchsorted(self.reached, start[0]))
        self._tolerance = tolerance

    @cached_property
    def supply(self) -> np.ndarray:
        """How much of each activity is needed, in the order of ``reached``."""
        demand = np.zeros((self.reached.size, 1))
        demand[self._start] = 1.0
        linear = Linear(self._matrix, self._order, supply=True)
        return linear.solve(demand, self._tolerance).values[:, 0]

    @cached_property
    def scores(self) -> np.ndarray:
        """Scores of one unit of each product, shape (reached, methods)."""
        linear = Linear(self._matrix, self._order)
        return linear.solve(self._emitted, self._tolerance).values

    @cached_property
    def _emitted(self) -> np.ndarray:
        emitted: np.ndarray = (self._biosphere @ self.factors).toarray()
        return emitted

    @property
    def total(self) -> np.ndarray:
        """The score of the product, one per method."""
        total: np.ndarray = self.scores[self._start]
        return total

    @property
    def activities(self) -> np.ndarray:
        """Ids of the activities that the product depends on."""
        ids: np.ndarray = self.system.activities[self.reached]
        return ids

    def by_process(self) -> np.ndarray:
        """Return what each activity emits itself, shape (reached, methods)."""
        split: np.ndarray = self.supply[:, None] * self._emitted
        return split

    def by_flow(self) -> np.ndarray:
        """Return what each elementary flow adds, shape (flows, methods)."""
        inventory = self._biosphere.T @ self.supply
        split: np.ndarray = self.factors.multiply(inventory[:, None]).toarray()
        return split

    def first_tier(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what the activity itself and each of its inputs add, per unit of its product.

        Returns
        -------
        ids : numpy.ndarray
            The activity itself, for its emissions, then the suppliers of its inputs.
        scores : numpy.ndarray
            Shape (1 + inputs, methods).
        """
        row = self._matrix[self._start].tocoo()
        made = float(row.data[row.col == self._start].sum())
        other = (row.col != self._start) & (row.data != 0)
        inputs = -row.data[other, None] * self.scores[row.col[other]] / made
        own = self._emitted[[self._start]] / made
        places = np.concatenate([[self._start], row.col[other]])
        return self.activities[places], np.concatenate([own, inputs])

    def upstream(self) -> np.ndarray:
        """Return the full upstream score of what each activity makes, shape (reached, methods).

        These do not sum to the score: what one activity passes on is upstream of its users, too.
        """
        made = self._matrix.diagonal() * self.supply
        full: np.ndarray = made[:, None] * self.scores
        return full

    def edges(self, smallest: float = 0.0) -> Edges:
        """Return the edges of a Sankey diagram.

        Parameters
        ----------
        smallest
            Leave out edges below this share of the score in every method.
        """
        links = self._matrix.tocoo()
        other = (links.row != links.col) & (links.data != 0)
        user, supplier = links.row[other], links.col[other]
        amounts = -links.data[other] * self.supply[user]
        scores = amounts[:, None] * self.scores[supplier]
        keep = (np.abs(scores) >= smallest * np.abs(self.total)).any(axis=1)
        ids = self.activities
        return Edges(ids[supplier[keep]], ids[user[keep]], amounts[keep], scores[keep])

    def gradients(self, method: int = 0) -> Gradients:
        """Return the derivatives of the score of one method by all numbers it depends on."""
        links = self._matrix.tocoo()
        y, x = self.scores[:, method], self.supply
        technosphere = self._placed(
            links.row, self.reached[links.col], -y[links.col] * x[links.row],
            self.system.technosphere.shape,
        )  # fmt: skip
        emitted = self._biosphere.tocoo()
        factor = self.factors[:, [method]].toarray()[:, 0]
        biosphere = self._placed(
            emitted.row,
            emitted.col,
            factor[emitted.col] * x[emitted.row],
            self.system.biosphere.shape,
        )
        return Gradients(technosphere, biosphere, self._biosphere.T @ x)

    def _placed(
        self, row: np.ndarray, column: np.ndarray, values: np.ndarray, shape: tuple[int, int]
    ) -> sp.csr_matrix:
        return sp.csr_matrix((values, (self.reached[row], column)), shape=shape)
