"""Paired Monte Carlo samples of several systems in all categories at once.

The numbers of the foreground are drawn anew for each sample. The open background is much larger and
its uncertainty reaches all systems through the same unit scores: some hundred draws of it are
solved, and the samples take turns in using them. Both seeds follow from one. All systems see the
same draws, so that what they share does not blur the difference between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from bw_tinyml.engine.philox import TILE
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.background_units import Background, Progress
from bw_tinyml.impact.drawing import Uncertain, distributions
from bw_tinyml.impact.evaluation import Evaluation
from bw_tinyml.impact.foreground import Foreground
from bw_tinyml.impact.sampling import refuse_amounts_alone
from bw_tinyml.impact.solving import Solver

#: samples calculated at a time; part of what makes a seed reproducible
BLOCK = 4 * TILE
#: draws of the background; the samples of one block are spread evenly over them
DRAWS = TILE
#: tells these draws apart from others of the same seed, see :mod:`bw_tinyml.impact.sampling`
STREAM = 4


class Paired:
    """Systems on one model, ready to be scored for many values at once.

    Parameters
    ----------
    solver
        Of a model that holds all systems.
    ids
        Node ids of the systems.
    database
        The foreground database; other dynamic databases are the background.
    """

    def __init__(self, solver: Solver, ids: Sequence[int], database: str) -> None:
        self.solver = solver
        self.ids = list(ids)
        self.database = database
        self._draws: dict[tuple[Any, ...], np.ndarray] = {}
        self._units: dict[tuple[Any, ...], np.ndarray] = {}

    @cached_property
    def evaluation(self) -> Evaluation:
        """The parameters of the model."""
        return Evaluation(self.solver.model)

    @cached_property
    def foreground(self) -> Foreground:
        """The exchanges of the foreground."""
        return Foreground(self.solver.model, self.database)

    @cached_property
    def background(self) -> Background:
        """Unit scores of what the foreground takes from outside."""
        return Background(self.solver, self.foreground)

    def scores(
        self,
        given: Mapping[str, Any],
        size: int = 1,
        exchanges: Mapping[int, np.ndarray] | None = None,
    ) -> np.ndarray:
        """Return the scores for given values of parameters, the rest at their stated values.

        Parameters
        ----------
        given
            Values (numbers, or arrays of shape (size,)) by parameter name. Where those of the
            background are arrays, it is solved for each distinct set of them.
        size
            Number of sets of values.
        exchanges
            Amounts, shape (size,), of exchanges of the model by their place in it, instead of those
            that follow from the parameters.

        Returns
        -------
        numpy.ndarray
            Shape (size, systems, indicators).

        Raises
        ------
        UsageError
            A name is not a parameter, or a formula does not give a finite number.
        """
        exchanges = exchanges or {}
        amounts = self.evaluation.amounts(given)
        for e, values in exchanges.items():
            amounts[e] = values
        taken = self.foreground.taken(amounts, self.ids, size)
        outside = [v for e, v in exchanges.items() if self._is_background(e)]
        outside += [
            value
            for name, value in given.items()
            if np.ndim(value) and self.evaluation.databases([name]) - {self.database}
        ]
        if not outside:
            return (taken @ self.units(given)).transpose(1, 0, 2)
        # Columns in which the background is the same share one solution of it.
        _, first, place = np.unique(
            np.array(outside), axis=1, return_index=True, return_inverse=True
        )
        distinct = [a[first] if np.ndim(a) else a for a in amounts]
        units = self.background.units(distinct, len(first))
        return np.einsum("psu,suj->spj", taken, units[place.ravel()], optimize=True)

    def _is_background(self, e: int) -> bool:
        return self.solver.model.exchanges[e].database != self.database

    def units(self, given: Mapping[str, Any]) -> np.ndarray:
        """Return scores of one unit of what comes from outside, shape (outside, indicators).

        Solved again only for other values of parameters on which the background depends.
        """
        own = self._of_background(given)
        key = tuple(sorted(own.items()))
        if key not in self._units:
            found = self.background.units(self.evaluation.amounts(own), 1)[0]
            self._units = {**(self._units if len(self._units) < 50 else {}), key: found}
        return self._units[key]

    def _of_background(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the given numbers on which the background depends."""
        return {
            name: value
            for name, value in given.items()
            if np.ndim(value) == 0 and self.evaluation.databases([name]) - {self.database}
        }

    def samples(
        self,
        iterations: int,
        seed: int,
        given: Mapping[str, float] | None = None,
        *,
        draws: int = DRAWS,
        progress: Progress | None = None,
    ) -> np.ndarray:
        """Return sampled scores, shape (iterations, systems, indicators).

        Parameters
        ----------
        iterations
            Number of samples.
        seed
            Seed of the random numbers.
        given
            Parameters that are fixed at a value; they are not sampled.
        draws
            Draws of the background, at most a block; 0 keeps the background at its stated values.
        progress
            Called with a title, a count and a total.
        """
        refuse_amounts_alone(self.solver.model.parameters)
        given = dict(given or {})
        if not 0 <= draws <= BLOCK:
            raise UsageError(f"{draws} draws of the background make no sense", f"0 to {BLOCK}")
        units = self._background_draws(draws, seed, given, progress)
        result = np.empty((iterations, len(self.ids), len(self.solver.indicators)))
        done = 0
        for amounts in self._blocks([self.database], iterations, seed, given):
            size = min(BLOCK, iterations - done)
            taken = self.foreground.taken(amounts, self.ids, BLOCK)
            scores = np.empty((BLOCK, len(self.ids), len(self.solver.indicators)))
            for k, unit in enumerate(units):
                some = slice(k, BLOCK, len(units))
                scores[some] = (taken[:, some] @ unit).transpose(1, 0, 2)
            result[done : done + size] = scores[:size]
            done += size
            if progress:
                progress("Monte Carlo", done, iterations)
        return result

    def _background_draws(
        self, draws: int, seed: int, given: Mapping[str, float], progress: Progress | None
    ) -> np.ndarray:
        """Unit scores of what comes from outside, shape (draws or 1, outside, indicators)."""
        key = (draws, seed, *sorted(self._of_background(given).items()))
        if key not in self._draws:
            if not draws or not self.background.is_dynamic:
                units = self.units(given)[None]
            else:
                own = int(np.random.SeedSequence([seed, 1]).generate_state(1)[0])
                amounts = next(self._blocks(self.background.databases, draws, own, given))
                units = self.background.units(amounts, draws, progress)
            self._draws = {key: units}
        return self._draws[key]

    def _blocks(
        self, databases: Sequence[str], iterations: int, seed: int, given: Mapping[str, float]
    ) -> Iterator[list[Any]]:
        """Iterate over blocks of amounts, in which the numbers of some databases are drawn."""
        for parameters, exchanges in self._numbers(databases, iterations, seed, given):
            amounts = self.evaluation.amounts({**given, **parameters})
            for e, drawn in exchanges.items():
                amounts[e] = drawn
            yield amounts

    def _numbers(
        self, databases: Sequence[str], iterations: int, seed: int, given: Mapping[str, float]
    ) -> Iterator[tuple[dict[str, np.ndarray], dict[int, np.ndarray]]]:
        """Iterate over blocks of drawn parameters and exchanges of some databases.

        A full block is always drawn, so that the first samples do not depend on how many follow.
        """
        parameters = self.evaluation.uncertain(given, databases)
        exchanges = distributions(self.solver.model, databases)
        uncertain = Uncertain(parameters, exchanges, STREAM)
        for number in range(-(-iterations // BLOCK)):
            yield uncertain.block(seed, number, BLOCK)

    def drawn(
        self, seed: int, given: Mapping[str, float], *, draws: int = DRAWS
    ) -> tuple[dict[str, np.ndarray], dict[int, np.ndarray], np.ndarray]:
        """Return what the first block of :meth:`samples` is calculated with.

        Returns
        -------
        parameters, exchanges : dict
            Drawn values by name, and drawn amounts by place in the model; shape (BLOCK,).
        units : numpy.ndarray
            Scores of one unit of what comes from outside, shape (draws or 1, outside, indicators);
            sample ``i`` uses draw ``i`` modulo their number.
        """
        units = self._background_draws(draws, seed, dict(given), None)
        parameters, exchanges = next(self._numbers([self.database], BLOCK, seed, given))
        return parameters, exchanges, units
