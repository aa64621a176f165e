"""The traps of Brightway's spreadsheet layout (docs/excel.md), each one a test.

All look at the rows of the inventory that comes with the package: a trap is avoided for every
row, or not at all.
"""

from __future__ import annotations

import ast
import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import pytest

from bw_tinyml.brightway.install import linked_inventory
from bw_tinyml.brightway.payload import Payload, payload
from bw_tinyml.errors import InventoryError
from bw_tinyml.export.layout import (
    ACTIVITY_FIELDS,
    EXCHANGE_COLUMNS,
    MAX_TEXT,
    PARAMETER_COLUMNS,
    Cells,
    as_imported,
    rows,
)
from bw_tinyml.export.reporting import ExportReport

DATABASES = ("tinyml", "tinyml-background")


@dataclasses.dataclass
class Sheet:
    """Rows of one database, taken apart as an importer does."""

    content: Payload
    report: ExportReport
    rows: list[list[Any]]

    def section(self, title: str, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        for number, row in enumerate(self.rows):
            if row[:1] == [title]:
                assert self.rows[number + 1] == list(columns)
                for cells in self.rows[number + 2 :]:
                    if not cells:
                        break
                    yield dict(zip(columns, cells, strict=True))

    @property
    def exchanges(self) -> list[dict[str, Any]]:
        return list(self.section("Exchanges", EXCHANGE_COLUMNS))

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return list(self.section("Database parameters", PARAMETER_COLUMNS))

    def field(self, name: str) -> list[Any]:
        return [row[1] for row in self.rows if len(row) == 2 and row[0] == name]


@pytest.fixture(scope="module", params=DATABASES)
def sheet(request: pytest.FixtureRequest, _linked: Any) -> Sheet:
    content = payload(_linked, request.param, "biosphere3")
    report = ExportReport("test", "open")
    return Sheet(content, report, list(rows(content, report)))


@pytest.fixture(scope="module")
def _linked() -> Any:
    return linked_inventory()


def test_01_exchanges_have_a_reference_product(sheet: Sheet) -> None:
    inputs = [e for e in sheet.exchanges if e["type"] != "biosphere"]
    assert len(inputs) > 1000
    assert all(e["reference product"] for e in inputs)


def test_02_exchanges_name_their_database(sheet: Sheet) -> None:
    found = {e["database"] for e in sheet.exchanges}
    assert found <= {"tinyml", "tinyml-background", "biosphere3"}
    assert sheet.content.name in found


def test_03_codes_are_no_numbers(sheet: Sheet) -> None:
    codes = sheet.field("code")
    assert len(codes) == len(set(codes)) == len(sheet.content.datasets) > 200
    assert all(as_imported(code) == code for code in codes)


@pytest.mark.parametrize("code", ["4004", "12e4567", "0x", "nan"])
def test_03_a_code_that_is_a_number_is_refused(code: str) -> None:
    cells = Cells(ExportReport("test", "open"))
    if code == "0x":
        assert cells.value(code, "code", "place") == code
        return
    with pytest.raises(InventoryError, match="place: code"):
        cells.value(code, "code", "place")


@pytest.mark.parametrize("text", ["true", "nan", "2023", "see a::b", "(Unknown)", "FALSE"])
def test_04_comments_stay_text(text: str) -> None:
    report = ExportReport("test", "open")
    cell = Cells(report).value(text, "comment", "dataset x")
    assert as_imported(cell) == cell
    assert isinstance(cell, str)
    assert report.conversions == [f"dataset x: comment '{text}' kept as text"]


def test_04_all_texts_stay_text(sheet: Sheet) -> None:
    for fields in (*sheet.exchanges, *sheet.parameters):
        for name, value in fields.items():
            if isinstance(value, str) and name not in ("categories", "pedigree"):
                assert as_imported(value) == value, (name, value)
    for comment in sheet.field("comment"):
        assert as_imported(comment) == comment


def test_05_versions_stay_text(sheet: Sheet) -> None:
    (version,) = sheet.field("version")
    assert version.startswith("v")


@pytest.mark.parametrize("field", ["name", "location", "reference product", "unit"])
@pytest.mark.parametrize("text", ["7400", "nan", "inf", "a::b"])
def test_06_names_that_are_numbers_are_refused(field: str, text: str) -> None:
    with pytest.raises(InventoryError, match="links with it would break"):
        Cells(ExportReport("test", "open")).value(text, field, "place")


def test_07_no_metadata_cell_is_empty(sheet: Sheet) -> None:
    pairs = [row for row in sheet.rows if row[:1] and row[0] in ACTIVITY_FIELDS and len(row) < 3]
    assert len(pairs) > 2000
    assert all(len(row) == 2 and row[1] not in (None, "") for row in pairs)


def test_08_and_09_every_node_is_a_process(sheet: Sheet) -> None:
    assert set(sheet.field("type")) == {"process"}
    assert len(sheet.field("type")) == len(sheet.content.datasets)
    assert sum(e["type"] == "production" for e in sheet.exchanges) == len(sheet.content.datasets)


def test_10_amounts_are_numbers(sheet: Sheet) -> None:
    for fields in (*sheet.exchanges, *sheet.parameters):
        assert isinstance(fields["amount"], int | float)


def test_11_there_are_no_project_parameters(sheet: Sheet) -> None:
    assert all(str(row[0]).lower() != "project parameters" for row in sheet.rows if row)


def test_12_parameter_names_are_no_builtins(sheet: Sheet) -> None:
    from asteval import Interpreter

    taken = set(Interpreter().symtable)
    names = [p["name"] for p in sheet.parameters]
    assert len(names) == len(set(names)) > 1000
    assert not taken & set(names)
    assert all(name.isidentifier() for name in names)


def test_12_formulas_use_what_all_interpreters_know(sheet: Sheet) -> None:
    names = {p["name"] for p in sheet.parameters}
    formulas = [f["formula"] for f in (*sheet.exchanges, *sheet.parameters) if f["formula"]]
    assert len(formulas) > 100
    for formula in formulas:
        tree = ast.parse(formula, mode="eval")
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        assert used - {"min", "max", "sqrt", "exp", "log"} <= names
        assert not any(isinstance(n, ast.BitXor) for n in ast.walk(tree))


def test_13_uncertainty_types_are_integers(sheet: Sheet) -> None:
    kinds = {f["uncertainty type"] for f in (*sheet.exchanges, *sheet.parameters)}
    assert {type(kind) for kind in kinds} <= {int, type(None)}
    assert kinds <= {None, 0, 1, 2, 4, 5}


def test_13_lognormals_have_the_amount_as_median(sheet: Sheet) -> None:
    found = [
        f for f in (*sheet.exchanges, *sheet.parameters) if f["uncertainty type"] == 2
    ]  # fmt: skip
    assert found
    for fields in found:
        assert math.exp(fields["loc"]) == pytest.approx(abs(fields["amount"]))
        assert bool(fields.get("negative")) == (fields["amount"] < 0)


def test_14_categories_are_joined_by_colons(sheet: Sheet) -> None:
    found = {e["categories"] for e in sheet.exchanges if e["type"] == "biosphere"}
    assert any("::" in categories for categories in found)
    assert not any("/" in c and "::" not in c for c in found)


def test_15_units_are_those_that_importers_make(sheet: Sheet) -> None:
    from bw2io.units import normalize_units

    units = {e["unit"] for e in sheet.exchanges} | set(sheet.field("unit"))
    assert units == {normalize_units(unit) for unit in units}
    assert "Unit" not in units


def test_16_the_first_cell_is_not_empty(sheet: Sheet) -> None:
    assert sheet.rows[0] == ["Database", sheet.content.name]


def test_17_every_number_is_finite(sheet: Sheet) -> None:
    numbers = [v for row in sheet.rows for v in row if isinstance(v, float)]
    assert len(numbers) > 10_000
    assert all(math.isfinite(v) for v in numbers)


def test_18_nothing_of_the_database_engine_is_written(sheet: Sheet) -> None:
    first = {row[0] for row in sheet.rows if row}
    assert not first & {"id", "worksheet name", "filename"}


def test_19_pedigree_is_written_as_activity_browser_does(sheet: Sheet) -> None:
    found = [e["pedigree"] for e in sheet.exchanges if e["pedigree"]]
    expected = [e for d in sheet.content.datasets for e in d["exchanges"] if "pedigree" in e]
    assert len(found) == len(expected) > 0
    for text, exchange in zip(found, expected, strict=True):
        assert [int(score) for score in text.split("::")] == list(exchange["pedigree"].values())


def test_19_lists_become_tuples() -> None:
    cells = Cells(ExportReport("test", "open"))
    assert cells.value(["board", "estimate"], "tags", "place") == "board::estimate"
    with pytest.raises(InventoryError):
        cells.value(["a::b"], "tags", "place")


def test_20_every_dataset_has_a_stable_code(sheet: Sheet) -> None:
    activities = sum(row[0] == "Activity" for row in sheet.rows if row)
    assert sheet.field("code") == [d["code"] for d in sheet.content.datasets]
    assert activities == len(sheet.field("code"))


def test_field_names_are_none_that_importers_take_for_something_else() -> None:
    temporal = {"date", "value", "resolution", "temporal distribution", "temporal_distribution"}
    assert not temporal & {*ACTIVITY_FIELDS, *EXCHANGE_COLUMNS, *PARAMETER_COLUMNS}


def test_long_texts_are_cut_and_reported() -> None:
    report = ExportReport("test", "open")
    cell = Cells(report).value("x" * 40_000, "comment", "dataset x")
    assert len(cell) == MAX_TEXT
    assert report.truncations == [f"dataset x: comment cut to {MAX_TEXT} characters"]
