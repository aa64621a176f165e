"""ILCD: units, spreads, formulas, names and flow lists, each on its own."""

from __future__ import annotations

import math
import re

import pytest

from bw_tinyml.errors import FormulaError
from bw_tinyml.export.ilcd.documents import number, percent
from bw_tinyml.export.ilcd.flows import padded_cas
from bw_tinyml.export.ilcd.parameters import can_be_written
from bw_tinyml.export.ilcd.uncertainty import spread_of
from bw_tinyml.ilcd.formulas import from_ilcd, to_ilcd
from bw_tinyml.ilcd.locations import is_location
from bw_tinyml.ilcd.names import is_uuid, own_uuid, version_of
from bw_tinyml.ilcd.nomenclature import from_ef, to_ef
from bw_tinyml.ilcd.quantities import QUANTITIES, brightway_unit, quantity_of
from bw_tinyml.importing.ilcd.flows import sign_of
from bw_tinyml.importing.ilcd.spread import Stated, distribution_of
from bw_tinyml.inventory.flows import elementary_flows
from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.loading import load
from bw_tinyml.units import SYMBOLS


class TestUnits:
    @pytest.mark.parametrize(
        ("unit", "reference", "factor"),
        [
            ("kilogram", "kg", 1),
            ("kilowatt hour", "MJ", 3.6),
            ("megajoule", "MJ", 1),
            ("unit", "Item(s)", 1),
            ("ton kilometer", "t*km", 1),
            ("kilometer", "m", 1000),
            ("square meter", "m2", 1),
            ("square meter-year", "m2*a", 1),
            ("cubic meter", "m3", 1),
            ("kilo Becquerel", "kBq", 1),
            ("hour", "d", 1 / 24),
            ("year", "d", 365),
            ("standard cubic meter", "Sm3", 1),
            ("gigabyte", "GB", 1),
        ],
    )
    def test_reference_units(self, unit: str, reference: str, factor: float) -> None:
        quantity, found = quantity_of(unit)
        assert (quantity.unit, found) == (reference, pytest.approx(factor))

    def test_every_unit_of_the_tables_and_of_flows_is_known(self) -> None:
        names = {name for name, _ in SYMBOLS.values()}
        names |= {flow.unit for flow in elementary_flows().values()}
        assert names - QUANTITIES.keys() == {"EUR2005"}  # economic flows, which we do not use

    def test_back_to_brightway(self) -> None:
        for unit, (quantity, factor) in QUANTITIES.items():
            name, back = brightway_unit(quantity.unit)
            there, per_unit = quantity_of(name)
            assert there == quantity
            # one `unit` is `factor` reference units, each of which is `back` of `name`
            assert factor == pytest.approx(factor * back * per_unit), unit

    def test_unknown_unit_is_a_quantity_of_its_own(self) -> None:
        quantity, factor = quantity_of("guest night")
        assert factor == 1 and quantity.unit == "guest night" and is_uuid(quantity.property)
        assert brightway_unit("guest night") == ("guest night", 1.0)

    def test_uuids(self) -> None:
        by_name: dict[str, set[str]] = {}
        for quantity, _ in QUANTITIES.values():
            assert is_uuid(quantity.property) and is_uuid(quantity.group)
            by_name.setdefault(quantity.property, set()).add(quantity.name)
        assert all(len(names) == 1 for names in by_name.values())


class TestFormulas:
    def test_notation(self) -> None:
        assert to_ilcd("a**2 * min(b, log(c))") == "a^2 * min(b; ln(c))"
        assert from_ilcd("a^2 * min(b; ln(c))").text == "a**2 * min(b, log(c))"

    def test_all_of_the_inventory_come_back(self) -> None:
        inventory, _ = load()
        texts = {
            value.value.text
            for found in inventory.parameters.values()
            for value in found.values()
            if isinstance(value.value, Formula)
        }
        texts |= {
            e.value.text
            for d in inventory.datasets.values()
            for e in d.exchanges
            if isinstance(e.value, Formula)
        }
        assert len(texts) > 500
        for text in texts:
            assert from_ilcd(to_ilcd(text)).text == text

    @pytest.mark.parametrize("text", ["log(a)", "__import__('os')", "a.b", "if(a>1;2;3)", "a = 2"])
    def test_what_is_not_allowed(self, text: str) -> None:
        with pytest.raises(FormulaError):
            from_ilcd(text)

    def test_names(self) -> None:
        assert can_be_written(["a", "b_2"])
        assert not can_be_written(["A", "a"])  # openLCA takes them for one
        assert not can_be_written(["a" * 51])
        assert not can_be_written(["temp_olca_param3"])
        assert not can_be_written(["amount_1"])


class TestSpreads:
    def test_lognormal_is_the_squared_gsd(self) -> None:
        spread = spread_of({"uncertainty type": 2, "scale": math.log(1.1)}, 5.0)
        assert (spread.type, spread.deviation) == ("log-normal", "1.210")
        stated = Stated("log-normal", 1.21, None, None, None, None)
        found = distribution_of(stated, 5.0)
        assert found and found["scale"] == pytest.approx(math.log(1.1))
        assert found["loc"] == pytest.approx(math.log(5.0)) and found["negative"] is False

    def test_exact_scale_wins(self) -> None:
        spread = spread_of({"uncertainty type": 2, "scale": 0.001}, 1.0)
        assert spread.deviation == "1.002" and not spread.rounded
        found = distribution_of(
            Stated(spread.type, float(spread.deviation), None, None, None, float(spread.scale)), 1.0
        )
        assert found and found["scale"] == 0.001

    def test_normal_is_two_deviations_in_percent(self) -> None:
        spread = spread_of({"uncertainty type": 3, "scale": 0.5}, 10.0)
        assert (spread.type, spread.deviation) == ("normal", "10.000")
        found = distribution_of(Stated("normal", 10.0, None, None, None, None), 10.0)
        assert found and found["scale"] == pytest.approx(0.5)

    def test_bounds_are_converted(self) -> None:
        fields = {"uncertainty type": 5, "minimum": 1.0, "loc": 2.0, "maximum": 4.0}
        spread = spread_of(fields, 2.0, 3.6)
        assert (float(spread.minimum), float(spread.mode), float(spread.maximum)) == (
            3.6,
            7.2,
            14.4,
        )
        found = distribution_of(Stated("triangular", None, 3.6, 14.4, 7.2, None), 2.0, 1 / 3.6)
        assert found == pytest.approx(
            {"uncertainty type": 5, "loc": 2.0, "minimum": 1.0, "maximum": 4.0}
        )

    def test_mean_of_a_triangle_gives_its_mode(self) -> None:
        found = distribution_of(Stated("triangular", None, 0.0, 3.0, None, None), 4 / 3)
        assert found and found["loc"] == pytest.approx(1.0)

    @pytest.mark.parametrize(
        "stated",
        [
            Stated("log-normal", 0.5, None, None, None, None),
            Stated("uniform", None, 3.0, 3.0, None, None),
            Stated("triangular", None, 5.0, 6.0, None, None),
            Stated("poisson", 1.0, None, None, None, None),
        ],
    )
    def test_what_makes_no_sense(self, stated: Stated) -> None:
        assert distribution_of(stated, 1.0) is None

    @pytest.mark.parametrize("value", [1.0, 1.21, 9.99999, 12.3456, 456.789, 12345.6, 1e9])
    def test_percent_has_five_digits(self, value: float) -> None:
        text = percent(value)
        assert re.fullmatch(r"\d+(\.\d{1,3})?", text)
        assert len(text.replace(".", "")) <= 5


class TestNames:
    def test_numbers_survive(self) -> None:
        for value in (0.1 + 0.2, 1e-300, -3.5, 1 / 3):
            assert float(number(value)) == value
        for value in (math.nan, math.inf):
            with pytest.raises(ValueError, match="cannot be written"):
                number(value)

    def test_cas(self) -> None:
        assert padded_cas("7440-50-8") == "007440-50-8"
        assert padded_cas("000124-38-9") == "000124-38-9"
        assert padded_cas("") == padded_cas("n.a.") == ""

    def test_versions(self) -> None:
        assert version_of("0.1.0") == "00.01.000"
        assert version_of("2.11.3.dev4") == "02.11.003"

    def test_uuids_are_stable(self) -> None:
        assert own_uuid("flow", "x") == "d1a45396-9046-5d87-869b-ad9097f8995e"
        assert not is_uuid("D1A45396-9046-5D87-869B-AD9097F8995E")

    def test_locations(self) -> None:
        assert all(is_location(code) for code in ("GLO", "RER", "CN", "TW"))
        assert not any(is_location(code) for code in ("RoW", "XK", "", "Taiwan", "US-CA"))


class TestDirections:
    @pytest.mark.parametrize(
        ("direction", "categories", "sign"),
        [
            ("Output", ("air", "urban air close to ground"), 1),
            ("Input", ("air",), -1),
            ("Input", ("natural resource", "in ground"), 1),
            ("Output", ("natural resource", "in water"), -1),
            ("Output", ("Resources", "Resources from water"), -1),
            ("Output", ("natural resource", "land"), 1),
            ("Output", ("Land use", "Land occupation"), 1),
            ("", ("natural resource", "in ground"), 1),
            ("Output", (), 1),
        ],
    )
    def test_sign(self, direction: str, categories: tuple[str, ...], sign: int) -> None:
        assert sign_of(direction, categories) == sign


class TestNomenclature:
    def test_the_way_back_leads_to_the_same_ef_flow(self) -> None:
        assert len(from_ef()) > 4000
        for target, codes in from_ef().items():
            assert {to_ef()[code].uuid for code in codes} == {target}

    def test_a_flow_that_ecoinvent_still_has_comes_first(self) -> None:
        flows = elementary_flows()
        for codes in from_ef().values():
            if flows[codes[0]].deprecated:
                assert all(flows[code].deprecated for code in codes)

    def test_energy_of_fuels(self) -> None:
        coal = next(c for c, f in elementary_flows().items() if f.name == "Coal, brown")
        assert (to_ef()[coal].unit, to_ef()[coal].factor) == ("MJ", 9.41)

    def test_units_fit_the_properties(self) -> None:
        for target in to_ef().values():
            assert brightway_unit(target.unit)[0] in QUANTITIES
            assert QUANTITIES[brightway_unit(target.unit)[0]][0].property == target.property
