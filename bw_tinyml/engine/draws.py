"""Samples of elements, and how much they vary."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from bw_tinyml.engine import philox
from bw_tinyml.engine.elements import CERTAIN, LOGNORMAL, NORMAL, TRIANGULAR, UNIFORM, Elements
from bw_tinyml.engine.philox import TILE, block_key, draw_elements, draw_iterations
from bw_tinyml.errors import ProjectError

FIELDS = ("loc", "scale", "minimum", "maximum")
#: draws from which the size of an element is taken whose distribution does not show it
TYPICAL = 64


class Draws:
    """Samples of elements.

    The amount of element ``e`` is ``unit[e] * drawn[place[e]]``. What is drawn is near 1, in single
    precision; ``unit`` holds the size and the sign in double precision. Certain elements share a
    place that always holds 1.

    Parameters
    ----------
    elements
        What to draw.
    stream
        Tells apart what shall be independent under the same key.
    many
        Whether there are many elements and few iterations of them are drawn at once, one row each;
        else many iterations at once, one row for each element.

    Raises
    ------
    ProjectError
        A distribution is not well defined.
    """

    def __init__(self, elements: Elements, stream: int, many: bool = False) -> None:
        self.stream, self.many = stream, many
        self._records = records = elements.records
        kind = records["uncertainty_type"].astype(np.int64)
        loc, scale, low, high = (records[name].astype(float) for name in FIELDS)
        negative = records["negative"]
        _refuse(kind, loc, scale, low, high)
        bounded = np.isin(kind, (LOGNORMAL, NORMAL)) & (np.isfinite(low) | np.isfinite(high))
        other = (kind > TRIANGULAR) | (bounded & (kind == LOGNORMAL) & negative)
        members = {
            "lognormal": (kind == LOGNORMAL) & ~bounded,
            "normal": (kind == NORMAL) & ~bounded,
            "uniform": kind == UNIFORM,
            "triangular": kind == TRIANGULAR,
            "bounded": bounded & ~other,
            "other": other,
        }
        which = {"lognormal": philox.LOGNORMAL, "normal": philox.NORMAL}
        unit_of_places = TILE if many else 1
        kinds: list[np.ndarray] = []
        width = 0
        self.place = np.full(kind.size, -1, dtype=np.int64)
        self._span: dict[str, slice] = {}
        self._of: dict[str, np.ndarray] = {}
        for name, marked in members.items():
            own = np.flatnonzero(marked)
            self._of[name], self._span[name] = own, slice(width, width + own.size)
            self.place[own] = width + np.arange(own.size)
            units = -(-own.size // unit_of_places)
            kinds.append(np.full(units, which.get(name, philox.UNIFORM)))
            width += units * unit_of_places
        self.place[self.place < 0] = width
        self._kinds = np.concatenate([*kinds, [philox.ONE]])
        self._scale = np.zeros(width + unit_of_places, dtype=np.float32)
        self._scale[self._span["lognormal"]] = scale[self._of["lognormal"]]
        self._loc, self._spread, self._low, self._high = loc, scale, low, high
        self._size = _sizes(kind, loc, scale, low, high)
        if self._of["other"].size:
            self._size[self._of["other"]] *= _typical(self._others((0, 0), 0, TYPICAL))
        turned = members["lognormal"] & negative
        self.unit = self._size * elements.sign * np.where(turned, -1.0, 1.0)

    @property
    def width(self) -> int:
        """Number of places."""
        return int(self._scale.size)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Return all that the draws depend on, but key and stream."""
        return self._records, self.unit, self.place

    def drawn(self, key: tuple[int, int], first: int, count: int) -> np.ndarray:
        """Return what is drawn for some iterations.

        Parameters
        ----------
        key
            Of the block; see :func:`bw_tinyml.engine.philox.block_key`.
        first, count
            Iterations of the block; whole tiles, unless there are many elements.

        Returns
        -------
        numpy.ndarray
            Shape (width, count), or (count, width) where there are many elements.
        """
        if self.many:
            found = draw_iterations(key, self.stream, first, count, self._kinds, self._scale)
            rows = found.T
        else:
            tile, tiles = first // TILE, count // TILE
            found = draw_elements(key, self.stream, tile, tiles, self._kinds, self._scale)
            rows = found
        for name in ("normal", "uniform", "triangular", "bounded"):
            own = self._of[name]
            if own.size:
                view = rows[self._span[name]]
                view[:] = getattr(self, f"_{name}")(own[:, None], view)
        if self._of["other"].size:
            rows[self._span["other"]] = self._others(key, first, count)
        return found

    def numbers(self, key: tuple[int, int], count: int) -> np.ndarray:
        """Return the amounts of the elements in the first iterations of a block.

        Parameters
        ----------
        key
            Of the block; see :func:`bw_tinyml.engine.philox.block_key`.
        count
            Number of iterations.

        Returns
        -------
        numpy.ndarray
            Shape (elements, count).
        """
        drawn = self.drawn(key, 0, -(-count // TILE) * TILE)[self.place, :count]
        amounts: np.ndarray = self.unit[:, None] * drawn
        return amounts

    def _normal(self, own: np.ndarray, z: np.ndarray) -> np.ndarray:
        size = self._size[own]
        values: np.ndarray = self._loc[own] / size + self._spread[own] / size * z
        return values

    def _uniform(self, own: np.ndarray, u: np.ndarray) -> np.ndarray:
        low, high, size = self._low[own], self._high[own], self._size[own]
        values: np.ndarray = low / size + (high - low) / size * u
        return values

    def _triangular(self, own: np.ndarray, u: np.ndarray) -> np.ndarray:
        low, mode, high = self._low[own], self._loc[own], self._high[own]
        width = np.where(high > low, high - low, 1.0)
        peak = (mode - low) / width
        rising = low + width * np.sqrt(u * peak)
        falling = high - width * np.sqrt((1.0 - u) * (1.0 - peak))
        values: np.ndarray = np.where(u < peak, rising, falling) / self._size[own]
        return values

    def _bounded(self, own: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Normal and lognormal numbers within bounds, from where the bounds cut the distribution.

        stats_arrays draws again until a number is within; that is the same distribution.
        """
        from scipy.special import ndtr, ndtri

        lognormal = self._records["uncertainty_type"][own] == LOGNORMAL
        loc, scale = self._loc[own], self._spread[own]
        ends = []
        for bound, open_end in ((self._low[own], -np.inf), (self._high[own], np.inf)):
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = np.where(bound > 0, np.log(bound), -np.inf)
                at = np.where(lognormal, logs, bound)
            ends.append((np.where(np.isnan(bound), open_end, at) - loc) / scale)
        # In the upper tail, probabilities are too near to 1: count from the other side.
        upper = ends[0] > 0
        turn = np.where(upper, -1.0, 1.0)
        first, last = ndtr(turn * ends[0]), ndtr(turn * ends[1])
        z = turn * ndtri(first + u.astype(float) * (last - first))
        size = self._size[own]
        values: np.ndarray = np.where(lognormal, np.exp(scale * z), (loc + scale * z) / size)
        return values

    def _others(self, key: tuple[int, int], first: int, count: int) -> np.ndarray:
        """Distributions that are rare in inventories, drawn by stats_arrays per iteration."""
        from stats_arrays.errors import StatsArraysError
        from stats_arrays.random import MCRandomNumberGenerator

        own = self._of["other"]
        rows = np.empty((own.size, count))
        try:
            generator = MCRandomNumberGenerator(self._stats_arrays)
            for i in range(count):
                seed = np.random.SeedSequence((*key, self.stream, first + i))
                generator.random = np.random.RandomState(np.random.SFC64(seed))
                rows[:, i] = generator.generate()
        except (StatsArraysError, ValueError) as error:
            raise _ill_defined(own.size, int(self._records["uncertainty_type"][own[0]])) from error
        return rows / self._size[own, None]

    @cached_property
    def _stats_arrays(self) -> np.ndarray:
        from stats_arrays import UncertaintyBase

        own = self._records[self._of["other"]]
        names = [name for name in self._records.dtype.names or () if name != "uncertainty_type"]
        rows = [
            {name: row[name].item() for name in names}
            | {"uncertainty_type": int(row["uncertainty_type"])}
            for row in own
        ]
        found: np.ndarray = UncertaintyBase.from_dicts(*rows)
        return found


def _sizes(
    kind: np.ndarray, loc: np.ndarray, scale: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Return a typical size of each element, by which draws are divided."""
    size = np.ones(kind.size)
    certain, lognormal = kind <= CERTAIN, kind == LOGNORMAL
    size[certain] = loc[certain]
    size[lognormal] = np.exp(loc[lognormal])
    largest = np.fmax(np.abs(loc), np.fmax(np.abs(low), np.abs(high)))
    normal = kind == NORMAL
    largest[normal] = np.fmax(np.abs(loc), scale)[normal]
    ranged = np.isin(kind, (NORMAL, UNIFORM, TRIANGULAR)) & (largest > 0)
    size[ranged] = largest[ranged]
    return size


def _typical(drawn: np.ndarray) -> np.ndarray:
    """Return typical numbers of rows of draws: powers of two, by which discrete numbers stay exact.

    Negative where the draws mostly are; 1 where all are zero.
    """
    size = np.abs(drawn).mean(axis=1)
    powers = np.exp2(np.round(np.log2(np.where(size > 0, size, 1.0))))
    return np.copysign(powers, drawn.mean(axis=1))


def _refuse(
    kind: np.ndarray, loc: np.ndarray, scale: np.ndarray, low: np.ndarray, high: np.ndarray
) -> None:
    """Refuse distributions from which nothing can be drawn."""
    spread = np.isin(kind, (LOGNORMAL, NORMAL))
    ranged = np.isin(kind, (UNIFORM, TRIANGULAR))
    wrong = spread & ~(np.isfinite(loc) & np.isfinite(scale) & (scale > 0))
    wrong |= ranged & ~(np.isfinite(low) & np.isfinite(high) & (high >= low))
    wrong |= (kind == TRIANGULAR) & ~((loc >= low) & (loc <= high))
    wrong |= spread & (low >= high)
    wrong |= (kind <= CERTAIN) & ~np.isfinite(loc)
    if wrong.any():
        raise _ill_defined(int(wrong.sum()), int(kind[wrong][0]))


def _ill_defined(count: int, kind: int) -> ProjectError:
    return ProjectError(
        f"{count} exchanges have a distribution that is not well defined (uncertainty type {kind})",
        "correct its fields (scale above 0, minimum below maximum) in the database, then "
        "Database(NAME).process()",
    )


def deviations(elements: Elements) -> np.ndarray:
    """Return standard deviations; 0 for certain elements.

    Those of bounded and of rare distributions are taken from a thousand samples.
    """
    records = elements.records
    kind = records["uncertainty_type"].astype(np.int64)
    loc, scale, low, high = (records[name].astype(float) for name in FIELDS)
    found = np.zeros(kind.size)
    plain = np.isnan(low) & np.isnan(high)
    own = (kind == LOGNORMAL) & plain
    square = scale[own] ** 2
    found[own] = np.exp(loc[own] + square / 2) * np.sqrt(np.expm1(square))
    own = (kind == NORMAL) & plain
    found[own] = scale[own]
    own = kind == UNIFORM
    found[own] = (high - low)[own] / np.sqrt(12.0)
    own = kind == TRIANGULAR
    a, b, c = low[own], high[own], loc[own]
    found[own] = np.sqrt((a * a + b * b + c * c - a * b - a * c - b * c) / 18.0)
    rest = (kind > TRIANGULAR) | (np.isin(kind, (LOGNORMAL, NORMAL)) & ~plain)
    if rest.any():
        draws = Draws(elements.part(rest), 0)
        drawn = draws.drawn(block_key(0, 0), 0, 4 * TILE)[draws.place]
        found[rest] = np.abs(draws.unit) * drawn.std(axis=1)
    return found
