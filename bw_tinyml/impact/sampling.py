"""Monte Carlo samples of the parameters and exchanges of a model.

All uncertain numbers are drawn independently of each other: parameters, technosphere and biosphere.
(``seed_override`` of bw2calc seeds each matrix with the same number, which correlates them
perfectly.) All systems that are compared see the same draw, so that differences between them are
paired. The numbers of a block of samples follow from the seed and the number of the block alone, so
that blocks can be drawn in any order and on any machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.engine.philox import TILE
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.drawing import Uncertain, distributions
from bw_tinyml.impact.model import Model, Overrides

#: samples drawn and solved at a time; part of what makes a seed reproducible
BLOCK = 2 * TILE
#: tells these draws apart from those of a background, see :mod:`bw_tinyml.engine.background`
STREAM = 3


class Sampler:
    """Draws the amounts of a model's exchanges.

    Parameters
    ----------
    model
        The dynamic part of the project.
    given
        Parameters that are fixed at a value; they are not sampled.

    Raises
    ------
    UsageError
        A database was installed without its parameters.
    """

    def __init__(self, model: Model, given: Overrides | None = None) -> None:
        refuse_amounts_alone(model.parameters)
        self.model = model
        self.given = dict(given or {})
        parameters = {
            name: parameter.distribution
            for found in model.parameters.values()
            for name, parameter in sorted(found.items())
            if parameter.distribution and name not in self.given
        }
        self._uncertain = Uncertain(parameters, distributions(model), STREAM)

    def block(self, seed: int, number: int) -> np.ndarray:
        """Return the amounts of one block of samples, shape (exchanges, BLOCK).

        A full block is always drawn, so that the first samples do not depend on how many follow.

        Parameters
        ----------
        seed
            Seed of the random numbers.
        number
            Of the block.
        """
        parameters, exchanges = self._uncertain.block(seed, number, BLOCK)
        block = np.empty((len(self.model.exchanges), BLOCK))
        for e, amount in enumerate(self.model.amounts(self.given | parameters)):
            block[e] = exchanges.get(e, amount)
        return block


def refuse_amounts_alone(databases: Iterable[str]) -> None:
    """Refuse to sample databases that were installed without their parameters (``--values``).

    Raises
    ------
    UsageError
        One was.
    """
    for name in databases:
        if bw2data().databases.get(name, {}).get("values"):
            raise UsageError(
                f"database '{name}' was installed with amounts alone (--values): the parameters "
                "that carry most of the uncertainty are missing, and spreads would be too small",
                "use a project with formulas: bw-tinyml install --project OTHER ...",
            )


def sample_amounts(
    model: Model, iterations: int, seed: int, given: Overrides | None = None
) -> Iterator[np.ndarray]:
    """Iterate over blocks of sampled amounts, each of shape (exchanges, at most BLOCK).

    Parameters
    ----------
    iterations
        Number of samples.
    model, seed, given
        As for :class:`Sampler`.
    """
    sampler = Sampler(model, given)
    for number, start in enumerate(range(0, iterations, BLOCK)):
        yield sampler.block(seed, number)[:, : iterations - start]
