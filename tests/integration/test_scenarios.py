"""Scenario files: their amounts, put into the matrix, give the scores of the systems."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.brightway.install import linked_inventory
from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.export.scenarios import export_scenarios
from bw_tinyml.systems.tasks import tasks

from ..scenario_scores import scenario_scores, scenarios_of, table


@pytest.fixture(scope="module")
def linked() -> LinkedInventory:
    return linked_inventory()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenarios")
    export_scenarios(path)
    return path


def usual_scores(linked: LinkedInventory) -> dict[str, float]:
    return scenario_scores(linked, [], "")


def test_every_system_is_a_scenario(linked: LinkedInventory, folder: Path) -> None:
    usual = usual_scores(linked)
    for task in tasks(linked.inventory).values():
        rows = table(folder / f"{task.name.replace(' ', '-')}-systems.xlsx")
        target = next(
            i for i, f in linked.datasets.items() if repr(f.dataset.key) == rows[0]["to key"]
        )
        place = target.removeprefix(f"{task.systems[0].process}/")
        for system in task.systems:
            found = scenario_scores(linked, rows, system.title)[target]
            assert found == pytest.approx(usual[f"{system.process}/{place}"], rel=1e-9)


def test_the_functional_unit_is_stated_with_its_values(folder: Path) -> None:
    book = load_workbook(folder / "keyword-spotting-systems.xlsx")
    cells = [str(c) for s in book for row in s.iter_rows(values_only=True) for c in row if c]
    (text,) = (c for c in cells if "Spot keywords" in c)
    assert "for 3 years" in text and "(40 a day)" in text


def test_locations(linked: LinkedInventory, folder: Path) -> None:
    usual = usual_scores(linked)
    for task in tasks(linked.inventory).values():
        rows = table(folder / f"{task.name.replace(' ', '-')}-locations.xlsx")
        places = scenarios_of(rows)
        assert len(places) > 1
        for place in places:
            found = scenario_scores(linked, rows, place)
            for system in task.systems:
                expected = usual[f"{system.process}/{place}"]
                assert found[f"{system.process}/{places[0]}"] == pytest.approx(expected, rel=1e-9)


def test_end_of_life_routes(linked: LinkedInventory, folder: Path) -> None:
    usual = usual_scores(linked)
    task = next(iter(tasks(linked.inventory).values()))
    rows = table(folder / f"{task.name.replace(' ', '-')}-end-of-life.xlsx")
    assert {"recycling", "landfill", "incineration", "informal"} <= rows[0].keys()
    found = scenario_scores(linked, rows, "recycling")
    mixes = {row["to key"] for row in rows}
    for identifier, dataset in linked.datasets.items():
        if repr(dataset.dataset.key) in mixes:
            route = next(
                e.provider.id for e in dataset.exchanges
                if e.provider and e.provider.id.endswith("/recycling")
            )  # fmt: skip
            assert found[identifier] == pytest.approx(usual[route], rel=1e-9)
    unchanged = scenario_scores(linked, rows, "as in the database")
    device = task.systems[0].process + "/GLO"
    assert unchanged[device] == pytest.approx(usual[device], rel=1e-9)


def test_parameters(linked: LinkedInventory, folder: Path) -> None:
    for task in tasks(linked.inventory).values():
        listed = [r for r in linked.inventory.tables["scenarios"] if r["task"] == task.name]
        if not listed:
            continue
        rows = table(folder / f"{task.name.replace(' ', '-')}-parameters.xlsx")
        cells = {(row["Name"], row["Group"]): row for row in rows}
        for (name, group), row in cells.items():
            assert row["default"] == pytest.approx(linked.inventory.values[group][name])
            assert row["as in the database"] is None
        for scenario in listed:
            values = [
                row[scenario["scenario"]]
                for (name, _), row in cells.items()
                if name == scenario["parameter"]
            ]
            assert values == [float(scenario["value"])]


def test_parameters_as_flows_give_the_same_scores(linked: LinkedInventory, folder: Path) -> None:
    for task in tasks(linked.inventory).values():
        stem = folder / task.name.replace(" ", "-")
        as_flows, parameters = (
            table(Path(f"{stem}-{kind}.xlsx")) for kind in ("parameters-as-flows", "parameters")
        )
        assert scenarios_of(as_flows) == scenarios_of(parameters)
        usual, changed = usual_scores(linked), 0
        for scenario in scenarios_of(parameters)[:3]:  # the others: make test-ab
            expected = scenario_scores(linked, parameters, scenario)
            assert scenario_scores(linked, as_flows, scenario) == pytest.approx(expected, rel=1e-9)
            system = f"{task.systems[0].process}/GLO"
            changed += expected[system] != pytest.approx(usual[system], rel=1e-6)
        assert changed >= 1


def test_files_are_reported_and_safe(folder: Path) -> None:
    report = json.loads((folder / "export-report.json").read_text(encoding="utf-8"))
    assert set(report["files"]) == {p.name for p in folder.glob("*.xlsx")}
    with pytest.raises(UsageError, match="exists"):
        export_scenarios(folder)


def test_same_tables_same_bytes(folder: Path, tmp_path: Path) -> None:
    for file in export_scenarios(tmp_path, task="keyword spotting").files:
        assert file.read_bytes() == (folder / file.name).read_bytes()


def test_wrong_choices(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        export_scenarios(tmp_path, task="juggling")
    with pytest.raises(UsageError, match="not used at"):
        export_scenarios(tmp_path, location="ATLANTIS")
    assert list(tmp_path.iterdir()) == []
