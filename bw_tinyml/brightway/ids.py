"""Whether the ids in processed arrays are those of the project's datasets and flows.

Rewriting a database gives each node a new id. The arrays of databases and LCIA methods that refer
to it keep the old ones without a word: flows then no longer meet their factors, and scores are
too low. Databases state what they use by codes, which a rewrite keeps, so that their arrays can be
derived anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bw_tinyml.brightway.stack import bw2data, quiet
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
    remedy
        What to do.
    database
        Name of the database; empty for a method.
    """

    what: str
    stale: int
    total: int
    remedy: str
    database: str = ""


def stale_ids() -> Iterator[StaleIds]:
    """Find arrays of the current project that refer to ids that do not exist.

    Arrays that are marked as out of date are left out: they will be derived anew.
    """
    bd = bw2data()
    known = _known()
    yield from _stale_databases(list(bd.databases), known)
    for name in bd.methods:
        used = _ids(bd.Method(name).filepath_processed(), ("characterization_matrix",))
        if stale := _missing(used, known):
            remedy = f"bw2data.Method({name!r}).process()"
            yield StaleIds(f"method {name}", stale, used.size, remedy)


def renew_arrays(written: Collection[str] | None = None) -> list[str]:
    """Derive the arrays of databases anew that refer to ids that do not exist.

    Those are left alone of which an exchange leads nowhere: bw2data would empty their file.

    Parameters
    ----------
    written
        Look at the databases only that use these, and are none of them; by default at all.

    Returns
    -------
    list of str
        Names of the databases whose arrays were derived anew.
    """
    bd = bw2data()
    names = [
        name
        for name in bd.databases
        if written is None
        or (name not in written and set(written) & set(bd.databases[name].get("depends", [])))
    ]
    if not names:
        return []
    found = [fault.database for fault in _stale_databases(names, _known())]
    renewed = [name for name in found if can_be_derived(name)]
    for name in renewed:
        with quiet():
            bd.Database(name).process()
    return renewed


def _stale_databases(names: Collection[str], known: np.ndarray) -> Iterator[StaleIds]:
    bd = bw2data()
    matrices = ("technosphere_matrix", "biosphere_matrix")
    for name in names:
        if bd.databases[name].get("dirty"):
            continue
        used = _ids(bd.Database(name).filepath_processed(), matrices)
        if stale := _missing(used, known):
            remedy = (
                f"bw-tinyml doctor --project {bd.projects.current} --mend"
                if can_be_derived(name)
                else "install or write again what it uses; its exchanges lead nowhere"
            )
            yield StaleIds(f"database {name}", stale, used.size, remedy, name)


def can_be_derived(database: str) -> bool:
    """Whether bw2data can make the arrays from the rows: each exchange leads to a node."""
    bd = bw2data()
    from bw2data.backends.schema import ActivityDataset as Nodes
    from bw2data.backends.schema import ExchangeDataset as Exchanges
    from peewee import JOIN

    if bd.databases[database].get("backend", "sqlite") != "sqlite":
        return False
    same = (Exchanges.input_code == Nodes.code) & (Exchanges.input_database == Nodes.database)
    lost = (
        Exchanges.select(Exchanges.id)
        .join(Nodes, join_type=JOIN.LEFT_OUTER, on=same)
        .where((Exchanges.output_database == database) & Nodes.id.is_null())
    )
    return not lost.exists()


def _known() -> np.ndarray:
    """Ids of all nodes of the project."""
    bw2data()
    from bw2data.backends.schema import ActivityDataset

    return np.array([i for (i,) in ActivityDataset.select(ActivityDataset.id).tuples()], dtype=int)


def _ids(path: Path, matrices: tuple[str, ...]) -> np.ndarray:
    """Return the ids of rows; none where a file is missing or damaged, which others report."""
    try:
        groups = [group for matrix in matrices for group in read_groups([path], matrix)]
    except ProjectError:
        return np.zeros(0, dtype=int)
    return np.unique(np.concatenate([np.zeros(0, dtype=int), *(group.row for group in groups)]))


def _missing(used: np.ndarray, known: np.ndarray) -> int:
    """Return how many of the used ids are not known."""
    return int(np.count_nonzero(~np.isin(used, known)))
