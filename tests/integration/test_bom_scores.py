"""A bill of materials scored in a project: the numbers are those of the datasets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import bw_tinyml as bt
from bw_tinyml.cli.main import cli

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
    assert 0 < climate["estimated_share"] < 1
    parts = sum(line["scores"]["Climate change"] for line in data["lines"])
    assert climate["score"] == pytest.approx(parts)
