"""The command line: exit codes, messages without traceback, JSON for programs, silence in pipes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from bw_tinyml.cli.main import COMMANDS, cli, main

from ..conftest import MINI

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process; return exit code, output and messages."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(list(arguments))
        output = capsys.readouterr()
        return int(str(caught.value.code or 0)), output.out, output.err

    return call


def walk(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """All commands with their path, groups left out."""
    if not isinstance(command, click.Group):
        return [(path, command)]
    context = click.Context(command)
    names = command.list_commands(context)
    return [
        found
        for name in names
        if (inner := command.get_command(context, name))
        for found in walk(inner, (*path, name))
    ]


ALL = walk(cli)


def read(text: str) -> Any:
    """Read JSON strictly: no NaN and no Infinity."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in the output"))


def test_the_contract_is_there() -> None:
    contract = {
        "install", "doctor", "list", "show", "score", "contributions", "compare", "uncertainty",
        "check", "export", "report",
    }  # fmt: skip
    assert contract <= set(COMMANDS)


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(p) for p, _ in ALL])
def test_every_command_has_help_and_json(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help and len(command.help) > 20
    options = {option for p in command.params for option in p.opts}
    assert "--json" in options, f"{' '.join(path)} has no --json"
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "help":
            assert parameter.help, f"{' '.join(path)} {parameter.opts} has no help"


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (["list"], None),
        (["list", "--database", "tinyml"], None),
        (["show", "board"], {"name", "exchanges"}),
        (["score", "board"], {"activity", "amount", "unit", "background", "versions", "scores"}),
        (["contributions", "board", "--by", "flow"], {"activity", "scores"}),
        (["uncertainty", "board", "--iterations", "20"], {"activity", "scores"}),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_json_can_be_read_by_programs(
    run: Run, project: str, arguments: list[str], keys: set[str] | None
) -> None:
    code, out, err = run(*arguments, "--project", project, "--json")
    assert code == 0, err
    assert err == ""  # no progress bars, no warnings: output is piped here
    content = read(out)
    if keys is None:
        assert content and {"code", "name", "product", "location", "unit", "stage"} <= set(
            content[0]
        )
    else:
        assert keys <= set(content)


def test_list_shows_identifiers_and_searches_them(run: Run, project: str) -> None:
    """Every command takes them, as ``list`` shows them."""
    code, out, _ = run("list", "--project", project, "--search", "system_LOCAL/t")
    header, _, row, _, count = out.splitlines()
    assert code == 0 and count == "1 datasets"
    assert header.split() == ["identifier", "name", "location", "product", "unit", "stage"]
    assert row.startswith("system_local/TW  blinking, local")
    code, _, err = run("list", "--project", project, "--search", "system_locla/TW")
    assert code == 2 and "nearest: system_local/TW" in err


def test_doctor_says_what_is_wrong_and_how_to_mend_it(run: Run, project: str) -> None:
    """The project was made from other tables and with one method family only."""
    code, out, _ = run("doctor", "--project", project, "--json")
    content = read(out)
    assert code == 1
    assert {"bw_tinyml", "bw2data", "bw2calc"} <= set(content["versions"])
    wrong = [d for d in content["diagnoses"] if d["state"] != "ok"]
    assert any("ReCiPe" in d["what"] for d in wrong)
    assert all(d["remedy"] for d in wrong if d["state"] == "error")


def test_json_holds_no_number_that_json_lacks(run: Run, project: str) -> None:
    _, out, _ = run(
        "compare", "blinking", "--project", project, "--inventories", str(MINI),
        "--iterations", "10", "--json",
    )  # fmt: skip
    assert read(out)["pairs"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score", "nothing at all"], "no dataset is called"),
        (["score", "board", "--parameter", "die_area"], "NAME=VALUE"),
        (["score", "board", "--parameter", "die_area=nan"], "finite"),
        (["score", "board", "--family", "Eco-points"], "Eco-points"),
        (["score", "board", "--method", "EF v3.1|no such"], "no method"),
        (["uncertainty", "board", "--iterations", "0"], "iterations"),
        (["compare", "flying"], "flying"),
        (["scroe", "board"], "No such command"),
        (["score"], "Missing argument"),
        (["report", "no-such-folder/x/report.html", "--iterations", "-1"], "iterations"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_mistakes_get_a_message_and_exit_code_2(
    run: Run, project: str, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BW_TINYML_PROJECT", project)
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_unknown_project_is_not_created(run: Run) -> None:
    import bw2data

    code, _, err = run("score", "board", "--project", "no such project")
    assert code == 2 and "no Brightway project" in err
    assert "no such project" not in bw2data.projects


def test_check_exits_with_1_when_there_are_errors(run: Run, mini: Path, edit: Any) -> None:
    assert run("check", "--inventories", str(mini), "--no-scores")[0] == 0
    edit("tinyml/parts/exchanges.csv", 2, unit="kg")
    code, out, _ = run("check", "--inventories", str(mini), "--json")
    assert code == 1
    finding = next(f for f in json.loads(out)["findings"] if f["code"] == "unit-mismatch")
    assert {"code", "severity", "file", "row", "message", "why", "fix"} <= set(finding)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from bw_tinyml.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'bw2data', 'bw2calc', 'bw2io', 'numpy', 'pandas', 'scipy', 'lxml'}\n"
        "sys.exit(sorted(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_importing_does_nothing(tmp_path: Path) -> None:
    """No file, no project, no logging set-up, no display options."""
    code = (
        "import logging, sys\n"
        "import bw_tinyml as bt\n"
        "dir(bt), bt.__version__\n"
        "assert not logging.getLogger().handlers\n"
        "assert 'bw2data' not in sys.modules and 'pandas' not in sys.modules\n"
        "import bw_tinyml.systems.compare\n"
        "assert 'bw2data' not in sys.modules\n"
        "import pandas\n"
        "assert pandas.get_option('display.max_rows') == 60\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=tmp_path, env={"HOME": str(tmp_path)}
    )
    assert list(tmp_path.iterdir()) == []
