"""Whether the ids in processed arrays are those of the project's datasets and flows.

Rewriting a database gives each node a new id. The arrays of databases and LCIA methods that refer
to it keep the old ones without a word: flows then no longer meet their factors, and scores are
too low.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.engine.packages import read_groups
from bw_tinyml.errors import ProjectError


@dataclass(frozen=True)
class StaleIds:
    """Ids in processed arrays that are no longer in the project.

    Attributes
    ----------
    what
        The database or method.
    stale, total
        How many ids, of how many.
    process
        The call that derives the arrays anew.
    """

    what: str
    stale: int
    total: int
    process: str


def stale_ids() -> Iterator[StaleIds]:
    """Find arrays of the current project that refer to ids that do not exist.

    Arrays that are marked as out of date are left out: they will be derived anew.
    """
    bd = bw2data()
    from bw2data.backends.schema import ActivityDataset

    known = np.array([i for (i,) in ActivityDataset.select(ActivityDataset.id).tuples()], dtype=int)
    for name in bd.databases:
        if not bd.databases[name].get("dirty"):
            used = _ids(
                bd.Database(name).filepath_processed(), ("technosphere_matrix", "biosphere_matrix")
            )
            yield from _compared(f"database {name}", used, known, f"Database({name!r}).process()")
    for name in bd.methods:
        used = _ids(bd.Method(name).filepath_processed(), ("characterization_matrix",))
        yield from _compared(f"method {name}", used, known, f"Method({name!r}).process()")


def _ids(path: Path, matrices: tuple[str, ...]) -> np.ndarray:
    """Return the ids of rows; none where a file is missing or damaged, which others report."""
    try:
        groups = [group for matrix in matrices for group in read_groups([path], matrix)]
    except ProjectError:
        return np.zeros(0, dtype=int)
    return np.unique(np.concatenate([np.zeros(0, dtype=int), *(group.row for group in groups)]))


def _compared(what: str, used: np.ndarray, known: np.ndarray, process: str) -> Iterator[StaleIds]:
    stale = np.count_nonzero(~np.isin(used, known))
    if stale:
        yield StaleIds(what, int(stale), used.size, f"bw2data.{process}")
