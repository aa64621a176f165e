"""Results on disk, found again by the content of what they were made from.

A key is a hash over the content of the datapackages (ids included), the tolerance and the version
of this code, so that nothing has to be declared stale. Hashing files of 30 MB takes 40 ms; where
size, inode, time of modification and time of change (which a copy cannot keep) of a file are those
of last time, its hash is not taken again.

Entries are written beside their place and renamed into it: a reader sees a whole entry or none,
however many processes write, and a killed one leaves only a temporary file, which is removed later.
Entries are checked when read; a damaged one is dropped and made anew. Any trouble with the cache
only costs time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bw_tinyml.engine.packages import DAMAGED

#: changes whenever the same arrays would give other results
CODE = "engine 3"
VARIABLE = "BW_TINYML_CACHE"
LARGEST = 2_000_000_000
#: a file that was changed so shortly before it was hashed may change again within one clock tick
SETTLED_NS = 2_000_000_000
ABANDONED = 3600.0
#: names of entries, hashes of files and what is half written; other files there are not ours
OWN = re.compile(r"[0-9a-f]{40}\.npz|[0-9a-f]{32}\.json|[0-9a-f]{8}[a-z0-9_]{8}\.tmp")
Arrays = dict[str, np.ndarray]


def default_folder() -> Path | None:
    """Return where results are kept; None where ``BW_TINYML_CACHE=off`` forbids it."""
    named = os.environ.get(VARIABLE, "")
    if named.lower() == "off":
        return None
    if named:
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("bw_tinyml", appauthor=False) / "engine"


@dataclass(frozen=True)
class Cache:
    """Arrays on disk by key.

    Parameters
    ----------
    folder
        Where they are; None keeps nothing.
    """

    folder: Path | None

    def get(self, key: str) -> Arrays | None:
        """Return the arrays of a key, or None; a damaged entry is removed."""
        if self.folder is None:
            return None
        path = self.folder / f"{key}.npz"
        try:
            with np.load(path, allow_pickle=False) as entry:
                # Reading an array of a zip file to its end checks its sum.
                found = {name: entry[name] for name in entry.files}
        except FileNotFoundError:
            return None
        except DAMAGED:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            return None
        return found if str(found.pop("key", "")) == key else None

    def put(self, key: str, arrays: Arrays) -> None:
        """Keep some arrays; where that does not work, nothing happens."""
        if self.folder is None:
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            _replace(
                self.folder / f"{key}.npz",
                lambda path: _save(path, {**arrays, "key": np.array(key)}),
            )
            self._tidy()

    def made(self, key: str, make: Callable[[], Arrays]) -> Arrays:
        """Return the arrays of a key, made now where they are not there."""
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found)
        return found

    def digest(self, path: Path) -> str:
        """Return the hash of a file's content."""
        stat = path.stat()
        state = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        note = None
        if self.folder is not None:
            name = hashlib.blake2b(str(path.resolve()).encode(), digest_size=16).hexdigest()
            note = self.folder / f"{name}.json"
            with contextlib.suppress(*DAMAGED):
                known = json.loads(note.read_text(encoding="utf-8"))
                if known["state"] == state:
                    return str(known["digest"])
        now = time.time_ns()
        with path.open("rb") as file:
            found = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=20)).hexdigest()
        if note is not None and now - max(stat.st_mtime_ns, stat.st_ctime_ns) > SETTLED_NS:
            text = json.dumps({"state": state, "digest": found})
            with contextlib.suppress(OSError):
                note.parent.mkdir(parents=True, exist_ok=True)
                _replace(note, lambda place: place.write_text(text, encoding="utf-8"))
        return found

    def key(self, what: str, files: Sequence[Path], *more: object) -> str:
        """Return the key of something that is made from some files and settings."""
        if self.folder is None:
            return ""
        parts = [CODE, what, *(self.digest(path) for path in files), *(repr(m) for m in more)]
        return hashlib.blake2b("\n".join(parts).encode(), digest_size=20).hexdigest()

    def _tidy(self) -> None:
        """Remove what killed processes left, and the oldest entries of a large cache."""
        assert self.folder is not None
        own = [path for path in self.folder.iterdir() if OWN.fullmatch(path.name)]
        files = [(path, path.stat()) for path in own if path.exists()]
        now = time.time()
        for path, stat in files:
            if path.suffix == ".tmp" and now - stat.st_mtime > ABANDONED:
                path.unlink(missing_ok=True)
        total = sum(stat.st_size for _, stat in files)
        for path, stat in sorted(files, key=lambda entry: entry[1].st_mtime_ns):
            if total <= LARGEST:
                break
            path.unlink(missing_ok=True)
            total -= stat.st_size


def _save(path: Path, arrays: Arrays) -> None:
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def _replace(target: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place, then put it there in one step."""
    handle, name = tempfile.mkstemp(prefix=target.stem[:8], suffix=".tmp", dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
