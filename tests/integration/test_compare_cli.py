"""Scenario files, break-evens, fleets and benefits on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bw_tinyml.cli.main import main

from ..conftest import MINI, ROOT

SCENARIO = """\
title: Blinking for six years
task: blinking
location: TW
lifetime: 6
supply: frugal
iterations: 20
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(caught.value.code or 0), out, err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def test_a_file_is_compared_and_options_count_more(
    project: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("--inventories", str(MINI), "--json")
    code, out, _ = run(capsys, "compare", str(file), "--project", project, *common)
    found = json.loads(out)
    assert code == 0
    assert found["parameters"] == {"lifetime": 6.0, "standby": 0.01}
    assert (found["iterations"], found["location"]) == (20, "TW")
    assert found["scenario"]["title"] == "Blinking for six years"
    assert found["functional_unit"] == "Blink 1000 times a day for 6 years."
    names = {row["name"] for row in found["break_evens"]}
    assert names == {"rate", "lifetime", "payload", "grid intensity"}
    code, out, _ = run(
        capsys, "compare", str(file), "--project", project, "--location", "DE", "--seed", "7",
        "--break-even", "standby", "--no-background-uncertainty", *common,
    )  # fmt: skip
    found = json.loads(out)
    assert (found["location"], found["seed"], found["background_draws"]) == ("DE", 7, 0)
    assert {row["name"] for row in found["break_evens"]} == {"standby"}


def test_the_terminal_shows_verdict_and_flips(
    project: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(
        capsys, "compare", str(file), "--project", project, "--inventories", str(MINI)
    )
    assert code == 0
    assert "Blink 1000 times a day for 6 years." in out
    assert "Local blinker against Remote blinker: " in out
    code, plain, _ = run(
        capsys, "compare", str(file), "--project", project, "--inventories", str(MINI), "--json"
    )
    found = json.loads(plain)["stated_outside_interval"]
    assert found["categories"] == 16
    assert bool(found["systems"]) == bool(found["note"]) and found["note"] in out
    assert " of 16 categories" in out
    assert "Break-even in Climate change" in out and "grid intensity" in out
    assert "ISO 14044" in out


def test_brief_is_the_verdict_and_climate_change(
    project: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("compare", str(file), "--project", project, "--inventories", str(MINI))
    _, whole, _ = run(capsys, *common)
    code, out, _ = run(capsys, *common, "--brief")
    lines = out.splitlines()
    assert code == 0 and len(lines) == 6 and lines[:4] == whole.splitlines()[:4]
    assert lines[4] in whole.splitlines()
    pairs = json.loads(run(capsys, *common, "--json")[1])["pairs"]
    (pair,) = (p for p in pairs if p["label"] == "Climate change")
    assert lines[5].startswith("  Climate change: ")
    assert f"ratio {pair['ratio_median']:.3g} ({pair['ratio_p05']:.3g} to" in lines[5]


def test_faults_of_a_file_end_with_2(
    project: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(SCENARIO.replace("lifetime: 6", "lifetme: 6"), encoding="utf-8")
    code, _, err = run(capsys, "compare", str(file), "--project", project)
    assert code == 2 and "scenario.yaml:4: 'lifetme' is not a key" in err and "lifetime" in err
    code, _, err = run(capsys, "compare", "none.yaml", "--project", project)
    assert code == 2 and "cannot read 'none.yaml'" in err


@pytest.mark.parametrize("iterations", ["0", "1", "-5"])
def test_too_few_iterations_are_refused(
    iterations: str, project: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("--project", project, "--inventories", str(MINI))
    code, _, err = run(capsys, "compare", "blinking", "--iterations", iterations, *common)
    assert code == 2 and f"{iterations} iterations make no sense" in err
    file.write_text(SCENARIO.replace("iterations: 20", f"iterations: {iterations}"))
    code, _, err = run(capsys, "compare", str(file), *common)
    assert code == 2 and f"{iterations} iterations make no sense" in err


@pytest.mark.parametrize("command", ["compare", "sensitivity"])
def test_a_seed_is_not_negative(
    command: str, project: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("--project", project, "--inventories", str(MINI))
    code, _, err = run(capsys, command, "blinking", "--seed", "-1", *common)
    assert code == 2 and "-1 seed make no sense" in err
    file.write_text(SCENARIO + "seed: -1\n")
    code, _, err = run(capsys, command, str(file), *common)
    assert code == 2 and "-1 seed make no sense" in err


@pytest.mark.parametrize("command", ["compare", "sensitivity", "fleet"])
def test_places_of_use_are_named_where_one_is_unknown(
    command: str, project: str, capsys: pytest.CaptureFixture[str]
) -> None:
    common = (command, "blinking", "--project", project, "--inventories", str(MINI))
    code, _, err = run(capsys, *common, "--location", "ZZ")
    assert code == 2
    assert "location: 'ZZ' is not a place of use" in err and "one of DE, TW" in err
    assert "system_local" not in err


def test_a_place_of_use_in_lower_case_is_the_same(
    project: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Electricity is looked for by its place, so that break-evens of the grid were left out."""
    common = ("--project", project, "--inventories", str(MINI), "--iterations", "2")
    _, out, _ = run(capsys, "compare", "blinking", "--location", "TW", *common)
    _, same, _ = run(capsys, "compare", "blinking", "--location", " tw", *common)
    assert "grid intensity" in out and "Location of use: TW" in out
    assert same == out
    file.write_text(SCENARIO.replace("location: TW", "location: tw"))
    _, out, _ = run(capsys, "compare", str(file), *common)
    assert "grid intensity" in out and "Location of use: TW" in out


def test_a_project_must_be_named(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BW_TINYML_PROJECT", raising=False)
    code, _, err = run(capsys, "compare", str(file))
    assert code == 2 and "no project is named" in err


def test_sensitivity_takes_the_same_file(
    project: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("sensitivity", str(file), "--project", project, "--inventories", str(MINI))
    code, out, _ = run(capsys, *common, "--top", "3", "--lifetime", "3")
    assert code == 2
    code, out, _ = run(capsys, *common, "--top", "3")
    assert code == 0 and "Climate change [TW]: Local blinker" in out and "difference" in out
    code, out, _ = run(capsys, *common, "--top", "3", "--json", "--of", "baseline")
    found = json.loads(out)
    assert code == 0 and len(found["inputs"]) == 3
    assert found["ranked_by"] == "baseline" and found["parameters"]["lifetime"] == 6.0
    assert {"device_low", "baseline_high", "difference_low"} <= found["inputs"][0].keys()


def test_fleet_on_the_terminal(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    common = ("blinking", "--project", project, "--inventories", str(MINI), "--location", "TW")
    code, out, _ = run(capsys, "fleet", *common, "--years", "2", "--sales", "100")
    assert code == 0 and "e-waste, t" in out and "2027" in out
    code, _, err = run(capsys, "fleet", *common, "--category", "Beauty")
    assert code == 2 and "no category 'Beauty'" in err


def test_benefit_of_the_paper(capsys: pytest.CaptureFixture[str]) -> None:
    common = ("benefit", "--devices", "250e9", "--footprint", "7.060828805", "--json")
    code, out, _ = run(capsys, *common, "--sector", "residential:0.2", "--sector", "other:0.006")
    found = json.loads(out)
    assert code == 0
    assert round(found["footprint"] / 1e9) == 1765
    assert round(found["savings"][1]["break_even_share"], 3) == 0.006
    assert round(found["savings"][0]["saved"] / 1e9) == 1181
    for wrong in ("residential", "residential:2", "farming:0.1", "farming=-1:0.1", "other:x"):
        code, _, err = run(capsys, *common, "--sector", wrong)
        assert code == 2 and "Error" in err, wrong
    code, _, err = run(
        capsys, "benefit", "--devices", "1", "--sector", "other:0.1", "--task", "blinking",
        "--footprint", "1",
    )  # fmt: skip
    assert code == 2 and "either --footprint or --task" in err


def test_every_scenario_of_the_gallery_is_sound_and_has_its_page() -> None:
    from bw_tinyml.inventory.loading import load_lists
    from bw_tinyml.systems import load_scenario, tasks
    from bw_tinyml.systems.words import words

    inventory = load_lists()
    known = tasks(inventory)
    files = sorted((ROOT / "docs" / "gallery").glob("*.yaml"))
    assert len(files) >= 8
    seen = set()
    for path in files:
        scenario = load_scenario(path)
        task = known[scenario.task]
        seen.add(task.name)
        for name in (scenario.device, *scenario.baselines):
            assert name is None or task.system(name)
        defined = words(inventory, task)
        if scenario.end_of_life:
            assert scenario.end_of_life in defined["end of life"].choices
        page = path.with_suffix(".md").read_text(encoding="utf-8")
        assert path.read_text(encoding="utf-8") in page
        assert "## Verdict" in page and path.with_suffix(".svg").is_file()
    assert seen == set(known)
