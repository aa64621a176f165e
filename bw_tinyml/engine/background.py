"""Scores of background products for samples of the background's own numbers.

Only what the products in question depend on is drawn, and of its elementary flows those for which
a method has a factor: everything else has no effect, so that nothing is lost.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine import structure
from bw_tinyml.engine.arrays import System
from bw_tinyml.engine.draws import Draws
from bw_tinyml.engine.elements import Elements, links, places_of
from bw_tinyml.engine.varied import Sums, Varied

#: tells the draws of a background apart from those of a foreground
STREAM = 2
#: relative error that the scores of a sample may have, as shown for each
TOLERANCE = 1e-4


class Background:
    """What some products depend on, ready to be sampled.

    Parameters
    ----------
    system
        The whole system.
    products
        Ids of the products whose scores are wanted.
    technosphere, biosphere
        Elements of the system; those without effect are left out here.
    factors
        Characterisation factors, flows x methods, divided by a typical size for each method.

    Attributes
    ----------
    varied
        The system of samples; it counts which were swept and which were solved otherwise.
    """

    def __init__(
        self,
        system: System,
        products: np.ndarray,
        technosphere: Elements,
        biosphere: Elements,
        factors: sp.csc_matrix,
    ) -> None:
        wanted = system.places(products)
        pattern = links(system, technosphere)
        reached = structure.suppliers(pattern, np.unique(wanted))
        order = structure.order(pattern[reached][:, reached].tocsr())
        own = reached[order.sequence]
        position = np.full(system.products.size, -1, dtype=np.int64)
        position[own] = np.arange(own.size)
        user = position[places_of(system.activities, technosphere.column)]
        technosphere, user = technosphere.part(user >= 0), user[user >= 0]
        supplier = position[system.places(technosphere.row)]
        # In the order in which they are used, draws are read one after the other.
        sequence = np.lexsort((supplier, user))
        technosphere, user, supplier = (
            technosphere.part(sequence), user[sequence], supplier[sequence],
        )  # fmt: skip
        emitter = position[places_of(system.activities, biosphere.column)]
        flow = np.searchsorted(system.flows, biosphere.row)
        counts = (emitter >= 0) & (np.diff(factors.tocsr().indptr) > 0)[flow]
        sequence = np.flatnonzero(counts)
        sequence = sequence[np.lexsort((flow[sequence], emitter[sequence]))]
        biosphere, emitter, flow = biosphere.part(sequence), emitter[sequence], flow[sequence]
        both = Elements(
            *(
                np.concatenate([a, b])
                for a, b in zip(vars(technosphere).values(), vars(biosphere).values(), strict=True)
            )
        )
        self.draws = Draws(both, STREAM, many=True)
        place, unit = self.draws.place, self.draws.unit
        count = user.size
        made = user == supplier
        used, flow = np.unique(flow, return_inverse=True)
        cells = (user, place[:count], unit[:count], supplier)
        self.varied = Varied(
            order,
            Sums.by_row(own.size, *(part[~made] for part in cells)),
            Sums.by_row(own.size, *(part[made] for part in cells)),
            Sums.by_row(own.size, emitter, place[count:], unit[count:], flow.ravel()),
            factors.tocsr()[used].toarray(),
            np.ones(self.draws.width),
        )
        self.rows = position[wanted]

    @property
    def depth(self) -> int:
        """Number of samples that are solved together."""
        return self.varied.depth

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Return all that samples depend on, but random numbers."""
        return (*self.draws.arrays(), *self.varied.arrays(), self.rows)

    def scores(
        self, key: tuple[int, int], first: int, count: int, tolerance: float = TOLERANCE
    ) -> tuple[np.ndarray, float]:
        """Return scores of the products, shape (products, methods, count), and their bound.

        The bound is the largest relative error that any score may have.

        Parameters
        ----------
        key, first
            As for :meth:`bw_tinyml.engine.draws.Draws.drawn`; a multiple of :attr:`depth`.
        count
            Number of samples.

        Raises
        ------
        ProjectError
            For some sample the technosphere is singular.
        """
        whole = -(-count // self.depth) * self.depth
        result = np.empty((self.rows.size, self.varied.factors.shape[1], whole))
        worst = 0.0
        for start in range(0, count, self.depth):
            drawn = self.draws.drawn(key, first + start, self.depth)
            some = result[:, :, start : start + self.depth]
            asked = min(self.depth, count - start)
            worst = max(worst, self.varied.solve(drawn, self.rows, some, tolerance, asked))
        return result[:, :, :count], worst
