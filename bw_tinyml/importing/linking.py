"""Providers of the exchanges of a workbook; for each that has none, what comes nearest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.importing.faults import Faults
from bw_tinyml.importing.layout import Item
from bw_tinyml.suggestions import nearest_names

Key = tuple[str, str]


@dataclass(frozen=True)
class Provider:
    """A node that an exchange may link to."""

    key: Key
    name: str
    product: str
    unit: str
    location: str
    categories: tuple[str, ...] = ()

    def fields(self, kind: str) -> dict[str, str]:
        """Return the fields by which an exchange finds it."""
        if kind == "biosphere":
            return {
                "name": self.name, "unit": self.unit, "categories": "::".join(self.categories),
            }  # fmt: skip
        return {
            "name": self.name, "reference product": self.product, "unit": self.unit,
            "location": self.location,
        }  # fmt: skip


@dataclass
class Directory:
    """Nodes of one database, found by their fields.

    Attributes
    ----------
    providers
        All nodes.
    """

    providers: list[Provider] = field(default_factory=list)
    _index: dict[tuple[str, ...], list[Provider]] = field(default_factory=dict, repr=False)

    def add(self, provider: Provider, kind: str) -> None:
        """Add a node."""
        self.providers.append(provider)
        self._index.setdefault(tuple(provider.fields(kind).values()), []).append(provider)

    def find(self, wanted: Mapping[str, str]) -> list[Provider]:
        """Return the nodes with exactly these fields."""
        return self._index.get(tuple(wanted.values()), [])

    def nearest(self, wanted: Mapping[str, str], kind: str) -> str:
        """Return the candidates that come nearest, and what differs."""
        named = [p for p in self.providers if p.name == wanted["name"]]
        if not named and wanted.get("reference product"):
            named = [p for p in self.providers if p.product == wanted["reference product"]]
        if not named:
            near = nearest_names(wanted["name"], dict.fromkeys(p.name for p in self.providers), 2)
            named = [p for p in self.providers if p.name in near]
        scored = sorted(named, key=lambda p: len(_differences(p.fields(kind), wanted)))[:3]
        return "; ".join(_describe(p.fields(kind), wanted) for p in scored)


def _differences(found: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    return [name for name, value in found.items() if value != wanted.get(name, "")]


def _describe(found: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    different = _differences(found, wanted)
    return " and ".join(f"{name} '{found[name]}' instead of '{wanted[name]}'" for name in different)


class Linker:
    """Finds providers in the workbook itself and in the databases of the project.

    Parameters
    ----------
    own
        Names under which the workbook's own database is meant.
    faults
        Receives exchanges without a provider.
    """

    def __init__(self, own: Iterable[str], faults: Faults) -> None:
        self._own = set(own)
        self._faults = faults
        self._missing: set[str] = set()
        self.internal = Directory()
        self._external: dict[str, Directory] = {}

    def link(self, item: Item, kind: str) -> Provider | None:
        """Return the provider of an exchange, or None with a fault."""
        database = item.text("database")
        if not database:
            self._faults.add(
                item.sheet, item.row, "the exchange names no database",
                "fill the column 'database'",
            )  # fmt: skip
            return None
        directory = self._directory(database, kind, item)
        if directory is None:
            return None
        fields = (
            ("name", "unit", "categories")
            if kind == "biosphere"
            else ("name", "reference product", "unit", "location")
        )
        wanted = {name: item.text(name) for name in fields}
        found = directory.find(wanted)
        if len(found) == 1:
            return found[0]
        described = ", ".join(f"{name} '{value}'" for name, value in wanted.items())
        if found:
            self._faults.add(
                item.sheet, item.row, f"{len(found)} datasets of '{database}' have {described}",
                "make their names different",
            )  # fmt: skip
            return None
        near = directory.nearest(wanted, kind)
        self._faults.add(
            item.sheet,
            item.row,
            f"unlinked: '{database}' has no {'flow' if kind == 'biosphere' else 'dataset'} with "
            f"{described}",
            f"nearest has {near}" if near else "`bw-tinyml list` lists the datasets",
        )
        return None

    def _directory(self, database: str, kind: str, item: Item) -> Directory | None:
        if database in self._own:
            return self.internal
        if database in self._external:
            return self._external[database]
        bd = bw2data()
        if database not in bd.databases:
            if database not in self._missing:
                self._missing.add(database)
                self._faults.add(
                    item.sheet,
                    item.row,
                    f"the project has no database '{database}'",
                    "import or install it first; the project has: "
                    + (", ".join(sorted(bd.databases)) or "none"),
                )
            return None
        directory = Directory()
        for data in _nodes(database):
            directory.add(_provider(database, data), kind)
        self._external[database] = directory
        return directory


def _nodes(database: str) -> Iterable[Mapping[str, Any]]:
    from bw2data.backends.schema import ActivityDataset

    rows = ActivityDataset.select(ActivityDataset.data).where(ActivityDataset.database == database)
    return (data for (data,) in rows.tuples().iterator())


def _provider(database: str, data: Mapping[str, Any]) -> Provider:
    return Provider(
        (database, data["code"]),
        data.get("name") or "",
        data.get("reference product") or "",
        data.get("unit") or "",
        data.get("location") or "",
        tuple(data.get("categories") or ()),
    )
