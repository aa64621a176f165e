"""A Brightway project as files, read without bw2data.

Importing bw2data takes seconds, and opening a project with it writes to it. Commands that only read
need a few JSON files, one SQLite database and the processed arrays. Whatever is not as expected
(an old project, arrays that are out of date) raises :class:`NotReadable`, and the caller takes the
way through bw2data, which knows how to mend it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import re
import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

MethodName = tuple[str, ...]


class NotReadable(Exception):  # noqa: N818  (not an error of the user's: bw2data is asked instead)
    """The project cannot be read without bw2data."""


class _Plain(pickle.Unpickler):
    """Reads plain values only: nothing in a database makes us run code."""

    def find_class(self, module: str, name: str) -> Any:
        raise NotReadable(f"data of {module}.{name}")


@dataclass(frozen=True)
class ProjectFiles:
    """The files of a project of bw2data 4.

    Parameters
    ----------
    name
        Its name.
    folder
        Its folder.
    """

    name: str
    folder: Path

    @cached_property
    def databases(self) -> dict[str, dict[str, Any]]:
        """Metadata by name of database."""
        return dict(self._json("databases.json"))

    @cached_property
    def methods(self) -> dict[MethodName, dict[str, Any]]:
        """Metadata by name of LCIA method."""
        return {tuple(name): metadata for name, metadata in self._json("methods.json")}

    def _json(self, name: str) -> Any:
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise NotReadable(str(error)) from error

    def package(self, database: str) -> Path:
        """Return the processed arrays of a database."""
        if self.databases.get(database, {"dirty": True}).get("dirty"):
            raise NotReadable(f"the arrays of {database} are out of date")
        return self._processed(_safe(database))

    def packages(self, database: str) -> list[Path]:
        """Return those of all that a database depends on, and its own as the last."""
        needed, queue = {database}, [database]
        while queue:
            for name in self.databases.get(queue.pop(), {}).get("depends", []):
                if name not in needed:
                    needed.add(name)
                    queue.append(name)
        return [self.package(name) for name in [*sorted(needed - {database}), database]]

    def method_package(self, method: MethodName) -> Path:
        """Return the processed arrays of an LCIA method."""
        return self._processed(str(self.methods[method]["abbreviation"]))

    def _processed(self, stem: str) -> Path:
        path = self.folder / "processed" / _clean(f"{stem}.zip")
        if not path.is_file():
            raise NotReadable(f"{path.name} is missing")
        return path

    def rows(self, databases: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Iterate over ids and data of the nodes of some databases."""
        marks = ", ".join("?" * len(databases))
        query = f"SELECT id, data FROM activitydataset WHERE database IN ({marks})"
        for identifier, data in self._query(query, tuple(databases)):
            yield identifier, _Plain(io.BytesIO(data)).load()

    def ids(self, database: str) -> set[int]:
        """Return the ids of the nodes of a database."""
        query = "SELECT id FROM activitydataset WHERE database = ?"
        return {identifier for (identifier,) in self._query(query, (database,))}

    def _query(self, query: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        return _select(self.folder / "lci" / "databases.db", query, values)


def project_files(name: str) -> ProjectFiles:
    """Return the files of a project.

    Raises
    ------
    NotReadable
        There is no such project, or it is of another release.
    """
    base = _base()
    query = "SELECT data, full_hash FROM projectdataset WHERE name = ?"
    found = _select(base / "projects.db", query, (name,))
    if not found:
        raise NotReadable(f"no project {name}")
    data, full = found[0]
    if not _Plain(io.BytesIO(data)).load().get("25"):
        raise NotReadable("a project of the legacy stack")
    return ProjectFiles(name, base / _safe(name, full=bool(full)))


def _base() -> Path:
    named = os.environ.get("BRIGHTWAY2_DIR")
    if named:
        return Path(named).absolute()
    from platformdirs import PlatformDirs

    return Path(PlatformDirs("Brightway3", "pylca").user_data_dir)


def _select(path: Path, query: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Return the rows of a query to a database that is only read."""
    if not path.is_file():
        raise NotReadable(f"{path.name} is missing")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return database.execute(query, values).fetchall()
    except sqlite3.Error as error:
        raise NotReadable(str(error)) from error


def _safe(text: str, full: bool = False) -> str:
    """Return a file name as ``bw_processing.safe_filename`` makes it."""
    plain = re.sub(r"[^\w\s-]", "", unicodedata.normalize("NFKD", text)).strip()
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    dashed = re.sub(r"[-\s]+", "-", plain)
    return f"{dashed}.{digest if full else digest[:8]}"


def _clean(name: str) -> str:
    """Return a file name as ``bw_processing.clean_datapackage_name`` makes it."""
    return re.sub(r"__+", "_", re.sub(r"[^\w\-\.]", "_", name).strip("_")).strip()
