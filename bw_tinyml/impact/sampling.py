"""Monte Carlo samples of the parameters and exchanges of a model.

One generator draws all uncertain numbers, so that draws are independent between parameters,
technosphere and biosphere, and reproducible by seed. (``seed_override`` of bw2calc seeds each
matrix with the same number, which correlates them perfectly.) All systems that are compared see
the same draw, so that differences between them are paired.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.model import Model, Overrides

#: samples drawn and solved at a time; part of what makes a seed reproducible
BLOCK = 500


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
    model
        The dynamic part of the project.
    iterations
        Number of samples.
    seed
        Seed of the random numbers.
    given
        Parameters that are fixed at a value; they are not sampled.

    Raises
    ------
    UsageError
        A database was installed without its parameters.
    """
    refuse_amounts_alone(model.parameters)
    from stats_arrays import UncertaintyBase
    from stats_arrays.random import MCRandomNumberGenerator

    given = dict(given or {})
    parameters = [
        (name, parameter.distribution)
        for found in model.parameters.values()
        for name, parameter in sorted(found.items())
        if parameter.distribution and name not in given
    ]
    exchanges = [(e, x.distribution) for e, x in enumerate(model.exchanges) if x.distribution]
    distributions = [d for _, d in parameters] + [d for _, d in exchanges]
    if not distributions:
        draw = None
    else:
        array = UncertaintyBase.from_dicts(*(dict(d) for d in distributions))
        draw = MCRandomNumberGenerator(array, seed=seed)
    sampled = np.array([e for e, _ in exchanges], dtype=int)
    for start in range(0, iterations, BLOCK):
        # A full block is always drawn, so that the first samples do not depend on how many follow.
        size = min(BLOCK, iterations - start)
        numbers = draw.generate(BLOCK) if draw else np.zeros((0, BLOCK))
        drawn = {name: numbers[i] for i, (name, _) in enumerate(parameters)}
        block = np.empty((len(model.exchanges), BLOCK))
        for e, amount in enumerate(model.amounts(given | drawn)):
            block[e] = amount
        block[sampled] = numbers[len(parameters) :]
        yield block[:, :size]
