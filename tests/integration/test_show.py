"""`bw-tinyml show`: what a dataset is made of, and how good its numbers are."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from bw_tinyml.cli.main import cli


def test_shows_data_quality(project: str) -> None:
    result = CliRunner().invoke(cli, ["show", "copper_production", "--project", project])
    assert result.exit_code == 0, result.output
    assert "in the manner of PEF: very good, 2 (1 best, 5 worst): precision 2" in result.output
    assert "100% of 5 numbers have a pedigree, 0% are estimates" in result.output


def test_json_holds_the_same(project: str) -> None:
    result = CliRunner().invoke(cli, ["show", "copper_production", "--project", project, "--json"])
    quality = json.loads(result.output)["quality"]
    assert quality["rating"] == pytest.approx(2.0)
    assert quality["technology"] == 2.0
    assert quality["numbers"] == 5
