"""Nothing is ever lost: errors, Ctrl-C and kills leave the scores of one complete version."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bw_tinyml.brightway import writing
from bw_tinyml.brightway.doctor import examine
from bw_tinyml.brightway.install import install
from bw_tinyml.brightway.journal import journal_path
from bw_tinyml.brightway.leftovers import mend
from bw_tinyml.brightway.lookup import find
from bw_tinyml.brightway.payload import table_hash
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.inventory.loading import load_lists

from ..conftest import MINI
from ..processes import install_and_die, plain_score, run

EF = ["EF v3.1"]
GWP = ("EF v3.1", "climate change", "global warming potential (GWP100)")
#: steps of the writer, in the order in which they happen
BEFORE_COMMIT = [
    "_rewrite_rows",
    "delete_parameters",
    "insert_parameters",
    "_process",
    "_mark_dirty",
]


def combinations(kinds: Sequence[object], fast: Mapping[object, Sequence[str]]) -> list[object]:
    """All steps with all kinds of interruption; those that are not fast are slow tests."""
    return [
        pytest.param(step, kind, marks=() if step in fast[kind] else pytest.mark.slow)
        for kind in kinds
        for step in BEFORE_COMMIT
    ]


def score(project: str) -> float:
    """Score of the board, by plain bw2calc in a new process, as another program would get it."""
    code, found = run(plain_score, project, "board", GWP)
    assert code == 0
    return float(found)


@pytest.fixture(scope="module")
def before(project: str) -> float:
    """Score of the board before anything happens."""
    return score(project)


@pytest.fixture
def changed(mini: Path, edit: object) -> Path:
    """Tables in which the die is twice as large."""
    edit("tinyml/parts/parameters.csv", 3, amount="32")  # type: ignore[operator]
    return mini


@pytest.mark.parametrize(
    ("step", "kind"),
    combinations(
        [RuntimeError, KeyboardInterrupt],
        {RuntimeError: BEFORE_COMMIT, KeyboardInterrupt: ["_process"]},
    ),
)
def test_error_before_commit_leaves_everything(
    step: str,
    kind: type[BaseException],
    before: float,
    installed: str,
    changed: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    databases = dict(bw2data().databases)
    calls = 0
    original = getattr(writing, step)

    def fail(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        result = original(*args, **kwargs)
        if calls == (1 if step == "_mark_dirty" else 2):  # after the first database
            raise kind("disk full")
        return result

    monkeypatch.setattr(writing, step, fail)
    with pytest.raises(kind):
        install(installed, folder=changed, families=EF, replace=True)
    assert calls
    monkeypatch.undo()
    assert score(installed) == before
    assert {n: dict(m) for n, m in bw2data().databases.items()} == {
        n: dict(m) for n, m in databases.items()
    }
    assert not journal_path().exists()
    assert parameter("die_area") == 16.0
    assert find("board").identifier == "board"


def parameter(name: str) -> float:
    from bw2data.parameters import DatabaseParameter

    return float(DatabaseParameter.get(DatabaseParameter.name == name).amount)


def killed(project: str, folder: Path, step: str, call: int, signal_name: str) -> None:
    """Install in another process that gets a signal when a step has been done ``call`` times."""
    code, _ = run(install_and_die, project, folder, EF, step, call, signal_name)
    if signal_name == "SIGKILL":
        assert code == -signal.SIGKILL
    else:
        assert code != 0


@pytest.mark.parametrize(
    ("step", "signal_name"),
    combinations(
        ["SIGKILL", "SIGINT"],
        {"SIGKILL": ["_rewrite_rows", "_process", "_mark_dirty"], "SIGINT": ["_process"]},
    ),
)
def test_signal_before_commit_keeps_the_earlier_scores(
    step: str, signal_name: str, before: float, installed: str, changed: Path
) -> None:
    killed(installed, changed, step, 1, signal_name)
    assert score(installed) == before
    open_project(installed)
    assert parameter("die_area") == 16.0


@pytest.mark.parametrize("call", [1, 2])
def test_kill_after_commit_gives_the_new_scores(
    call: int, before: float, installed: str, changed: Path
) -> None:
    """After the commit the new version counts, however far the files had been renamed."""
    killed(installed, changed, "_publish", call, "SIGKILL")
    after = score(installed)
    assert after == pytest.approx(before + (before - copper_part(before)), rel=1e-6)
    open_project(installed)
    assert parameter("die_area") == 32.0


def copper_part(score_of_board: float) -> float:
    """Part of the score that does not depend on the die: copper, heat and laminate."""
    from bw_tinyml import contributions

    table = contributions("board", project="mini", method=GWP).table
    column = table.iloc[:, 0]
    return float(column.sum() - column["silicon"])


@pytest.fixture(autouse=True)
def _mini_project(project: str) -> None:
    """The project ``mini`` exists."""


def test_first_installation_killed_leaves_no_database(fresh: str) -> None:
    open_project(fresh, create=True)
    from bw_tinyml.brightway.biosphere import biosphere_payload

    writing.write_databases([biosphere_payload()])
    killed(fresh, MINI, "_process", 1, "SIGKILL")
    bw2data().databases.load()
    assert sorted(bw2data().databases) == ["biosphere3"]


def test_doctor_finds_and_mends_what_a_kill_left(
    before: float, installed: str, changed: Path
) -> None:
    killed(installed, changed, "_process", 2, "SIGKILL")
    open_project(installed)
    found = {d.what: d for d in examine(load_lists(MINI), table_hash(MINI))}
    assert found["interrupted installation"].state == "error"
    assert "staged files" in found
    with pytest.raises(Exception, match="interrupted"):
        install(installed, folder=changed, families=EF, replace=True)
    assert mend()
    found = {d.what: d for d in examine(load_lists(MINI), table_hash(MINI))}
    assert "interrupted installation" not in found
    assert "staged files" not in found
    assert score(installed) == before
    install(installed, folder=changed, families=EF, replace=True)
    assert score(installed) != before


def test_doctor_finds_rows_without_database(fresh: str) -> None:
    open_project(fresh, create=True)
    killed(fresh, MINI, "_publish", 2, "SIGKILL")  # the biosphere, then the background
    open_project(fresh)
    bw2data().databases.load()
    found = {d.what for d in examine(load_lists(MINI), table_hash(MINI))}
    assert "orphan rows" in found
    mend()
    found = {d.what for d in examine(load_lists(MINI), table_hash(MINI))}
    assert "orphan rows" not in found
    install(fresh, folder=MINI, families=EF)
    assert len(bw2data().Database("tinyml")) == 9


def test_ctrl_c_between_commit_and_metadata_is_held_back(
    installed: str, changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = writing._publish

    def press(*args: object, **kwargs: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        original(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(writing, "_publish", press)
    result = install(installed, folder=changed, families=EF, replace=True)
    assert result.written == ["tinyml-background", "tinyml"]
    assert parameter("die_area") == 32.0


def test_staged_files_do_not_stay(installed: str) -> None:
    processed = Path(bw2data().projects.dir) / "processed"
    assert not list(processed.glob(f"*{writing.STAGED}"))


def test_writing_does_not_rewrite_the_whole_project(
    installed: str, changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """bw2data compacts the file of all databases after a write, which takes longer than ours."""
    from bw2data.backends import sqlite3_lci_db

    statements: list[str] = []
    execute = type(sqlite3_lci_db.db).execute_sql

    def recorded(self: object, sql: str, *more: object) -> object:
        statements.append(sql.lstrip().upper())
        return execute(self, sql, *more)

    monkeypatch.setattr(type(sqlite3_lci_db.db), "execute_sql", recorded)
    result = install(installed, folder=changed, families=EF, replace=True)
    assert "tinyml" in result.written
    assert any(sql.startswith(("INSERT", "DELETE")) for sql in statements)
    costly = ("VACUUM", "DROP INDEX", 'CREATE INDEX "')
    assert [sql for sql in statements if sql.startswith(costly)] == []
