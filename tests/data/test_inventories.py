"""The tables that come with the package: sound by our own check, and by Frictionless."""

from __future__ import annotations

from pathlib import Path

import pytest

from bw_tinyml.checking import check
from bw_tinyml.inventory.datapackage import as_text
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.loading import default_folder, load
from bw_tinyml.inventory.model import Inventory


@pytest.fixture(scope="module")
def report() -> Report:
    return check()


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return load()[0]


def test_no_errors(report: Report) -> None:
    assert [f"{f.place}: {f.message}" for f in report.errors] == []


def test_four_of_five_published_bands_hold(report: Report, inventory: Inventory) -> None:
    outside = [f for f in report if f.code == "band-outside"]
    assert len(outside) <= 0.2 * len(inventory.tables["bands"])


def test_every_number_has_a_source_or_its_rule(inventory: Inventory) -> None:
    """Counted over rows as they stand, not over what the check thinks of them."""
    tables = ("exchanges", "parameters", "variants", "composition")
    rows = [r for t in tables for r in inventory.tables[t] if r["amount"] or r["share"]]
    assert len(rows) > 5000
    sources = {row["source"] for row in inventory.tables["sources"]}
    for row in rows:
        place = f"{row.file}:{row.line}"
        if row["kind"] in ("measured", "literature", "datasheet"):
            assert row["source"] in sources and row["page"], place
        else:
            assert row["kind"] in ("calculated", "estimate"), place
            assert row["remark"] or row["page"], place


def test_frictionless_finds_the_package_valid() -> None:
    frictionless = pytest.importorskip("frictionless")
    folder = default_folder()
    found = frictionless.Package(str(folder / "datapackage.json")).validate()
    assert found.valid, found.flatten(["name", "rowNumber", "fieldName", "message"])[:5]


def test_descriptor_lists_every_table() -> None:
    folder = default_folder()
    text = as_text(folder)
    for path in folder.rglob("*.csv"):
        assert path.relative_to(folder).as_posix() in text


def test_every_topic_says_its_boundary() -> None:
    for base in ("tinyml", "background"):
        for topic in (p for p in (default_folder() / base).iterdir() if p.is_dir()):
            readme = topic / "README.md"
            assert readme.is_file(), f"{topic.name} has no README.md"
            text = readme.read_text(encoding="utf-8").lower()
            words = ("boundary", "left out", "cradle", "scope")
            assert any(word in text for word in words), topic.name


def test_line_ends_and_encoding() -> None:
    """One style for all tables, so that differences show only what changed."""
    for path in default_folder().rglob("*.csv"):
        content = Path(path).read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf"), path
        assert b"\r" not in content, path
        assert content.endswith(b"\n"), path


def test_no_scenario_moves_a_parameter_that_another_one_sets(inventory: Inventory) -> None:
    """The page calculates all scenarios at once, and keeps at its value what one does not set."""
    varied = {row["parameter"] for row in inventory.tables["scenarios"]}
    parameters = inventory.parameters["tinyml"]
    for name in varied:
        queue, found = [name], set()
        while queue:
            value = parameters[queue.pop()].value
            new = set() if isinstance(value, float | int) else value.names - found
            found |= new
            queue += new
        assert not found & varied, name
