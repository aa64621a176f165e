"""The wheel holds everything that the program reads, and works away from the repository."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bw_tinyml.inventory.loading import default_folder

from ..conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(target)]
    subprocess.run([*command, str(ROOT)], check=True)
    return next(target.glob("*.whl"))


def test_tables_schemas_licences_and_templates_are_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    folder = default_folder()
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix in (".csv", ".json", ".md", ""):
            assert f"bw_tinyml/inventories/{path.relative_to(folder).as_posix()}" in names
    assert "bw_tinyml/report/templates/report.html" in names
    assert "bw_tinyml/py.typed" in names
    modules = {p.relative_to(ROOT).as_posix() for p in (ROOT / "bw_tinyml").rglob("*.py")}
    assert modules <= names


def test_installed_elsewhere_it_finds_its_tables(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import bw_tinyml as bt\n"
        "from bw_tinyml.inventory.loading import default_folder\n"
        "assert str(default_folder()).startswith(sys.argv[1]), default_folder()\n"
        "report = bt.check(scores=False)\n"
        "print(len(report.errors))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(site)],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.strip() == "0"
