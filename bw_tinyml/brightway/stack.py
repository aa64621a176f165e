"""The Brightway stack: importing it quietly, and what differs between its releases.

All code that depends on the release of bw2data stands here, so that the rest can read as if there
were one stack. bw2data 4.1 and later is meant; a project of the legacy stack (bw2data 3.6) is
recognised and refused with the way to migrate it.
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Iterable, Iterator
from typing import Any


class _Sink(io.TextIOBase):
    """Swallows what is printed. Loggers made meanwhile keep it, so it must never be closed."""

    def write(self, text: str) -> int:
        return len(text)


_SINK = _Sink()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the stack's chatter off standard output, which belongs to our results.

    bw2data prints to standard output when it is imported and when it writes, and bw2calc warns
    about solvers that are not installed.
    """
    with contextlib.redirect_stdout(_SINK), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="(?s).*pypardiso.*")
        warnings.filterwarnings("ignore", category=UserWarning, module="bw2data")
        yield


def bw2data() -> Any:
    """Return the module bw2data, imported quietly."""
    with quiet():
        import bw2data

    return bw2data


def bw2calc() -> Any:
    """Return the module bw2calc, imported quietly."""
    with quiet():
        import bw2calc

    return bw2calc


def bw2io() -> Any:
    """Return the module bw2io, imported quietly."""
    with quiet():
        import bw2io

    return bw2io


def versions() -> dict[str, str]:
    """Return the versions of the packages that results depend on."""
    from importlib.metadata import PackageNotFoundError, version

    from bw_tinyml._version import __version__

    found = {"bw_tinyml": __version__, "python": ".".join(map(str, sys.version_info[:3]))}
    for package in ("bw2data", "bw2calc", "bw2io", "bw_processing", "numpy", "scipy"):
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def new_ids(count: int) -> Iterable[int | None]:
    """Return ids for new rows: snowflake ids where the release makes them, else None."""
    try:
        from bw2data.snowflake_ids import snowflake_id_generator
    except ImportError:
        return [None] * count
    return [next(snowflake_id_generator) for _ in range(count)]


def with_node_type(dataset: dict[str, Any]) -> dict[str, Any]:
    """Return a node with the type that this release gives a process with its product."""
    try:
        from bw2data.utils import set_correct_process_type
    except ImportError:
        return {"type": "process", **dataset}
    corrected: dict[str, Any] = set_correct_process_type(dataset)
    return corrected


def forget_ids(database: str) -> None:
    """Drop cached ids of a database after its rows were rewritten."""
    try:
        from bw2data.backends import schema
    except ImportError:
        return
    cache = getattr(schema, "_get_id_cache", {})
    for key in [key for key in cache if key[0] == database]:
        del cache[key]


def announce_write(database: str) -> None:
    """Tell an event-sourced project that a database was rewritten."""
    bd = bw2data()
    if getattr(bd.projects.dataset, "is_sourced", False):
        from bw2data.signals import on_database_write

        on_database_write.send(name=database)


def is_legacy_project() -> bool:
    """Return whether the current project was made by the legacy stack and not migrated."""
    return not getattr(bw2data().projects, "twofive", True)
