"""What the benchmarks share: times of sides elsewhere, and the case for lca_algebraic."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmarks import algebraic
from benchmarks.algebraic_case import BACKGROUND, DATASETS, FOREGROUND, INPUTS, case
from benchmarks.measuring import Claim, Elsewhere, compare, largest_difference, report
from bw_tinyml.inventory.formulas import parse


def test_a_side_elsewhere_counts_by_its_own_times() -> None:
    found = compare(
        "it",
        lambda: Elsewhere(1.0, 2.0, 1.0),
        lambda: Elsewhere(1.5, 20.0, 5.0),
        agree=lambda a, b: b - a,
    )
    assert (found.ours, found.peer, found.median) == (2.0, 20.0, 10.0)
    assert (found.processor, found.agreement) == (5.0, 0.5)


@pytest.mark.parametrize("other", [1.0 + 1e-8, float("nan")])
def test_times_of_different_numbers_are_no_result(
    other: float, capsys: pytest.CaptureFixture[str]
) -> None:
    def found(number: float) -> Claim:
        return compare("it", lambda: 1.0, lambda: number, agree=largest_difference)

    report([found(1.0 + 1e-10)])
    with pytest.raises(SystemExit) as ended:
        report([found(other)])
    assert ended.value.code == 1
    assert "MORE THAN 1e-09" in capsys.readouterr().out


def test_the_case_is_seeded_and_all_of_it_is_used() -> None:
    found = case(1_000, 3)
    assert found == case(1_000, 3)
    inputs = [i for own in found["datasets"].values() for i in own]
    used = {(database, code) for database, code, _ in inputs}
    assert {code for database, code in used if database == BACKGROUND} <= found["activities"].keys()
    assert len(used) == DATASETS - 1 + INPUTS  # all but the demanded one are an input of another
    assert {database for database, _ in used} == {BACKGROUND, FOREGROUND}
    for _, _, formula in inputs:
        assert parse(formula).evaluate({n: v[0] for n, v in found["samples"].items()}) > 0


def test_without_its_environment_the_peer_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(*_: object) -> None:
        raise subprocess.CalledProcessError(1, ["pip", "install"])

    monkeypatch.setattr(algebraic, "environment", unreachable)
    monkeypatch.setattr(sys, "argv", ["algebraic", "--json"])
    algebraic.main()
    printed = capsys.readouterr()
    assert json.loads(printed.out)["claims"] == []
    assert "lca_algebraic is left out" in printed.err
