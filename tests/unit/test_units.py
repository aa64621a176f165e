"""Units: conversions that are right, and mismatches that never pass."""

from __future__ import annotations

import pytest

from bw_tinyml.errors import UnitError
from bw_tinyml.units import SYMBOLS, conversion, unit_name


@pytest.mark.parametrize(
    ("symbol", "target", "factor"),
    [
        ("mg", "kilogram", 1e-6),
        ("t", "kilogram", 1000.0),
        ("cm2", "square meter", 1e-4),
        ("mm2", "square meter", 1e-6),
        ("L", "cubic meter", 1e-3),
        ("kWh", "megajoule", 3.6),
        ("MJ", "kilowatt hour", 1 / 3.6),
        ("Wh", "megajoule", 3.6e-3),
        ("kgkm", "ton kilometer", 1e-3),
        ("Bq", "kilo Becquerel", 1e-3),
    ],
)
def test_conversion(symbol: str, target: str, factor: float) -> None:
    assert conversion(symbol, target) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("symbol", "target"), [("kg", "cubic meter"), ("m2", "square meter-year"), ("unit", "kilogram")]
)
def test_mismatch_is_refused(symbol: str, target: str) -> None:
    with pytest.raises(UnitError, match="cannot be converted"):
        conversion(symbol, target)


def test_unknown_symbol_lists_the_known() -> None:
    with pytest.raises(UnitError) as caught:
        unit_name("lbs")
    assert all(symbol in caught.value.hint for symbol in SYMBOLS)
