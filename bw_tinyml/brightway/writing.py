"""Writing databases so that nothing is ever lost.

``bw2data.Database.write`` deletes the old rows first and keeps an emptied database when anything
fails. Here everything that can fail happens before one single commit:

1. all rows are built in memory;
2. in one SQLite transaction over all databases: delete the old rows, insert the new ones, and let
   bw2data itself make the processed arrays from them, into files of another name;
3. commit, then rename the files, then write the metadata.

Datasets that existed before keep their node ids, so that databases which use ours, calculation
setups and cached arrays stay valid.

An error or Ctrl-C before the commit rolls everything back. A kill leaves a journal file, and:
before the commit, the old rows and arrays; after it, the new rows with the database marked
``dirty``, which makes bw2data derive the arrays anew on first use. So the scores are always those
of one complete version. ``bw-tinyml doctor`` finds the journal and explains it.
"""

from __future__ import annotations

import datetime
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bw_tinyml.brightway.ids import renew_arrays
from bw_tinyml.brightway.journal import journal
from bw_tinyml.brightway.parameters import delete_parameters, insert_parameters
from bw_tinyml.brightway.payload import Payload
from bw_tinyml.brightway.rows import insert_rows
from bw_tinyml.brightway.stack import (
    announce_write,
    bw2data,
    forget_ids,
    new_ids,
    quiet,
    with_node_type,
)
from bw_tinyml.errors import OverwriteError, ProjectError

STAGED = ".bw-tinyml-staged.zip"
Progress = Callable[[str, int, int], None]


def write_databases(
    payloads: Sequence[Payload], replace: bool = False, progress: Progress | None = None
) -> list[str]:
    """Write databases into the current project, all or none.

    One that was deleted before gets new node ids; arrays of others that hold the old ones follow.

    Parameters
    ----------
    payloads
        The databases; one that uses another comes after it.
    replace
        Whether databases of these names may be replaced.
    progress
        Called with a title, a count and a total.

    Returns
    -------
    list of str
        Other databases whose arrays were derived anew.

    Raises
    ------
    OverwriteError
        A database of that name exists, and ``replace`` is not set.
    ProjectError
        Another database uses a dataset that would vanish.
    """
    bd = bw2data()
    existing = [p.name for p in payloads if p.name in bd.databases]
    if existing and not replace:
        raise OverwriteError(
            f"database '{existing[0]}' exists in project '{bd.projects.current}'",
            "add --replace (replace=True) to replace it, or name another project",
        )
    for payload in payloads:
        _refuse_to_break_others(payload, {p.name for p in payloads})
    locations = {d["location"] for p in payloads for d in p.datasets if d.get("location")}
    geomapping = dict(bd.geomapping.data)
    earlier = {n: dict(bd.databases.data[n]) for n in existing}
    with journal([p.name for p in payloads]) as trace:
        try:
            with quiet():
                bd.geomapping.add(locations)
            with ExitStack() as transaction:
                metadata = _rewrite(payloads, transaction, progress)
                commit = transaction.pop_all().close
        except BaseException:
            bd.geomapping.data = geomapping
            bd.geomapping.flush()
            _clean(payloads, earlier)
            raise
        with _uninterrupted():
            commit()
            for payload in payloads:
                _publish(payload, metadata[payload.name])
            trace.unlink()
    for payload in payloads:
        _make_searchable(payload.name)
        announce_write(payload.name)
    return renew_arrays([payload.name for payload in payloads])


def _rewrite(
    payloads: Sequence[Payload], transaction: ExitStack, progress: Progress | None
) -> dict[str, dict[str, Any]]:
    """Rewrite the rows of all databases in an open transaction; return their metadata.

    Parameters and inventory are two SQLite files. The parameters are committed first: should the
    machine fail between the two commits, the scores are still those of the old version.
    """
    bd = bw2data()
    from bw2data.backends import sqlite3_lci_db
    from bw2data.parameters import parameters

    transaction.enter_context(sqlite3_lci_db.db.atomic())
    transaction.enter_context(parameters.db.db.atomic())
    for number, payload in enumerate(payloads, start=1):
        formulas = _rewrite_rows(payload)
        delete_parameters(payload.name)
        insert_parameters(payload, formulas)
        if progress:
            progress("databases", number, len(payloads))
    metadata = {payload.name: _process(payload) for payload in payloads}
    _mark_dirty([p.name for p in payloads if p.name in bd.databases])
    for payload in payloads:
        forget_ids(payload.name)
    return metadata


def _rewrite_rows(payload: Payload) -> dict[str, dict[int, str]]:
    """Replace the rows of a database; return formulas by code of the activity and row id."""
    from bw2data.backends.schema import ActivityDataset, ExchangeDataset
    from bw2data.backends.utils import dict_as_activitydataset, dict_as_exchangedataset

    kept = _ids_by_code(payload.name)
    ActivityDataset.delete().where(ActivityDataset.database == payload.name).execute()
    ExchangeDataset.delete().where(ExchangeDataset.output_database == payload.name).execute()
    nodes, exchanges = [], []
    fresh = iter(new_ids(len(payload.datasets)))
    for dataset in payload.datasets:
        node = with_node_type(dict(dataset))
        own = node.pop("exchanges", [])
        row = dict_as_activitydataset(node)
        identifier = kept.get(node["code"]) or next(fresh)
        if identifier is not None:
            row["id"] = identifier
        nodes.append(row)
        exchanges += [dict_as_exchangedataset(dict(e)) for e in own]
    insert_rows(ActivityDataset, nodes)
    insert_rows(ExchangeDataset, exchanges)
    formulas: dict[str, dict[int, str]] = {}
    rows = ExchangeDataset.select(ExchangeDataset.id, ExchangeDataset.data).where(
        ExchangeDataset.output_database == payload.name
    )
    for identifier, data in rows.tuples().iterator():
        if "formula" in data:
            formulas.setdefault(data["output"][1], {})[identifier] = data["formula"]
    return formulas


def _ids_by_code(database: str) -> dict[str, int]:
    from bw2data.backends.schema import ActivityDataset

    rows = ActivityDataset.select(ActivityDataset.code, ActivityDataset.id)
    return dict(rows.where(ActivityDataset.database == database).tuples())


class _Scratch(dict):
    """Metadata of one database while it is processed: nothing reaches the disk."""

    def flush(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""


def _process(payload: Payload) -> dict[str, Any]:
    """Make the processed arrays from the uncommitted rows, in a staged file."""
    bd = bw2data()
    with quiet():
        database = bd.Database(payload.name)
    old = bd.databases.data.get(payload.name, {})
    if old.get("backend", "sqlite") != "sqlite":
        raise ProjectError(
            f"database '{payload.name}' has the backend '{old['backend']}'",
            "rename or delete it, then install again",
        )
    history = [*old.get("history", []), _event(payload)]
    scratch = _Scratch(
        {
            payload.name: {
                "backend": "sqlite",
                "depends": [],
                **payload.metadata,
                "number": len(payload.datasets),
                "modified": datetime.datetime.now().isoformat(),
                "searchable": False,
                "geocollections": old.get("geocollections", []),
                "history": history,
            }
        }
    )
    database._metadata = scratch
    final = database.filename_processed()
    database.filename_processed = lambda: final + STAGED
    database.filters = None
    with quiet():
        database.process()
    return dict(scratch[payload.name])


def _event(payload: Payload) -> str:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return f"{now} written by {payload.metadata.get('format', 'bw_tinyml')}"


def _mark_dirty(names: Sequence[str]) -> None:
    """Make bw2data derive the arrays from the rows, should we be killed before renaming files."""
    bd = bw2data()
    for name in names:
        bd.databases.data[name]["dirty"] = True
    if names:
        bd.databases.flush(signal=False)


def _publish(payload: Payload, metadata: dict[str, Any]) -> None:
    """Put the staged arrays and the metadata in their place."""
    bd = bw2data()
    final = _processed_file(payload.name)
    Path(str(final) + STAGED).replace(final)
    bd.databases.data[payload.name] = metadata
    bd.databases.flush(signal=False)


def _processed_file(name: str) -> Path:
    bd = bw2data()
    with quiet():
        database = bd.Database(name)
    return Path(database.dirpath_processed()) / database.filename_processed()


def _clean(payloads: Sequence[Payload], earlier: Mapping[str, dict[str, Any]]) -> None:
    """Remove staged files and restore the metadata after a failure before the commit."""
    bd = bw2data()
    for payload in payloads:
        Path(str(_processed_file(payload.name)) + STAGED).unlink(missing_ok=True)
        forget_ids(payload.name)
    if any(bd.databases.data[name] != metadata for name, metadata in earlier.items()):
        bd.databases.data |= earlier
        bd.databases.flush(signal=False)


def _make_searchable(name: str) -> None:
    """Build the search index; a database without one is complete, only slower to search."""
    bd = bw2data()
    with quiet():
        bd.Database(name).make_searchable(reset=True, signal=False)


def _refuse_to_break_others(payload: Payload, ours: set[str]) -> None:
    """Refuse to drop datasets that databases of the user still use."""
    from bw2data.backends.schema import ExchangeDataset

    vanishing = _ids_by_code(payload.name).keys() - {d["code"] for d in payload.datasets}
    if not vanishing:
        return
    users = (
        ExchangeDataset.select(ExchangeDataset.output_database, ExchangeDataset.input_code)
        .where(ExchangeDataset.input_database == payload.name)
        .where(ExchangeDataset.output_database.not_in(ours))
        .distinct()
        .tuples()
    )
    broken = sorted({database for database, code in users if code in vanishing})
    if broken:
        raise ProjectError(
            f"database '{broken[0]}' uses datasets of '{payload.name}' that this version no "
            "longer has",
            "install into a new project, or relink those exchanges first",
        )


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ignore Ctrl-C for the few milliseconds between commit and metadata: it is too late."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
