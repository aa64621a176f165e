"""ILCD packages of others: which process delivers an input, and what of coproducts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import ImportFileError
from bw_tinyml.importing.ilcd import import_ilcd

from ..ilcd_packages import COPPER, Documents, edit, node, pack, path_of


def two_heat_plants(plain: Documents, place: str) -> str:
    """Add a second process with the same heat flow; return its UUID."""
    path = path_of(plain, "processes", ">heat production, coal boiler<")
    uuid = path.split("/")[2][:36]
    other = "88888888-1111-4111-8111-111111111111"
    text = plain[path].decode().replace(uuid, other).replace("coal boiler", "second boiler")
    text = re.sub(r'(OrProduction location=")GLO', rf"\g<1>{place}", text)
    plain[path.replace(uuid, other)] = text.encode()
    return other


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
        flow = path_of(plain, "flows", '<baseName xml:lang="en">heat<')
        path = path_of(plain, "processes", *COPPER)
        edit(
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
        del plain[path_of(plain, "processes", ">heat production, coal boiler<")]
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
        path = path_of(plain, "processes", *COPPER)
        flow = path_of(plain, "flows", '<baseName xml:lang="en">heat<')
        uuid = flow.split("/")[2][:36]
        edit(plain, path, "</exchanges>",
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
        path = path_of(with_coproduct, "processes", *COPPER)
        share = (
            '<allocations><allocation internalReferenceToCoProduct="0" allocatedFraction="75.0"/>'
            "</allocations>"
        )
        edit(
            with_coproduct, path, "<dataDerivationTypeStatus>",
            f"{share}<dataDerivationTypeStatus>", 0,
        )  # fmt: skip
        report = import_ilcd(pack(with_coproduct, tmp_path / "p.zip"), fresh, "x")
        assert report.coproducts[0]["treatment"].startswith("allocated")
        open_project(fresh)
        heat = [e["amount"] for e in node("x", "copper production").technosphere()
                if e.input["name"].startswith("heat")]  # fmt: skip
        assert heat == [7.5]
