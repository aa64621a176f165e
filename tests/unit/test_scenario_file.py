"""Scenario files: what is written is read back, and faults are named with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from bw_tinyml.errors import BwTinymlError, UntrustedError, UsageError
from bw_tinyml.systems.scenario_file import (
    KEYS,
    MAX_BYTES,
    Scenario,
    dump_scenario,
    load_scenario,
    parse_scenario,
)

FULL = Scenario(
    task="keyword spotting",
    title="A title: with 'quotes', # and ünïcode\nand a second line",
    description="true",
    device="mcu-ble",
    baselines=("wifi-streaming", "local-wake"),
    location="NO",
    rate=1e-05,
    lifetime=5.0,
    supply="mains",
    end_of_life="open dump",
    parameters={"a": 0.1, "on": -1e300, "1": 3.0},
    family=("EF v3.1", "IPCC 2021"),
    allocation="shared",
    background_uncertainty=True,
    iterations=100,
    seed=0,
    project="null",
    background="open",
)


def test_reading_gives_back_what_was_written(tmp_path: Path) -> None:
    for scenario in (FULL, Scenario("blinking"), Scenario("1e5", parameters={"x": 2.0})):
        path = tmp_path / "scenario.yaml"
        path.write_text(dump_scenario(scenario), encoding="utf-8")
        assert load_scenario(path) == scenario
        assert dump_scenario(load_scenario(path)) == path.read_text(encoding="utf-8")
    assert set(FULL.as_dict()) == set(KEYS)  # so that no key escapes the test


def test_countries_and_numbers_keep_their_meaning() -> None:
    """YAML 1.1 makes a truth value of the country code NO, and a text of 1e-3."""
    found = parse_scenario("task: t\nlocation: NO\nrate: 1e-3\nbaselines: edge")
    assert (found.location, found.rate, found.baselines) == ("NO", 0.001, ("edge",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task: t\nlifetim: 3", "s.yaml:2: 'lifetim' is not a key.*nearest: lifetime"),
        ("title: x", "`task` is missing"),
        ("task: t\ntask: u", "s.yaml:2: 'task' stands in line 1 already"),
        ("task: t\nlifetime: long", "s.yaml:2: lifetime: 'long' is not a finite number"),
        ("task: t\nlifetime: -1", "s.yaml:2: lifetime: -1 must be greater than 0"),
        ("task: t\nrate: .inf", "s.yaml:2: rate: '.inf' is not a finite number"),
        ("task: t\nseed: 1.5", "s.yaml:2: seed: '1.5' is not a whole number"),
        ("task: [t]", "s.yaml:1: task: a text is expected"),
        ("task: t\nparameters: 3", "s.yaml:2: parameters: lines"),
        ("task: t\nparameters:\n  a: 1\n  b: x", "s.yaml:4: parameters, b: 'x' is not"),
        ("task: t\nallocation: shred", "allocation: 'shred' is not known; nearest: shared"),
        ("task: t\nbackground_uncertainty: maybe", "neither true nor false"),
        ("task: t\nbaselines: []", "s.yaml:2: baselines: the list is empty"),
        ("- task", "s.yaml:1: lines `key: value` are expected"),
        ("", "s.yaml:1: lines `key: value` are expected"),
    ],
)
def test_faults_name_file_line_and_key(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_scenario(text, "s.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "task: &a t\ntitle: *a",
        "task: !!python/object/apply:os.system [true]\n x",
        "task: t\n\ttitle: x",
        "title: " + "x" * 3000 + "\ntask: t",
        "#" * (MAX_BYTES + 1),
        "task: " + "[" * 30 + "]" * 30,
        b"task: \xff",
    ],
)
def test_harmful_files_are_refused(text: str | bytes) -> None:
    with pytest.raises(UntrustedError):
        parse_scenario(text, "s.yaml")


def test_no_object_is_ever_made() -> None:
    """A tag that would call a function is text like any other."""
    with pytest.raises(BwTinymlError):
        parse_scenario("task: !!python/object/apply:os.system ['true']", "s.yaml")


def test_a_missing_file_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        load_scenario(tmp_path / "none.yaml")
