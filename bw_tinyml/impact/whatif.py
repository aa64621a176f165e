"""How the scores of systems move with one parameter, in all paired samples at once.

Where a parameter reaches few datasets of the foreground, the others keep their unit scores. With
``U`` for the scores of one unit of what comes from outside, the unit score of dataset ``j`` is

    lambda_j = (sum_o a_oj U_o - sum_i s_ij a_ij lambda_i) / a_jj,

once for all datasets, and again only for those that the parameter reaches. All of it holds for each
sample: the numbers are those of :meth:`bw_tinyml.impact.paired.Paired.samples`.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bw_tinyml.impact.evaluation import Values
from bw_tinyml.impact.paired import BLOCK, DRAWS, Paired

Amounts = Mapping[int, Any]
#: place in the model, place of what is taken, sign, and whether that comes from outside
Part = tuple[int, int, float, bool]


class Sampled:
    """The first paired samples of some systems, ready to be moved.

    Parameters
    ----------
    paired
        The systems.
    iterations
        Number of samples, at most one block.
    seed, given, draws
        As for :meth:`Paired.samples`.
    """

    def __init__(
        self,
        paired: Paired,
        iterations: int,
        seed: int,
        given: Mapping[str, float] | None = None,
        *,
        draws: int = DRAWS,
    ) -> None:
        self.paired = paired
        self.size = min(iterations, BLOCK)
        self.given = dict(given or {})
        parameters, exchanges, units = paired.drawn(seed, self.given, draws=draws)
        drawn = {name: column[: self.size] for name, column in parameters.items()}
        evaluation = paired.evaluation
        self._values: Values = evaluation.values()
        self._fixed = {*self.given, *drawn}
        stated = {e: x.amount for e, x in enumerate(paired.solver.model.exchanges)}
        self._amounts: dict[int, Any] = {
            **stated,
            **evaluation.changes(self._values, {**self.given, **drawn}),
            **{e: column[: self.size] for e, column in exchanges.items()},
        }
        #: scores of one unit of what comes from outside, shape (outside, draws or 1, indicators)
        self.units = np.ascontiguousarray(units.transpose(1, 0, 2))
        self._draw = np.arange(self.size) % len(units)
        self._groups = paired.foreground.groups
        self._parts = {node: self._taken(node, group) for group in self._groups for node in group}
        self._scores = self._unit_scores(self._amounts, self.units)

    def _taken(self, node: int, group: Collection[int]) -> list[Part]:
        """What a dataset takes of other groups and from outside."""
        inner, outer = self.paired.foreground.parts(node)
        found = [(e, row, sign, False) for e, row, sign in inner if row not in group]
        return found + [(e, row, sign, True) for e, row, sign in outer]

    def scores(self) -> np.ndarray:
        """Return the sampled scores, shape (samples, systems, indicators)."""
        return self._of_systems(self._scores)

    def of_outside(self, rows: Collection[int]) -> np.ndarray:
        """Return the part of the scores that some of what comes from outside causes.

        Parameters
        ----------
        rows
            Places in ``paired.foreground.outside``.

        Returns
        -------
        numpy.ndarray
            Shape (samples, systems, indicators).
        """
        units = np.zeros_like(self.units)
        units[list(rows)] = self.units[list(rows)]
        return self._of_systems(self._unit_scores(self._amounts, units))

    def sweep(self, parameter: str, grid: np.ndarray) -> Iterator[np.ndarray]:
        """Iterate over the scores of the samples at values of a parameter.

        A parameter on which the background depends moves it at its stated values, as each of its
        draws would have to be solved again for each value.

        Parameters
        ----------
        parameter
            Name of a database parameter, given or drawn or neither.
        grid
            Its values.

        Yields
        ------
        numpy.ndarray
            Shape (samples, systems, indicators).
        """
        evaluation = self.paired.evaluation
        fixed = self._fixed - {parameter}
        of_background = bool(evaluation.databases([parameter]) - {self.paired.database})
        reached: set[int] | None = None
        for value in grid.tolist():
            values = {database: dict(found) for database, found in self._values.items()}
            changes = evaluation.changes(values, {parameter: value}, fixed)
            amounts = ChainMap(changes, self._amounts)
            if of_background:
                units = self.paired.units({**self.given, parameter: value})[:, None]
                yield self._of_systems(self._unit_scores(amounts, units))
                continue
            if reached is None:
                reached = self._reached(changes)
                still, moving = self._split(changes, reached)
            scores = dict(self._scores)
            for group in reversed(self._groups):
                if not reached.isdisjoint(group):
                    sums = [still[n] + self._sum(moving[n], amounts, scores) for n in group]
                    self._solve(group, sums, amounts, scores)
            yield self._of_systems(scores)

    def _of_systems(self, scores: Mapping[int, np.ndarray]) -> np.ndarray:
        index = self.paired.foreground.index
        return np.stack([scores[index[i]] for i in self.paired.ids], axis=1)

    def _unit_scores(self, amounts: Amounts, units: np.ndarray) -> dict[int, np.ndarray]:
        """Unit scores of all datasets of the foreground, each of shape (samples, indicators)."""
        scores: dict[int, np.ndarray] = {}
        for group in reversed(self._groups):
            sums = [self._sum(self._parts[node], amounts, scores, units) for node in group]
            self._solve(group, sums, amounts, scores)
        return scores

    def _reached(self, changes: Amounts) -> set[int]:
        """Datasets whose unit scores follow the changes: their owners, and all who use these."""
        model, index = self.paired.solver.model, self.paired.foreground.index
        owners = {model.exchanges[e].column for e in changes}
        found = {index[node] for node in owners if node in index}
        for group in reversed(self._groups):
            inputs = {row for node in group for _, row, _, outside in self._parts[node]
                      if not outside}  # fmt: skip
            if inputs & found or found.intersection(group):
                found.update(group)
        return found

    def _split(
        self, changes: Amounts, reached: Collection[int]
    ) -> tuple[dict[int, np.ndarray], dict[int, list[Part]]]:
        """What the datasets that are reached take unchanged, as scores; and what else they take."""
        still, moving = {}, {}
        for node in reached:
            moves = [e in changes or (not outside and row in reached)
                     for e, row, _, outside in self._parts[node]]  # fmt: skip
            parts = list(zip(self._parts[node], moves, strict=True))
            still[node] = self._sum([p for p, m in parts if not m], self._amounts, self._scores)
            moving[node] = [p for p, m in parts if m]
        return still, moving

    def _sum(
        self,
        parts: Sequence[Part],
        amounts: Amounts,
        scores: Mapping[int, np.ndarray],
        units: np.ndarray | None = None,
    ) -> np.ndarray:
        """Scores of what is taken, shape (samples, indicators)."""
        units = self.units if units is None else units
        total = np.zeros((self.size, units.shape[2]))
        for e, row, sign, outside in parts:
            amount = sign * amounts[e]
            if not outside:
                total -= np.reshape(amount, (-1, 1)) * scores[row]
                continue
            unit = units[row]
            if len(unit) > 1:
                unit = unit[self._draw]
            total += np.reshape(amount, (-1, 1)) * unit
        return total

    def _solve(
        self,
        group: Sequence[int],
        sums: Sequence[np.ndarray],
        amounts: Amounts,
        scores: dict[int, np.ndarray],
    ) -> None:
        """Write the unit scores of a group, from what its datasets take of all others."""
        place = {node: i for i, node in enumerate(group)}
        matrix = np.zeros((self.size, len(group), len(group)))
        for node in group:
            for e, row, sign in self.paired.foreground.parts(node)[0]:
                if row in place:
                    matrix[:, place[node], place[row]] += sign * amounts[e]
        if len(group) == 1:
            scores[group[0]] = sums[0] / matrix[:, 0]
            return
        solved = np.linalg.solve(matrix, np.stack(sums, axis=1))
        scores |= {node: solved[:, i] for node, i in place.items()}
