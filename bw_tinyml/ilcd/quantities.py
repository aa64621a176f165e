"""Quantities: which flow property, unit group and reference unit a Brightway unit becomes.

An amount in ILCD is always in the reference unit of the flow's reference property, so 1 kWh is
written as 3.6 MJ. UUIDs of properties and unit groups are those of the European Commission where it
has one. Factors are definitions of units.
"""

from __future__ import annotations

from dataclasses import dataclass

from bw_tinyml.ilcd.names import own_uuid


@dataclass(frozen=True)
class Quantity:
    """A flow property with its unit group.

    Attributes
    ----------
    name
        Name of the flow property.
    property, group
        UUIDs of flow property and unit group.
    group_name
        Name of the unit group.
    unit
        Reference unit.
    others
        Further units of the group: name and how many reference units one is.
    """

    name: str
    property: str
    group: str
    group_name: str
    unit: str
    others: tuple[tuple[str, float], ...] = ()


def _own(name: str, unit: str) -> Quantity:
    return Quantity(
        name,
        own_uuid("flow property", f"{name} [{unit}]"),
        own_uuid("unit group", f"{name} [{unit}]"),
        f"Units of {name[0].lower()}{name[1:]}",
        unit,
    )


_MASS = Quantity(
    "Mass", "93a60a56-a3c8-11da-a746-0800200b9a66", "93a60a57-a4c8-11da-a746-0800200c9a66",
    "Units of mass", "kg", (("g", 1e-3), ("t", 1e3)),
)  # fmt: skip
_ENERGY = Quantity(
    "Net calorific value", "93a60a56-a3c8-11da-a746-0800200c9a66",
    "93a60a57-a3c8-11da-a746-0800200c9a66", "Units of energy", "MJ", (("kWh", 3.6),),
)  # fmt: skip
_ITEMS = Quantity(
    "Number of items", "01846770-4cfe-4a25-8ad9-919d8d378345",
    "5beb6eed-33a9-47b8-9ede-1dfe8f679159", "Units of items", "Item(s)",
)  # fmt: skip
_TRANSPORT = Quantity(
    "Goods transport (mass*distance)", "838aaa20-0117-11db-92e3-0800200c9a66",
    "838aaa21-0117-11db-92e3-0800200c9a66", "Units of mass*length", "t*km",
)  # fmt: skip
_LENGTH = Quantity(
    "Length", "838aaa23-0117-11db-92e3-0800200c9a66", "838aaa22-0117-11db-92e3-0800200c9a66",
    "Units of length", "m", (("km", 1e3),),
)  # fmt: skip
_AREA = Quantity(
    "Area", "93a60a56-a3c8-19da-a746-0800200c9a66", "93a60a57-a3c8-18da-a746-0800200c9a66",
    "Units of area", "m2",
)  # fmt: skip
_AREA_TIME = Quantity(
    "Area*time", "93a60a56-a3c8-21da-a746-0800200c9a66", "93a60a57-a3c8-20da-a746-0800200c9a66",
    "Units of area*time", "m2*a",
)  # fmt: skip
_VOLUME = Quantity(
    "Volume", "93a60a56-a3c8-22da-a746-0800200c9a66", "93a60a57-a3c8-12da-a746-0800200c9a66",
    "Units of volume", "m3", (("l", 1e-3),),
)  # fmt: skip
_RADIOACTIVITY = Quantity(
    "Radioactivity", "93a60a56-a3c8-17da-a746-0800200c9a66",
    "93a60a57-a3c8-16da-a746-0800200c9a66", "Units of radioactivity", "kBq",
)  # fmt: skip
_DURATION = Quantity(
    "Duration", "c0447923-0e60-4b3c-97c2-a86dddd9eea5", "af638906-3ec7-4314-8de7-f76039f2dd01",
    "Units of time", "d", (("h", 1 / 24), ("a", 365.0)),
)  # fmt: skip

#: Brightway's unit name -> (quantity, how many of its reference units one is)
QUANTITIES: dict[str, tuple[Quantity, float]] = {
    "kilogram": (_MASS, 1.0),
    "ton": (_MASS, 1e3),
    "megajoule": (_ENERGY, 1.0),
    "kilowatt hour": (_ENERGY, 3.6),
    "unit": (_ITEMS, 1.0),
    "ton kilometer": (_TRANSPORT, 1.0),
    "meter": (_LENGTH, 1.0),
    "kilometer": (_LENGTH, 1e3),
    "square meter": (_AREA, 1.0),
    "square meter-year": (_AREA_TIME, 1.0),
    "cubic meter": (_VOLUME, 1.0),
    "liter": (_VOLUME, 1e-3),
    "litre": (_VOLUME, 1e-3),
    "kilo Becquerel": (_RADIOACTIVITY, 1.0),
    "day": (_DURATION, 1.0),
    "hour": (_DURATION, 1 / 24),
    "year": (_DURATION, 365.0),
    "standard cubic meter": (_own("Standard volume", "Sm3"), 1.0),
    "cubic meter-year": (_own("Volume*time", "m3*a"), 1.0),
    "gigabyte": (_own("Data volume", "GB"), 1.0),
}
BY_PROPERTY = {quantity.property: quantity for quantity, _ in QUANTITIES.values()}

#: reference unit as packages write it -> (Brightway's unit name, how many of it one is)
_UNIT_NAMES: dict[str, tuple[str, float]] = {
    "kg": ("kilogram", 1.0),
    "g": ("kilogram", 1e-3),
    "t": ("kilogram", 1e3),
    "mj": ("megajoule", 1.0),
    "kj": ("megajoule", 1e-3),
    "gj": ("megajoule", 1e3),
    "kwh": ("kilowatt hour", 1.0),
    "item(s)": ("unit", 1.0),
    "items": ("unit", 1.0),
    "p": ("unit", 1.0),
    "pcs.": ("unit", 1.0),
    "t*km": ("ton kilometer", 1.0),
    "tkm": ("ton kilometer", 1.0),
    "kg*km": ("ton kilometer", 1e-3),
    "m": ("meter", 1.0),
    "km": ("kilometer", 1.0),
    "m2": ("square meter", 1.0),
    "m2*a": ("square meter-year", 1.0),
    "m2a": ("square meter-year", 1.0),
    "m3": ("cubic meter", 1.0),
    "l": ("cubic meter", 1e-3),
    "m3*a": ("cubic meter-year", 1.0),
    "kbq": ("kilo Becquerel", 1.0),
    "bq": ("kilo Becquerel", 1e-3),
    "d": ("day", 1.0),
    "h": ("hour", 1.0),
    "a": ("year", 1.0),
    "sm3": ("standard cubic meter", 1.0),
    "gb": ("gigabyte", 1.0),
}


def quantity_of(unit: str) -> tuple[Quantity, float]:
    """Return the quantity of a Brightway unit, and how many of its reference units one is.

    A unit that we do not know becomes a quantity of its own.
    """
    return QUANTITIES.get(unit) or (_own(f"Amount in {unit}", unit), 1.0)


def brightway_unit(unit: str) -> tuple[str, float]:
    """Return the Brightway unit of a reference unit, and how many of it one is.

    A unit that we do not know keeps its name.
    """
    return _UNIT_NAMES.get(unit.strip().lower()) or (unit.strip(), 1.0)
