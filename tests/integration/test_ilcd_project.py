"""ILCD export of a project: our databases as they are there, other databases by reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from bw_tinyml import export_ilcd
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data, quiet
from bw_tinyml.errors import ProjectError, UsageError
from bw_tinyml.ilcd.checks import check
from bw_tinyml.ilcd.content import exchanges_of, flow_of, name_of
from bw_tinyml.ilcd.names import FLOW, MODEL, PROCESS
from bw_tinyml.ilcd.package import read_package
from bw_tinyml.importing.ilcd import import_ilcd

from ..conftest import MINI
from ..ilcd_schemas import schema_errors
from .test_ilcd import assert_same_graph, assert_same_scores, scores, unpacked

CARBON_DIOXIDE = ("biosphere3", "aa7cac3a-3625-41d4-bc54-33e2cf11ec46")
BOARD = "board production"


@pytest.fixture
def licensed(installed: str) -> str:
    """A project in which the board uses a database of others: a product and a waste treatment.

    The treatment is written as ecoinvent does: it delivers -1 kg, and users take a negative input.
    """
    open_project(installed)
    bd = bw2data()
    flow = next(f for f in bd.Database("biosphere3") if f["name"] == "Carbon dioxide, fossil"
                and f["categories"] == ("air",))  # fmt: skip
    name = "licensed"

    def process(code: str, product: str, amount: float, exchanges: list[dict]) -> dict:
        own = {"input": (name, code), "type": "production", "amount": amount}
        return {"name": f"{product} process", "reference product": product, "unit": "kilogram",
                "location": "RoW", "exchanges": [own, *exchanges]}  # fmt: skip

    emission = {"input": flow.key, "type": "biosphere", "amount": 5.0}
    upstream = {"input": (name, "ore"), "type": "technosphere", "amount": 2.0}
    with quiet():
        bd.Database(name).write(
            {
                (name, "ore"): process("ore", "ore", 1.0, [emission]),
                (name, "tin"): process("tin", "tin", 1.0, [upstream, emission]),
                (name, "waste"): process("waste", "scrap", -1.0, [emission]),
            }
        )
        board = next(n for n in bd.Database("tinyml") if n["name"] == BOARD)
        board.new_exchange(input=(name, "tin"), type="technosphere", amount=0.5).save()
        board.new_exchange(input=(name, "waste"), type="technosphere", amount=-0.1).save()
        bd.Database("tinyml").process()
    return installed


def test_same_graph_as_from_the_tables(installed: str, fresh: str, tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    report = export_ilcd(path, project=installed, folder=MINI, families=())
    assert report.references == [] and report.models
    assert schema_errors(unpacked(path, tmp_path / "x")) == []
    import_ilcd(path, f"{fresh}-back", "back")
    assert_same_graph(f"{fresh}-back", "back", MINI)


def test_others_become_references(licensed: str, tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    report = export_ilcd(path, project=licensed, folder=MINI, families=())
    assert {r["code"] for r in report.references} == {"tin", "waste"}
    assert report.models == [] and any("no life cycle models" in n for n in report.notes)
    package = read_package(path)
    assert len(check(package)) == 0
    assert not package.of(MODEL)
    names = [name_of(p) for p in package.of(PROCESS)]
    assert not any("tin process" in n or "ore" in n for n in names)
    flows = {flow_of(d).name: d for d in package.of(FLOW)}
    comment = "".join(flows["tin"].root.itertext())
    assert "database 'licensed', code tin" in comment and "Choose a provider" in comment
    assert flow_of(flows["scrap"]).type == "Waste flow"
    board = next(p for p in package.of(PROCESS) if name_of(p).startswith(BOARD))
    found = {e.flow_name: e for e in exchanges_of(board)}
    assert (found["tin"].direction, found["tin"].amount) == ("Input", 0.5)
    assert (found["scrap"].direction, found["scrap"].amount) == ("Output", 0.1)
    assert found["tin"].provider == ""


@pytest.mark.slow
def test_aggregated_where_the_licence_allows(licensed: str, fresh: str, tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    report = export_ilcd(path, project=licensed, folder=MINI, families=(), aggregate=True)
    assert {r["code"] for r in report.aggregated} == {"tin", "waste"}
    assert report.references == [] and report.models
    types = {name_of(p): p.text("modellingAndValidation/LCIMethodAndAllocation/typeOfDataSet")
             for p in read_package(path).of(PROCESS)}  # fmt: skip
    assert types["tin process, RoW"] == "LCI result"
    tin = next(p for p in read_package(path).of(PROCESS) if name_of(p).startswith("tin"))
    text = "".join(tin.root.itertext())
    assert "database 'licensed', whose licence applies" in text and "CC BY" not in text
    assert schema_errors(unpacked(path, tmp_path / "x")) == []
    back = f"{fresh}-back"
    import_ilcd(path, back, "back")
    bd = bw2data()
    board = next(n for n in bd.Database("back") if n["name"] == BOARD)
    from bw_tinyml.brightway.methods import install_methods, missing_methods

    install_methods(missing_methods(["EF v3.1"], "biosphere3"), "biosphere3")
    there = scores(back, "back", [board["code"]], MINI)
    here = scores(licensed, "tinyml", [board["code"]], MINI)
    assert_same_scores(there, here)


def test_project_without_our_databases(fresh: str, tmp_path: Path) -> None:
    open_project(fresh, create=True)
    with pytest.raises(ProjectError, match="none of our databases"):
        export_ilcd(tmp_path / "p.zip", project=fresh)
    with pytest.raises(UsageError, match="nothing to aggregate"):
        export_ilcd(tmp_path / "p.zip", aggregate=True)
