"""The elements of a matrix with their distributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine.arrays import System, latest
from bw_tinyml.engine.packages import Group, Source, read_groups

#: ids of stats_arrays
UNDEFINED, CERTAIN, LOGNORMAL, NORMAL, UNIFORM, TRIANGULAR = range(6)


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
    certain = found.records["uncertainty_type"] <= CERTAIN
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
