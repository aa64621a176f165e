"""ILCD packages of others: imported by what the format says, or refused with place and reason."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bw_tinyml import export_ilcd
from bw_tinyml.brightway.install import linked_inventory
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.cli.main import main
from bw_tinyml.errors import ImportFileError, UntrustedError
from bw_tinyml.ilcd.names import OPENLCA, TINYML
from bw_tinyml.importing.ilcd import import_ilcd

from ..conftest import MINI, ROOT
from ..unit import test_ilcd_checks as mutations
from .test_ilcd import (
    SINGLE,
    assert_same_scores,
    end_products,
    payloads,
    scores,
    table_scores,
    written,
)

Documents = dict[str, bytes]
NOTES = re.compile(r'\s(?:tinyml|olca):[\w-]+="[^"]*"')
OTHER = re.compile(r"<common:other>.*?</common:other>", re.DOTALL)
SHARED = ROOT.parent / "shared" / "data"


def pack(documents: Documents, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in documents.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def documents() -> Documents:
    return dict(mutations._made())


@pytest.fixture
def plain(documents: Documents) -> Documents:
    """Our small package without anything that only we or openLCA understand."""
    stripped = {
        path: OTHER.sub("", NOTES.sub("", text.decode())).encode()
        for path, text in documents.items()
    }
    for text in stripped.values():
        assert re.search(rb"(tinyml|olca):(?!/)\w", text) is None
    return stripped


def node(database: str, name: str, location: str = "") -> Any:
    found = [
        n
        for n in bw2data().Database(database)
        if n["name"].startswith(name) and location in ("", n["location"])
    ]
    assert len(found) == 1, found
    return found[0]


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
        path = mutations.path_of(plain, "processes", *mutations.COPPER)
        mutations.edit(plain, path, r"(relativeStandardDeviation95In>)[\d.]+<", r"\g<1>1.21<")
        import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "other")
        open_project(fresh)
        scales = {e.get("scale") for e in node("other", "copper production").exchanges()}
        assert any(s == pytest.approx(math.log(1.1)) for s in scales if s)

    def test_native_biosphere_flows_match_by_uuid(self, fresh: str, tmp_path: Path) -> None:
        path = tmp_path / "native.zip"
        export_ilcd(path, folder=MINI, flows="ecoinvent", families=())
        with zipfile.ZipFile(path) as archive:
            found = {n: archive.read(n) for n in archive.namelist()}
        stripped = {n: OTHER.sub("", NOTES.sub("", t.decode())).encode() for n, t in found.items()}
        report = import_ilcd(pack(stripped, tmp_path / "p.zip"), fresh, "other")
        assert report.created == [] and report.mapped == [] and report.matched > 3

    def test_unknown_flow_gets_a_database_of_its_own(
        self, fresh: str, plain: Documents, tmp_path: Path
    ) -> None:
        old = mutations.path_of(plain, "flows", ">sulfur dioxide<").split("/")[2][:36]
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
        del plain[mutations.path_of(plain, "flows", ">sulfur dioxide<")]
        report = import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "other")
        assert report.created == []
        assert any("sulfur dioxide" in m["flow"] for m in report.mapped)
        assert {w.code for w in report.warnings} == {"dangling"}


def two_heat_plants(plain: Documents, place: str) -> str:
    """Add a second process with the same heat flow; return its UUID."""
    path = mutations.path_of(plain, "processes", ">heat production, coal boiler<")
    uuid = path.split("/")[2][:36]
    other = "88888888-1111-4111-8111-111111111111"
    text = plain[path].decode().replace(uuid, other).replace("coal boiler", "second boiler")
    text = re.sub(r'(OrProduction location=")GLO', rf"\g<1>{place}", text)
    plain[path.replace(uuid, other)] = text.encode()
    return other

    def test_resource_among_the_emissions(
        self, fresh: str, plain: Documents, tmp_path: Path
    ) -> None:
        """Some converters put every flow into one category; the direction counts as it stands."""
        path = mutations.path_of(plain, "flows", ">copper<", ">Resources<")
        mutations.edit(
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
        path = mutations.path_of(plain, "processes", *mutations.COPPER)
        mutations.edit(plain, path, "<exchangeDirection>Output(?=.{0,80}<meanAmount>0.02<)",
                       "<exchangeDirection>Input")  # fmt: skip
        report = import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "x")
        assert any("the sign was turned" in n for n in report.notes)
        open_project(fresh)
        assert -0.02 in {e["amount"] for e in node("x", "copper production").biosphere()}


class TestProviders:
    def test_location_of_the_consumer_decides(
        self, fresh: str, plain: Documents, tmp_path: Path
    ) -> None:
        other = two_heat_plants(plain, "TW")
        import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "x")
        open_project(fresh)
        assert ("x", other) in {e["input"] for e in node("x", "board production").technosphere()}
        copper = {e["input"] for e in node("x", "copper production").technosphere()}
        assert ("x", other) not in copper  # made in GLO, as the other plant

    def test_location_of_the_exchange_comes_first(
        self, fresh: str, plain: Documents, tmp_path: Path
    ) -> None:
        other = two_heat_plants(plain, "DE")
        flow = mutations.path_of(plain, "flows", '<baseName xml:lang="en">heat<')
        path = mutations.path_of(plain, "processes", *mutations.COPPER)
        mutations.edit(
            plain,
            path,
            rf"(<referenceToFlowDataSet[^>]*{flow.split('/')[2][:36]}.*?</referenceToFlowDataSet>)",
            r"\1<location>DE</location>",
        )
        import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "x")
        open_project(fresh)
        assert ("x", other) in {e["input"] for e in node("x", "copper production").technosphere()}

    def test_two_of_a_kind_are_refused(self, fresh: str, plain: Documents, tmp_path: Path) -> None:
        two_heat_plants(plain, "GLO")
        with pytest.raises(
            ImportFileError, match=r"has 2 providers: .*(coal|second) boiler.*(coal|second) boiler"
        ):
            import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "x")

    def test_named_provider_is_taken(
        self, fresh: str, documents: Documents, tmp_path: Path
    ) -> None:
        two_heat_plants(documents, "GLO")
        import_ilcd(pack(documents, tmp_path / "p.zip"), fresh, "x")
        open_project(fresh)
        names = {e.input["name"] for e in node("x", "copper production").technosphere()}
        assert "heat production, coal boiler" in names

    def test_missing_provider(self, fresh: str, plain: Documents, tmp_path: Path) -> None:
        del plain[mutations.path_of(plain, "processes", ">heat production, coal boiler<")]
        for path in [p for p in plain if "lifecyclemodels" in p]:
            del plain[path]
        file = pack(plain, tmp_path / "p.zip")
        with pytest.raises(ImportFileError, match=r"processes/.*<exchange>: no process of the"):
            import_ilcd(file, fresh, "x")
        assert fresh not in bw2data().projects
        report = import_ilcd(file, fresh, "x", missing="placeholder")
        assert [p["flow"] for p in report.placeholders] == ["heat"]
        assert len(node("x", "heat, placeholder").exchanges()) == 1


class TestCoproducts:
    @pytest.fixture
    def with_coproduct(self, plain: Documents) -> Documents:
        """Copper production that delivers heat as well."""
        path = mutations.path_of(plain, "processes", *mutations.COPPER)
        flow = mutations.path_of(plain, "flows", '<baseName xml:lang="en">heat<')
        uuid = flow.split("/")[2][:36]
        mutations.edit(plain, path, "</exchanges>",
            f'<exchange dataSetInternalID="50"><referenceToFlowDataSet type="flow data set" '
            f'refObjectId="{uuid}"/><exchangeDirection>Output</exchangeDirection>'
            "<meanAmount>4.0</meanAmount></exchange></exchanges>")  # fmt: skip
        return plain

    def test_refused_unless_decided(
        self, fresh: str, with_coproduct: Documents, tmp_path: Path
    ) -> None:
        file = pack(with_coproduct, tmp_path / "p.zip")
        with pytest.raises(ImportFileError, match=r"'heat' is delivered .* without allocation"):
            import_ilcd(file, fresh, "x")
        report = import_ilcd(file, fresh, "x", coproducts="cut-off")
        assert report.coproducts[0]["product"] == "heat"
        open_project(fresh)
        assert all(e["amount"] > 0 for e in node("x", "copper production").exchanges())
        import_ilcd(file, fresh, "x", coproducts="substitution", replace=True)
        heat = [e["amount"] for e in node("x", "copper production").technosphere()
                if e.input["name"].startswith("heat")]  # fmt: skip
        assert sorted(heat) == [-4.0, 10.0]

    def test_allocation_of_the_package(
        self, fresh: str, with_coproduct: Documents, tmp_path: Path
    ) -> None:
        path = mutations.path_of(with_coproduct, "processes", *mutations.COPPER)
        share = (
            '<allocations><allocation internalReferenceToCoProduct="0" allocatedFraction="75.0"/>'
            "</allocations>"
        )
        mutations.edit(
            with_coproduct, path, "<dataDerivationTypeStatus>",
            f"{share}<dataDerivationTypeStatus>", 0,
        )  # fmt: skip
        report = import_ilcd(pack(with_coproduct, tmp_path / "p.zip"), fresh, "x")
        assert report.coproducts[0]["treatment"].startswith("allocated")
        open_project(fresh)
        heat = [e["amount"] for e in node("x", "copper production").technosphere()
                if e.input["name"].startswith("heat")]  # fmt: skip
        assert heat == [7.5]


REFUSED = [m for m in mutations.MUTATIONS if m[2] == "error"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "code"), [m[:2] for m in REFUSED], ids=[m[0].__name__ for m in REFUSED]
    )
    def test_nothing_is_written(
        self,
        fresh: str,
        documents: Documents,
        tmp_path: Path,
        change: Callable[[Documents], None],
        code: str,
    ) -> None:
        change(documents)
        with pytest.raises(ImportFileError, match=r"'p\.zip' is refused: ILCD/\w+/") as caught:
            import_ilcd(pack(documents, tmp_path / "p.zip"), fresh, "x")
        assert caught.value.hint.endswith("Nothing was written")
        assert fresh not in bw2data().projects

    def test_entities(self, fresh: str, documents: Documents, tmp_path: Path) -> None:
        path = mutations.path_of(documents, "processes", *mutations.COPPER)
        attack = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n'
        head, _, rest = documents[path].partition(b"\n")
        documents[path] = head + b"\n" + attack + rest
        with pytest.raises(UntrustedError, match="document type declaration"):
            import_ilcd(pack(documents, tmp_path / "p.zip"), fresh, "x")

    def test_location_that_brightway_would_run(
        self, fresh: str, plain: Documents, tmp_path: Path
    ) -> None:
        """bw2data evaluates a location with a parenthesis as Python."""
        path = mutations.path_of(plain, "processes", *mutations.COPPER)
        mutations.edit(plain, path, r'OrProduction location="GLO"',
                       'OrProduction location="(print(1),)"')  # fmt: skip
        import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "x")
        places = {d["location"] for d in written(fresh, "x")}
        assert not any("(" in place for place in places)

    def test_formula_that_is_no_formula(self, fresh: str, plain: Documents, tmp_path: Path) -> None:
        path = mutations.path_of(plain, "processes", ">board production<")
        mutations.edit(plain, path, r"(name=\"amount_1\">\s*<formula>)[^<]*<",
                       r"\1__import__('os').system('true')<")  # fmt: skip
        report = import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "x")
        assert any("its amounts are fixed" in note for note in report.notes)
        open_project(fresh)
        assert not any(e.get("formula") for e in node("x", "board production").exchanges())

    def test_no_process(self, fresh: str, plain: Documents, tmp_path: Path) -> None:
        flows = {p: t for p, t in plain.items() if "/flows/" in p}
        with pytest.raises(ImportFileError, match="holds no process data set"):
            import_ilcd(pack(flows, tmp_path / "p.zip"), fresh, "x")


class TestCommandLine:
    def run(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(list(arguments))
        found = capsys.readouterr()
        return int(caught.value.code or 0), found.out, found.err

    def test_export_and_import(
        self, fresh: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = str(tmp_path / "x.zip")
        code, out, _ = self.run(
            capsys, "export", "ilcd", file, "--inventories", str(MINI), "--no-methods"
        )
        assert code == 0 and "processes" in out and "x.report.json" in out
        arguments = ("import", file, "--project", fresh, "--name", "y")
        code, out, _ = self.run(capsys, *arguments)
        assert code == 0 and "wrote database 'y'" in out
        code, out, err = self.run(capsys, *arguments)
        assert code == 2 and "--replace" in err and out == ""
        code, out, _ = self.run(capsys, *arguments, "--replace", "--json")
        assert code == 0 and json.loads(out)["processes"] > 5

    def test_refusal_has_no_traceback(
        self, fresh: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = pack({"a/b.xml": b"<x/>"}, tmp_path / "a.zip")
        code, _, err = self.run(capsys, "import", str(file), "--project", fresh, "--name", "y")
        assert code == 2 and "neither an ILCD package" in err and "Traceback" not in err


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
    with zipfile.ZipFile(path) as archive:
        found = {n: archive.read(n) for n in archive.namelist()}
    stripped = {n: OTHER.sub("", NOTES.sub("", t.decode())).encode() for n, t in found.items()}
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
