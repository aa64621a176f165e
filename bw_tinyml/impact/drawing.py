"""Draws of the uncertain parameters and exchanges of a model, all independent of each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Generic, TypeVar

import numpy as np

from bw_tinyml.engine.draws import Draws
from bw_tinyml.engine.elements import elements_of
from bw_tinyml.engine.philox import block_key
from bw_tinyml.impact.model import Model

#: what parameters are called: a name, or database and name
Name = TypeVar("Name")
Distribution = Mapping[str, Any]


class Uncertain(Generic[Name]):
    """Uncertain numbers of a model.

    Parameters
    ----------
    parameters
        Distributions by name.
    exchanges
        Distributions by place in the model, as of :func:`distributions`.
    stream
        Tells apart what shall be independent under the same seed.

    Raises
    ------
    ProjectError
        A distribution is not well defined.
    """

    def __init__(
        self,
        parameters: Mapping[Name, Distribution],
        exchanges: Mapping[int, Distribution],
        stream: int,
    ) -> None:
        self._names, self._places = list(parameters), list(exchanges)
        every = [*parameters.values(), *exchanges.values()]
        self._draws = Draws(elements_of(every), stream)

    def block(
        self, seed: int, number: int, count: int
    ) -> tuple[dict[Name, np.ndarray], dict[int, np.ndarray]]:
        """Return the first samples of a block.

        Parameters
        ----------
        seed
            Seed of the random numbers.
        number
            Of the block.
        count
            Number of samples.

        Returns
        -------
        parameters, exchanges : dict
            Values by name, and amounts by place in the model; each of shape (count,).
        """
        drawn = self._draws.numbers(block_key(seed, number), count)
        values = dict(zip(self._names, drawn, strict=False))
        return values, dict(zip(self._places, drawn[len(self._names) :], strict=True))


def distributions(
    model: Model, databases: Collection[str] | None = None
) -> dict[int, Distribution]:
    """Return those of the exchanges of a model, or of some databases in it, by their place."""
    return {
        e: exchange.distribution
        for e, exchange in enumerate(model.exchanges)
        if exchange.distribution and (databases is None or exchange.database in databases)
    }
