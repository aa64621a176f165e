"""Data sets of strangers can neither run code, exhaust the machine nor slip in nonsense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bw_tinyml.adapters import solvable
from bw_tinyml.adapters.adapting import adapt, read_source
from bw_tinyml.adapters.assembling import Assembler
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import UntrustedError
from bw_tinyml.inventory.flows import elementary_flows

from ..openlca import archive, exchange, flow, nature, output, process, product, steel, uid


def one(path: Path, *exchanges: dict[str, Any], **more: Any) -> Path:
    """An archive with one process that makes x."""
    document = process("p", product("x"), *exchanges, **more)
    return archive(path, [document], [flow("x"), nature("Methane")])


def assembled(path: Path) -> list[dict[str, Any]]:
    made = Assembler(read_source(path), "db", "biosphere3", set(elementary_flows())).datasets()
    solvable.check(made)
    return made


@pytest.mark.parametrize("name", ["../processes/evil.json", "/processes/evil.json"])
def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    path = archive(tmp_path / "a.zip", [process("p", product("x"))], [flow("x")], {name: b"{}"})
    with pytest.raises(UntrustedError, match="leads out"):
        read_source(path)


CODE = "__import__('pathlib').Path('{file}').write_text('pwned')"


def test_locations_are_never_evaluated(tmp_path: Path, installed: str) -> None:
    """bw2data calls eval on locations with a parenthesis; ours must never reach it."""
    file = tmp_path / "pwned"
    code = CODE.format(file=file)
    place = {"@type": "Location", "@id": uid("evil"), "name": code, "code": f"({code},)"}
    path = archive(
        tmp_path / "a.zip",
        [process("p", product("x"), location={"@id": uid("evil"), "name": code})],
        [flow("x")],
        locations=[place],
    )
    result = adapt(path, installed, "strange")
    assert not file.exists()
    assert {node["location"] for node in bw2data().Database("strange")} == {"GLO"}
    assert "is no known code" in result.coverage.remarks[0]


@pytest.mark.parametrize("amount", ["1e999", "-1e999", "NaN", "Infinity", '"5"', "null", "true"])
def test_amounts_are_finite_numbers(tmp_path: Path, amount: str) -> None:
    document = json.dumps(process("p", product("x"), output("Methane", 12345.678)))
    raw = {"processes/p.json": document.replace("12345.678", amount).encode()}
    path = archive(tmp_path / "a.zip", [], [flow("x"), nature("Methane")], raw)
    with pytest.raises(UntrustedError, match=r"p\.json|amount of Methane"):
        read_source(path)


def test_amounts_that_overflow_when_converted_are_refused(tmp_path: Path) -> None:
    path = one(tmp_path / "a.zip", output("Methane", 1e308, "t"))
    with pytest.raises(UntrustedError, match="too large"):
        assembled(path)


def test_absurd_nesting_is_refused(tmp_path: Path) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    raw = {"processes/p.json": b'{"@type": "Process", "name": ' + deep + b"}"}
    path = archive(tmp_path / "a.zip", [], [flow("x")], raw)
    with pytest.raises(UntrustedError, match="not valid JSON"):
        read_source(path)


def test_categories_that_contain_themselves_are_refused(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "a.zip",
        [process("p", product("x"))],
        [flow("x", category={"@id": uid("a")})],
        categories=[
            {"@id": uid("a"), "name": "a", "category": {"@id": uid("b")}},
            {"@id": uid("b"), "name": "b", "category": {"@id": uid("a")}},
        ],
    )
    with pytest.raises(UntrustedError, match="contains itself"):
        read_source(path)


def test_missing_references_are_reported_not_followed(tmp_path: Path) -> None:
    """A flow without a document has no kind; a provider may not exist."""
    nowhere = exchange("nowhere", 1.0, defaultProvider={"@id": uid("gone")})
    path = archive(
        tmp_path / "a.zip",
        [process("p", product("x"), nowhere, exchange("y", 1.0, defaultProvider={"@id": "gone"}))],
        [flow("x"), flow("y")],
    )
    assembler = Assembler(read_source(path), "db", "biosphere3", set(elementary_flows()))
    assert [e["type"] for e in assembler.datasets()[0]["exchanges"]] == ["production"]
    assert assembler.coverage.by_reason() == {
        "kind of flow not stated": 1,
        "its provider is in another data set": 1,
    }


@pytest.mark.parametrize(
    "document",
    [
        {"exchanges": "all"},
        {"exchanges": [5]},
        {"exchanges": [{"amount": 1}]},
        {"exchanges": [{"amount": 1, "flow": {"@id": "../../etc"}}]},
        {"name": ["p"]},
        {"location": "US(1)"},
        {"@id": "x" * 500},
        {"@id": None},
        {"allocationFactors": [{"value": "half"}]},
    ],
)
def test_documents_of_wrong_shape_are_refused(tmp_path: Path, document: dict[str, Any]) -> None:
    path = archive(tmp_path / "a.zip", [{**process("p", product("x")), **document}], [flow("x")])
    with pytest.raises(UntrustedError):
        read_source(path)


def test_two_documents_with_one_identifier_are_refused(tmp_path: Path) -> None:
    document = json.dumps(process("p", product("x"))).encode()
    raw = {"processes/1.json": document, "processes/2.json": document}
    with pytest.raises(UntrustedError, match="of another document"):
        read_source(archive(tmp_path / "a.zip", [], [flow("x")], raw))


def test_systems_without_solution_are_refused_and_named(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "a.zip",
        [
            process("hen", product("egg"), exchange("chick", 1.0)),
            process("egg hatching", product("chick"), exchange("egg", 1.0)),
            process("bystander", product("x")),
        ],
        [flow(n) for n in ("egg", "chick", "x")],
    )
    with pytest.raises(UntrustedError, match="no unique solution") as caught:
        assembled(path)
    assert "'hen'" in caught.value.message
    assert "bystander" not in caught.value.message


def test_processes_that_produce_nothing_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", [process("p", product("x", 0.0))], [flow("x")])
    with pytest.raises(UntrustedError, match="produces 0"):
        assembled(path)


def test_a_refused_file_changes_nothing(tmp_path: Path, installed: str) -> None:
    bd = bw2data()
    before = {name: dict(bd.databases[name]) for name in bd.databases}
    adapt(steel(tmp_path / "sound.zip"), installed, "other")
    bad = archive(tmp_path / "a.zip", [process("p", product("x"), exchange("x", 1.0))], [flow("x")])
    with pytest.raises(UntrustedError, match="no unique solution"):
        adapt(bad, installed, "other", replace=True)
    assert len(bd.Database("other")) == 2
    assert {n: dict(bd.databases[n]) for n in before} == before
