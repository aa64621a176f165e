"""Small pieces of linear algebra and graphs for calculations while a user waits."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

import numpy as np
import scipy.sparse as sp

from bw_tinyml.errors import ProjectError
from bw_tinyml.impact.solving import SINGULAR_SAMPLE, solve

Item = TypeVar("Item", bound=Hashable)
#: more unknowns than this are solved column by column with sparse factors
DENSE = 150


def closure(start: set[Item], edges: Mapping[Item, set[Item]]) -> frozenset[Item]:
    """Return all nodes that can be reached from some."""
    found = set(start)
    queue = list(start)
    while queue:
        more = edges.get(queue.pop(), set()) - found
        found |= more
        queue += more
    return frozenset(found)


def solve_batch(entries: Mapping[tuple[int, int], Any], right: np.ndarray) -> np.ndarray:
    """Solve one small system per column; ``entries`` are the elements of the transposed matrix."""
    columns, size, _ = right.shape
    if size <= DENSE:
        dense = np.zeros((columns, size, size))
        for (i, j), value in entries.items():
            dense[:, i, j] = value
        try:
            solved: np.ndarray = np.linalg.solve(dense, right)
        except np.linalg.LinAlgError:
            solved = np.full_like(right, np.nan)
        if not np.all(np.isfinite(solved)):
            raise ProjectError(*SINGULAR_SAMPLE)
        return solved
    rows, cells = zip(*entries, strict=True)
    values = np.array([np.broadcast_to(v, columns) for v in entries.values()])
    return np.array(
        [
            solve(sp.csc_matrix((values[:, k], (rows, cells)), shape=(size, size)), right[k])
            for k in range(columns)
        ]
    )
