"""A product system as matrices in double precision, each activity beside its product.

Processed datapackages store amounts in single precision; they are widened *before* anything is
calculated (only duplicates of a cell are added up before, as bw2calc does). The technosphere is
kept transposed (one row per activity, its inputs and its product in it), because that is the way in
which scores flow: from suppliers to users.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from bw_tinyml.engine.packages import Group, Source, indexed, read_groups
from bw_tinyml.errors import ProjectError

SINGULAR = "look for activities without production exchange in the databases of the project"
UNKNOWN = "a database was rewritten after another one that uses it: bw-tinyml doctor"


@dataclass(frozen=True)
class System:
    """Technosphere and biosphere; activity ``j`` makes product ``j``.

    Attributes
    ----------
    products, activities
        Ids, int64, shape (n,); the same ids where a process is its own product.
    flows
        Ids of elementary flows, sorted, shape (m,).
    technosphere
        ``A^T``, activities x products.
    biosphere
        ``B^T``, activities x flows.
    package
        Number of the package that each activity comes from.
    """

    products: np.ndarray
    activities: np.ndarray
    flows: np.ndarray
    technosphere: sp.csr_matrix
    biosphere: sp.csr_matrix
    package: np.ndarray

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.products)
        return self.products[order], order

    def places(self, products: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the places of products.

        Raises
        ------
        ProjectError
            The system does not have one of them.
        """
        try:
            wanted = np.asarray(products, dtype=np.int64)
        except OverflowError as error:
            raise ProjectError(
                "a product is not in the technosphere: its id has over 64 bits", UNKNOWN
            ) from error
        known, order = self._sorted
        if not known.size:
            raise ProjectError("the system has no products", SINGULAR)
        found = np.minimum(np.searchsorted(known, wanted), known.size - 1)
        missing = wanted[known[found] != wanted]
        if missing.size:
            raise ProjectError(
                f"{missing.size} products are not in the technosphere, e.g. id {missing[0]}",
                UNKNOWN,
            )
        places: np.ndarray = order[found]
        return places

    def factors(self, tables: Sequence[tuple[np.ndarray, np.ndarray]]) -> sp.csc_matrix:
        """Return characterisation factors, flows x methods.

        Parameters
        ----------
        tables
            Ids of flows and their factors, one pair per method. Flows that nothing in the system
            emits are left out.
        """
        rows, columns, values = [], [], []
        for column, (ids, amounts) in enumerate(tables):
            if not self.flows.size:
                break
            place = np.minimum(np.searchsorted(self.flows, ids), self.flows.size - 1)
            known = np.flatnonzero(self.flows[place] == ids)
            rows.append(place[known])
            values.append(np.asarray(amounts, dtype=float)[known])
            columns.append(np.full(known.size, column))
        shape = (self.flows.size, len(tables))
        if not rows:
            return sp.csc_matrix(shape)
        triplets = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        return sp.coo_matrix(triplets, shape=shape).tocsc()


def load_system(sources: Sequence[Source]) -> System:
    """Return the system that some datapackages make up.

    Parameters
    ----------
    sources
        Zip files, folders, or open packages of bw_processing. Where two packages give the same
        element, the later one counts, as in bw2calc.

    Raises
    ------
    ProjectError
        A package cannot be read, or products and activities do not pair.
    """
    technosphere = read_groups(list(sources), "technosphere_matrix")
    if not any(group.row.size for group in technosphere):
        raise ProjectError("the datapackages have no technosphere", SINGULAR)
    row, column, data, flag, number = _joined(technosphere)
    activities, column_place = indexed(column)
    products, row_place = indexed(row)
    if activities.size != products.size:
        raise ProjectError(
            f"the technosphere is not square: {products.size} products, "
            f"{activities.size} activities",
            UNKNOWN,
        )
    n = activities.size
    product_of = _pairs(products, activities, row_place, column_place, data, flag)
    place_of = np.empty(n, dtype=np.int64)
    place_of[product_of] = np.arange(n)
    matrix = _matrix(data, column_place, place_of[row_place], (n, n))
    package = np.empty(n, dtype=np.int64)
    package[column_place] = number

    row, column, data, _, _ = _joined(read_groups(list(sources), "biosphere_matrix"))
    place = np.minimum(np.searchsorted(activities, column), n - 1)
    known = activities[place] == column
    if not known.all():
        raise ProjectError(
            f"{np.count_nonzero(~known)} elementary flows belong to activities that are not in "
            "the technosphere",
            SINGULAR,
        )
    flows, flow_place = indexed(row)
    biosphere = _matrix(data, place, flow_place, (n, flows.size))
    return System(products[product_of], activities, flows, matrix, biosphere, package)


def load_factors(source: Source) -> tuple[np.ndarray, np.ndarray]:
    """Return ids of flows and their factors of an LCIA method; double rows are added up."""
    row, _, data, _, _ = _joined(read_groups([source], "characterization_matrix"))
    if (row[1:] > row[:-1]).all():
        return row, data
    ids, place = indexed(row)
    return ids, np.bincount(place, data, minlength=ids.size)


def _joined(groups: Sequence[Group]) -> tuple[np.ndarray, ...]:
    """Return rows, columns, amounts, flags (-1 unknown, 0, 1) and packages of all groups."""
    if not groups:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, np.zeros(0), empty, empty
    if len(groups) == 1:
        only = groups[0]
        flag = np.full(only.row.size, -1) if only.reference is None else only.reference
        number = np.full(only.row.size, only.package)
        return only.row, only.column, only.data, flag.astype(np.int64), number
    row = np.concatenate([g.row for g in groups])
    column = np.concatenate([g.column for g in groups])
    data = np.concatenate([g.data for g in groups])
    flag = np.concatenate(
        [
            np.full(g.row.size, -1) if g.reference is None else g.reference.astype(np.int64)
            for g in groups
        ]
    )
    number = np.concatenate([np.full(g.row.size, g.package) for g in groups])
    keep = latest(groups)
    if keep is None:
        return row, column, data, flag, number
    return row[keep], column[keep], data[keep], flag[keep], number[keep]


def latest(groups: Sequence[Group]) -> np.ndarray | None:
    """Mark the elements, of all groups in a row, that no later group gives anew; None for all."""
    if len(groups) < 2:
        return None
    column = np.concatenate([g.column for g in groups])
    if _disjoint([g.column for g in groups], column):
        return None  # each column comes from one group: the usual case
    row = np.concatenate([g.row for g in groups])
    part = np.concatenate([np.full(g.row.size, i) for i, g in enumerate(groups)])
    _, cell = np.unique(np.stack([row, column]), axis=1, return_inverse=True)
    last = np.zeros(cell.max() + 1, dtype=np.int64)
    np.maximum.at(last, cell.ravel(), part)
    keep: np.ndarray = part == last[cell.ravel()]
    return keep


def _disjoint(parts: Sequence[np.ndarray], whole: np.ndarray) -> bool:
    """Return whether no id stands in two parts."""
    return sum(indexed(part)[0].size for part in parts) == indexed(whole)[0].size


def _matrix(
    data: np.ndarray, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]
) -> sp.csr_matrix:
    matrix = sp.coo_matrix((data, (rows, columns)), shape=shape).tocsr()
    matrix.sum_duplicates()
    return matrix


def _pairs(
    products: np.ndarray,
    activities: np.ndarray,
    row: np.ndarray,
    column: np.ndarray,
    data: np.ndarray,
    flag: np.ndarray,
) -> np.ndarray:
    """Return, for each activity, the place of the product that it makes.

    By the reference flags; without a flag, by the same id; without either, by a matching that
    leaves no product out.
    """
    n = activities.size
    product = np.full(n, -1, dtype=np.int64)
    same = np.minimum(np.searchsorted(products, activities), n - 1)
    diagonal = (products[same[column]] == activities[column]) & (same[column] == row) & (data != 0)
    product[column[diagonal]] = row[diagonal]
    flagged = flag == 1
    product[column[flagged]] = row[flagged]
    if (product >= 0).all() and np.bincount(product, minlength=n).max() == 1:
        return product
    graph = sp.coo_matrix((np.abs(data), (column, row)), shape=(n, n)).tocsr()
    graph.eliminate_zeros()
    matched = sp.csgraph.maximum_bipartite_matching(graph, perm_type="column")
    if (matched < 0).any():
        raise ProjectError(
            f"the technosphere is singular: {np.count_nonzero(matched < 0)} activities have no "
            "product of their own",
            SINGULAR,
        )
    return matched.astype(np.int64)
