"""The trace that a write leaves while it runs, so that one that was killed is noticed."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import ProjectError

JOURNAL = "bw-tinyml-write.json"


@contextmanager
def journal(names: Sequence[str]) -> Iterator[Path]:
    """Leave a trace of a write that was killed; no trace of one that failed cleanly."""
    path = journal_path()
    if path.is_file():
        raise ProjectError(
            "an earlier installation into this project was interrupted, or another one is "
            f"running ({path.read_text(encoding='utf-8')})",
            "if none is running: bw-tinyml doctor --mend",
        )
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    path.write_text(json.dumps({"databases": list(names), "started": started}), encoding="utf-8")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def journal_path() -> Path:
    """Return where the journal of the current project is, or would be."""
    return Path(bw2data().projects.dir) / JOURNAL
