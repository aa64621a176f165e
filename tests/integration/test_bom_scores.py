"""A bill of materials scored in a project: the numbers are those of the datasets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import bw_tinyml as bt
from bw_tinyml.cli.main import cli
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.contributions import estimate_share
from bw_tinyml.impact.results import prepare, with_parameters
from bw_tinyml.impact.solving import Solver

BOMS = Path(__file__).parent.parent / "boms"


def test_lines_sum_to_the_datasets_of_the_project(full_project: str) -> None:
    result = bt.score_bom(BOMS / "kicad.csv", project=full_project, board_area=8, layers=4)
    assert len(result.units) == 16
    assert (result.total > 0).all()
    assert result.datasets.sum().to_numpy() == pytest.approx(result.total.to_numpy())
    chip = bt.score("integrated_circuit/stm32u575", project=full_project)
    line = [m.line.value for m in result.matches.matches].index("STM32U575CIU6")
    for row in chip.table.itertuples():
        assert result.lines.iloc[line][row.label] == pytest.approx(row.score, rel=1e-9)
    unknown = [m.status == "unknown" for m in result.matches.matches]
    assert (result.lines.loc[unknown] == 0).all(axis=None)


def test_json_of_the_command(full_project: str) -> None:
    arguments = ["bom", str(BOMS / "device.yaml"), "--project", full_project, "--json"]
    shown = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert shown.exception is None
    data = json.loads(shown.output)
    assert data["device"] == "wake-word sensor" and len(data["scores"]) == 16
    assert all(len(line["scores"]) == 16 for line in data["lines"])
    climate = next(s for s in data["scores"] if s["label"] == "Climate change")
    assert 0 < climate["by_rule_share"] < 1
    shares = climate["share_of_estimates"]
    assert 0 < shares["emission"] <= shares["path"] <= 1
    assert "casing" not in data["not_counted"] and "use" in data["not_counted"]
    parts = sum(line["scores"]["Climate change"] for line in data["lines"])
    assert climate["score"] == pytest.approx(parts)


def test_named_datasets_are_not_by_rule_and_still_rest_on_estimates(
    full_project: str, tmp_path: Path
) -> None:
    """A column "estimated 0 %" would contradict what `show` says of the same datasets."""
    bill = tmp_path / "bill.csv"
    bill.write_text("part,quantity,dataset\na,1,battery/CR2032\n")
    result = bt.score_bom(bill, project=full_project)
    solver, node, amounts = _solver("battery/CR2032", full_project)
    expected = estimate_share(solver, node, amounts)
    for label in result.units:
        assert result.share(label, "estimated") == 0
        for kind in ("emission", "path"):
            share = result.estimates.loc[label, kind]
            assert share == pytest.approx(expected.loc[label, kind], abs=1e-6)
    assert result.estimates["path"].min() > 0.5
    shown = CliRunner().invoke(
        cli, ["bom", str(bill), "--project", full_project], standalone_mode=False
    )
    assert shown.exception is None
    assert "by rule" in shown.output and "an estimate on the way" in shown.output
    assert "Not counted (not in the bill): circuit board, casing" in shown.output


def test_datasets_of_the_background_are_scored(full_project: str, tmp_path: Path) -> None:
    bill = tmp_path / "bill.csv"
    bill.write_text("dataset,quantity,unit\ngold_market,2,mg\n")
    result = bt.score_bom(bill, project=full_project)
    own = bt.score("gold_market", project=full_project).table.set_index("label")["score"]
    for label in result.units:
        assert result.total[label] == pytest.approx(2e-6 * own[label], rel=1e-9)


def test_what_a_rule_chose_rests_on_an_estimate(full_project: str, tmp_path: Path) -> None:
    bill = tmp_path / "bill.csv"
    bill.write_text("reference,value,quantity\nBT1,CR1220,1\n")
    result = bt.score_bom(bill, project=full_project)
    assert result.share("Climate change", "estimated") == pytest.approx(1)
    assert result.estimates["path"].to_numpy() == pytest.approx(1)


def test_intervals_are_those_of_the_dataset(full_project: str, tmp_path: Path) -> None:
    """The bill is one more dataset, so the same seed gives the same samples."""
    bill = tmp_path / "bill.csv"
    bill.write_text("part,quantity,dataset\na,2,battery/CR2032\n")
    result = bt.score_bom(bill, project=full_project, iterations=64, seed=7)
    own = bt.uncertainty("battery/CR2032", project=full_project, iterations=64, seed=7)
    assert result.intervals is not None
    for row in own.table.itertuples():
        for kind in ("p05", "median", "p95"):
            expected = 2 * getattr(row, kind)
            assert result.intervals.loc[row.label, kind] == pytest.approx(expected, rel=1e-6)
    assert result.provenance["iterations"] == 64
    data = result.as_dict()
    assert data["scores"][0]["p05"] < data["scores"][0]["p95"]


def test_rules_widen_the_interval_and_are_shown(full_project: str, tmp_path: Path) -> None:
    bill = tmp_path / "bill.csv"
    ratio = []
    for line in ("a,,1,capacitor_mlcc,mg", "100n,C1,1,,"):
        bill.write_text(f"value,reference,quantity,dataset,unit,footprint\n{line},0402\n")
        found = bt.score_bom(bill, project=full_project, iterations=256).intervals
        assert found is not None
        ratio.append(found.loc["Climate change", "p95"] / found.loc["Climate change", "p05"])
    assert ratio[1] > 1.05 * ratio[0]
    arguments = ["bom", str(bill), "--project", full_project, "--iterations", "32"]
    shown = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert shown.exception is None and "95 %" in shown.output
    refused = CliRunner().invoke(cli, [*arguments, "--match-only"], standalone_mode=False)
    assert isinstance(refused.exception, UsageError)


def _solver(name: str, project: str) -> tuple[Solver, int, np.ndarray]:
    session, node, indicators = prepare(name, project, None, "EF v3.1", None)
    solver, amounts = with_parameters(session, node, indicators, None)
    return solver, node.id, amounts
