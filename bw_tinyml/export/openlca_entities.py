"""What documents of an openLCA package are made of: identifiers, references, units."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from bw_tinyml._version import __version__

_SYMBOLS = {
    "kilogram": "kg", "unit": "Item(s)", "kilowatt hour": "kWh", "megajoule": "MJ",
    "ton kilometer": "t*km", "square meter": "m2", "cubic meter": "m3", "hour": "h", "year": "a",
    "kilometer": "km", "meter": "m", "kilo Becquerel": "kBq", "square meter-year": "m2*a",
    "cubic meter-year": "m3*a",
}  # fmt: skip
#: reference units of openLCA's groups of which we use several units, and factors to them
_REFERENCES = ("MJ", "h", "m")
_FACTORS = {"kWh": 3.6, "a": 8760.0, "km": 1000.0}
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/bw-tinyml/bw_tinyml/openlca")
_CHANGED = "2020-01-01T00:00:00Z"
Entity = dict[str, Any]


def id_of(kind: str, name: str) -> str:
    """Return the identifier of an entity of ours: always the same."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}:{name}"))


def ref(kind: str, identifier: str, name: str) -> Entity:
    """Return a reference to an entity."""
    return {"@type": kind, "@id": identifier, "name": name}


def member(folder: str, kind: str, identifier: str, name: str, **fields: Any) -> tuple[str, Entity]:
    """Return path and content of a document of the package."""
    entity = {
        "@type": kind, "@id": identifier, "name": name, "version": "00.00.000",
        "lastChange": _CHANGED, **fields,
    }  # fmt: skip
    if kind == "Process":
        entity["description"] = f"{fields['description']}\nbw_tinyml {__version__}, CC BY 4.0"
    return f"{folder}/{identifier}.json", entity


class Units:
    """Units, unit groups and flow properties: openLCA's own where it has them."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[Entity, Entity, Entity]] = {}

    def refs(self, unit: str) -> Entity:
        """Return references to unit and flow property, for an exchange or factor."""
        own, _, quantity = self._find(unit)
        return {"unit": own, "flowProperty": quantity}

    def factor(self, unit: str) -> Entity:
        """Return the reference flow property of a flow in that unit."""
        _, _, quantity = self._find(unit)
        return {
            "@type": "FlowPropertyFactor", "conversionFactor": 1.0,
            "isRefFlowProperty": True, "flowProperty": quantity,
        }  # fmt: skip

    def _find(self, unit: str) -> tuple[Entity, Entity, Entity]:
        import olca_schema.units as known

        if unit not in self._used:
            symbol = _SYMBOLS.get(unit, "")
            found = known.unit_ref(symbol), known.group_ref(symbol), known.property_ref(symbol)
            kinds = ("Unit", "UnitGroup", "FlowProperty")
            self._used[unit] = tuple(  # type: ignore[assignment]
                ref(kind, str(own.id), str(own.name)) if own else ref(kind, id_of(kind, unit), unit)
                for kind, own in zip(kinds, found, strict=True)
            )
        return self._used[unit]

    def members(self) -> Iterator[tuple[str, Entity]]:
        """Iterate over the unit groups and flow properties that are used.

        openLCA merges those that it knows by their identifier. The reference unit of a group of
        ours is the unit that we use, so factors between units of one group matter: kWh and MJ.
        """
        groups: dict[str, tuple[Entity, Entity, list[Entity]]] = {}
        for own, group, quantity in self._used.values():
            groups.setdefault(group["@id"], (group, quantity, []))[2].append(own)
        for group, quantity, members in groups.values():
            ids = dict.fromkeys(found["@id"] for found in members)
            names = {found["@id"]: found["name"] for found in members}
            reference = next((i for i in ids if names[i] in _REFERENCES), next(iter(ids)))
            units = [
                {
                    "@type": "Unit", "@id": i, "name": names[i], "isRefUnit": i == reference,
                    "conversionFactor": 1.0 if i == reference else _FACTORS[names[i]],
                }
                for i in ids
            ]  # fmt: skip
            yield member(
                "unit_groups", "UnitGroup", group["@id"], group["name"], units=units,
                defaultFlowProperty=quantity,
            )  # fmt: skip
            yield member(
                "flow_properties", "FlowProperty", quantity["@id"], quantity["name"],
                flowPropertyType="PHYSICAL_QUANTITY", unitGroup=group,
            )  # fmt: skip
