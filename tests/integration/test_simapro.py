"""SimaPro CSV: bw_simapro_csv reads it, and the life cycle inventory is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve

from bw_tinyml.brightway.install import linked_inventory
from bw_tinyml.errors import UsageError
from bw_tinyml.export.simapro import export_simapro
from bw_tinyml.impact.preview import matrices
from bw_tinyml.inventory.flows import elementary_flows

from ..conftest import MINI

reader = pytest.importorskip("bw_simapro_csv")


def read(path: Path) -> Any:
    return reader.SimaProCSV(path, stderr_logs=False, write_logs=False)


@pytest.fixture(scope="module", params=["mini", "whole"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = MINI if request.param == "mini" else None
    path = tmp_path_factory.mktemp("simapro") / "tinyml.csv"
    report = export_simapro(path, folder=folder)
    return linked_inventory(folder), read(path), report


def processes(parsed: Any) -> list[Any]:
    return [block for block in parsed if type(block).__name__ == "Process"]


def test_every_dataset_is_read(pair: Any) -> None:
    linked, parsed, report = pair
    found = processes(parsed)
    assert len(found) == len(linked.datasets)
    names = [p.parsed["metadata"]["Process identifier"] for p in found]
    assert names == _order(linked)
    assert sum(d["datasets"] for d in report.databases.values()) == len(found)


def _order(linked: Any) -> list[str]:
    return [
        d.dataset.id for name in ("tinyml-background", "tinyml") for d in linked.of_database(name)
    ]


def test_the_inventory_is_the_same(pair: Any) -> None:
    """Elementary flows per product, by name, with units converted by the reader."""
    linked, parsed, _ = pair
    found = processes(parsed)
    column = {p.blocks["Products"].parsed[0]["name"]: i for i, p in enumerate(found)}
    a = [(i, i, p.blocks["Products"].parsed[0]["amount"]) for i, p in enumerate(found)]
    b: dict[tuple[str, str], np.ndarray] = {}
    for j, process in enumerate(found):
        for title, block in process.blocks.items():
            for edge in block.parsed:
                if title == "Materials/fuels":
                    a.append((column[edge["name"]], j, -edge["amount"]))
                elif title != "Products":
                    vector = b.setdefault((title, edge["name"]), np.zeros(len(found)))
                    vector[j] += edge["amount"]
    rows, columns, values = zip(*a, strict=True)
    technosphere = sp.csc_matrix((values, (rows, columns)), shape=(len(found), len(found)))
    order = [p.parsed["metadata"]["Process identifier"] for p in found]
    ours = matrices(linked)
    wanted = next(d.dataset.id for d in linked.of_database("tinyml") if d.dataset.unit == "unit")
    supply = spsolve(technosphere, np.eye(len(found))[order.index(wanted)])
    own = spsolve(ours.technosphere, np.eye(len(found))[ours.ids.index(wanted)])
    amounts = ours.biosphere @ own
    expected: dict[str, float] = {}
    for code, amount in zip(ours.flows, amounts, strict=True):
        name = elementary_flows()[code].name
        expected[name] = expected.get(name, 0.0) + amount
    there: dict[str, float] = {}
    for (_, name), vector in b.items():
        there[name] = there.get(name, 0.0) + float(vector @ supply)
    assert there.keys() == expected.keys()
    for name, amount in expected.items():
        assert there[name] == pytest.approx(amount, rel=1e-6, abs=1e-15), (
            name
        )  # noise of the solver


def test_uncertainty(pair: Any) -> None:
    _, parsed, _ = pair
    edges = [e for p in processes(parsed) for b in p.blocks.values() for e in b.parsed]
    lognormal = [e for e in edges if e.get("uncertainty type") == 2]
    assert lognormal
    assert all(np.exp(e["loc"]) == pytest.approx(abs(e["amount"])) for e in lognormal)


def test_flows_to_check_are_reported(pair: Any) -> None:
    _, parsed, report = pair
    assert report.flows_mapped == 0
    listed = {
        f["name"]
        for block in parsed
        if type(block).__name__ == "GenericBiosphere"
        for f in block.parsed
    }
    assert listed == {text.rsplit(" (", 1)[0] for text in report.flows_unmapped}


def test_same_tables_same_bytes(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        export_simapro(tmp_path / name, folder=MINI)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    with pytest.raises(UsageError, match="exists"):
        export_simapro(tmp_path / "a.csv", folder=MINI)
