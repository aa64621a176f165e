"""Sampled scores of a dataset, block by block, as a job for any number of workers.

Parameters and exchanges of our databases are sampled with live formulas. A background of its own
kind, such as ecoinvent, counts at its stated numbers, unless draws of it are asked for: then the
samples take turns in using them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine.background import Background
from bw_tinyml.engine.blocks import array_digest
from bw_tinyml.engine.cache import CODE, Arrays
from bw_tinyml.engine.philox import block_key
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.methods import Indicator
from bw_tinyml.impact.sampling import BLOCK, Sampler
from bw_tinyml.impact.solving import Solver
from bw_tinyml.impact.supplies import unit_supplies


@dataclass
class StaticDraws:
    """Sampled unit scores of the products that a model takes from static databases.

    Parameters
    ----------
    background
        What these products depend on.
    products
        Their node ids.
    scale
        What factors were divided by, one per indicator.
    count
        Number of draws.
    """

    background: Background
    products: list[int]
    scale: np.ndarray
    count: int
    _known: dict[int, np.ndarray] = field(default_factory=dict, repr=False)

    def scores(self, seed: int, iterations: np.ndarray) -> np.ndarray:
        """Return unit scores for some samples, shape (products, indicators, samples)."""
        draws = iterations % self.count
        depth = self.background.depth
        key = block_key(seed, 0)
        for first in np.unique(draws // depth * depth).tolist():
            if first not in self._known:
                # Draws that come round again are kept; there are at most as many as samples.
                found = self.background.scores(key, first, depth)[0] * self.scale[:, None]
                self._known[first] = found
        columns = [self._known[d // depth * depth][:, :, d % depth] for d in draws.tolist()]
        return np.stack(columns, axis=2)


@dataclass
class SampledScores:
    """Blocks of sampled scores of one unit of a dataset.

    Parameters
    ----------
    solver
        Of a model that holds the dataset.
    node_id
        The dataset.
    given
        Parameters that are fixed at a value.
    draws
        Sampled scores of the static background; None counts it at its stated numbers.
    """

    solver: Solver
    node_id: int
    given: Mapping[str, float]
    draws: StaticDraws | None = None

    def __post_init__(self) -> None:
        self._sampler = Sampler(self.solver.model, self.given)
        # A sparse product adds up in one order, a dense one in that of the threads of the machine.
        units = [self.solver.unit_score(e) for e in self.solver.outer.tolist()]
        shape = (len(units), len(self.solver.indicators))
        self._units = sp.csr_matrix(np.array(units).reshape(shape).T)

    def block(self, seed: int, number: int, size: int) -> Arrays:
        """Return the scores of a block, shape (size, indicators)."""
        solver = self.solver
        amounts = self._sampler.block(seed, number)[:, :size]
        supply = unit_supplies(solver, self.node_id, amounts)
        model = solver.model
        users = [model.index[model.exchanges[e].column] for e in solver.outer.tolist()]
        scores = (self._units @ (amounts[solver.outer] * supply[:, users, 0].T)).T
        if self.draws is not None:
            samples = number * BLOCK + np.arange(size)
            scores = scores + self._difference(amounts, supply, self.draws, seed, samples)
        return {"scores": np.ascontiguousarray(scores)}

    def _difference(
        self,
        amounts: np.ndarray,
        supply: np.ndarray,
        draws: StaticDraws,
        seed: int,
        samples: np.ndarray,
    ) -> np.ndarray:
        """Return what the draws of the background add to scores at its stated numbers."""
        model = self.solver.model
        place = {product: k for k, product in enumerate(draws.products)}
        own = [
            (e, place[x.row], x.sign)
            for e, x in enumerate(model.exchanges)
            if x.kind == "technosphere" and x.row in place
        ]
        drawn = draws.scores(seed, samples)
        added = np.zeros((samples.size, drawn.shape[1]))
        for e, k, sign in own:
            taken = amounts[e] * supply[:, model.index[model.exchanges[e].column], 0]
            stated = self.solver.unit_score(e)
            added += taken[:, None] * (-sign * drawn[k].T - stated)
        return added

    def digest(self) -> str:
        """Return a hash of what blocks depend on."""
        model, solver = self.solver.model, self.solver
        static = () if self.draws is None else (self.draws.count, *self.draws.background.arrays())
        scores = [solver.unit_score(e) for e in solver.outer_row]
        return array_digest(
            CODE, "scores", model.exchanges, model.parameters, self.node_id,
            sorted(self.given.items()), np.array(scores), *static,
        )  # fmt: skip


def static_draws(
    solver: Solver, node_id: int, indicators: Sequence[Indicator], count: int
) -> StaticDraws | None:
    """Return draws of the static background of a model; None where none are asked for.

    Raises
    ------
    UsageError
        The background is not static: it is the open one, which is sampled in any case.
    """
    if not count:
        return None
    products = solver.model.static_products()
    if count < 0 or not products:
        raise UsageError(
            f"{count} samples of the background make no sense"
            if count < 0
            else "the background is the open one, and sampled with everything else",
            "leave out the number of samples of the background",
        )
    from bw_tinyml.engine.arrays import load_factors, load_system
    from bw_tinyml.engine.elements import load_elements
    from bw_tinyml.impact.scores import method_package, packages_of

    packages: list[Any] = list(packages_of(node_id))
    system = load_system(packages)
    factors = system.factors([load_factors(method_package(i)) for i in indicators])
    largest = np.abs(factors).max(axis=0).toarray()[0]
    scale = np.where(largest > 0, largest, 1.0)
    background = Background(
        system,
        np.array(products),
        load_elements(packages, "technosphere_matrix"),
        load_elements(packages, "biosphere_matrix"),
        (factors @ sp.diags(1.0 / scale)).tocsc(),
    )
    return StaticDraws(background, products, scale, count)
