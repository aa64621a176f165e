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
    sums = found.groupby("category").share.sum()
    assert sums.to_numpy()[sums.notna().to_numpy()] == pytest.approx(1)
    leads = found.groupby("category").leads.sum()
    assert leads.to_numpy() == pytest.approx(1)
    parts = contributions("system_remote/TW", project=project, by="stage", top=100)
    climate = next(s for s in parts.as_dict()["scores"] if s["label"] == "Climate change")
    total = sum(c["score"] for c in climate["contributions"])
    expected = {c["name"]: c["score"] / total for c in climate["contributions"]}
    rows = found[found.category == "Climate change"].set_index("stage").share
    for stage, share in expected.items():
        assert rows[stage] == pytest.approx(share)


def test_intervals_are_ordered_and_seeded(project: str) -> None:
    one = stages("system_remote/TW", project=project, iterations=100, seed=1).table
    two = stages("system_remote/TW", project=project, iterations=100, seed=1).table
    assert one.equals(two)
    known = one.dropna()
    assert (known.p05 <= known["median"]).all()
    assert (known["median"] <= known.p95).all()


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
