"""The elements of a matrix with their distributions, and samples of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine.arrays import System, latest
from bw_tinyml.engine.packages import Group, Source, read_groups
from bw_tinyml.engine.philox import (
    LOGNORMAL,
    NORMAL,
    ONE,
    TILE,
    UNIFORM,
    block_key,
    draw_elements,
    draw_iterations,
)
from bw_tinyml.errors import ProjectError

#: ids of stats_arrays
_UNDEFINED, _CERTAIN, _LOGNORMAL, _NORMAL, _UNIFORM, _TRIANGULAR = range(6)
FIELDS = ("loc", "scale", "minimum", "maximum")


@dataclass(frozen=True)
class Elements:
    """Elements of a matrix, not added up; those of one cell are drawn one by one.

    Attributes
    ----------
    row, column
        Ids.
    amount
        Stated amounts, with the sign that they have in the matrix.
    records
        Distributions, with the fields of stats_arrays.
    sign
        -1 where the sign of what is drawn must be turned, else 1.
    """

    row: np.ndarray
    column: np.ndarray
    amount: np.ndarray
    records: np.ndarray
    sign: np.ndarray

    def part(self, keep: np.ndarray) -> Elements:
        """Return some of the elements."""
        return Elements(*(value[keep] for value in vars(self).values()))


def load_elements(sources: Sequence[Source], matrix: str) -> Elements:
    """Return the elements that some datapackages bring to a matrix, without those always zero.

    Elements of a package without distributions are certain.
    """
    groups = read_groups(list(sources), matrix, distributions=True)
    if not groups:
        empty = np.zeros(0, dtype=np.int64)
        return Elements(empty, empty, np.zeros(0), np.zeros(0, dtype=_DTYPE), np.zeros(0))
    found = Elements(
        np.concatenate([g.row for g in groups]),
        np.concatenate([g.column for g in groups]),
        np.concatenate([g.data for g in groups]),
        np.concatenate([_records(g) for g in groups]),
        np.concatenate(
            [np.ones(g.row.size) if g.flip is None else np.where(g.flip, -1.0, 1.0) for g in groups]
        ),
    )
    keep = latest(groups)
    found = found if keep is None else found.part(keep)
    certain = found.records["uncertainty_type"] <= _CERTAIN
    zero = certain & (found.records["loc"] == 0)
    return found.part(~zero) if zero.any() else found


def links(system: System, technosphere: Elements) -> sp.csr_matrix:
    """Return where a technosphere may hold a number in some sample, activities x products.

    What is zero at its stated amount may be none when it is drawn, so that the order of the stated
    technosphere would not do.
    """
    activity = places_of(system.activities, technosphere.column)
    ones = np.ones(activity.size)
    size = system.products.size
    return sp.csr_matrix((ones, (activity, system.places(technosphere.row))), shape=(size, size))


def places_of(ids: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the places of some of the ids."""
    order = np.argsort(ids)
    found: np.ndarray = order[np.searchsorted(ids[order], wanted)]
    return found


def elements_of(distributions: Sequence[Mapping[str, Any]]) -> Elements:
    """Return elements from distributions by name of their fields, as stats_arrays takes them."""
    records = np.zeros(len(distributions), dtype=_DTYPE)
    for name in _DTYPE.names or ():
        missing = np.nan if _DTYPE[name].kind == "f" else 0
        records[name] = [fields.get(name, missing) for fields in distributions]
    ids = np.arange(len(distributions))
    return Elements(ids, ids, records["loc"].astype(float), records, np.ones(ids.size))


def deviations(elements: Elements) -> np.ndarray:
    """Return standard deviations; 0 for certain elements.

    Those of bounded and of rare distributions are taken from a thousand samples.
    """
    records = elements.records
    kind = records["uncertainty_type"].astype(np.int64)
    loc, scale, low, high = (records[name].astype(float) for name in FIELDS)
    found = np.zeros(kind.size)
    plain = np.isnan(low) & np.isnan(high)
    own = (kind == _LOGNORMAL) & plain
    square = scale[own] ** 2
    found[own] = np.exp(loc[own] + square / 2) * np.sqrt(np.expm1(square))
    own = (kind == _NORMAL) & plain
    found[own] = scale[own]
    own = kind == _UNIFORM
    found[own] = (high - low)[own] / np.sqrt(12.0)
    own = kind == _TRIANGULAR
    a, b, c = low[own], high[own], loc[own]
    found[own] = np.sqrt((a * a + b * b + c * c - a * b - a * c - b * c) / 18.0)
    rest = (kind > _TRIANGULAR) | (np.isin(kind, (_LOGNORMAL, _NORMAL)) & ~plain)
    if rest.any():
        draws = Draws(elements.part(rest), 0)
        drawn = draws.drawn(block_key(0, 0), 0, 4 * TILE)[draws.place]
        found[rest] = np.abs(draws.unit) * drawn.std(axis=1)
    return found


_DTYPE = np.dtype(
    [(name, "<f4") for name in ("loc", "scale", "shape", "minimum", "maximum")]
    + [("uncertainty_type", "u1"), ("negative", "?")]
)


def _records(group: Group) -> np.ndarray:
    records = np.zeros(group.row.size, dtype=_DTYPE)
    if group.distributions is not None:
        for name in _DTYPE.names or ():  # by name: the order of fields differs between releases
            records[name] = group.distributions[name]
        return records
    sign = 1.0 if group.flip is None else np.where(group.flip, -1.0, 1.0)
    records["loc"] = group.data * sign
    return records


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
        bounded = np.isin(kind, (_LOGNORMAL, _NORMAL)) & (np.isfinite(low) | np.isfinite(high))
        other = (kind > _TRIANGULAR) | (bounded & (kind == _LOGNORMAL) & negative)
        members = {
            "lognormal": (kind == _LOGNORMAL) & ~bounded,
            "normal": (kind == _NORMAL) & ~bounded,
            "uniform": kind == _UNIFORM,
            "triangular": kind == _TRIANGULAR,
            "bounded": bounded & ~other,
            "other": other,
        }
        which = {"lognormal": LOGNORMAL, "normal": NORMAL}
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
            kinds.append(np.full(units, which.get(name, UNIFORM)))
            width += units * unit_of_places
        self.place[self.place < 0] = width
        self._kinds = np.concatenate([*kinds, [ONE]])
        self._scale = np.zeros(width + unit_of_places, dtype=np.float32)
        self._scale[self._span["lognormal"]] = scale[self._of["lognormal"]]
        self._loc, self._spread, self._low, self._high = loc, scale, low, high
        self._size = _sizes(kind, loc, scale, low, high)
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

        lognormal = self._records["uncertainty_type"][own] == _LOGNORMAL
        loc, scale = self._loc[own], self._spread[own]
        ends = []
        for bound, open_end in ((self._low[own], -np.inf), (self._high[own], np.inf)):
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = np.where(bound > 0, np.log(bound), -np.inf)
                at = np.where(lognormal, logs, bound)
            ends.append(ndtr((np.where(np.isnan(bound), open_end, at) - loc) / scale))
        z = ndtri(ends[0] + u.astype(float) * (ends[1] - ends[0]))
        size = self._size[own]
        values: np.ndarray = np.where(lognormal, np.exp(scale * z), (loc + scale * z) / size)
        return values

    def _others(self, key: tuple[int, int], first: int, count: int) -> np.ndarray:
        """Distributions that are rare in inventories, drawn by stats_arrays per iteration."""
        from stats_arrays.random import MCRandomNumberGenerator

        own = self._of["other"]
        generator = MCRandomNumberGenerator(self._stats_arrays)
        rows = np.empty((own.size, count))
        for i in range(count):
            seed = np.random.SeedSequence((*key, self.stream, first + i))
            generator.random = np.random.RandomState(np.random.SFC64(seed))
            rows[:, i] = generator.generate()
        return rows / self._size[own, None]

    @cached_property
    def _stats_arrays(self) -> np.ndarray:
        from stats_arrays import UncertaintyBase

        own = self._records[self._of["other"]]
        names = [name for name in _DTYPE.names or () if name != "uncertainty_type"]
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
    certain, lognormal = kind <= _CERTAIN, kind == _LOGNORMAL
    size[certain] = loc[certain]
    size[lognormal] = np.exp(loc[lognormal])
    largest = np.fmax(np.abs(loc), np.fmax(np.abs(low), np.abs(high)))
    normal = kind == _NORMAL
    largest[normal] = np.fmax(np.abs(loc), scale)[normal]
    ranged = np.isin(kind, (_NORMAL, _UNIFORM, _TRIANGULAR)) & (largest > 0)
    size[ranged] = largest[ranged]
    return size


def _refuse(
    kind: np.ndarray, loc: np.ndarray, scale: np.ndarray, low: np.ndarray, high: np.ndarray
) -> None:
    """Refuse distributions from which nothing can be drawn."""
    spread = np.isin(kind, (_LOGNORMAL, _NORMAL))
    ranged = np.isin(kind, (_UNIFORM, _TRIANGULAR))
    wrong = spread & ~(np.isfinite(loc) & np.isfinite(scale) & (scale > 0))
    wrong |= ranged & ~(np.isfinite(low) & np.isfinite(high) & (high >= low))
    wrong |= (kind == _TRIANGULAR) & ~((loc >= low) & (loc <= high))
    wrong |= spread & (low >= high)
    wrong |= (kind <= _CERTAIN) & ~np.isfinite(loc)
    if wrong.any():
        raise ProjectError(
            f"{np.count_nonzero(wrong)} exchanges have a distribution that is not well defined "
            f"(uncertainty type {kind[wrong][0]})",
            "correct its fields (scale above 0, minimum below maximum) in the database, then "
            "Database(NAME).process()",
        )
