"""`score --stages` and `score --allocation`: they agree with the score and with each other."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from bw_tinyml.cli.main import cli
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.allocated import allocated, linked_tables
from bw_tinyml.impact.contributions import estimate_share
from bw_tinyml.impact.largest import largest
from bw_tinyml.impact.model import load_model
from bw_tinyml.impact.results import score
from bw_tinyml.impact.session import Session
from bw_tinyml.impact.solving import Solver
from bw_tinyml.impact.stage_estimates import scored_stages, stage_estimates

from ..conftest import MINI

SYSTEM = "system_remote/TW"


def climate(project: str, **parameters: float) -> dict[str, float]:
    table = score(SYSTEM, project=project, parameters=parameters).table
    return dict(zip(table["label"], table["score"], strict=True))


def test_stages_sum_to_the_score_and_to_its_share_of_estimates(project: str) -> None:
    session = Session(project)
    node = session.find(SYSTEM)
    model = load_model(session.databases, [node.id])
    solver = Solver(model, session.indicators())
    amounts = np.array([float(a) for a in model.amounts()])[:, None]
    found = stage_estimates(solver, node.id, amounts)
    whole = estimate_share(solver, node.id, amounts)
    total = found["score"].groupby(level="indicator").sum()
    assert total["Climate change"] == pytest.approx(climate(project)["Climate change"], rel=1e-5)
    assert found["share"].groupby(level="indicator").sum()["Climate change"] == pytest.approx(1)
    # all contributions of the small inventory are positive, so stages weigh up to the whole
    for kind in ("emission", "path"):
        weighted = (found[kind] * found["share"]).groupby(level="indicator").sum()
        assert weighted["Climate change"] == pytest.approx(whole.loc["Climate change", kind]), kind


def test_stages_follow_parameters(project: str) -> None:
    name = "lifetime"
    before = scored_stages(SYSTEM, project=project)
    after = scored_stages(SYSTEM, project=project, parameters={name: 10.0})
    assert not before["score"].equals(after["score"])


def test_command_shows_both(project: str) -> None:
    options = ["--project", project, "--inventories", str(MINI), "--stages", "--allocation"]
    result = CliRunner().invoke(cli, ["score", SYSTEM, *options, "--amount", "2", "--json"])
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    scores = {row["label"]: row["score"] for row in data["scores"]}
    stages = [row for row in data["stages"] if row["indicator"] == "Climate change"]
    assert sum(row["score"] for row in stages) == pytest.approx(scores["Climate change"], rel=1e-5)
    rows = {row["label"]: row for row in data["allocation"]["scores"]}
    assert len(rows) == 16
    for label, row in rows.items():
        assert row["cut_off"] == pytest.approx(scores[label], rel=1e-4, abs=1e-30)
    shown = CliRunner().invoke(cli, ["score", SYSTEM, *options]).output
    assert "emission is an estimate" in shown
    assert "substitution" in shown


def test_credits_are_refused_where_the_tables_do_not_fit(project: str) -> None:
    with pytest.raises(UsageError, match="other tables"):
        linked_tables(Session(project))  # the tables of the package, not those of the project
    with pytest.raises(UsageError, match="not a parameter"):
        linked_tables(Session(project, MINI), {"lifetimes": 3.0})
    linked = linked_tables(Session(project, MINI))
    with pytest.raises(UsageError, match="was changed"):
        allocated(linked, SYSTEM, {k: 1.1 * v for k, v in climate(project).items()})


def test_credits_follow_parameters(project: str) -> None:
    linked = linked_tables(Session(project, MINI), {"lifetime": 10.0})
    found = allocated(linked, SYSTEM, climate(project, lifetime=10.0))
    assert found["Climate change"].cut_off != pytest.approx(climate(project)["Climate change"])


def test_a_score_says_where_its_interval_is(project: str) -> None:
    for extra in ([], ["--stages"]):  # the quick path, and the other
        out = CliRunner().invoke(cli, ["score", SYSTEM, "--project", project, *extra]).output
        assert "`bw-tinyml uncertainty NAME`" in out and "below the median" in out


def test_json_has_the_contributions_of_the_table(project: str) -> None:
    command = ["contributions", SYSTEM, "--by", "flow", "--project", project]
    found = json.loads(CliRunner().invoke(cli, [*command, "--top", "2", "--json"]).output)
    whole = json.loads(CliRunner().invoke(cli, [*command, "--top", "99", "--json"]).output)
    for row, every in zip(found["scores"], whole["scores"], strict=True):
        sizes = [abs(part["score"]) for part in every["contributions"]]
        assert sizes == sorted(sizes, reverse=True)
        assert row["contributions"] == every["contributions"][:2]
        assert row["others"]["count"] == max(len(sizes) - 2, 0)
        total = sum(p["score"] for p in row["contributions"]) + row["others"]["score"]
        assert total == pytest.approx(sum(p["score"] for p in every["contributions"]))


@pytest.mark.parametrize("top", ["0", "-1"])
def test_at_least_one_contribution_is_listed(top: str, project: str) -> None:
    result = CliRunner().invoke(
        cli, ["contributions", SYSTEM, "--project", project, f"--top={top}"]
    )
    assert result.exit_code == 2 and "--top" in result.output
    with pytest.raises(UsageError, match="make no sense"):
        largest(pd.Series([1.0]), int(top))
