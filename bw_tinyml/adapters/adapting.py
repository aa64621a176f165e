"""Adapting: from a file of others to a database in a Brightway project."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bw_tinyml._version import __version__
from bw_tinyml.adapters import olca, solvable, useeio
from bw_tinyml.adapters.assembling import Assembler
from bw_tinyml.adapters.coverage import Coverage
from bw_tinyml.adapters.notices import Notice, notices
from bw_tinyml.adapters.source import Source
from bw_tinyml.brightway.biosphere import biosphere_payload, find_biosphere, flow_ids
from bw_tinyml.brightway.payload import Payload
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.brightway.writing import write_databases
from bw_tinyml.errors import OverwriteError, UntrustedError, UsageError
from bw_tinyml.inventory.flows import find_flow
from bw_tinyml.inventory.model import DATABASES
from bw_tinyml.untrusted import open_archive

Progress = Callable[[str, int, int], None]
#: metadata that only adapted databases have
_MARK = "source sha256"
FORMATS = "openLCA JSON-LD (version 1 or 2) or USEEIO matrices as JSON, packed as zip"


@dataclass
class Adaptation:
    """What an adaptation did.

    Attributes
    ----------
    database
        Name of the database that was written.
    coverage
        What was linked and what was not.
    notices
        Notices and credits that must go with the data.
    terms
        Terms of use that the data set states for its processes, with how many state them.
    """

    project: str
    database: str
    biosphere: str
    coverage: Coverage
    notices: list[Notice] = field(default_factory=list)
    terms: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return {
            "project": self.project,
            "database": self.database,
            "biosphere": self.biosphere,
            "coverage": self.coverage.as_dict(),
            "notices": [vars(n) for n in self.notices],
            "terms": self.terms,
        }


def read_source(path: Path | str) -> Source:
    """Return what a file holds; its format is recognised by its content.

    Raises
    ------
    UntrustedError
        The file is damaged, hostile, or of no known format.
    """
    with open_archive(path) as archive:
        if useeio.is_useeio(archive):
            return useeio.read(archive)
        if olca.is_openlca(archive):
            return olca.read(archive)
    raise UntrustedError(
        f"'{Path(path).name}' is of no format that can be adapted",
        f"known formats: {FORMATS}",
    )


def adapt(
    path: Path | str,
    project: str,
    name: str,
    *,
    biosphere: str | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> Adaptation:
    """Write a data set of others into a Brightway project, as a database that keys can link to.

    Everything is read, linked and checked before anything is written.

    Parameters
    ----------
    path
        Zip archive: openLCA JSON-LD or USEEIO.
    project
        Name of the project; it must exist.
    name
        Name of the database.
    biosphere
        Biosphere database; found by itself if not given.
    replace
        Whether a database of that name may be replaced.
    progress
        Called with a title, a count and a total.

    Raises
    ------
    OverwriteError
        The project has a database of that name, and ``replace`` is not set.
    UntrustedError
        The file is damaged, hostile, or has no solution.
    ProjectError
        There is no such project or biosphere, or another database uses what would vanish.
    """
    open_project(project)
    _check_name(name, replace)
    source = read_source(path)
    missing: list[Payload] = []
    # One flow that every biosphere has tells it from an empty one, left by a broken bw2setup.
    found = find_biosphere([find_flow("Carbon dioxide, fossil", "air") or ""], biosphere)
    if found is None:
        missing = [biosphere_payload()]
        found = missing[0].name
        flows = {flow["code"] for flow in missing[0].datasets}
    else:
        flows = set(flow_ids(found))
    assembler = Assembler(source, name, found, flows)
    datasets = assembler.datasets()
    solvable.check(datasets)
    due = _notices(source)
    database = Payload(name, datasets, metadata=_metadata(path, source, assembler, found, due))
    if missing:
        write_databases(missing, replace=True, progress=progress)
    write_databases([database], replace=replace, progress=progress)
    return Adaptation(project, name, found, assembler.coverage, due, _terms(source))


def _check_name(name: str, replace: bool) -> None:
    """Refuse names of databases that must not be written over."""
    if name in DATABASES or name != name.strip() or not name:
        raise UsageError(
            f"a database of others cannot be called '{name}'", "choose another --name, e.g. uslci"
        )
    databases = bw2data().databases
    if name not in databases:
        return
    if not replace:
        raise OverwriteError(
            f"database '{name}' exists in project '{bw2data().projects.current}'",
            "add --replace to replace it, or choose another --name",
        )
    if _MARK not in databases[name]:
        raise OverwriteError(
            f"database '{name}' exists and was not made by `bw-tinyml adapt`",
            "it is left alone, even with --replace; choose another --name",
        )


def _notices(source: Source) -> list[Notice]:
    texts = [source.format, *source.terms, *(p.comment for p in source.processes)]
    return notices(texts)


def _terms(source: Source) -> dict[str, int]:
    """Terms of use that the data set states, the most frequent first."""
    return dict(sorted(source.terms.items(), key=lambda item: -item[1]))


def _metadata(
    path: Path | str, source: Source, assembler: Assembler, biosphere: str, due: list[Notice]
) -> dict[str, Any]:
    coverage = assembler.coverage.as_dict()
    numbers = {k: v for k, v in coverage.items() if isinstance(v, int | float | str)}
    return {
        "format": f"{source.format}, adapted by bw_tinyml {__version__}",
        "source file": Path(path).name,
        _MARK: hashlib.sha256(Path(path).read_bytes()).hexdigest(),
        "adapted": datetime.date.today().isoformat(),
        "biosphere": biosphere,
        **({"price year": source.price_year} if source.price_year else {}),
        "coverage": numbers,
        "notices": [f"{n.title}\n\n{n.text}" for n in due],
        "terms": _terms(source),
        "changes": "Names trimmed, units and locations translated, processes with several "
        "products split, elementary flows replaced by those of the biosphere database; what has "
        "no counterpart was left out (see docs/adapters.md).",
    }
