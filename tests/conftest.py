"""Fixtures: a Brightway data directory of our own, a small inventory, projects made from it."""

from __future__ import annotations

import csv
import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Brightway reads this when it is first imported; nothing of the user's is ever touched.
_DATA = tempfile.mkdtemp(prefix="bw-tinyml-tests-")
os.environ["BRIGHTWAY2_DIR"] = _DATA
os.environ["BW_TINYML_CACHE"] = str(Path(_DATA) / "engine-cache")

MINI = Path(__file__).parent / "mini"
ROOT = Path(__file__).parent.parent


def pytest_sessionfinish() -> None:
    shutil.rmtree(_DATA, ignore_errors=True)


@pytest.fixture(scope="module", autouse=True)
def _quick_collections() -> None:
    """Leave what earlier modules keep out of garbage collections.

    bw2data collects garbage twice for each change of project, which takes a second where caches of
    whole inventories have piled up.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def mini(tmp_path: Path) -> Path:
    """A copy of the small inventory, to be changed at will."""
    target = tmp_path / "inventories"
    shutil.copytree(MINI, target)
    return target


@pytest.fixture
def edit(mini: Path) -> Callable[..., None]:
    """Change cells of a table of the copy: ``edit("keys.csv", 2, unit="kg")`` changes line 2."""

    def change(table: str, line: int | None = None, **cells: object) -> None:
        path = mini / table
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            columns, rows = list(reader.fieldnames or []), list(reader)
        row = {name: str(value) for name, value in cells.items()}
        if line is None:
            rows.append(row)
        else:
            rows[line - 2] |= row
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)

    return change


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out bw2io's data migrations, which take half a minute and are tested once."""
    from bw_tinyml.brightway import install

    monkeypatch.setattr(install, "_create_migrations", lambda progress: False)


@pytest.fixture(scope="session")
def project() -> Iterator[str]:
    """A project with the small inventory and EF v3.1; tests must not change it."""
    from bw_tinyml.brightway import install

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(install, "_create_migrations", lambda progress: False)
        install.install("mini", folder=MINI, families=["EF v3.1"])
    yield "mini"


@pytest.fixture
def fresh(quick: None) -> str:
    """Name of a project that does not exist yet."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def installed(project: str, fresh: str) -> str:
    """A project of the test's own with the small inventory and EF v3.1."""
    from bw_tinyml.brightway.project import open_project
    from bw_tinyml.brightway.stack import bw2data

    open_project(project)
    bw2data().projects.copy_project(fresh, switch=True)
    return fresh


@pytest.fixture(scope="session")
def full_project() -> Iterator[str]:
    """A project with the inventory that comes with the package; tests must not change it."""
    from bw_tinyml.brightway import install

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(install, "_create_migrations", lambda progress: False)
        install.install("full")
    yield "full"
