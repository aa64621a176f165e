"""Excel: plain bw2io imports our workbooks with nothing unlinked and the same scores."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from bw_tinyml import export_excel, score
from bw_tinyml.brightway.biosphere import biosphere_payload
from bw_tinyml.brightway.methods import install_methods, missing_methods
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.brightway.writing import write_databases
from bw_tinyml.errors import UsageError

from ..conftest import MINI

FIELDS = ("name", "unit", "location", "reference product")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return export_excel(tmp_path_factory.mktemp("excel") / "tinyml.xlsx", folder=MINI)


@pytest.fixture
def imported(fresh: str, files: list[Path]) -> str:
    """A project into which plain bw2io has imported the workbooks."""
    import bw2io as bi

    open_project(fresh, create=True)
    write_databases([biosphere_payload()])
    install_methods(missing_methods(["EF v3.1"], "biosphere3"), "biosphere3")
    for file in files:
        with contextlib.redirect_stdout(io.StringIO()):
            importer = bi.ExcelImporter(str(file))
            importer.apply_strategies(verbose=False)
            if importer.db_name == "tinyml":
                importer.match_database("tinyml-background", fields=FIELDS)
            importer.statistics(print_stats=False)
            assert list(importer.unlinked) == []
            importer.write_database(activate_parameters=True)
    return fresh


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
            for node in bw2data().Database("tinyml-background")
            for exchange in node.exchanges()
        }

    there, here = content(imported), content(project)
    assert there.keys() == here.keys()
    for key, exchange in here.items():
        other = there[key]
        for field in ("loc", "scale", "minimum", "maximum"):
            if exchange.get(field) is not None:
                assert other[field] == pytest.approx(exchange[field])
        for field in ("comment", "kind", "source", "formula", "type"):
            assert (other.get(field) or "") == (exchange.get(field) or "")


def test_no_cell_is_a_formula(mini: Path, edit: object, tmp_path: Path) -> None:
    edit("tinyml/parts/processes.csv", 3, comment='=HYPERLINK("http://x","y")')  # type: ignore[operator]
    edit("sources.csv", 2, citation="@SUM(A1:A9)")  # type: ignore[operator]
    for file in export_excel(tmp_path / "x.xlsx", folder=mini):
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
    again = export_excel(tmp_path / "tinyml.xlsx", folder=MINI)
    assert [f.read_bytes() for f in again] == [f.read_bytes() for f in files]


def test_existing_files_are_safe(files: list[Path]) -> None:
    with pytest.raises(UsageError, match="exists"):
        export_excel(files[1], folder=MINI)


def test_one_database_alone(tmp_path: Path) -> None:
    found = export_excel(tmp_path / "only.xlsx", folder=MINI, databases=["tinyml"])
    assert [f.name for f in found] == ["only.xlsx"]
    with pytest.raises(UsageError):
        export_excel(tmp_path / "x.xlsx", folder=MINI, databases=["ecoinvent"])


def test_a_failed_export_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bw_tinyml.export import excel

    monkeypatch.setattr(excel, "_sources", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_excel(tmp_path / "tinyml.xlsx", folder=MINI)
    assert list(tmp_path.iterdir()) == []
