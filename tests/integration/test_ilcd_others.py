"""ILCD packages of others: imported by what the format says."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bw_tinyml import export_ilcd
from bw_tinyml.brightway.install import linked_inventory
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import ImportFileError
from bw_tinyml.ilcd.names import OPENLCA, TINYML
from bw_tinyml.importing.ilcd import import_ilcd

from ..conftest import MINI, ROOT
from ..ilcd_packages import COPPER, Documents, edit, node, pack, path_of, unpacked, without_notes
from .test_ilcd import (
    SINGLE,
    assert_same_scores,
    end_products,
    payloads,
    scores,
    table_scores,
    written,
)

SHARED = ROOT.parent / "shared" / "data"


class TestPlainIlcd:
    def test_scores_without_our_notes(self, fresh: str, plain: Documents, tmp_path: Path) -> None:
        report = import_ilcd(pack(plain, tmp_path / "plain.zip"), fresh, "other")
        assert report.created == [] and len(report.mapped) > 3
        open_project(fresh)
        from bw_tinyml.brightway.methods import install_methods, missing_methods

        install_methods(missing_methods(["EF v3.1"], "biosphere3"), "biosphere3")
        datasets = [d for p in payloads(MINI) for d in p.datasets]
        # a reference unit is all that ILCD keeps: electricity arrives per megajoule
        units = [1 / 3.6 if d["unit"] == "kilowatt hour" else 1.0 for d in datasets]
        here = table_scores([d["identifier"] for d in datasets], MINI)
        there = scores(fresh, "other", [d["code"] for d in datasets], MINI)
        assert_same_scores(there, here * np.array(units)[:, None])

    def test_units_spread_and_formulas(self, fresh: str, plain: Documents, tmp_path: Path) -> None:
        report = import_ilcd(pack(plain, tmp_path / "plain.zip"), fresh, "other")
        assert report.parameters > 0 and report.notes == []
        open_project(fresh)
        electricity = node("other", "electricity production", "DE")
        assert electricity["unit"] == "megajoule"
        assert next(iter(electricity.production()))["amount"] == 3.6
        copper = node("other", "copper production")
        heat = next(e for e in copper.technosphere() if "heat" in e["name"])
        original = next(
            e
            for p in payloads(MINI)
            for d in p.datasets
            if d["identifier"] == "copper_production"
            for e in d["exchanges"]
            if e["name"].startswith("heat production")
        )
        # three decimals of the squared geometric standard deviation are left
        assert heat["scale"] == pytest.approx(original["scale"], abs=1e-3)
        assert heat["loc"] == pytest.approx(math.log(heat["amount"]))
        board = node("other", "board production")
        assert all(e.get("formula") for e in board.exchanges() if e["type"] != "production")

    def test_gsd_is_squared(self, fresh: str, plain: Documents, tmp_path: Path) -> None:
        path = path_of(plain, "processes", *COPPER)
        edit(plain, path, r"(relativeStandardDeviation95In>)[\d.]+<", r"\g<1>1.21<")
        import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "other")
        open_project(fresh)
        scales = {e.get("scale") for e in node("other", "copper production").exchanges()}
        assert any(s == pytest.approx(math.log(1.1)) for s in scales if s)

    def test_native_biosphere_flows_match_by_uuid(self, fresh: str, tmp_path: Path) -> None:
        path = tmp_path / "native.zip"
        export_ilcd(path, folder=MINI, flows="ecoinvent", families=())
        stripped = without_notes(unpacked(path))
        report = import_ilcd(pack(stripped, tmp_path / "p.zip"), fresh, "other")
        assert report.created == [] and report.mapped == [] and report.matched > 3

    def test_unknown_flow_gets_a_database_of_its_own(
        self, fresh: str, plain: Documents, tmp_path: Path
    ) -> None:
        old = path_of(plain, "flows", ">sulfur dioxide<").split("/")[2][:36]
        new = "99999999-1111-4111-8111-111111111111"
        renamed = {p.replace(old, new): t.replace(old.encode(), new.encode())
                   for p, t in plain.items()}  # fmt: skip
        report = import_ilcd(pack(renamed, tmp_path / "p.zip"), fresh, "other")
        assert [c["uuid"] for c in report.created] == [new]
        assert report.flows_database == "other-flows"
        open_project(fresh)
        flow = bw2data().get_node(database="other-flows", code=new)
        assert flow["unit"] == "kilogram" and flow["type"] == "emission"
        copper = node("other", "copper production")
        assert ("other-flows", new) in {e["input"] for e in copper.biosphere()}

    def test_flow_that_only_the_reference_list_has(
        self, fresh: str, plain: Documents, tmp_path: Path
    ) -> None:
        """Packages often leave out the flows that everybody has."""
        del plain[path_of(plain, "flows", ">sulfur dioxide<")]
        report = import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "other")
        assert report.created == []
        assert any("sulfur dioxide" in m["flow"] for m in report.mapped)
        assert {w.code for w in report.warnings} == {"dangling"}

    def test_resource_among_the_emissions(
        self, fresh: str, plain: Documents, tmp_path: Path
    ) -> None:
        """Some converters put every flow into one category; the direction counts as it stands."""
        path = path_of(plain, "flows", ">copper<", ">Resources<")
        edit(
            plain,
            path,
            r"<common:elementaryFlowCategorization.*?</common:elementaryFlowCategorization>",
            '<common:elementaryFlowCategorization><common:category level="0">Emissions'
            "</common:category></common:elementaryFlowCategorization>",
        )
        import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "x")
        open_project(fresh)
        found = [e for e in node("x", "copper production").biosphere() if e["name"] == "Copper"]
        assert [e["amount"] for e in found] == [1.02]

    def test_uptake_of_an_emission_is_negative(
        self, fresh: str, plain: Documents, tmp_path: Path
    ) -> None:
        path = path_of(plain, "processes", *COPPER)
        edit(plain, path, "<exchangeDirection>Output(?=.{0,80}<meanAmount>0.02<)",
                       "<exchangeDirection>Input")  # fmt: skip
        report = import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "x")
        assert any("the sign was turned" in n for n in report.notes)
        open_project(fresh)
        assert -0.02 in {e["amount"] for e in node("x", "copper production").biosphere()}


@pytest.mark.slow
def test_package_of_another_tool(fresh: str, tmp_path: Path) -> None:
    """tidas-tools turns openLCA's JSON-LD of the Federal LCA Commons into ILCD; we read that."""
    source = SHARED / "flcac_marine_v1.0.zip"
    if not source.is_file():
        pytest.skip(f"{source.name} is not beside the project")
    command = [sys.executable, "-m", "tidas_tools.import_lca.cli", "--input", str(source)]
    options = ["--output-dir", str(tmp_path), "--target", "both", "--no-process-bundles"]
    subprocess.run(
        [*command, *options], cwd=tmp_path, capture_output=True, check=False, timeout=600
    )
    data = tmp_path / "ilcd" / "data"
    files = {f"ILCD/{p.relative_to(data).as_posix()}": p.read_bytes() for p in data.rglob("*.xml")}
    assert len(files) > 100
    file = pack(files, tmp_path / "marine.zip")
    with pytest.raises(ImportFileError, match="delivers or treats 'Diesel, at refinery'"):
        import_ilcd(file, fresh, "marine")
    report = import_ilcd(file, fresh, "marine", missing="placeholder")
    assert report.processes == 74 and len(report.placeholders) == 2
    assert len(report.created) > 50  # flows of the US list, which neither EF nor ecoinvent has
    lines = {d["unit"] for d in written(fresh, "marine")}
    assert "ton kilometer" in lines


@pytest.mark.slow
def test_whole_package_without_our_notes(fresh: str, tmp_path: Path) -> None:
    """What openLCA and others see gives the same scores, but for what the report says."""
    from bw_tinyml.brightway.methods import install_methods, missing_methods
    from bw_tinyml.inventory.families import categories

    path = tmp_path / "whole.zip"
    told = export_ilcd(path)
    stripped = without_notes(unpacked(path))
    report = import_ilcd(pack(stripped, tmp_path / "p.zip"), fresh, "other")
    assert report.created == [] and report.notes == [] and report.warnings == []
    open_project(fresh)
    install_methods(missing_methods(["EF v3.1"], "biosphere3"), "biosphere3")
    datasets = [d for d in end_products(None) if d["unit"] == "unit"]
    assert len(datasets) > 30
    here = table_scores([d["identifier"] for d in datasets], None)
    there = scores(fresh, "other", [d["code"] for d in datasets], None)
    changed = {c["method"].split(" | ")[1] for c in told.factors_changed}
    for number, category in enumerate(categories(linked_inventory().inventory, "EF v3.1")):
        tolerance = 0.01 if category.category in changed else SINGLE
        assert there[:, number] == pytest.approx(here[:, number], rel=tolerance)


def test_namespaces_are_what_the_tests_strip(documents: Documents) -> None:
    joined = b"".join(documents.values())
    assert TINYML.encode() in joined and OPENLCA.encode() in joined
