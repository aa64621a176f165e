"""Mock ecoinvent databases: real names, made-up exchanges.

The names come from the mapping that the package ``ecoinvent_interface`` ships (MIT licence). The
exchanges are ours: a production, an input from another activity, and a few elementary flows, so
that the databases can be solved and score in every category. Treatments of waste have negative
production, as ecoinvent's have in Brightway.
"""

from __future__ import annotations

import importlib.util
import json
import math
import zipfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from bw_tinyml.background.index import Label
from bw_tinyml.brightway.biosphere import biosphere_payload
from bw_tinyml.brightway.payload import Payload
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.writing import write_databases
from bw_tinyml.inventory.loading import load
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.units import unit_name

RELEASES = ("3.8", "3.9.1", "3.10", "3.10.1", "3.11")
SYSTEM_MODELS = ("cutoff", "apos", "consequential", "EN15804")
ALL = [(release, model) for release in RELEASES for model in SYSTEM_MODELS]
#: flows that together score in every category of EF v3.1, and amounts
FLOWS = (
    ("349b29d1-3e58-4c66-98b9-9d1a076efd2e", 1.0),  # Carbon dioxide, fossil, air
    ("fd7aa71c-508c-480d-81a6-8052aad92646", 1e-3),  # Sulfur dioxide, air
    ("c1b91234-6f24-417b-8309-46111d09c457", 1e-3),  # Nitrogen oxides, air
    ("230d8a0a-517c-43fe-8357-1818dd12997a", 1e-4),  # PM2.5, urban air
    ("075e433b-4be4-448e-9510-9a5029c1ce94", 1e-2),  # Water, air
    ("a9ac40a0-9bea-4c48-afa7-66aa6eb90624", 1e-3),  # Copper, in ground
    ("b6d0042d-0ef8-49ed-9162-a07ff1ccf750", 1e-1),  # Coal, hard, in ground
    ("1727b41d-377e-43cd-bc01-9eaba946eccb", 1e-5),  # Phosphate, surface water
    ("7ce56135-2ca5-4fba-ad52-d62a34bfeb35", 1e-4),  # Nitrate, surface water
    ("8c8ffaa5-84ed-4668-ba7d-80fd0f47013f", 1e-6),  # Arsenic ion, surface water
    ("cb3265f8-49a0-4b09-9bd9-c374370c4cc4", 1e-2),  # Radon-222, air
    ("8c173ca1-5f74-4a6e-89e5-dd18e0f18d1a", 1e-2),  # Occupation, arable land
    ("4ac2ffc3-312e-4e2d-88c4-2630d4a73d8c", 1e-9),  # Halon 1301, air
    ("a861cfae-a310-4e9d-b9eb-5d555c9a684c", 1e-6),  # Formaldehyde, air
)


def mapping_file() -> Path | None:
    """The file with the names; None where the package is not installed."""
    found = importlib.util.find_spec("ecoinvent_interface")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "data" / "mappings.zip"
    return path if path.is_file() else None


needs_mapping = pytest.mark.skipif(
    mapping_file() is None, reason="the package ecoinvent_interface is not installed"
)


@cache
def labels(release: str, model: str) -> dict[Label, str]:
    """All activities of a release, with the name of their file."""
    path = mapping_file()
    assert path is not None
    with zipfile.ZipFile(path) as archive:
        rows = json.loads(archive.read(f"{release}_{model}.json"))
    return {
        (row["activity_name"], row["reference_product"], row["geography"]): row["filename"]
        for row in rows
    }


@cache
def inventory() -> Inventory:
    """The inventory that comes with the package; tests must not change it."""
    return load()[0]


def products_of_rows() -> tuple[dict[tuple[str, str], str], set[tuple[str, str]]]:
    """Units of the activities that links name, and those of them that treat a waste."""
    tables = inventory().tables
    wastes = {row["key"] for row in tables["keys"] if row.flag("waste")}
    rows = [row for row in tables["links_ecoinvent"] if row["activity"]]
    units = {(row["activity"], row["product"]): unit_name(row["unit"]) for row in rows}
    return units, {(r["activity"], r["product"]) for r in rows if r["key"] in wastes}


def some(release: str, model: str) -> list[Label]:
    """The activities that links and markers name, and every hundredth other one."""
    everything = labels(release, model)
    tables = inventory().tables
    rows = [*tables["links_ecoinvent"], *tables["links_ecoinvent_markers"]]
    wanted = {(row["activity"], row["product"]) for row in rows}
    return [
        label
        for number, label in enumerate(sorted(everything))
        if label[:2] in wanted or number % 100 == 0
    ]


def write_mock(project: str, name: str, chosen: Sequence[Label], biosphere: str) -> None:
    """Write a mock database, and the biosphere that it uses, into a project."""
    from bw_tinyml.brightway.stack import bw2data

    open_project(project, create=True)
    if biosphere not in bw2data().databases:
        content = biosphere_payload()
        content.name = biosphere
        for flow in content.datasets:
            flow["database"] = biosphere
        write_databases([content])
    write_databases([mock_payload(name, chosen, biosphere)], replace=True)


def mock_payload(name: str, chosen: Iterable[Label], biosphere: str) -> Payload:
    """Return a mock database."""
    units, wastes = products_of_rows()
    datasets: list[dict[str, Any]] = []
    before = ""
    for label in chosen:
        code = f"x{crc32(repr(label).encode()):08x}{len(datasets):06d}"
        sign = -1.0 if label[:2] in wastes else 1.0
        exchanges: list[dict[str, Any]] = [_exchange(name, code, (name, code), "production", sign)]
        if before:
            exchanges.append(_exchange(name, code, (name, before), "technosphere", 0.01))
        turn = crc32(repr(label).encode())
        for step in range(4):
            flow, amount = FLOWS[(turn + step) % len(FLOWS)]
            exchanges.append(_exchange(name, code, (biosphere, flow), "biosphere", amount))
        if sign > 0:
            before = code
        datasets.append(
            {
                "database": name,
                "code": code,
                "name": label[0],
                "reference product": label[1],
                "location": label[2],
                "unit": units.get(label[:2], "kilogram"),
                "production amount": sign,
                "type": "process",
                "exchanges": exchanges,
            }
        )
    return Payload(name, datasets, metadata={"format": "mock"})


def _exchange(
    database: str, code: str, provider: tuple[str, str], kind: str, amount: float
) -> dict[str, Any]:
    fields = {"input": provider, "output": (database, code), "type": kind, "amount": amount}
    if kind != "production":
        fields |= {"uncertainty type": 2, "loc": math.log(amount), "scale": 0.3}
    return fields
