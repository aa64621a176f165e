"""Reading openLCA and USEEIO: versions, links, providers, wastes, formats."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bw_tinyml.adapters.adapting import read_source
from bw_tinyml.adapters.assembling import Assembler
from bw_tinyml.errors import UntrustedError
from bw_tinyml.inventory.flows import elementary_flows

from ..openlca import (
    amounts,
    archive,
    datasets,
    exchange,
    flow,
    nature,
    output,
    process,
    product,
    steel,
    uid,
)


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
