"""ILCD: packages are valid, the same each time, and come back with the same graph and scores."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bw_tinyml import export_ilcd
from bw_tinyml.brightway.install import linked_inventory
from bw_tinyml.brightway.methods import install_methods, missing_methods
from bw_tinyml.brightway.payload import Payload, payload
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2calc, bw2data
from bw_tinyml.errors import OverwriteError, UsageError
from bw_tinyml.ilcd.checks import check
from bw_tinyml.ilcd.names import FLOW, MODEL, PROCESS
from bw_tinyml.ilcd.package import read_package
from bw_tinyml.impact.preview import matrices
from bw_tinyml.importing.ilcd import import_ilcd
from bw_tinyml.inventory.families import categories, pick

from .. import whole_scores
from ..conftest import MINI
from ..ilcd_schemas import add_reference_lists, schema_errors, stylesheet_messages
from ..whole_scores import project_scores

#: Brightway's arrays hold amounts in single precision; the exchanges themselves agree to 1e-9
SINGLE = 1e-6


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ilcd") / "mini.zip"
    export_ilcd(path, folder=MINI)
    return path


def test_systems_state_the_functional_unit_with_its_values(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist() if ".xml" in name]
    assert any("Functional unit: Blink 1000 times a day for 3 years." in text for text in texts)


@pytest.fixture
def imported(fresh: str, package: Path) -> str:
    import_ilcd(package, fresh, "back")
    return fresh


def payloads(folder: Path | None) -> list[Payload]:
    linked = linked_inventory(folder)
    return [payload(linked, name, "biosphere3") for name in ("tinyml-background", "tinyml")]


def edges(datasets: list[dict[str, Any]]) -> dict[str, list[tuple[Any, ...]]]:
    """Exchanges by code of their dataset, without the names of databases, in a fixed order."""
    return {
        d["code"]: sorted(
            (
                e["type"],
                e["input"][1],
                float(e["amount"]),
                # 0 and 1 both are a number without spread; ILCD has one word for them
                max(1, int(e.get("uncertainty type") or 0)),
                *(float(e.get(f) or 0) for f in ("scale", "minimum", "maximum")),
                e.get("label") or "",
                e.get("comment") or "",
                e.get("kind") or "",
            )
            for e in d["exchanges"]
        )
        for d in datasets
    }


def written(project: str, database: str) -> list[dict[str, Any]]:
    open_project(project)
    return [
        {**node.as_dict(), "exchanges": [e.as_dict() for e in node.exchanges()]}
        for node in bw2data().Database(database)
    ]


def assert_same_graph(project: str, database: str, folder: Path | None) -> None:
    here = [d for p in payloads(folder) for d in p.datasets]
    there = written(project, database)
    assert {d["code"] for d in there} == {d["code"] for d in here}
    nodes = {d["code"]: d for d in there}
    for dataset in here:
        for field in ("name", "reference product", "unit", "location", "comment", "stage"):
            assert nodes[dataset["code"]][field] == dataset[field]
    expected, found = edges(here), edges(there)
    for code, own in expected.items():
        for one, other in zip(own, found[code], strict=True):
            assert one[:2] == other[:2]
            assert one[2:7] == pytest.approx(other[2:7], rel=1e-9, abs=1e-300)
            assert one[7:] == other[7:]


def scores(project: str, database: str, codes: list[str], folder: Path | None) -> np.ndarray:
    """Scores of one unit of datasets in the headline categories, by plain bw2calc."""
    open_project(project)
    bd = bw2data()
    inventory = linked_inventory(folder).inventory
    methods = [pick(c, bd.methods) for c in categories(inventory, "EF v3.1")]
    assert len(methods) == 16 and None not in methods
    nodes = [bd.get_node(database=database, code=code) for code in codes]
    lca = bw2calc().LCA({nodes[0].key: 1}, methods[0])
    lca.lci(factorize=True)
    factors = []
    for method in methods:
        lca.switch_method(method)
        factors.append(lca.characterization_matrix.diagonal())
    results = []
    for node in nodes:
        lca.lci(demand={node.id: 1})
        results.append(np.array(factors) @ np.asarray(lca.inventory.sum(axis=1)).ravel())
    return np.array(results)


def table_scores(identifiers: list[str], folder: Path | None) -> np.ndarray:
    """The same, straight from the tables."""
    from bw_tinyml.brightway.lcia_bundle import bundled_methods

    linked = linked_inventory(folder)
    found = matrices(linked)
    bundle = bundled_methods()
    chosen = [bundle[pick(c, bundle)] for c in categories(linked.inventory, "EF v3.1")]
    unit = [found.unit_scores(method) for method in chosen]
    return np.array([[u[i] for u in unit] for i in identifiers])


def assert_same_scores(there: np.ndarray, here: np.ndarray) -> None:
    """Equal to single precision; zero where it is nothing but noise of the solver."""
    assert there.shape == here.shape
    for one, other in zip(there.T, here.T, strict=True):
        noise = 1e-12 * max(np.abs(other).max(), 1e-30)
        assert one == pytest.approx(other, rel=SINGLE, abs=noise)


def end_products(folder: Path | None) -> list[dict[str, Any]]:
    return [
        d
        for p in payloads(folder)
        for d in p.datasets
        if d["role"] == "end product" or d["stage"] == "systems"
    ]


def unpacked(path: Path, target: Path) -> Path:
    with zipfile.ZipFile(path) as archive:
        archive.extractall(target)
    add_reference_lists(target)
    return target


class TestPackage:
    def test_schemas_stylesheet_links_orphans(self, package: Path, tmp_path: Path) -> None:
        root = unpacked(package, tmp_path)
        assert schema_errors(root) == []
        for path in sorted((root / "ILCD").glob("*/*.xml"))[::7]:
            assert stylesheet_messages(path) == []
        assert len(check(read_package(package))) == 0

    def test_same_tables_same_bytes(self, package: Path, tmp_path: Path) -> None:
        again = tmp_path / package.name
        export_ilcd(again, folder=MINI)
        assert again.read_bytes() == package.read_bytes()

    def test_report_stands_beside_it(self, package: Path) -> None:
        report = json.loads(package.with_name("mini.report.json").read_text("utf-8"))
        assert report["datasets"]["processes"] == len(read_package(package).of(PROCESS))
        assert {c["factor"] for c in report["conversions"] if c["from"] == "kilowatt hour"} == {3.6}
        assert report["mapped"] + len(report["unmapped"]) > 0

    def test_layout(self, package: Path) -> None:
        with zipfile.ZipFile(package) as archive:
            names = archive.namelist()
        assert names[0] == "META-INF/MANIFEST.MF"
        assert all(n.startswith("ILCD/") for n in names[1:])

    def test_existing_files_are_safe(self, package: Path) -> None:
        with pytest.raises(UsageError, match="exists"):
            export_ilcd(package, folder=MINI)

    def test_a_failed_export_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from bw_tinyml.export import ilcd

        monkeypatch.setattr(ilcd, "documents_of", lambda library: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            export_ilcd(tmp_path / "x.zip", folder=MINI, families=())
        assert list(tmp_path.iterdir()) == []

    def test_native_flows_keep_ecoinvents_uuids(self, tmp_path: Path) -> None:
        path = tmp_path / "native.zip"
        report = export_ilcd(path, folder=MINI, flows="ecoinvent", families=())
        used = {
            e["input"][1]
            for p in payloads(MINI)
            for d in p.datasets
            for e in d["exchanges"]
            if e["type"] == "biosphere"
        }
        flows = {d.uuid for d in read_package(path).of(FLOW)}
        assert used <= flows
        assert report.mapped == 0
        assert schema_errors(unpacked(path, tmp_path / "x")) == []

    def test_review_and_compliance_are_not_invented(self, package: Path) -> None:
        found = read_package(package)
        for process in found.of(PROCESS):
            texts = [n.text for n in process.root.iter() if isinstance(n.tag, str)
                     and n.tag.endswith("Compliance")]  # fmt: skip
            assert set(texts) == {"Not defined"}
            reviews = [n.get("type") for n in process.root.iter(PROCESS.tag("review"))]
            assert reviews == ["Not reviewed"]


class TestRoundTrip:
    def test_graph(self, imported: str) -> None:
        assert_same_graph(imported, "back", MINI)

    def test_scores(self, imported: str) -> None:
        install_methods(missing_methods(["EF v3.1"], "biosphere3"), "biosphere3")
        datasets = [d for p in payloads(MINI) for d in p.datasets]
        there = scores(imported, "back", [d["code"] for d in datasets], MINI)
        here = table_scores([d["identifier"] for d in datasets], MINI)
        assert_same_scores(there, here)

    def test_methods_come_along(self, fresh: str, package: Path) -> None:
        report = import_ilcd(package, fresh, "back", methods=True)
        assert len(report.methods) == 16 and report.factors_left_out == {}
        datasets = [d for p in payloads(MINI) for d in p.datasets]
        there = scores(fresh, "back", [d["code"] for d in datasets], MINI)
        here = table_scores([d["identifier"] for d in datasets], MINI)
        assert_same_scores(there, here)

    def test_parameters_are_alive(self, imported: str) -> None:
        from bw2data.parameters import DatabaseParameter, parameters

        install_methods(missing_methods(["EF v3.1"], "biosphere3"), "biosphere3")
        system = next(
            d for p in payloads(MINI) for d in p.datasets if d["identifier"] == "system_local/TW"
        )
        before = scores(imported, "back", [system["code"]], MINI)
        parameter = DatabaseParameter.get(
            (DatabaseParameter.name == "lifetime") & (DatabaseParameter.database == "back")
        )
        parameter.amount = 6.0
        parameter.save()
        parameters.recalculate()
        after = scores(imported, "back", [system["code"]], MINI)
        index = [c.label for c in categories(linked_inventory(MINI).inventory, "EF v3.1")].index(
            "Climate change"
        )
        # as in the workbook's test: three more years of use
        assert after[0][index] == pytest.approx(before[0][index] + 3.469875, rel=1e-5)

    def test_parameters_keep_value_formula_and_spread(self, imported: str) -> None:
        from bw2data.parameters import DatabaseParameter

        expected: dict[str, dict[str, Any]] = {}
        for content in payloads(MINI):
            expected |= {p["name"]: p for p in content.parameters}
        rows = DatabaseParameter.select().where(DatabaseParameter.database == "back")
        found = {r.name: r for r in rows}
        assert found
        for name, row in found.items():
            one = expected[name]
            assert row.amount == pytest.approx(one["amount"], rel=1e-12)
            assert (row.formula or "") == one.get("formula", "")
            for field in ("scale", "minimum", "maximum"):
                if one.get(field) is not None and not row.formula:
                    assert row.data[field] == pytest.approx(one[field])

    def test_a_second_import_needs_replace(self, imported: str, package: Path) -> None:
        with pytest.raises(OverwriteError, match="'back' exists"):
            import_ilcd(package, imported, "back")
        import_ilcd(package, imported, "back", replace=True)
        assert_same_graph(imported, "back", MINI)

    def test_beside_the_installed_databases(self, installed: str, package: Path) -> None:
        report = import_ilcd(package, installed, "back")
        assert report.biosphere == "biosphere3"
        assert_same_graph(installed, "back", MINI)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ilcd") / "tinyml_ilcd.zip"
    export_ilcd(path)
    return path


@pytest.mark.slow
class TestWholeInventory:
    def test_valid_and_complete(self, whole: Path, tmp_path: Path) -> None:
        root = unpacked(whole, tmp_path)
        assert schema_errors(root) == []
        messages = {
            path.name: stylesheet_messages(path)
            for kind in ("processes", "lciamethods", "lifecyclemodels", "sources", "unitgroups")
            for path in (root / "ILCD" / kind).glob("*.xml")
        }
        assert {name: found for name, found in messages.items() if found} == {}
        assert len(check(read_package(whole))) == 0

    def test_every_system_has_a_model(self, whole: Path) -> None:
        linked = linked_inventory()
        assert len(read_package(whole).of(MODEL)) == len(linked.inventory.tables["systems"])

    def test_graph_and_scores_of_every_dataset(self, whole: Path, fresh: str) -> None:
        report = import_ilcd(whole, fresh, "back")
        assert report.created == [] and report.notes == [] and report.warnings == []
        assert_same_graph(fresh, "back", None)
        install_methods(missing_methods(["EF v3.1"], "biosphere3"), "biosphere3")
        here = whole_scores.table_scores(linked_inventory())
        assert len(here) > 1000
        whole_scores.assert_same_scores(project_scores(fresh, ("back",)), here, SINGLE)
