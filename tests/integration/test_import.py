"""Import back: an edited workbook becomes a checked database, or every fault is listed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from bw_tinyml import export_excel, score
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.cli.main import cli, main
from bw_tinyml.errors import ImportFileError, OverwriteError
from bw_tinyml.importing.workbook import import_workbook

from ..conftest import MINI

Editor = Callable[..., Path]


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_excel(tmp_path_factory.mktemp("import") / "tinyml.xlsx", folder=MINI).files[1]


class Sheet:
    """The sheet of the database, edited as a person would."""

    def __init__(self, path: Path) -> None:
        self.book = openpyxl.load_workbook(path)
        self.sheet = self.book["tinyml"]
        self.path = path

    def rows(self) -> list[list[Any]]:
        return [[cell.value for cell in row] for row in self.sheet.iter_rows()]

    def find(self, test: Callable[[dict[str, Any]], bool], section: str = "Exchanges") -> int:
        """Return the first row of a section that passes the test."""
        header: list[Any] = []
        for number, row in enumerate(self.rows(), start=1):
            if header and row[0] and test(dict(zip(header, row, strict=True))):
                return number
            previous = self.sheet.cell(number - 1, 1).value if number > 1 else None
            if previous == section:
                header = row
            elif row[0] is None:
                header = []
        raise AssertionError("no such row")

    def set(self, row: int, column: str, value: Any, section: str = "Exchanges") -> None:
        number = row
        while self.sheet.cell(number, 1).value != section:
            number -= 1
        header = [cell.value for cell in self.sheet[number + 1]]
        self.sheet.cell(row, header.index(column) + 1).value = value

    def save(self) -> Path:
        self.book.save(self.path)
        return self.path


@pytest.fixture
def edited(workbook: Path, tmp_path: Path) -> Sheet:
    copy = tmp_path / "edited.xlsx"
    copy.write_bytes(workbook.read_bytes())
    return Sheet(copy)


def is_input(fields: dict[str, Any]) -> bool:
    return fields["type"] == "technosphere" and not fields["formula"]


def faults(sheet: Sheet, project: str) -> list[Any]:
    """Faults of an edited workbook; the project is as it was."""
    open_project(project)
    before = dict(bw2data().databases.data)
    with pytest.raises(ImportFileError) as caught:
        import_workbook(sheet.save(), project, name="mine")
    assert dict(bw2data().databases.data) == before
    found = list(caught.value.findings)  # type: ignore[call-overload]
    assert "nothing was written" in caught.value.message
    return found


def test_round_trip(workbook: Path, installed: str) -> None:
    result = import_workbook(workbook, installed, name="mine")
    assert result.recalculated == 0
    assert set(result.depends) == {"biosphere3", "tinyml-background"}

    def content(database: str) -> dict[Any, Any]:
        return {
            (node["code"], n): {
                k: v for k, v in e.as_dict().items() if k not in ("input", "output")
            }
            for node in bw2data().Database(database)
            for n, e in enumerate(node.exchanges())
        }

    open_project(installed)
    there, here = content("mine"), content("tinyml")
    assert there.keys() == here.keys()
    for key, exchange in here.items():
        # numbers of the workbook are texts of 17 digits: the last may differ
        for field, value in exchange.items():
            expected = pytest.approx(value) if isinstance(value, float) else value
            assert there[key].get(field) in (expected, None if value in (False, "") else expected)
    classes = {node["code"]: node["classifications"] for node in bw2data().Database("tinyml")}
    assert classes == {n["code"]: n["classifications"] for n in bw2data().Database("mine")}


def test_scores_and_parameters_after_the_round_trip(workbook: Path, installed: str) -> None:
    from bw2data.parameters import DatabaseParameter, parameters

    before = score("system_local/TW", project=installed).table.score.to_numpy()
    import_workbook(workbook, installed, replace=True)
    after = score("system_local/TW", project=installed).table.set_index("label").score
    assert after.to_numpy() == pytest.approx(before, rel=1e-9, abs=1e-30)
    open_project(installed)
    lifetime = DatabaseParameter.get(DatabaseParameter.name == "lifetime")
    lifetime.amount = 6.0
    lifetime.save()
    parameters.recalculate()
    changed = score("system_local/TW", project=installed).table.set_index("label").score
    assert changed["Climate change"] > after["Climate change"]


def test_an_edited_parameter_changes_what_depends_on_it(edited: Sheet, installed: str) -> None:
    row = edited.find(lambda f: f["name"] == "lifetime", "Database parameters")
    edited.set(row, "amount", 6, "Database parameters")
    before = score("system_local/TW", project=installed).table.set_index("label").score
    result = import_workbook(edited.save(), installed, replace=True)
    assert result.recalculated > 0
    after = score("system_local/TW", project=installed).table.set_index("label").score
    assert after["Climate change"] == pytest.approx(before["Climate change"] + 3.469875, rel=1e-5)


def test_install_does_not_take_it_for_the_original(workbook: Path, installed: str) -> None:
    from bw_tinyml import install

    import_workbook(workbook, installed, replace=True)
    with pytest.raises(OverwriteError):
        install(installed, folder=MINI, families=["EF v3.1"])


def test_an_existing_database_is_safe(workbook: Path, installed: str) -> None:
    with pytest.raises(OverwriteError, match="tinyml"):
        import_workbook(workbook, installed)


@pytest.mark.parametrize(
    ("column", "value", "message", "fix"),
    [
        ("unit", "gram", "unlinked", "unit '"),
        ("location", "XX", "unlinked", "location '"),
        ("reference product", "gold dust", "unlinked", "reference product '"),
        ("name", "market for nothing at all", "unlinked", ""),
        ("database", "ecoinvent", "no database 'ecoinvent'", "install it first"),
        ("database", None, "names no database", "fill"),
        ("type", "technosfere", "no exchange type 'technosfere'", "technosphere"),
        ("amount", "a lot", "'a lot' is not a number", "decimal sign"),
        ("amount", None, "missing", "write a number"),
        ("uncertainty type", 99, "uncertainty type 99", "2 (lognormal)"),
        ("uncertainty type", "lognormal", "'lognormal' is not a number", ""),
        ("pedigree", "1::2", "not five scores", "2::3"),
        ("formula", "__import__('os')", "not allowed", "use numbers"),
        ("formula", "lifetme * 2", "'lifetme', which is no database parameter; nearest: lifetime",
         "correct the name"),
        ("formula", "2 ^ 3", "'^'", "**"),
    ],
)  # fmt: skip
def test_every_fault_has_row_reason_and_remedy(
    edited: Sheet, project: str, column: str, value: object, message: str, fix: str
) -> None:
    row = edited.find(is_input)
    edited.set(row, column, value)
    found = faults(edited, project)
    assert [(f.sheet, f.row) for f in found][:1] == [("tinyml", row)]
    assert message in found[0].message
    assert fix in found[0].fix


def test_all_faults_are_listed(edited: Sheet, project: str) -> None:
    row = edited.find(is_input)
    edited.set(row, "unit", "gram")
    edited.set(row, "pedigree", "9")
    other = edited.find(lambda f: f["type"] == "biosphere")
    edited.set(other, "categories", "air/urban")
    assert {f.row for f in faults(edited, project)} == {row, other}


def test_a_loc_that_is_not_the_logarithm_is_a_fault(edited: Sheet, installed: str) -> None:
    section = "Database parameters"
    row = edited.find(lambda f: f["uncertainty type"] == 2, section)
    edited.set(row, "amount", 1.2345, section)
    (fault,) = faults(edited, installed)
    assert fault.row == row
    assert "logarithm" in fault.message
    edited.set(row, "loc", None, section)
    import_workbook(edited.save(), installed, name="mine")


def test_uncertainty_beside_a_formula_is_a_fault(edited: Sheet, project: str) -> None:
    row = edited.find(lambda f: bool(f["formula"]))
    edited.set(row, "uncertainty type", 2)
    edited.set(row, "scale", 0.1)
    (fault,) = faults(edited, project)
    assert (fault.row, "of its own" in fault.message) == (row, True)


def test_a_spreadsheet_formula_is_refused(edited: Sheet, project: str) -> None:
    row = edited.find(is_input)
    edited.set(row, "amount", "=1+1")
    found = faults(edited, project)
    assert found[0].row == row
    assert "spreadsheet formula" in found[0].message


def test_parameters_in_a_circle(edited: Sheet, project: str) -> None:
    row = edited.find(lambda f: f["name"] == "lifetime", "Database parameters")
    edited.set(row, "formula", "lifetime + 1", "Database parameters")
    edited.set(row, "uncertainty type", 0, "Database parameters")
    (fault,) = faults(edited, project)
    assert "lifetime" in fault.message


@pytest.mark.parametrize("name", ["pi", "max", "two words"])
def test_parameter_names(edited: Sheet, project: str, name: str) -> None:
    row = edited.find(lambda f: f["name"] == "lifetime", "Database parameters")
    edited.set(row, "name", name, "Database parameters")
    assert any(
        f.row == row and "no name for a parameter" in f.message for f in faults(edited, project)
    )


def test_a_doubled_code(edited: Sheet, project: str) -> None:
    codes = [n for n, row in enumerate(edited.rows(), start=1) if row[0] == "code"]
    edited.sheet.cell(codes[1], 2).value = edited.sheet.cell(codes[0], 2).value
    assert any("is also that of row" in f.message for f in faults(edited, project))


def test_a_misspelt_column(edited: Sheet, project: str) -> None:
    row = next(n for n, r in enumerate(edited.rows(), start=1) if r[0] == "Exchanges") + 1
    header = [cell.value for cell in edited.sheet[row]]
    edited.sheet.cell(row, header.index("uncertainty type") + 1).value = "uncertainty_type"
    found = faults(edited, project)
    assert any(f.row == row and f.fix == "write 'uncertainty type'" for f in found)


def test_project_parameters_and_second_databases(edited: Sheet, project: str) -> None:
    end = edited.sheet.max_row + 2
    edited.sheet.cell(end, 1).value = "Project parameters"
    edited.sheet.cell(end + 2, 1).value = "Database"
    edited.sheet.cell(end + 2, 2).value = "other"
    messages = [f.message for f in faults(edited, project)]
    assert any("project parameters" in m for m in messages)
    assert any("second section 'Database'" in m for m in messages)


def test_a_new_activity_needs_no_code(edited: Sheet, installed: str) -> None:
    end = edited.sheet.max_row + 2
    for number, cells in enumerate(
        [("Activity", "my own thing"), ("unit", "unit"), ("location", "GLO")]
    ):
        for column, value in enumerate(cells, start=1):
            edited.sheet.cell(end + number, column).value = value
    result = import_workbook(edited.save(), installed, name="mine")
    node = next(n for n in bw2data().Database("mine") if n["name"] == "my own thing")
    assert result.datasets == len(bw2data().Database("mine"))
    assert [e["type"] for e in node.exchanges()] == ["production"]


def test_command(edited: Sheet, workbook: Path, installed: str) -> None:
    runner = CliRunner()
    arguments = ["import", str(workbook), "--project", installed, "--name", "mine", "--json"]
    done = runner.invoke(cli, arguments)
    assert json.loads(done.output)["database"] == "mine"
    row = edited.find(is_input)
    edited.set(row, "unit", "gram")
    arguments[1] = str(edited.save())
    failed = runner.invoke(cli, [*arguments, "--replace"], standalone_mode=False)
    assert failed.return_value == 2
    assert [f["row"] for f in json.loads(failed.output)["faults"]] == [row]


def test_a_sheet_without_any_section_is_a_fault(
    project: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["foo", "bar"])
    path = tmp_path / "empty.xlsx"
    book.save(path)
    with pytest.raises(SystemExit) as caught:
        main(["import", str(path), "--project", project])
    err = capsys.readouterr().err
    assert caught.value.code == 2
    assert "'foo' begins no section" in err and "begin with Database or Activity" in err
