"""What is exported: datasets, parameters, sources and systems, from the tables or a project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bw_tinyml.brightway.payload import Payload, payload
from bw_tinyml.inventory.families import Category, categories
from bw_tinyml.inventory.functional_unit import stated
from bw_tinyml.inventory.model import DATABASES, Inventory

Key = tuple[str, str]
Dataset = Mapping[str, Any]


@dataclass
class Content:
    """What goes into a package.

    Attributes
    ----------
    datasets
        By Brightway key; those with ``reference only`` get a flow and no process.
    parameters
        Database parameters by database and name.
    sources
        Rows of ``sources.csv`` by key.
    masses
        Mass of one unit in kg by Brightway key, for products that are not counted in kg.
    systems
        Datasets that get a life cycle model, with their descriptions.
    locations
        Names of location codes.
    categories
        Headline categories of the LCIA methods to write.
    """

    datasets: dict[Key, Dataset]
    parameters: dict[str, dict[str, Mapping[str, Any]]]
    sources: dict[str, Mapping[str, str]]
    masses: dict[Key, float] = field(default_factory=dict)
    systems: list[tuple[Dataset, str]] = field(default_factory=list)
    locations: dict[str, str] = field(default_factory=dict)
    categories: list[Category] = field(default_factory=list)

    def flow_codes(self) -> set[str]:
        """Return the codes of the elementary flows that datasets use."""
        return {
            e["input"][1]
            for d in self.datasets.values()
            for e in d["exchanges"]
            if e["type"] == "biosphere"
        }

    def cited(self) -> list[str]:
        """Return the keys of the sources that datasets cite."""
        found = {str(e.get("source")) for d in self.datasets.values() for e in d["exchanges"]}
        return sorted(found & self.sources.keys())


def from_tables(folder: Path | str | None) -> tuple[Content, Inventory]:
    """Return the content of the tables, linked to the open background, and the tables."""
    from bw_tinyml.brightway.install import linked_inventory

    linked = linked_inventory(folder)
    names = [name for name in reversed(list(DATABASES)) if linked.of_database(name)]
    content = from_payloads([payload(linked, name, "biosphere3") for name in names])
    inventory = linked.inventory
    for dataset in inventory.datasets.values():
        if dataset.mass is not None and dataset.unit != "kilogram":
            content.masses[dataset.key] = inventory.amount(dataset, dataset.mass)
    return content, inventory


def from_payloads(payloads: Iterable[Payload]) -> Content:
    """Return the content of databases in memory."""
    payloads = list(payloads)
    return Content(
        datasets={(d["database"], d["code"]): d for p in payloads for d in p.datasets},
        parameters={p.name: {q["name"]: q for q in p.parameters} for p in payloads},
        sources={},
    )


def describe(
    content: Content,
    inventory: Inventory,
    families: Sequence[str],
    model_locations: Sequence[str],
) -> None:
    """Add what the tables at the top of the folder say: sources, systems, locations, methods."""
    tables = inventory.tables
    values = inventory.values["tinyml"]
    content.sources = {row["source"]: row.cells for row in tables["sources"]}
    content.locations = {row["location"]: row["name"] for row in tables["locations"]}
    content.categories = [c for family in families for c in categories(inventory, family)]
    for row in tables["systems"]:
        variants = [
            d
            for d in content.datasets.values()
            if str(d.get("identifier", "")).startswith(f"{row['process']}/")
            or d.get("identifier") == row["process"]
        ]
        chosen = [d for d in variants if d["location"] in model_locations]
        text = "\n".join(
            part
            for part in (
                f"{row['title']} ({row['role']}) of the task '{row['task']}'",
                row["description"],
                f"Functional unit: {stated(row['functional_unit'], values.__getitem__)}",
            )
            if part
        )
        content.systems += [(dataset, text) for dataset in chosen or variants[:1]]
