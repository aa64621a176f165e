"""openLCA: the package is sound by openLCA's own schema, and gives the same scores."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve

from bw_tinyml.brightway.install import linked_inventory
from bw_tinyml.errors import UsageError
from bw_tinyml.export.openlca import export_openlca
from bw_tinyml.export.translation import foreign_formula
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.loading import default_folder, load_lists

from ..conftest import MINI
from ..whole_scores import assert_same_scores, table_scores

olca = pytest.importorskip("olca_schema")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("openlca") / "tinyml.zip"
    export_openlca(path, folder=MINI)
    return path


def documents(path: Path, folder: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.startswith(f"{folder}/")]
        return [json.loads(archive.read(name)) for name in names]


class Reader:
    """A reader of its own: shares no code with the export, and converts units as openLCA does."""

    def __init__(self, path: Path) -> None:
        self.factor = {
            unit["@id"]: unit["conversionFactor"]
            for group in documents(path, "unit_groups")
            for unit in group["units"]
        }
        processes = documents(path, "processes")
        self.column = {p["@id"]: i for i, p in enumerate(processes)}
        self.row: dict[str, int] = {}
        a: list[tuple[int, int, float]] = []
        b: list[tuple[str, int, float]] = []
        for p in processes:
            for e in p["exchanges"]:
                if e.get("isQuantitativeReference"):
                    self.row[e["flow"]["@id"]] = self.column[p["@id"]]
        for p in processes:
            j = self.column[p["@id"]]
            for e in p["exchanges"]:
                amount = e["amount"] * self.factor[e["unit"]["@id"]]
                flow = e["flow"]["@id"]
                if flow not in self.row:
                    b.append((flow, j, amount))
                else:
                    a.append((self.row[flow], j, -amount if e["isInput"] else amount))
                    if e["isInput"]:
                        assert self.column[e["defaultProvider"]["@id"]] == self.row[flow]
        n = len(processes)
        rows, columns, values = zip(*a, strict=True)
        self.a = sp.csc_matrix((values, (rows, columns)), shape=(n, n))
        self.b = b
        self.categories = {c["name"]: c for c in documents(path, "lcia_categories")}

    def scores(self, category: str) -> dict[str, float]:
        """Scores of one unit of every process."""
        cf = {
            f["flow"]["@id"]: f["value"] / self.factor[f["unit"]["@id"]]
            for f in self.categories[category]["impactFactors"]
        }
        direct = np.zeros(self.a.shape[0])
        for flow, j, amount in self.b:
            direct[j] += amount * cf.get(flow, 0.0)
        found = spsolve(self.a.T.tocsc(), direct)
        return {code: found[j] * self.a[j, j] for code, j in self.column.items()}


def test_every_document_is_sound(package: Path) -> None:
    kinds = {
        "processes": olca.Process, "flows": olca.Flow, "unit_groups": olca.UnitGroup,
        "flow_properties": olca.FlowProperty, "locations": olca.Location,
        "parameters": olca.Parameter, "lcia_categories": olca.ImpactCategory,
        "lcia_methods": olca.ImpactMethod,
    }  # fmt: skip
    with zipfile.ZipFile(package) as archive:
        for name in archive.namelist():
            content = json.loads(archive.read(name))
            if "/" not in name:
                assert content == {"version": 2}
                continue
            folder, file = name.split("/")
            entity = kinds[folder].from_dict(content)
            assert f"{entity.id}.json" == file
            # what the schema does not know would be lost without notice
            again = entity.to_dict()
            assert _pruned(content).keys() <= again.keys()


def _pruned(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if value is not None}


def test_no_reference_dangles(package: Path) -> None:
    known = {"Unit": set()}  # type: ignore[var-annotated]
    references: list[tuple[str, str]] = []

    def walk(value: Any, top: bool) -> None:
        if isinstance(value, list):
            for part in value:
                walk(part, False)
        elif isinstance(value, dict):
            if "@id" in value and not top and "isRefUnit" not in value:
                references.append((value["@type"], value["@id"]))
            for part in value.values():
                walk(part, False)

    with zipfile.ZipFile(package) as archive:
        for name in archive.namelist():
            content = json.loads(archive.read(name))
            if "@id" in content:
                known.setdefault(content["@type"], set()).add(content["@id"])
            for unit in content.get("units", ()):
                known["Unit"].add(unit["@id"])
            walk(content, True)
    assert len(references) > 100
    assert [r for r in references if r[1] not in known.get(r[0], ())] == []


def test_scores_of_the_whole_inventory(tmp_path: Path) -> None:
    path = tmp_path / "tinyml.zip"
    export_openlca(path)
    here = table_scores(linked_inventory())
    reader = Reader(path)
    assert len(here) > 1000
    labels = [category.label for category in categories(load_lists(default_folder()), "EF v3.1")]
    columns = [reader.scores(label) for label in labels]
    there = {code: np.array([column[code] for column in columns]) for code in here}
    assert_same_scores(there, here, 1e-6)


def test_parameters_and_formulas(package: Path) -> None:
    parameters = {p["name"]: p for p in documents(package, "parameters")}
    linked = linked_inventory(MINI)
    names = {n for found in linked.inventory.parameters.values() for n in found}
    assert parameters.keys() == names
    formulas = [p["formula"] for p in parameters.values() if "formula" in p]
    formulas += [
        e["amountFormula"]
        for p in documents(package, "processes")
        for e in p["exchanges"]
        if "amountFormula" in e
    ]
    assert formulas
    for formula in formulas:
        assert "**" not in formula
        assert set(re.findall(r"\b[A-Za-z_]\w*", formula)) - names <= {
            "min", "max", "sqrt", "exp", "ln",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("a + b * c", "a+b*c"),
        ("(a + b) * c", "(a+b)*c"),
        ("a - (b - c)", "a-(b-c)"),
        ("a / (b * c)", "a/(b*c)"),
        ("a ** 2 ** b", "a^2^b"),
        ("(a ** 2) ** b", "(a^2)^b"),
        ("-a ** 2", "-a^2"),
        ("(-a) ** 2", "(-a)^2"),
        ("a * -b", "a*(-b)"),
        ("min(a, log(b))", "min(a;ln(b))"),
        ("1e-05 * a", "1e-05*a"),
    ],
)
def test_formulas_keep_their_meaning(ours: str, theirs: str) -> None:
    assert foreign_formula(ours, {"min": "min", "log": "ln"}) == theirs


def test_uncertainty_and_pedigree(package: Path) -> None:
    found = [e for p in documents(package, "processes") for e in p["exchanges"]]
    lognormal = [
        e for e in found
        if e.get("uncertainty", {}).get("distributionType") == "LOG_NORMAL_DISTRIBUTION"
    ]  # fmt: skip
    assert lognormal
    assert all(e["uncertainty"]["geomMean"] == pytest.approx(e["amount"]) for e in lognormal)
    assert all(e["uncertainty"]["geomSd"] > 1 for e in lognormal)
    entries = [e["dqEntry"] for e in found if "dqEntry" in e]
    assert all(re.fullmatch(r"\([1-5](;[1-5]){4}\)", entry) for entry in entries)


def test_same_tables_same_bytes(package: Path, tmp_path: Path) -> None:
    export_openlca(tmp_path / "again.zip", folder=MINI)
    assert (tmp_path / "again.zip").read_bytes() == package.read_bytes()


def test_existing_files_are_safe(package: Path) -> None:
    with pytest.raises(UsageError, match="exists"):
        export_openlca(package, folder=MINI)
