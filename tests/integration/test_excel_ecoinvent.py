"""Workbooks for people who have ecoinvent: its names, nothing unlinked, and the same scores.

The ecoinvent is a mock: real names of activities and elementary flows, made-up exchanges.
"""

from __future__ import annotations

import ast
import contextlib
import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import randonneur_data

from bw_tinyml import export_csv, export_excel, score
from bw_tinyml.background.published import flow_labels, stated_release
from bw_tinyml.brightway.install import install
from bw_tinyml.brightway.methods import install_methods, missing_methods
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import BackgroundError, ProjectError, UsageError
from bw_tinyml.export.scenarios import export_scenarios
from bw_tinyml.inventory.flows import elementary_flows
from bw_tinyml.inventory.loading import default_folder

from ..conftest import MINI
from ..mock_ecoinvent import inventory, needs_mapping, some, write_mock
from ..scenario_scores import table
from .test_excel import do_not_wait_for_the_disk

pytestmark = needs_mapping
RELEASE = "ecoinvent-3.10-cutoff"
BIOSPHERE = "ecoinvent-3.10-biosphere"
FIELDS = ("name", "unit", "location", "reference product")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small inventory with links to ecoinvent."""
    target = tmp_path_factory.mktemp("mini") / "inventories"
    shutil.copytree(MINI, target)
    ours = default_folder() / "links"
    for name in ("ecoinvent_flows", "ecoinvent_markers", "ecoinvent_releases", "regions"):
        shutil.copy(ours / f"{name}.csv", target / "links")
    with (ours / "ecoinvent.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    chosen = [r for r in rows if r["key"].startswith(("electricity, medium", "copper, cathode"))]
    burnt = "treatment of municipal solid waste, municipal incineration"
    chosen.append(next(r for r in rows if r["activity"] == burnt) | {"key": "waste, incineration"})
    ours_instead = dict.fromkeys(chosen[0], "") | {"key": "heat", "process": "heat_production"}
    chosen.append(ours_instead | {"remark": "For tests."})
    with (target / "links" / "ecoinvent.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(chosen[0]))
        writer.writeheader()
        writer.writerows(chosen)
    return target


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    """A project with a mock of 3.10 cutoff as bw2io would import it; tests must not change it."""
    from bw2data.backends.schema import ActivityDataset as Nodes

    write_mock("excel-3.10", RELEASE, some("3.10", "cutoff"), BIOSPHERE)
    open_project("excel-3.10")
    renamed = flow_labels(stated_release(RELEASE, inventory()))
    for node in Nodes.select().where(Nodes.database == BIOSPHERE, Nodes.code << list(renamed)):
        node.name, node.data["unit"] = renamed[node.code]
        node.data["name"] = node.name
        node.save()
    bw2data().preferences["biosphere_database"] = BIOSPHERE
    install_methods(missing_methods(["EF v3.1"], BIOSPHERE), BIOSPHERE)
    yield "excel-3.10"


@pytest.fixture(scope="module")
def installed(mock: str, folder: Path) -> Iterator[str]:
    """The same, with our installation on top: what an import must equal."""
    from bw_tinyml.brightway import install as module

    copy_of(mock, "excel-installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_create_migrations", lambda progress: False)
        install("excel-installed", RELEASE, families=["EF v3.1"], folder=folder)
    yield "excel-installed"


def copy_of(project: str, name: str) -> str:
    open_project(project)
    bw2data().projects.copy_project(name, switch=True)
    return name


def import_plainly(files: list[Path], project: str, write: bool = True) -> None:
    """Import files with bw2io alone, as a user would who has ecoinvent."""
    import bw2io as bi

    open_project(project)
    do_not_wait_for_the_disk()
    for file in files:
        reader = bi.CSVImporter if file.suffix == ".csv" else bi.ExcelImporter
        with contextlib.redirect_stdout(io.StringIO()):
            importer = reader(str(file))
            importer.apply_strategies(verbose=False)
            importer.match_database(RELEASE, fields=FIELDS)
            if importer.db_name == "tinyml":
                importer.match_database("tinyml-background", fields=FIELDS)
            assert [x["name"] for x in importer.unlinked] == []
            assert len(importer.data) > 0
            if write or importer.db_name == "tinyml-background":
                importer.write_database(activate_parameters=True)


def sheet(path: Path, name: str) -> list[list[Any]]:
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in row] for row in book[name].iter_rows()]


def test_nothing_is_unlinked_and_scores_are_those_of_the_installation(
    folder: Path, mock: str, installed: str, fresh: str, tmp_path: Path
) -> None:
    files = export_excel(tmp_path / "tinyml.xlsx", folder=folder, background=RELEASE).files
    import_plainly(files, copy_of(mock, fresh))
    for identifier in ("system_local/TW", "system_remote/DE", "board"):
        there = score(identifier, project=fresh).table.score.to_numpy()
        here = score(identifier, project=installed).table.score.to_numpy()
        assert abs(here).max() > 0
        assert there == pytest.approx(here, rel=1e-9, abs=1e-30)


def test_nothing_is_unlinked_in_csv(folder: Path, mock: str, fresh: str, tmp_path: Path) -> None:
    files = export_csv(tmp_path / "tinyml.csv", folder=folder, background=RELEASE).files
    import_plainly(files, copy_of(mock, fresh), write=False)


def test_a_release_has_names_and_no_scores(folder: Path, tmp_path: Path) -> None:
    report = export_excel(tmp_path / "tinyml.xlsx", folder=folder, background="3.10 cut-off")
    file = report.files[-1]
    assert report.background == "ecoinvent 3.10, cutoff"
    about = {row[0]: row[1] for row in sheet(file, "README") if row[0]}
    assert about["background"].startswith("ecoinvent 3.10, cutoff. It is not in these files")
    assert f"match_database('{RELEASE}'" in about["link it"]
    assert about["biosphere"].startswith(BIOSPHERE)
    results = sheet(file, "results")
    assert len(results) == 1 and "no scores: they need the amounts" in results[0][1]
    assert any("no scores" in text for text in report.left_out)
    header = next(r for r in sheet(file, "tinyml") if r[0] == "name" and "database" in r)
    column = header.index("database")
    linked = {row[column] for row in sheet(file, "tinyml") if row[7] == "technosphere"}
    assert RELEASE in linked and linked <= {RELEASE, "tinyml", "tinyml-background"}


def test_a_database_of_a_project_gives_names_and_scores(
    folder: Path, mock: str, installed: str, tmp_path: Path
) -> None:
    before = set(bw2data().databases)
    report = export_excel(tmp_path / "tinyml.xlsx", folder=folder, background=RELEASE, project=mock)
    open_project(mock)
    assert set(bw2data().databases) == before - {"tinyml", "tinyml-background"} | {
        RELEASE,
        BIOSPHERE,
    }
    assert "3.10" in report.background and f"'{RELEASE}'" in report.background
    results = sheet(report.files[-1], "results")
    found = {row[0]: row[4:] for row in results[3:]}
    expected = score("system_local/TW", project=installed).table.set_index("label").score
    assert results[1][4:] == list(expected.index)
    assert found["system_local/TW"] == pytest.approx(list(expected), rel=1e-6, abs=1e-30)
    other = export_excel(tmp_path / "names.xlsx", folder=folder, background=RELEASE)
    for mine, named in zip(report.files, other.files, strict=True):
        of_project, of_release = (sheet(f, mine.stem) for f in (mine, named))
        assert len(of_project) == len(of_release)
        changed = [a[0] for a, b in zip(of_project, of_release, strict=True) if a != b]
        assert set(changed) <= {"background_release"}


def test_scenario_files_name_the_background(
    folder: Path, mock: str, installed: str, tmp_path: Path
) -> None:
    """Keys that exist in the project; of a release only names, which Activity Browser resolves."""
    options = {"folder": folder, "background": RELEASE}
    of_project = export_scenarios(tmp_path / "project", project=mock, **options).files  # type: ignore[arg-type]
    of_release = export_scenarios(tmp_path / "release", **options).files  # type: ignore[arg-type]
    open_project(installed)
    compared = 0
    for here, there in zip(of_project, of_release, strict=True):
        for row, named in zip(table(here), table(there), strict=True):
            if row.get("from database") == RELEASE:
                key = ast.literal_eval(row["from key"])
                node = bw2data().get_node(database=key[0], code=key[1])
                assert node["name"] == row["from activity name"] == named["from activity name"]
                assert named["from key"] is None
                compared += 1
            else:
                assert row == named
    assert compared >= 2


@pytest.mark.parametrize(
    ("release", "mapping"),
    [("3.10", "3.10.1-biosphere"), ("3.10.1", "3.10.1-biosphere"), ("3.11", "3.11-biosphere")],
)
def test_elementary_flows_have_the_names_of_the_release(release: str, mapping: str) -> None:
    """The mapping to EF 3.1, published apart from the migrations, names the release's flows."""
    file = f"ecoinvent-{mapping}-EF-3.1-biosphere"
    rows = randonneur_data.Registry().get_file(file)["replace"]
    names = {row["source"]["uuid"]: row["source"]["name"] for row in rows}
    ours = elementary_flows()
    renamed = flow_labels(stated_release(f"{release} cutoff", inventory()))
    used = {e.flow for d in inventory().datasets.values() for e in d.exchanges if e.flow}
    written = {code: renamed.get(code, (ours[code].name,))[0] for code in used & names.keys()}
    assert len(written) > 200 and any(code in renamed for code in written)
    assert {c: (names[c], name) for c, name in written.items() if name != names[c]} == {}


def test_natural_gas_has_another_unit_before_3_9() -> None:
    renamed = flow_labels(stated_release("3.8 cutoff", inventory()))
    gas = "7c337428-fb1b-45c7-bbb2-2ee4d29e17ba"
    assert renamed[gas] == ("Gas, natural, in ground", "cubic meter")
    assert flow_labels(stated_release("3.9.1 cutoff", inventory())) == {}


@pytest.mark.parametrize("text", ["ecoinvent", "3.12 cutoff", "3.10", "3.10 cutof", "my database"])
def test_what_states_no_release_is_refused(text: str) -> None:
    with pytest.raises(BackgroundError, match="states no release") as caught:
        stated_release(text, inventory())
    assert (
        "3.8, 3.9.1, 3.10, 3.10.1, 3.11" in caught.value.hint and "--project" in caught.value.hint
    )


def test_wrong_projects_are_refused(folder: Path, mock: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"no Brightway project 'excel-3\.1'"):
        export_excel(tmp_path / "x.xlsx", folder=folder, background=RELEASE, project="excel-3.1")
    with pytest.raises(BackgroundError, match=r"no database 'ecoinvent-3\.9-cutoff'"):
        export_excel(
            tmp_path / "x.xlsx", folder=folder, background="ecoinvent-3.9-cutoff", project=mock
        )
    with pytest.raises(UsageError, match="open background"):
        export_excel(tmp_path / "x.xlsx", folder=folder, project=mock)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_whole_inventory_links(mock: str, fresh: str, tmp_path: Path) -> None:
    report = export_excel(tmp_path / "tinyml.xlsx", background=RELEASE, values=True)
    import_plainly(report.files, copy_of(mock, fresh), write=False)
    written = json.loads((tmp_path / "tinyml.xlsx.report.json").read_text(encoding="utf-8"))
    assert written["databases"]["tinyml"]["datasets"] > 1000
    assert written["databases"]["tinyml-background"]["datasets"] < 50
