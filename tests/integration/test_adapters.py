"""Adapted databases in Brightway: by hand for a small one, by published figures for the real ones.

The real data sets lie beside the project and are not part of it; without them those tests skip.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bw_tinyml.adapters.adapting import Adaptation, adapt
from bw_tinyml.brightway.methods import install_methods, missing_methods
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2calc, bw2data
from bw_tinyml.cli.main import cli
from bw_tinyml.errors import NotFoundError, OverwriteError, ProjectError, UsageError
from bw_tinyml.impact.cutoff import cutoff_estimate, is_service
from bw_tinyml.impact.methods import named_indicator
from bw_tinyml.impact.scores import UnitScores, unit_scores
from bw_tinyml.inventory.flows import find_flow

from ..conftest import ROOT
from ..openlca import archive, flow, nature, output, process, product, steel

DATA = ROOT.parent / "shared" / "data"
GWP = ("EF v3.1", "climate change", "global warming potential (GWP100)")


def data_file(name: str) -> Path:
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"needs ../shared/data/{name}, a public data set beside the project")
    return path


def node(database: str, product_: str) -> Any:
    return next(n for n in bw2data().Database(database) if n["reference product"] == product_)


def test_small_archive_gives_the_score_calculated_by_hand(installed: str, tmp_path: Path) -> None:
    result = adapt(steel(tmp_path / "steel.zip"), installed, "steel")
    lca = bw2calc().LCA({node("steel", "steel"): 1}, GWP)
    lca.lci()
    lca.lcia()
    assert lca.score == pytest.approx(2.0 + 0.5 * 0.6)
    metadata = bw2data().databases["steel"]
    assert metadata["depends"] == ["biosphere3"]
    assert metadata["coverage"]["elementary exchanges linked"] == 2
    assert len(metadata["source sha256"]) == 64
    assert result.as_dict()["coverage"]["unmatched flows"][0]["name"] == "Unheard-of gas"


def test_adapting_twice_needs_to_be_told(installed: str, tmp_path: Path) -> None:
    path = steel(tmp_path / "steel.zip")
    adapt(path, installed, "steel")
    before = node("steel", "steel").id
    with pytest.raises(OverwriteError, match="exists"):
        adapt(path, installed, "steel")
    adapt(path, installed, "steel", replace=True)
    assert node("steel", "steel").id == before


def test_our_own_databases_are_never_written_over(installed: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="tinyml-background"):
        adapt(steel(tmp_path / "a.zip"), installed, "tinyml-background", replace=True)
    with pytest.raises(OverwriteError, match="was not made by"):
        adapt(steel(tmp_path / "a.zip"), installed, "biosphere3", replace=True)
    assert len(bw2data().Database("biosphere3")) == 4709


def test_project_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no Brightway project"):
        adapt(steel(tmp_path / "a.zip"), "nowhere", "steel")


def test_notice_of_us_lci_goes_with_the_data(installed: str, tmp_path: Path) -> None:
    terms = {"restrictionsDescription": "Provided by NREL."}
    path = archive(
        tmp_path / "a.zip", [process("p", product("x"), processDocumentation=terms)], [flow("x")]
    )
    result = adapt(path, installed, "noticed")
    assert [n.title.split()[0] for n in result.notices] == ["DATA"]
    stored = bw2data().databases["noticed"]
    assert "this entire notice appears in all copies" in stored["notices"][0]
    assert stored["terms"] == {"Provided by NREL.": 1}


def test_command_prints_coverage_and_json(installed: str, tmp_path: Path) -> None:
    path = steel(tmp_path / "steel.zip")
    arguments = ["adapt", str(path), "--project", installed, "--name", "steel"]
    shown = CliRunner().invoke(cli, arguments)
    assert shown.exit_code == 0, shown.output
    assert "66.7 %" in shown.output
    assert "Unheard-of gas" in shown.output
    printed = CliRunner().invoke(cli, [*arguments, "--replace", "--json"])
    assert json.loads(printed.output)["coverage"]["CO2 mass share linked"] == 1.0


def test_flows_that_the_project_lacks_are_reported(installed: str, tmp_path: Path) -> None:
    """A biosphere of another release lacks some flows: counted, never linked to nothing."""
    bd = bw2data()
    code = find_flow("Carbon dioxide, fossil", "air")
    gas = bd.get_node(database="biosphere3", code=code)
    bd.Database("small-biosphere").write(
        {("small-biosphere", code): {**gas.as_dict(), "database": "small-biosphere"}}
    )
    path = archive(
        tmp_path / "a.zip",
        [process("p", product("x"), output("Carbon dioxide", 1.0), output("Methane", 1.0))],
        [flow("x"), nature("Carbon dioxide"), nature("Methane")],
    )
    result = adapt(path, installed, "lacking", biosphere="small-biosphere")
    assert result.coverage.by_reason() == {"'small-biosphere' lacks the flow": 1}
    assert result.coverage.elementary_linked == 1


def test_project_with_an_empty_biosphere_gets_one(fresh: str, tmp_path: Path) -> None:
    open_project(fresh, create=True)
    bw2data().Database("biosphere3").register()
    result = adapt(steel(tmp_path / "steel.zip"), fresh, "steel")
    assert result.coverage.elementary_linked == 2
    assert len(bw2data().Database("biosphere3")) == 4709


@pytest.fixture(scope="module")
def adapted(project: str) -> Iterator[str]:
    """A project with EF v3.1 for the real data sets."""
    open_project(project)
    bw2data().projects.copy_project("adapted", switch=True)
    install_methods(missing_methods(["EF v3.1"], "biosphere3"), "biosphere3")
    yield "adapted"


@pytest.fixture(scope="module")
def uslci(adapted: str) -> tuple[Adaptation, dict[str, float]]:
    """US LCI: the adaptation, and kg CO2e by product (the preferred provider of each)."""
    result = adapt(data_file("uslci_jsonld.zip"), adapted, "uslci")
    scores = _gwp("uslci")
    rows = {n["reference product"]: scores.of(n.id)[0] for n in bw2data().Database("uslci")}
    return result, {name: float(score) for name, score in rows.items()}


def _gwp(database: str) -> UnitScores:
    first = next(iter(bw2data().Database(database)))
    return unit_scores(first.id, [named_indicator(GWP)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        # +-10 % around 0.8 kg CO2e/kWh; the US grid of 2000
        ("Electricity, at grid, US, 2000", 0.72, 0.88),
        ("Electricity, bituminous coal, at power plant", 1.05, 1.17),
        ("Electricity, natural gas, at power plant", 0.72, 0.80),
        ("Electricity, nuclear, at power plant", 0.011, 0.013),
        # 11.0 without CF4 and C2F6 of the smelter, which the data set states under other names
        ("Aluminum, primary, ingot, at plant, 1998", 11.0, 14.5),
        ("Acrylonitrile-butadiene-styrene copolymer resin, at plant, CTR", 3.75, 4.15),
        ("Hot rolled sheet, steel, at plant", 2.19, 2.43),
        ("Sulfuric acid, at plant", 0.33, 0.38),
        # 1.05 for the flight itself, and its kerosene
        ("Transport, aircraft, freight", 1.05, 1.30),
        ("Transport, combination truck, diesel powered", 0.08, 0.14),
    ],
)
def test_us_lci_products_are_plausible(
    uslci: tuple[Adaptation, dict[str, float]], name: str, low: float, high: float
) -> None:
    assert low <= uslci[1][name] <= high


@pytest.mark.slow
def test_us_lci_is_covered(uslci: tuple[Adaptation, dict[str, float]]) -> None:
    coverage = uslci[0].coverage
    assert coverage.datasets >= 820
    assert coverage.co2_linked / coverage.co2 > 0.999
    assert coverage.elementary_linked / coverage.elementary > 0.83
    assert coverage.products_linked >= 4000
    lost = sum(u.exchanges for u in coverage.unmatched) + sum(c.exchanges for c in coverage.cutoffs)
    kept = coverage.elementary_linked + coverage.products_linked
    everything = coverage.elementary + coverage.accounts + coverage.products
    assert lost + kept == everything, "nothing is dropped in silence"
    known = {"Carbon dioxide", "Carbon dioxide, fossil", "Carbon dioxide, biogenic"}
    assert not known & {u.name for u in coverage.unmatched if u.reason == "no such flow"}
    assert uslci[0].notices[0].title.startswith("DATA USE DISCLAIMER")


@pytest.mark.slow
def test_us_lci_refinery_shares_its_burden(uslci: tuple[Adaptation, dict[str, float]]) -> None:
    """By mass, so that a kilogram of each product weighs the same."""
    open_project("adapted")
    scores = {}
    for n in bw2data().Database("uslci"):
        if n["name"] == "Petroleum refining, at refinery":
            scores[n["reference product"]] = _gwp("uslci").of(n.id)[0]
    per_kg = {
        "Diesel, at refinery": scores["Diesel, at refinery"] / 0.8675,
        "Gasoline, at refinery": scores["Gasoline, at refinery"] / 0.7753,
        "Bitumen, at refinery": scores["Bitumen, at refinery"],
    }
    assert len(scores) == 9
    assert max(per_kg.values()) == pytest.approx(min(per_kg.values()), rel=0.001)


@pytest.mark.slow
def test_marine_transport_solves(adapted: str) -> None:
    result = adapt(data_file("flcac_marine_v1.0.zip"), adapted, "marine")
    coverage = result.coverage
    assert coverage.format == "openLCA JSON-LD 2"
    assert (coverage.elementary_linked, coverage.elementary) == (6120, 6120)
    assert coverage.by_reason() == {"its provider is in another data set": 72}
    scores = [float(_gwp("marine").of(n.id)[0]) for n in bw2data().Database("marine")]
    assert len(scores) == 72
    # kg CO2e per tkm, of the ship only: fuel supply is in another data set
    assert all(0.001 < score < 0.1 for score in scores)


@pytest.fixture(scope="module")
def useeio(adapted: str) -> tuple[dict[str, float], dict[str, float]]:
    """GWP by sector code: ours, and as the model publishes it (matrix N)."""
    path = data_file("useeio_v1.2.zip")
    adapt(path, adapted, "useeio")
    scores = _gwp("useeio")
    ours = {n["identifier"]: float(scores.of(n.id)[0]) for n in bw2data().Database("useeio")}
    with zipfile.ZipFile(path) as file:
        ends = ("indicators.json", "sectors.json", "N.json")
        wanted = [n for n in file.namelist() if n.endswith(ends)]
        read = {Path(n).name: json.loads(file.read(n)) for n in wanted}
    row = next(i["index"] for i in read["indicators.json"] if i["code"] == "GHG")
    published = {s["code"]: read["N.json"][row][s["index"]] for s in read["sectors.json"]}
    return ours, published


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "334413",  # semiconductors
        "334418",  # printed circuit assembly
        "33441A",  # passives, connectors
        "335911",  # storage batteries
        "335912",  # primary batteries
        "331411",  # copper
        "325211",  # plastics
        "481000",  # air transport
        "484000",  # truck transport
        "221100",  # electricity
    ],
)
def test_useeio_agrees_with_its_own_totals(
    useeio: tuple[dict[str, float], dict[str, float]], code: str
) -> None:
    ours, published = useeio
    assert ours[code] == pytest.approx(published[code], rel=0.03)


@pytest.mark.slow
def test_estimate_by_price(adapted: str, useeio: tuple[dict[str, float], dict[str, float]]) -> None:
    open_project(adapted)
    result = cutoff_estimate("334413", 2.4, price_level=1.2)
    row = result.table.set_index("label").loc["Climate change"]
    assert result.price_year == 2013
    assert result.usd == pytest.approx(2.0)
    assert row["per_usd"] == pytest.approx(useeio[0]["334413"])
    assert row["whole"] == pytest.approx(2 * row["per_usd"])
    assert 0 < row["services"] < 0.5 * row["whole"]
    assert 0.05 < result.services < 0.5
    assert result.sector.name == "Semiconductors"
    with pytest.raises(NotFoundError):
        cutoff_estimate("semiconducters")
    with pytest.raises(UsageError):
        cutoff_estimate("334413", -1)
    printed = CliRunner().invoke(cli, ["cutoff", "334413", "--project", adapted, "--json"])
    assert json.loads(printed.output)["price year"] == 2013
    shown = CliRunner().invoke(cli, ["cutoff", "334413", "--project", adapted])
    assert "not to be added" in shown.output


def test_estimate_needs_a_database_in_money(installed: str) -> None:
    with pytest.raises(ProjectError, match="0 databases in money"):
        cutoff_estimate("334413", project=installed)
    with pytest.raises(ProjectError, match="no database in money"):
        cutoff_estimate("334413", project=installed, database="biosphere3")


@pytest.mark.parametrize(
    ("code", "service"), [("541100", True), ("562000", False), ("334413", False), ("4A0000", True)]
)
def test_services_are_told_by_the_longest_code(code: str, service: bool) -> None:
    assert is_service(code) is service
