"""Monte Carlo samples of the parameters and exchanges of a model.

One generator draws all uncertain numbers, so that draws are independent between parameters,
technosphere and biosphere, and reproducible by seed. (``seed_override`` of bw2calc seeds each
matrix with the same number, which correlates them perfectly.) All systems that are compared see
the same draw, so that differences between them are paired. Each block of samples has a generator
of its own, spawned from the seed, so that blocks can be drawn in any order and on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bw_tinyml.impact.model import Model, Overrides

#: samples drawn and solved at a time; part of what makes a seed reproducible
BLOCK = 500


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
    """
    for number, start in enumerate(range(0, iterations, BLOCK)):
        yield sample_block(model, seed, number, given)[:, : iterations - start]


def sample_block(
    model: Model, seed: int, number: int, given: Overrides | None = None
) -> np.ndarray:
    """Return the amounts of one block of samples, shape (exchanges, BLOCK).

    A full block is always drawn, so that the first samples do not depend on how many follow.

    Parameters
    ----------
    number
        Of the block.
    model, seed, given
        As for :func:`sample_amounts`.
    """
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
    numbers = np.zeros((0, BLOCK))
    if distributions:
        array = UncertaintyBase.from_dicts(*(dict(d) for d in distributions))
        generator = MCRandomNumberGenerator(array)
        own = np.random.SeedSequence(seed, spawn_key=(number,))
        generator.random = np.random.RandomState(np.random.PCG64(own))
        numbers = generator.generate(BLOCK)
    drawn = {name: numbers[i] for i, (name, _) in enumerate(parameters)}
    block = np.empty((len(model.exchanges), BLOCK))
    for e, amount in enumerate(model.amounts(given | drawn)):
        block[e] = amount
    block[[e for e, _ in exchanges]] = numbers[len(parameters) :]
    return block
