"""What users may state: impossible values end with a message and exit code 2, unusual ones with a
note."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bw_tinyml as bt
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.cli.main import main
from bw_tinyml.errors import RangeWarning, UsageError
from bw_tinyml.impact.stages import stages

from ..conftest import MINI

SYSTEM = "system_remote/TW"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(caught.value.code or 0), out, err


@pytest.mark.parametrize(
    "command",
    [
        ["score", SYSTEM],
        ["contributions", SYSTEM],
        ["stages", SYSTEM],
        ["uncertainty", SYSTEM, "--iterations", "10"],
        ["compare", "blinking", "--iterations", "10", "--inventories", str(MINI)],
        ["sensitivity", "blinking", "--inventories", str(MINI)],
        ["fleet", "blinking", "--inventories", str(MINI)],
    ],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize("stated", ["line_yield=-5", "line_yield=7", "lifetime=-5"])
def test_every_command_refuses_impossible_values(
    project: str, command: list[str], stated: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *command, "--project", project, "--parameter", stated)
    name = stated.partition("=")[0]
    assert code == 2 and not out
    assert f"Error: {name} is" in err and "cannot be" in err and "->" in err


@pytest.mark.filterwarnings("ignore::bw_tinyml.errors.RangeWarning")
def test_a_formula_that_fails_names_what_was_given(project: str) -> None:
    """A formula of a system that was not asked for is none of our business."""
    with pytest.raises(UsageError, match="with line_yield = 0, formula") as failed:
        bt.score("wafer/40 nm/TW", project=project, parameters={"line_yield": 0.0, "lifetime": 2})
    assert "lifetime" not in failed.value.message.split("formula")[0]
    assert bt.score("copper_production", project=project, parameters={"line_yield": 0.0})


def test_a_value_outside_of_the_tables_is_noted(
    project: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["score", SYSTEM, "--project", project, "--json", "--parameter", "line_yield=0.5"]
    code, out, err = run(capsys, *arguments)
    note = "line_yield is 0.5, outside of 0.8 to 0.95, the range in the tables"
    assert code == 0 and err == f"Note: {note}\n"
    assert json.loads(out)["notes"] == [note]
    code, out, err = run(capsys, *arguments[:-1], "line_yield=0.9")
    assert code == 0 and not err and "notes" not in json.loads(out)


def test_python_notes_and_refuses_too(project: str) -> None:
    with pytest.warns(RangeWarning, match="line_yield"):
        found = bt.compare(
            "blinking", project=project, folder=MINI, iterations=2, parameters={"line_yield": 0.5}
        )
    assert found.provenance["notes"]
    with pytest.raises(UsageError, match="line_yield is 7"):
        bt.score(SYSTEM, project=project, parameters={"line_yield": 7})


def test_scenario_files_are_held_to_the_same(
    project: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "case.yaml"
    file.write_text("task: blinking\niterations: 2\nparameters:\n  copper_share: 1.2\n")
    for command in ("compare", "sensitivity"):
        options = ["--project", project, "--inventories", str(MINI)]
        code, _, err = run(capsys, command, str(file), *options)
        assert code == 2 and "copper_share is 1.2: it cannot be more than 1" in err


@pytest.mark.parametrize("amount", ["inf", "nan", "-inf"])
def test_amounts_are_finite(project: str, amount: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "score", SYSTEM, "--project", project, "--amount", amount)
    assert code == 2 and not out and "--amount" in err and "finite" in err
    with pytest.raises(UsageError, match="amount"):
        bt.score(SYSTEM, project=project, amount=float(amount))


@pytest.mark.parametrize("name", ["", "  "])
def test_a_project_has_a_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        ["install", "--background", "open"],
        ["install", "--background", "open", "--check"],
        ["doctor"],
        ["list"],
        ["score", SYSTEM],
        ["compare", "blinking"],
        ["links"],
        ["export", "excel", "x.xlsx"],
    ):
        code, out, err = run(capsys, *command, "--project", name)
        assert code == 2 and not out and "the name of the project is empty" in err, command
    for call in (bt.install, lambda p: bt.install(p, check_only=True), open_project):
        with pytest.raises(UsageError, match="empty"):
            call(name)
    assert name not in bw2data().projects


@pytest.mark.parametrize("kind", ["excel", "csv", "openlca", "simapro", "ilcd"])
def test_exports_have_the_ending_of_their_format(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = {"excel": ".xlsx", "csv": ".csv", "simapro": ".csv"}.get(kind, ".zip")
    for wrong in {".xlsx", ".csv", ".zip", ""} - {right}:
        target = tmp_path / f"out{wrong}"
        code, out, err = run(capsys, "export", kind, str(target), "--inventories", str(MINI))
        assert code == 2 and not out and not target.exists()
        assert f"does not end in {right}" in err and f"e.g. 'out{right}'" in err


def test_a_file_of_samples_is_not_overwritten_unasked(
    project: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.csv"
    samples = ["uncertainty", SYSTEM, "--project", project, "--samples", str(target), "--resume"]
    assert run(capsys, *samples, "--iterations", "10")[0] == 0
    first = target.read_bytes()
    # the blocks that are kept are no reason to write over what somebody may have edited
    code, out, err = run(capsys, *samples, "--iterations", "20")
    assert code == 2 and not out and "exists" in err and "--overwrite" in err
    assert target.read_bytes() == first
    assert run(capsys, *samples, "--iterations", "20", "--overwrite")[0] == 0
    assert target.read_bytes().startswith(first)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["score", SYSTEM, "--parameter", "lifetime_a"], ["e.g. --parameter lifetime_a=5"]),
        (["score", SYSTEM, "--family", "EF 3.1"], ["nearest: EF v3.1", "use one of: EF v3.1, "]),
        (["score", SYSTEM, "--method", "qqqq"], ["give the parts of its name", "EF v3.1"]),
        (["compare", "keyward"], ["nearest: keyword spotting", "anomaly detection"]),
        (["list", "--stage", "systms"], ["nearest: systems", "stages: "]),
        (["list", "--search", "coper production"], ["no dataset contains", "nearest: copper"]),
        (["fleet", "keyword spotting", "--years", "0"], ["0 years of sales"]),
        (["fleet", "keyword spotting", "--horizon", "-3"], ["horizon of -3 years"]),
    ],
)  # fmt: skip
def test_messages_say_what_there_is(
    project: str, arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    if arguments[0] == "fleet":
        arguments = ["fleet", "blinking", *arguments[2:], "--inventories", str(MINI)]
    code, out, err = run(capsys, *arguments, "--project", project)
    assert code == 2 and not out
    for word in words:
        assert word in err


def test_messages_without_a_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_text("junk")
    benefit = ["benefit", "--devices", "1e6", "--footprint", "3", "--sector"]
    for arguments, words in (
        (["flows", "mercry"], "nearest: Mercury"),
        (["flows", "qqqqqq"], "search for a part of the name"),
        ([*benefit, "homes=1e9,0.01"], "is not NAME[=KG_PER_YEAR]:SHARE"),
        ([*benefit, "homes:0.01"], "known: residential, other"),
        (["import", str(broken), "--project", "none"], "is not an Excel workbook"),
    ):
        code, out, err = run(capsys, *arguments)
        assert code == 2 and not out and words in err, arguments
    code, out, _ = run(capsys, "flows", "qqqqqq", "--json")
    assert code == 0 and json.loads(out) == []


def test_wrong_types_are_usage_errors(project: str) -> None:
    wrong: list[tuple[str, Callable[..., Any], str, dict[str, Any]]] = [
        ("amount", bt.score, SYSTEM, {"amount": "two"}),
        ("project", bt.score, SYSTEM, {"project": 7}),
        ("family", bt.score, SYSTEM, {"family": 3}),
        ("parameter lifetime", bt.score, SYSTEM, {"parameters": {"lifetime": "x"}}),
        ("parameter lifetime", bt.score, SYSTEM, {"parameters": {"lifetime": None}}),
        ("name of a parameter", bt.score, SYSTEM, {"parameters": {3: 1.0}}),
        ("parameters", bt.score, SYSTEM, {"parameters": "lifetime=3"}),
        ("family", bt.compare, "blinking", {"family": 3, "folder": MINI}),
        ("iterations", bt.compare, "blinking", {"iterations": "9", "folder": MINI}),
        ("seed", bt.compare, "blinking", {"seed": -1, "folder": MINI}),
        ("seed", bt.sensitivity, "blinking", {"seed": 2**32, "folder": MINI}),
        ("location", bt.compare, "blinking", {"location": 3, "folder": MINI}),
        ("years", bt.fleet_impacts, "blinking", {"years": 2.5, "folder": MINI}),
        ("sales", bt.fleet_impacts, "blinking", {"sales": "1", "folder": MINI}),
        ("sales", bt.fleet_impacts, "blinking", {"sales": [1, "x"], "folder": MINI}),
        *(
            (name, bt.uncertainty, SYSTEM, {name: value})
            for name in ("iterations", "seed")
            for value in ("10", 10.5, True, -1)
        ),
    ]
    for words, function, name, options in wrong:
        with pytest.raises(UsageError, match=words):
            function(name, **{"project": project, **options})
    functions: list[Callable[..., Any]] = [
        bt.score, bt.contributions, bt.uncertainty, bt.compare, bt.fleet_impacts,
    ]  # fmt: skip
    for function in functions:
        with pytest.raises(UsageError, match="is 123, which is not text"):
            function(123, project=project)


def test_results_show_a_line_and_a_table(project: str) -> None:
    options: dict[str, Any] = {"project": project, "folder": MINI}
    found: list[tuple[Any, str, str]] = [
        (bt.score(SYSTEM, project=project), "Result: 1 ", "Climate change"),
        (bt.contributions(SYSTEM, project=project), "Result: 1 ", "Climate change"),
        (stages(SYSTEM, iterations=2, **options), "Stages: system_remote/TW", "leads"),
        (bt.compare("blinking", iterations=2, **options), "Comparison: blinking [", "verdict"),
        (bt.sensitivity("blinking", **options), "Sensitivity: blinking [", "energy_per_blink"),
        (bt.fleet_impacts("blinking", **options), "FleetResult: fleet of", "2026"),
    ]
    for result, line, cell in found:
        text = repr(result)
        assert text.startswith(f"<{line}") and "\n" not in text and len(text) < 250, text
        page = result._repr_html_()
        assert cell in page and page.count("<table") == 1 and page.startswith("<p>")
