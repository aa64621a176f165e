"""Datapackages: bw2calc gives the same scores from them, without a project."""

from __future__ import annotations

import csv
from pathlib import Path

import bw2calc
import bw_processing
import numpy as np
import pytest

from bw_tinyml.brightway.install import linked_inventory
from bw_tinyml.errors import UsageError
from bw_tinyml.export.datapackage import export_datapackage
from bw_tinyml.export.results import results_table

from ..conftest import MINI


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packages")
    export_datapackage(path, folder=MINI)
    return path


def load(path: Path) -> object:
    from fsspec.implementations.zip import ZipFileSystem

    return bw_processing.load_datapackage(ZipFileSystem(path))


def test_scores(folder: Path) -> None:
    with (folder / "nodes.csv").open(encoding="utf-8", newline="") as file:
        ids = {row["identifier"]: int(row["id"]) for row in csv.DictReader(file)}
    table = results_table(linked_inventory(MINI))
    inventory = load(folder / "inventory.zip")
    assert len(table.rows) >= 2
    for number, label in enumerate(table.labels):
        name = "".join(c if c.isalnum() else "-" for c in label.lower())
        for row in table.rows:
            objects = [inventory, load(folder / f"{name}.zip")]
            lca = bw2calc.LCA({ids[row.identifier]: 1}, data_objs=objects)
            lca.lci()
            lca.lcia()
            assert lca.score == pytest.approx(row.scores[number], rel=1e-7, abs=1e-30)


def test_distributions_are_sampled(folder: Path) -> None:
    with (folder / "nodes.csv").open(encoding="utf-8", newline="") as file:
        ids = {row["identifier"]: int(row["id"]) for row in csv.DictReader(file)}
    objects = [load(folder / "inventory.zip"), load(folder / "climate-change.zip")]
    lca = bw2calc.LCA({ids["system_remote/DE"]: 1}, data_objs=objects, use_distributions=True)
    lca.lci()
    lca.lcia()
    scores = [lca.score for _ in zip(range(20), lca, strict=False)]
    assert np.std(scores) > 0


def test_same_tables_same_bytes(folder: Path, tmp_path: Path) -> None:
    export_datapackage(tmp_path / "again", folder=MINI)
    files = sorted(p.name for p in folder.iterdir())
    assert len(files) == 19
    for name in files:
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_existing_files_are_safe(folder: Path) -> None:
    with pytest.raises(UsageError, match="holds an export"):
        export_datapackage(folder, folder=MINI)
