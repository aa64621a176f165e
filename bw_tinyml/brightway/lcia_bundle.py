"""The LCIA methods that bw2io bundles: 762 methods of ecoinvent 3.9, as plain data."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from functools import cache

from bw_tinyml.inventory.flows import bw2io_file

MethodName = tuple[str, ...]


@dataclass(frozen=True)
class BundledMethod:
    """One LCIA method: name, unit and characterisation factors by flow UUID."""

    name: MethodName
    unit: str
    description: str
    filename: str
    factors: tuple[tuple[str, float], ...]

    @property
    def family(self) -> str:
        """First part of the name, e.g. ``EF v3.1``."""
        return self.name[0]


@cache
def bundled_methods() -> dict[MethodName, BundledMethod]:
    """Return all bundled methods by name; takes about three seconds the first time."""
    path = bw2io_file("data", "lcia", "lcia_39_ecoinvent.zip")
    with zipfile.ZipFile(path) as archive:
        records = json.loads(archive.read("data.json"))
    return {
        tuple(record["name"]): BundledMethod(
            name=tuple(record["name"]),
            unit=record["unit"],
            description=record.get("description") or "",
            filename=record.get("filename") or "",
            factors=tuple((cf["input"][1], cf["amount"]) for cf in record["exchanges"]),
        )
        for record in records
    }
