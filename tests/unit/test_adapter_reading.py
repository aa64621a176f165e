"""Reading openLCA and USEEIO: units, places, allocation, providers, uncertainty."""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bw_tinyml.adapters import places, units
from bw_tinyml.adapters.adapting import read_source
from bw_tinyml.adapters.allocation import allocate
from bw_tinyml.adapters.assembling import Assembler
from bw_tinyml.adapters.coverage import Coverage
from bw_tinyml.adapters.distributions import fields
from bw_tinyml.adapters.elementary import match
from bw_tinyml.adapters.source import SourceExchange, SourceFlow
from bw_tinyml.errors import UntrustedError
from bw_tinyml.inventory.flows import elementary_flows

from ..openlca import (
    AIR,
    archive,
    exchange,
    flow,
    nature,
    output,
    process,
    product,
    steel,
    uid,
)

UNITS = units.known_units()


def datasets(path: Path) -> tuple[dict[str, dict[str, Any]], Coverage]:
    """Datasets by product, and the coverage."""
    assembler = Assembler(read_source(path), "db", "biosphere3", set(elementary_flows()))
    found = {d["reference product"]: d for d in assembler.datasets()}
    return found, assembler.coverage


def amounts(dataset: dict[str, Any]) -> dict[str, float]:
    """Amounts by product or flow."""
    return {
        e.get("reference product", e["name"]): e["amount"]
        for e in dataset["exchanges"]
        if e["type"] != "production"
    }


def test_units_convert_within_a_quantity_and_through_the_flow() -> None:
    assert units.factor(UNITS["MJ"], "kilowatt hour") == pytest.approx(1 / 3.6)
    assert units.factor(UNITS["cu ft"], "cubic meter") == pytest.approx(0.3048**3)
    assert units.factor(UNITS["gal"], "litre") == pytest.approx(231 * 0.0254**3 * 1000)
    assert units.factor(UNITS["kg"], "litre") is None
    diesel = {"volume": 1.0, "mass": 849.0}
    assert units.factor(UNITS["kg"], "litre", diesel) == pytest.approx(1000 / 849)
    assert units.flow_factor(UNITS["kg"], "cubic meter", "Water, river") == pytest.approx(1e-3)
    assert units.flow_factor(UNITS["kg"], "cubic meter", "Gas, natural") is None


def test_unknown_units_convert_to_nothing_but_themselves() -> None:
    ell = units.other_unit("ell")
    assert units.factor(ell, "ell") == 1
    assert units.factor(ell, "meter") is None
    stone = units.other_unit("stone", 6.35, "kg")
    assert units.factor(stone, "kilogram") == pytest.approx(6.35)


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (("US",), "US"),
        (("United States of America (the)", "US"), "US"),
        (("RNA",), "RNA"),
        (("US-TX",), "US-TX"),
        (("Global",), "GLO"),
        (("__import__('os')",), None),
        (("(1,)",), None),
        (("unknown", "UNSPECIFIED"), None),
    ],
)
def test_places_become_plain_codes(texts: tuple[str, ...], code: str | None) -> None:
    assert places.code(*texts) == code


def test_inputs_are_linked_and_converted(tmp_path: Path) -> None:
    found, coverage = datasets(steel(tmp_path / "a.zip"))
    assert amounts(found["steel"]) == {"electricity": 0.5, "Carbon dioxide, fossil": 2.0}
    assert found["electricity"]["unit"] == "kilowatt hour"
    assert found["electricity"]["location"] == "US"
    assert (coverage.elementary, coverage.elementary_linked) == (3, 2)
    assert (coverage.products, coverage.products_linked) == (2, 1)
    assert coverage.co2_linked == coverage.co2 == pytest.approx(2.6)
    assert [u.name for u in coverage.unmatched] == ["Unheard-of gas"]
    assert [c.reason for c in coverage.cutoffs] == ["left out by the data set (CUTOFF)"]


def test_version_1_is_read_like_version_2(tmp_path: Path) -> None:
    """Categories are documents that name their parents; fields have other names."""
    context = {"@context": "http://greendelta.github.io/olca-schema/context.jsonld"}
    category = {"@type": "Category", "@id": uid("air"), "name": "unspecified"}
    parent = {"@type": "Category", "@id": uid("parent"), "name": "air"}
    made = {**product("steel"), "input": False, "quantitativeReference": True}
    emitted = {**output("Methane", 1.0), "input": False}
    for row in (made, emitted):
        del row["isInput"]
    made.pop("isQuantitativeReference")
    path = archive(
        tmp_path / "a.zip",
        [{**context, **process("steel making", made, emitted)}],
        [
            flow("steel", category=None),
            nature("Methane", category={"@type": "Category", "@id": uid("air")}),
        ],
        categories=[
            {**category, "category": {"@type": "Category", "@id": uid("parent")}},
            parent,
        ],
    )
    assert read_source(path).format == "openLCA JSON-LD 1"
    assert amounts(datasets(path)[0]["steel"]) == {"Methane, fossil": 1.0}


def test_named_provider_wins_over_the_newest(tmp_path: Path) -> None:
    dates = {"validFrom": "1990-01-01", "validUntil": "9999-12-31"}
    old = process("old route", product("tin"), processDocumentation=dates)
    new = process("new route", product("tin"), processDocumentation={"validUntil": "2020-12-31"})
    provider = {"@type": "Process", "@id": uid("process old route")}
    users = [
        process("named", product("a"), exchange("tin", 1.0, defaultProvider=provider)),
        process("open", product("b"), exchange("tin", 1.0)),
    ]
    path = archive(tmp_path / "a.zip", [old, new, *users], [flow(n) for n in ("tin", "a", "b")])
    assembler = Assembler(read_source(path), "db", "biosphere3", set(elementary_flows()))
    found = {d["name"]: d for d in assembler.datasets()}
    taken = {
        n: e["name"] for n in ("named", "open") for e in found[n]["exchanges"] if e["amount"] == 1
    }
    assert taken == {"named": "old route", "open": "new route"}
    assert "2 providers" in assembler.coverage.remarks[0]


def test_products_of_one_name_are_linked_and_avoided_products_are_negative(tmp_path: Path) -> None:
    other = {**exchange("Tin", 2.0), "flow": {"@id": uid("another tin"), "name": "TIN"}}
    path = archive(
        tmp_path / "a.zip",
        [
            process("smelter", product("tin")),
            process(
                "solder", product("solder"), other, exchange("tin", 0.5, isAvoidedProduct=True)
            ),
        ],
        [flow("tin"), flow("solder"), {**flow("TIN"), "@id": uid("another tin")}],
    )
    found, coverage = datasets(path)
    linked = [e["amount"] for e in found["solder"]["exchanges"] if e["type"] == "technosphere"]
    assert linked == [2.0, -0.5]
    assert coverage.links == {"name": 1, "product": 1}


def test_wastes_are_sent_to_the_process_that_treats_them(tmp_path: Path) -> None:
    treated = {**exchange("slag", 1.0), "isQuantitativeReference": True}
    path = archive(
        tmp_path / "a.zip",
        [process("landfill", treated), process("furnace", product("iron"), output("slag", 0.3))],
        [flow("slag", "WASTE_FLOW"), flow("iron")],
    )
    assert amounts(datasets(path)[0]["iron"]) == {"slag": 0.3}


def _refinery(tmp_path: Path, *coproducts: dict[str, Any], **more: Any) -> Path:
    users = [
        process(f"user of {e['flow']['name']}", product(f"x {e['flow']['name']}"), _taken(e))
        for e in coproducts
    ]
    names = ["oil", *(e["flow"]["name"] for e in coproducts)]
    return archive(
        tmp_path / "a.zip",
        [
            process("refinery", product("oil", 3.0), *coproducts, output("Methane", 8.0), **more),
            *users,
        ],
        [
            *(flow(n) for n in names),
            *(flow(f"x {n}") for n in names),
            nature("Methane"),
        ],
    )


def _taken(made: dict[str, Any]) -> dict[str, Any]:
    return exchange(made["flow"]["name"], 1.0, made["unit"]["name"])


def test_coproducts_share_by_mass_and_heat_gets_nothing(tmp_path: Path) -> None:
    path = _refinery(tmp_path, output("wax", 1000.0, "g"), output("heat", 50.0, "MJ"))
    found, coverage = datasets(path)
    assert [amounts(found[n]) for n in ("oil", "wax")] == [
        {"Methane, fossil": 6.0},
        {"Methane, fossil": 2.0},
    ]
    assert amounts(found["heat"]) == {}
    assert found["wax"]["production amount"] == pytest.approx(1.0)
    assert coverage.allocations == {"mass": 1}
    assert coverage.elementary == 1, "an exchange of a split process counts once"


def test_stated_factors_come_first(tmp_path: Path) -> None:
    factors = [
        {"allocationType": "ECONOMIC_ALLOCATION", "product": {"@id": uid(n)}, "value": v}
        for n, v in (("oil", 0.9), ("wax", 0.1))
    ]
    path = _refinery(
        tmp_path,
        output("wax", 1.0),
        allocationFactors=factors,
        defaultAllocationMethod="ECONOMIC_ALLOCATION",
    )
    found, _ = datasets(path)
    assert amounts(found["wax"]) == {"Methane, fossil": pytest.approx(0.8)}


def test_causal_factors_replace_those_of_single_exchanges(tmp_path: Path) -> None:
    def factor(method: str, name: str, value: float, **more: Any) -> dict[str, Any]:
        return {"allocationType": method, "product": {"@id": uid(name)}, "value": value, **more}

    causal = {"exchange": {"flow": {"@id": uid("Methane")}}}
    path = _refinery(
        tmp_path,
        output("wax", 1.0),
        allocationFactors=[
            factor("PHYSICAL_ALLOCATION", "oil", 0.5),
            factor("PHYSICAL_ALLOCATION", "wax", 0.5),
            factor("CAUSAL_ALLOCATION", "oil", 1.0, **causal),
            factor("CAUSAL_ALLOCATION", "wax", 0.0, **causal),
        ],
    )
    found, _ = datasets(path)
    assert amounts(found["oil"]) == {"Methane, fossil": 8.0}
    assert amounts(found["wax"]) == {}


def test_factors_that_are_no_shares_are_not_used(tmp_path: Path) -> None:
    """US LCI has processes whose factors are all 0: by mass then, not into nothing."""
    factors = [
        {"allocationType": "PHYSICAL_ALLOCATION", "product": {"@id": uid("wax")}, "value": 0.0}
    ]
    found, coverage = datasets(_refinery(tmp_path, output("wax", 1.0), allocationFactors=factors))
    assert sum(amounts(found[n])["Methane, fossil"] for n in ("oil", "wax")) == pytest.approx(8.0)
    assert coverage.allocations == {"mass": 1}


def test_products_without_common_measure_leave_all_to_the_reference(tmp_path: Path) -> None:
    found, coverage = datasets(_refinery(tmp_path, output("wax", 1.0, "m3")))
    assert amounts(found["oil"]) == {"Methane, fossil": 8.0}
    assert "wax" not in found
    assert "without a common measure" in coverage.remarks[0]
    assert coverage.by_reason() == {"no provider": 1}


def test_unused_outputs_take_no_share(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "a.zip",
        [process("mill", product("board", 1.0), output("dust", 9.0), output("Methane", 1.0))],
        [flow("board"), flow("dust"), nature("Methane")],
    )
    source = read_source(path)
    assert [s.product.flow.name for s in allocate(source.processes[0], []).shares] == ["board"]
    assert amounts(datasets(path)[0]["board"]) == {"Methane, fossil": 1.0}


@pytest.mark.parametrize(
    ("name", "category", "unit", "is_input", "expected"),
    [
        ("Carbon dioxide", AIR, "kg", False, {"Carbon dioxide, fossil": 1.0}),
        (
            "carbon dioxide, biogenic ",
            "air/unspecified",
            "kg",
            False,
            {"Carbon dioxide, non-fossil": 1},
        ),
        ("Copper, ion", "water/river", "g", False, {"Copper ion": 1e-3}),
        ("Ammonia", "water/unspecified", "kg", False, {"Ammonium": 1.0592}),
        ("Copper ore, 4%, in ground", "resource/in ground", "kg", True, {"Copper": 0.04}),
        (
            "Copper - Silver - ore (3.3% Cu; 5.5 g/t Ag)",
            "resource/in ground",
            "t",
            True,
            {"Copper": 33.0, "Silver": 0.0055},
        ),
        (
            "Copper, 0.99% in sulfide, Cu 0.36% and Mo 8.2E-3% in crude ore, in ground",
            "resource/in ground",
            "kg",
            True,
            {"Copper": 1.0},
        ),
        ("Natural gas (in MJ)", "resource/ground-", "MJ", True, {"Gas, natural": 1 / 36}),
        ("Gas, natural, in ground", "resource/in ground", "m3", True, {"Gas, natural": 1.0}),
        ("Gas, natural, in ground", "resource/in ground", "kg", True, {"Gas, natural": 1.3}),
        ("Water, river", "water/river", "l", True, {"Water, river": 1e-3}),
        (
            "Uranium oxide, 332 GJ per kg, in ore",
            "resource/unspecified",
            "kg",
            True,
            {"Uranium": 0.848},
        ),
        (
            "Methane",
            "Elementary flows/emission/air/troposphere/rural",
            "kg",
            False,
            {"Methane, fossil": 1},
        ),
        ("Iron ore, in ground", "resource/in ground", "kg", True, {}),
        ("Copper", "resource/in ground", "kg", False, {}),
        ("Copper", "air/unspecified", "kg", True, {}),
        ("Copper", "Some folder", "kg", False, {}),
        ("Copper", "air/unspecified", "MJ", False, {}),
    ],
)
def test_elementary_flows_are_matched_or_say_why_not(
    name: str, category: str, unit: str, is_input: bool, expected: dict[str, float]
) -> None:
    found = match(
        SourceExchange(
            SourceFlow(uid(name), name.strip(), "elementary", category), 1.0, UNITS[unit], is_input
        )
    )
    assert {t.flow.name: t.factor for t in found.targets} == pytest.approx(expected, rel=1e-3)
    assert found.how


def test_long_term_and_urban_compartments_are_kept() -> None:
    def where(category: str) -> str:
        made = SourceFlow("x", "Cadmium", "elementary", category)
        return match(SourceExchange(made, 1.0, UNITS["kg"], False)).targets[0].flow.compartment

    assert where("air/high population density") == "air::urban air close to ground"
    assert where("air/low population density") == "air::non-urban air or from high stacks"
    assert where("water/ground-, long-term") == "water::ground-, long-term"


def test_pm10_counts_without_the_pm25_stated_beside_it(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "a.zip",
        [
            process(
                "boiler",
                product("heat", 1.0, "MJ"),
                output("Particulates, < 10 um", 5.0, "g"),
                output("Particulates, < 2.5 um", 0.002),
            ),
            process("kiln", product("lime"), output("Particulates, < 10 um", 5.0, "g")),
        ],
        [
            flow("heat"),
            flow("lime"),
            nature("Particulates, < 10 um"),
            nature("Particulates, < 2.5 um"),
        ],
    )
    found, _ = datasets(path)
    coarse, fine = "Particulate Matter, > 2.5 um and < 10um", "Particulate Matter, < 2.5 um"
    assert amounts(found["heat"]) == pytest.approx({coarse: 0.003, fine: 0.002})
    assert amounts(found["lime"]) == pytest.approx({coarse: 0.005})


def test_lognormal_has_the_amount_as_median() -> None:
    stated = {"type": "LOG_NORMAL_DISTRIBUTION", "geomMean": 5.0, "geomSd": 1.5}
    found = fields(stated, 5.0, -0.005)
    assert found == {
        "uncertainty type": 2,
        "loc": pytest.approx(math.log(0.005)),
        "scale": pytest.approx(math.log(1.5)),
        "negative": True,
    }


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"type": "TRIANGLE_DISTRIBUTION", "minimum": 3.0, "maximum": 1.0}, (5, 2.0, 6.0)),
        ({"type": "UNIFORM_DISTRIBUTION", "minimum": 1.0, "maximum": 3.0}, (4, 2.0, 6.0)),
        ({"type": "TRIANGLE_DISTRIBUTION", "minimum": 3.0, "maximum": 4.0}, None),
        ({"type": "LOG_NORMAL_DISTRIBUTION", "geomSd": 0.5}, None),
        ({"type": "SOMETHING_NEW"}, None),
        ({"type": "LOG_NORMAL_DISTRIBUTION", "geomSd": 1.0}, (0, None, None)),
        ({}, (0, None, None)),
    ],
)
def test_other_distributions(stated: dict[str, Any], expected: tuple[Any, ...] | None) -> None:
    found = fields(stated, 2.0, 4.0)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert (found["uncertainty type"], found.get("minimum"), found.get("maximum")) == expected


def useeio(path: Path, matrix: Any = None) -> Path:
    """Two sectors: 1 USD of b takes 0.5 USD of a."""
    members = {
        "m/sectors.json": [
            {"id": "a/us", "name": "Advice", "code": "541100", "location": "US"},
            {"id": "b/us", "name": "Boards", "code": "334418", "location": "US"},
        ],
        "m/flows.json": [
            {
                "uuid": uid("co2"),
                "flowable": "Carbon dioxide",
                "context": "air/unspecified",
                "unit": "kg",
            },
            {"uuid": uid("jobs"), "flowable": "Jobs", "context": "/", "unit": "p"},
        ],
        "m/matrix/A.json": matrix or [[0.2, 0.5], [0.0, 0.0]],
        "m/matrix/B.json": [[0.4, 1.0], [3.0, 3.0]],
    }
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, json.dumps(content))
    return path


def test_useeio_sectors_become_processes(tmp_path: Path) -> None:
    found, coverage = datasets(useeio(tmp_path / "a.zip"))
    boards = found["Boards (334418)"]
    assert boards["identifier"] == "334418"
    assert amounts(boards) == {"Advice (541100)": 0.5, "Carbon dioxide, fossil": 1.0}
    assert coverage.accounts == 2
    assert coverage.elementary == coverage.elementary_linked == 2


@pytest.mark.parametrize("matrix", [[[0.1]], [[0.1, 0.2], [0.3]], "x", [[0.1, None], [0, 0]]])
def test_matrices_of_wrong_shape_are_refused(tmp_path: Path, matrix: Any) -> None:
    with pytest.raises(UntrustedError, match=r"A\.json"):
        read_source(useeio(tmp_path / "a.zip", matrix))


def test_format_is_told_by_content(tmp_path: Path) -> None:
    path = archive(tmp_path / "useeio.zip", [process("p", product("x"))], [flow("x")])
    assert read_source(path).format.startswith("openLCA")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as file:
        file.writestr("readme.txt", "hello")
    with pytest.raises(UntrustedError, match="no format"):
        read_source(tmp_path / "b.zip")
