"""Units: the short symbols written in the tables and Brightway's names for them.

Tables hold a number in the unit of its source (``mg``, ``kWh``, ``cm2``), so that it can be
compared with the source at a glance. Brightway databases hold ecoinvent's unit names. The
conversion is made here, once; units that do not measure the same thing never pass.
"""

from __future__ import annotations

from bw_tinyml.errors import UnitError

#: symbol -> (Brightway's unit name, how many of it one symbol is)
SYMBOLS: dict[str, tuple[str, float]] = {
    "kg": ("kilogram", 1.0),
    "g": ("kilogram", 1e-3),
    "mg": ("kilogram", 1e-6),
    "ug": ("kilogram", 1e-9),
    "ng": ("kilogram", 1e-12),
    "t": ("kilogram", 1e3),
    "kWh": ("kilowatt hour", 1.0),
    "MWh": ("kilowatt hour", 1e3),
    "Wh": ("kilowatt hour", 1e-3),
    "MJ": ("megajoule", 1.0),
    "GJ": ("megajoule", 1e3),
    "kJ": ("megajoule", 1e-3),
    "m2": ("square meter", 1.0),
    "cm2": ("square meter", 1e-4),
    "mm2": ("square meter", 1e-6),
    "m2a": ("square meter-year", 1.0),
    "m3": ("cubic meter", 1.0),
    "L": ("cubic meter", 1e-3),
    "mL": ("cubic meter", 1e-6),
    "Sm3": ("standard cubic meter", 1.0),
    "m": ("meter", 1.0),
    "km": ("kilometer", 1.0),
    "tkm": ("ton kilometer", 1.0),
    "kgkm": ("ton kilometer", 1e-3),
    "kBq": ("kilo Becquerel", 1.0),
    "Bq": ("kilo Becquerel", 1e-3),
    "unit": ("unit", 1.0),
    "h": ("hour", 1.0),
    "a": ("year", 1.0),
    "GB": ("gigabyte", 1.0),
    "MB": ("gigabyte", 1e-3),
}

#: Brightway unit names that measure the same thing: (from, to) -> factor
_EQUIVALENT = {
    ("kilowatt hour", "megajoule"): 3.6,
    ("megajoule", "kilowatt hour"): 1 / 3.6,
}


def unit_name(symbol: str) -> str:
    """Return Brightway's name of a unit symbol.

    Raises
    ------
    UnitError
        The symbol is not known.
    """
    try:
        return SYMBOLS[symbol][0]
    except KeyError:
        raise UnitError(
            f"unit '{symbol}' is not known", f"use one of: {', '.join(SYMBOLS)}"
        ) from None


def conversion(symbol: str, target: str) -> float:
    """Return how many ``target`` units (Brightway name) one ``symbol`` is.

    Parameters
    ----------
    symbol
        A unit symbol as written in the tables, e.g. ``"mg"``.
    target
        A unit name as used in Brightway, e.g. ``"kilogram"``.

    Raises
    ------
    UnitError
        The symbol is not known, or the two units do not measure the same thing.
    """
    name = unit_name(symbol)
    factor = SYMBOLS[symbol][1]
    if name == target:
        return factor
    if (name, target) in _EQUIVALENT:
        return factor * _EQUIVALENT[name, target]
    raise UnitError(
        f"'{symbol}' ({name}) cannot be converted to {target}",
        "give the amount in the unit of the product or flow it stands for",
    )
