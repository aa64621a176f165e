"""A small ILCD package of ours, and how tests change it."""

from __future__ import annotations

import re
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.export.ilcd import make
from bw_tinyml.export.ilcd.archive import documents_of
from bw_tinyml.export.ilcd.content import describe, from_tables
from bw_tinyml.export.ilcd.report import ExportReport

from .conftest import MINI

Documents = dict[str, bytes]
#: what marks the one process of that name
COPPER = ('<baseName xml:lang="en">copper production<',)
_NOTES = re.compile(r'\s(?:tinyml|olca):[\w-]+="[^"]*"')
_OTHER = re.compile(r"<common:other>.*?</common:other>", re.DOTALL)


@cache
def _made() -> Documents:
    content, inventory = from_tables(MINI)
    describe(content, inventory, (), ("TW",))
    return documents_of(make(content, ExportReport("mini.zip", "ef")))


def made() -> Documents:
    """Documents of the small inventory by path, to be changed at will."""
    return dict(_made())


def without_notes(documents: Documents) -> Documents:
    """The same without anything that only we or openLCA understand."""
    return {p: _OTHER.sub("", _NOTES.sub("", t.decode())).encode() for p, t in documents.items()}


def path_of(documents: Documents, folder: str, *texts: str) -> str:
    """The one file of a folder that contains all texts."""
    found = [
        path
        for path, content in documents.items()
        if path.startswith(f"ILCD/{folder}/") and all(t.encode() in content for t in texts)
    ]
    assert len(found) == 1, found
    return found[0]


def edit(documents: Documents, path: str, pattern: str, new: str, count: int = 1) -> None:
    text, changes = re.subn(pattern, new, documents[path].decode(), count=count, flags=re.DOTALL)
    assert changes, f"{pattern} is not in {path}"
    documents[path] = text.encode()


def pack(documents: Documents, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in documents.items():
            archive.writestr(name, content)
    return path


def unpacked(path: Path) -> Documents:
    """The documents of a package."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def node(database: str, name: str, location: str = "") -> Any:
    """The one activity of an imported database whose name begins so."""
    found = [
        n
        for n in bw2data().Database(database)
        if n["name"].startswith(name) and location in ("", n["location"])
    ]
    assert len(found) == 1, found
    return found[0]
