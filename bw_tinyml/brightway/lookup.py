"""Finding datasets in the current project by what people call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import AmbiguousError, NotFoundError, ProjectError
from bw_tinyml.inventory.model import DATABASES, dataset_code
from bw_tinyml.suggestions import nearest_names


@dataclass(frozen=True)
class Node:
    """A dataset in the project."""

    id: int
    database: str
    code: str
    name: str
    product: str
    location: str
    unit: str
    stage: str
    identifier: str
    comment: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Brightway key."""
        return self.database, self.code

    @property
    def is_original(self) -> bool:
        """Whether it is the dataset of the tables, and not a copy that kept its identifier."""
        return self.code == dataset_code(self.database, self.identifier)

    def as_dict(self) -> dict[str, str]:
        """Return what `list --json` prints."""
        fields = ("code", "name", "product", "location", "unit", "stage", "identifier", "database")
        return {field: getattr(self, field) for field in fields}


def installed_databases() -> list[str]:
    """Return our databases in the current project.

    Raises
    ------
    ProjectError
        None is installed.
    """
    bd = bw2data()
    found = [name for name in DATABASES if name in bd.databases]
    if not found:
        raise ProjectError(
            f"bw_tinyml is not installed in project '{bd.projects.current}'",
            f"bw-tinyml install --project {bd.projects.current} --background open",
        )
    return found


def nodes(databases: Sequence[str]) -> list[Node]:
    """Return all datasets of some databases, sorted by name and location."""
    bw2data()
    from bw2data.backends.schema import ActivityDataset

    rows = ActivityDataset.select(ActivityDataset.id, ActivityDataset.data).where(
        ActivityDataset.database << list(databases)
    )
    return sorted_nodes(rows.tuples())


def sorted_nodes(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> list[Node]:
    """Return ids and data of datasets as nodes, sorted by name and location."""
    found = [
        Node(
            id=identifier,
            database=data["database"],
            code=data["code"],
            name=data.get("name", ""),
            product=data.get("reference product", ""),
            location=data.get("location", ""),
            unit=data.get("unit", ""),
            stage=data.get("stage", ""),
            identifier=data.get("identifier", ""),
            comment=data.get("comment", ""),
        )
        for identifier, data in rows
    ]
    return sorted(found, key=lambda n: (n.database, n.name, n.product, n.location))


def find(name: str, location: str | None = None, databases: Sequence[str] | None = None) -> Node:
    """Return the one dataset that is called so.

    Parameters
    ----------
    name
        Activity name, reference product, identifier (``wafer_fabrication/40 nm/TW``), beginning of
        an identifier up to a slash (``wafer_fabrication/40 nm``), or code.
    location
        Location code, where the name alone is not enough.
    databases
        Where to look; by default our databases.

    Raises
    ------
    NotFoundError
        Nothing is called so.
    AmbiguousError
        More than one dataset is called so.
    """
    candidates = nodes(databases if databases is not None else installed_databases())
    return choose(candidates, name, location)


def without_copies(found: Sequence[Node]) -> list[Node]:
    """Return some datasets without those that a user copied from others of them.

    A copy keeps the identifier; it is found by its code, or by a name of its own.
    """
    originals = {n.identifier for n in found if n.identifier and n.is_original}
    return [n for n in found if n.identifier not in originals or n.is_original]


def choose(candidates: Sequence[Node], name: str, location: str | None = None) -> Node:
    """Return the one of some datasets that is called so; see :func:`find`."""
    wanted = name.strip().lower()
    ways: tuple[Callable[[Node], bool], ...] = (
        lambda n: wanted in (n.identifier.lower(), n.code.lower()),
        lambda n: n.name.lower() == wanted,
        lambda n: n.product.lower() == wanted,
        lambda n: n.identifier.lower().startswith(f"{wanted}/"),
    )
    for is_meant in ways:
        found = [n for n in candidates if is_meant(n)]
        if location is not None:
            found = [n for n in found if n.location.lower() == location.lower()]
        if found[1:]:
            found = without_copies(found)
        if len(found) == 1:
            return found[0]
        if found:
            raise AmbiguousError(f"{len(found)} datasets are called '{name}'", _apart(found))
    known = [n.name for n in candidates] + [n.identifier for n in candidates if n.identifier]
    near = nearest_names(name, dict.fromkeys(known), 5)
    where = f" in {location}" if location else ""
    raise NotFoundError(
        f"no dataset is called '{name}'{where}",
        f"nearest: {'; '.join(near)}" if near else "`bw-tinyml list` lists all",
    )


def _apart(found: Sequence[Node]) -> str:
    """Return how to tell some datasets apart: by location, identifier or code."""
    places = sorted({n.location for n in found})
    if len(places) == len(found):
        return f"add --location, one of {', '.join(places)}"
    identifiers = [n.identifier or n.code for n in found]
    if len(set(identifiers)) == len(found):
        return f"use an identifier: {', '.join(identifiers[:6])}"
    return f"use a code: {', '.join(f'{n.code} ({n.name} [{n.location}])' for n in found[:6])}"
