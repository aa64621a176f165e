"""Excel: plain bw2io imports our workbooks with nothing unlinked and the same scores."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from bw_tinyml import export_excel, score
from bw_tinyml.brightway.biosphere import biosphere_payload
from bw_tinyml.brightway.install import linked_inventory
from bw_tinyml.brightway.methods import install_methods, missing_methods
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.brightway.writing import write_databases
from bw_tinyml.errors import InventoryError, UsageError
from bw_tinyml.export.csvfile import export_csv, harmless
from bw_tinyml.export.reporting import ExportReport
from bw_tinyml.export.results import results_table
from bw_tinyml.inventory.industries import SYSTEM

from ..conftest import MINI
from ..whole_scores import assert_same_scores, project_scores

DATABASES = ("tinyml-background", "tinyml")
FIELDS = ("name", "unit", "location", "reference product")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return export_excel(tmp_path_factory.mktemp("excel") / "tinyml.xlsx", folder=MINI).files


@pytest.fixture
def imported(fresh: str, files: list[Path]) -> str:
    """A project into which plain bw2io has imported the workbooks."""
    import_plainly(files, fresh)
    return fresh


def import_plainly(files: list[Path], project: str) -> None:
    """Import files with bw2io alone, as a user would who does not have our package."""
    import bw2io as bi

    open_project(project, create=True)
    write_databases([biosphere_payload()])
    install_methods(missing_methods(["EF v3.1"], "biosphere3"), "biosphere3")
    do_not_wait_for_the_disk()
    for file in files:
        reader = bi.CSVImporter if file.suffix == ".csv" else bi.ExcelImporter
        with contextlib.redirect_stdout(io.StringIO()):
            importer = reader(str(file))
            importer.apply_strategies(verbose=False)
            if importer.db_name == "tinyml":
                importer.match_database("tinyml-background", fields=FIELDS)
            importer.statistics(print_stats=False)
            assert list(importer.unlinked) == []
            importer.write_database(activate_parameters=True)


def do_not_wait_for_the_disk() -> None:
    """Spare bw2io the wait after each exchange with a formula, which it commits one by one."""
    from bw2data.backends import sqlite3_lci_db
    from bw2data.parameters import parameters

    for database in (sqlite3_lci_db.db, parameters.db.db):
        database.pragma("synchronous", 0)


def test_background_comes_first(files: list[Path]) -> None:
    assert [f.name for f in files] == ["tinyml-background.xlsx", "tinyml.xlsx"]


def test_scores_survive_the_round_trip(imported: str, project: str) -> None:
    for identifier in ("system_local/TW", "system_remote/DE", "board"):
        there = score(identifier, project=imported).table.score.to_numpy()
        here = score(identifier, project=project).table.score.to_numpy()
        assert there == pytest.approx(here, rel=1e-9, abs=1e-30)


def test_parameters_are_alive_after_the_round_trip(imported: str) -> None:
    from bw2data.parameters import DatabaseParameter, parameters

    open_project(imported)
    before = score("system_local/TW", project=imported).table.set_index("label").score
    parameter = DatabaseParameter.get(DatabaseParameter.name == "lifetime")
    parameter.amount = 6.0
    parameter.save()
    parameters.recalculate()
    after = score("system_local/TW", project=imported).table.set_index("label").score
    assert after["Climate change"] == pytest.approx(before["Climate change"] + 3.469875, rel=1e-5)


def test_uncertainty_and_texts_survive(imported: str, project: str) -> None:
    def content(name: str) -> dict[tuple[str, str], dict[str, object]]:
        open_project(name)
        return {
            (node["code"], exchange.input["code"]): dict(exchange.as_dict())
            for database in ("tinyml", "tinyml-background")
            for node in bw2data().Database(database)
            for exchange in node.exchanges()
        }

    there, here = content(imported), content(project)
    assert there.keys() == here.keys()
    for key, exchange in here.items():
        other = there[key]
        for field in ("loc", "scale", "minimum", "maximum"):
            if exchange.get(field) is not None:
                assert other[field] == pytest.approx(exchange[field])
        for field in ("comment", "kind", "source", "formula", "type", "label"):
            assert (other.get(field) or "") == (exchange.get(field) or "")
        assert bool(other.get("proxy")) == bool(exchange.get("proxy"))
        scores = [str(score) for score in exchange.get("pedigree", {}).values()]
        assert list(other.get("pedigree", ())) == scores


def test_categories_and_texts_of_datasets_survive(imported: str, project: str) -> None:
    def content(name: str) -> dict[str, dict[str, object]]:
        open_project(name)
        return {
            node["code"]: dict(node.as_dict())
            for database in ("tinyml", "tinyml-background")
            for node in bw2data().Database(database)
        }

    there, here = content(imported), content(project)
    assert there.keys() == here.keys()
    for code, node in here.items():
        for field in ("name", "reference product", "unit", "location", "stage", "role", "comment"):
            assert (there[code].get(field) or "") == (node.get(field) or "")
        assert [(SYSTEM, there[code][SYSTEM])] == node["classifications"]


def test_database_parameters_survive(imported: str, project: str) -> None:
    from bw2data.parameters import DatabaseParameter

    def content(name: str) -> dict[tuple[str, str], tuple[object, ...]]:
        open_project(name)
        return {
            (p.database, p.name): (
                p.formula or None,
                pytest.approx(p.amount),
                pytest.approx(p.data.get("scale") or 0),
                p.data.get("comment"),
                p.data.get("source") or None,
            )
            for p in DatabaseParameter.select()
        }

    there, here = content(imported), content(project)
    assert len(here) > 3
    assert there == here


def test_no_cell_is_a_formula(mini: Path, edit: object, tmp_path: Path) -> None:
    edit("tinyml/parts/processes.csv", 3, comment='=HYPERLINK("http://x","y")')  # type: ignore[operator]
    edit("sources.csv", 2, citation="@SUM(A1:A9)")  # type: ignore[operator]
    for file in export_excel(tmp_path / "x.xlsx", folder=mini).files:
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                if name.startswith("xl/worksheets/"):
                    assert b"<f>" not in archive.read(name)
        book = openpyxl.load_workbook(file)
        for sheet in book:
            for row in sheet.iter_rows():
                assert all(cell.data_type != "f" for cell in row)


def test_layout_keeps_to_what_all_importers_read(files: list[Path]) -> None:
    for file in files:
        book = openpyxl.load_workbook(file)
        assert book["README"]["A1"].value == "skip"
        assert book["sources"]["A1"].value == "skip"
        sheet = book[file.stem]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert rows[0][:2] == ["Database", file.stem]
        assert not any(str(row[0]).lower() == "project parameters" for row in rows)
        types = {row[1] for row in rows if row[0] == "type"}
        assert types == {"process"}
        headers = [row for row in rows if row[0] == "name" and "database" in row]
        assert headers
        for header in headers:
            assert {"reference product", "categories", "type", "formula"} <= set(header)
        codes = [row[1] for row in rows if row[0] == "code"]
        assert len(codes) == len(set(codes)) > 3
        for row in rows:
            for value in row:
                assert not (isinstance(value, float) and not np.isfinite(value))


def test_same_tables_same_bytes(files: list[Path], tmp_path: Path) -> None:
    again = export_excel(tmp_path / "tinyml.xlsx", folder=MINI).files
    assert [f.read_bytes() for f in again] == [f.read_bytes() for f in files]


def test_existing_files_are_safe(files: list[Path]) -> None:
    with pytest.raises(UsageError, match="exists"):
        export_excel(files[1], folder=MINI)


def test_one_database_alone(tmp_path: Path) -> None:
    found = export_excel(tmp_path / "only.xlsx", folder=MINI, databases=["tinyml"]).files
    assert [f.name for f in found] == ["only.xlsx"]
    with pytest.raises(UsageError):
        export_excel(tmp_path / "x.xlsx", folder=MINI, databases=["ecoinvent"])


def test_a_failed_export_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bw_tinyml.export import excel

    monkeypatch.setattr(excel, "_sources", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_excel(tmp_path / "tinyml.xlsx", folder=MINI)
    assert list(tmp_path.iterdir()) == []


def test_the_report_stands_beside_the_workbook(tmp_path: Path) -> None:
    report = export_excel(tmp_path / "x.xlsx", folder=MINI)
    written = json.loads((tmp_path / "x.xlsx.report.json").read_text(encoding="utf-8"))
    assert written["databases"] == report.databases
    assert written["databases"]["tinyml"]["datasets"] == len(
        linked_inventory(MINI).of_database("tinyml")
    )
    assert written["files"] == ["x-background.xlsx", "x.xlsx"]
    assert written["flows_mapped"] >= len(written["flows_without_factor"])


def test_results_sheet_holds_the_scores(files: list[Path], project: str) -> None:
    sheet = openpyxl.load_workbook(files[1])["results"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "skip"
    labels = rows[1][4:]
    assert len(labels) == 16
    by_name = {row[0]: row[4:] for row in rows[3:]}
    expected = score("system_local/TW", project=project).table.set_index("label").score
    for label, value in zip(labels, by_name["system_local/TW"], strict=True):
        assert value == pytest.approx(expected[label], rel=1e-7, abs=1e-30)


def test_scores_survive_csv(fresh: str, project: str, tmp_path: Path) -> None:
    import_plainly(export_csv(tmp_path / "tinyml.csv", folder=MINI).files, fresh)
    for identifier in ("system_local/TW", "system_remote/DE"):
        there = score(identifier, project=fresh).table.score.to_numpy()
        here = score(identifier, project=project).table.score.to_numpy()
        assert there == pytest.approx(here, rel=1e-9, abs=1e-30)


def test_no_cell_of_csv_begins_like_a_formula(
    mini: Path, edit: Callable[..., None], tmp_path: Path
) -> None:
    edit("tinyml/parts/processes.csv", 3, comment='=HYPERLINK("http://x","y")')
    report = export_csv(tmp_path / "x.csv", folder=mini)
    cells = [
        cell
        for file in report.files
        for row in csv.reader(file.open(encoding="utf-8", newline=""))
        for cell in row
    ]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    for cell in cells:
        if cell.startswith(("=", "+", "-", "@", "\t", "\r")):
            assert float(cell) < 0
    assert any("begins with an apostrophe" in line for line in report.conversions)


@pytest.mark.parametrize("row", [["Activity", "=cmd()"], ["location", "+49"], ["code", "@x"]])
def test_a_name_like_a_formula_is_refused_in_csv(row: list[str]) -> None:
    with pytest.raises(InventoryError, match="begins like a spreadsheet formula"):
        list(harmless([row], ExportReport("test", "open")))


def test_a_formula_with_a_leading_sign_is_put_into_parentheses_in_csv() -> None:
    lines = [["Exchanges"], ["name", "formula"], ["x", "-a * b"]]
    assert list(harmless(lines, ExportReport("test", "open")))[-1] == ["x", "(-a * b)"]


def test_every_dataset_scores_the_same(imported: str, project: str) -> None:
    here = project_scores(project, DATABASES, MINI)
    assert len(here) > 10
    assert_same_scores(project_scores(imported, DATABASES, MINI), here, 1e-9)


@pytest.mark.slow
def test_the_whole_inventory_survives(full_project: str, fresh: str, tmp_path: Path) -> None:
    """Every dataset in 16 categories, from one import by plain bw2io."""
    files = export_excel(tmp_path / "tinyml.xlsx").files
    import_plainly(files, fresh)
    here = project_scores(full_project, DATABASES)
    assert len(here) > 1000
    assert_same_scores(project_scores(fresh, DATABASES), here, 1e-9)
    linked = linked_inventory()
    for row in results_table(linked).rows:
        # bw_processing stores arrays in single precision
        installed = here[linked.datasets[row.identifier].dataset.code]
        assert row.scores == pytest.approx(installed, rel=1e-6, abs=1e-30)
