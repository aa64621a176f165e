"""Shares of stages: they sum to one, agree with the contributions, and carry intervals."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from bw_tinyml import contributions
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.stages import stages


def test_shares_sum_to_one_and_agree_with_contributions(project: str) -> None:
    found = stages("system_remote/TW", project=project, iterations=50).table
    for column in ("share", "leads"):
        sums = found.groupby("category")[column].sum()
        assert sums["Climate change"] == pytest.approx(1)
        assert all(v == pytest.approx(1) or v == 0 for v in sums), column
    parts = contributions("system_remote/TW", project=project, by="stage").table
    climate = parts["Climate change"]
    rows = found[found.category == "Climate change"].set_index("stage").share
    for stage, score in climate.items():
        assert rows[stage] == pytest.approx(score / climate.sum())


def test_intervals_are_ordered_and_seeded(project: str) -> None:
    one = stages("system_remote/TW", project=project, iterations=100, seed=1).table
    two = stages("system_remote/TW", project=project, iterations=100, seed=1).table
    assert one.equals(two)
    assert (one.p05 <= one["median"]).all()
    assert (one["median"] <= one.p95).all()
    assert one.notna().all().all()


def test_command_and_errors(project: str) -> None:
    from bw_tinyml.cli.main import cli

    arguments = ["stages", "system_remote/TW", "--project", project, "--iterations", "20"]
    result = CliRunner().invoke(cli, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    assert data["iterations"] == 20
    assert {"category", "stage", "share", "p05", "median", "p95", "leads"} <= set(data["stages"][0])
    assert "leads" in CliRunner().invoke(cli, arguments).output
    with pytest.raises(UsageError, match="iterations"):
        stages("system_remote/TW", project=project, iterations=1)


def test_two_samples_are_enough(project: str) -> None:
    # columns of an array of two samples do not lie contiguous in memory, which SuperLU refused
    found = stages("system_remote/TW", project=project, iterations=2)
    assert found.iterations == 2 and found.table["share"].notna().all()
