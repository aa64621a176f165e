"""The report: one file, complete, offline, and safe with any text from the tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from bw_tinyml import compare, write_report
from bw_tinyml.errors import UsageError
from bw_tinyml.report.outcomes import Verdict
from bw_tinyml.report.page import page as whole_page
from bw_tinyml.systems.text import interval
from bw_tinyml.systems.verdict import WORDS

from ..conftest import MINI


def options(project: str) -> dict[str, Any]:
    return {
        "task": "blinking",
        "project": project,
        "folder": MINI,
        "family": "EF v3.1",
        "iterations": 60,
    }


@pytest.fixture(scope="module")
def page(project: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(path, **options(project))
    return path


def test_nothing_comes_from_elsewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text.lower()
    assert "<link" not in text.lower()
    assert "<img" not in text.lower()
    assert "@import" not in text
    assert "url(" not in text
    tree = html.fromstring(text)
    assert not tree.xpath("//@src")
    assert all(h.startswith("#") for h in tree.xpath("//@href"))


def test_every_category_has_a_chart_and_a_row(page: Path) -> None:
    tree = html.fromstring(page.read_text(encoding="utf-8"))
    cards = [c.text_content() for c in tree.find_class("card")]
    assert len(cards) == 16
    assert len(tree.xpath("//table")[0].xpath(".//tbody/tr")) == 16
    assert len(tree.xpath("//svg")) == 16 + 3


def test_stacks_are_as_long_as_the_scores(page: Path) -> None:
    """The segments of a bar add up to the share that its number says."""
    tree = html.fromstring(page.read_text(encoding="utf-8"))
    card = next(c for c in tree.find_class("card") if "Climate change" in c.text_content())
    widths: dict[float, float] = {}
    for rect in card.xpath(".//rect"):
        y = float(rect.get("y"))
        widths[y] = widths.get(y, 0.0) + float(rect.get("width"))
    numbers = [float(t.text) for t in card.xpath(".//text[@font-weight='600']")]
    bars = [widths[y] for y in sorted(widths)]
    assert bars[0] / bars[1] == pytest.approx(numbers[0] / numbers[1], rel=0.02)


def test_it_says_how_to_reproduce_it(page: Path) -> None:
    text = html.fromstring(page.read_text(encoding="utf-8")).text_content()
    assert "bw-tinyml report" in text
    assert re.search(r"--seed 42", text)
    assert "ISO 14044" in text
    assert re.search(r"[0-9a-f]{64}", text)


def test_same_inputs_same_bytes(page: Path, project: str, tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    write_report(again, **options(project))
    assert again.read_bytes() == page.read_bytes()


def test_text_from_the_tables_cannot_become_markup(
    project: str, mini: Path, edit: object, tmp_path: Path
) -> None:
    edit("systems.csv", 2, title="<script>alert(1)</script>", description="<b>x</b>")  # type: ignore[operator]
    path = tmp_path / "page.html"
    write_report(path, "blinking", project=project, folder=mini, family="EF v3.1", iterations=5)
    text = path.read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_the_functional_unit_has_the_values_that_hold(project: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    values = {"lifetime": 1.0, "blinks_per_day": 24.0}
    write_report(path, **options(project), parameters=values)
    header = html.fromstring(path.read_text(encoding="utf-8")).xpath("//header")[0]
    assert "Blink 24 times a day for 1 year." in header.text_content()


def test_a_score_outside_of_its_interval_is_explained(project: str) -> None:
    result = compare("blinking", project=project, folder=MINI, iterations=5)
    result.scores.loc[("local", "Climate change"), "p05"] = 1e9
    assert "Quote the median with its interval" in whole_page(result)


def test_scenarios_count_verdicts_of_samples_as_the_headline_does(page: Path, project: str) -> None:
    """A row of the table says what a report with these values would say."""
    rows = html.fromstring(page.read_text(encoding="utf-8")).find_class("scenarios")[0]
    found = {r.findtext("th"): [c.text for c in r.findall("td")] for r in rows.find("tbody")}
    for scenario, values in (
        ("As above", {}),
        ("Long and frugal", {"lifetime": 6.0, "standby": 0.01}),
    ):
        result = compare("blinking", project=project, folder=MINI, iterations=60, parameters=values)
        pair = result.pairs.loc[("remote", "Climate change")].rename(
            lambda name: name.removeprefix("ratio_")
        )
        assert found[scenario][1] == interval(pair)
        words = result.verdict().loc["remote"]["verdict"].value_counts()
        assert found[scenario][2] == ", ".join(f"{w} {words[w]}" for w in WORDS if w in words)


def test_files_are_not_overwritten_without_being_told(page: Path, project: str) -> None:
    with pytest.raises(UsageError, match="exists"):
        write_report(page, "blinking", project=project, folder=MINI)


@pytest.mark.parametrize(
    ("probability", "word"), [(1.0, "lower"), (0.95, "lower"), (0.5, "undecided"), (0.05, "higher")]
)
def test_verdict(probability: float, word: str) -> None:
    assert Verdict("x", "y", probability).word == word


def test_stages_and_credits_have_sections_of_their_own(page: Path) -> None:
    tree = html.fromstring(page.read_text(encoding="utf-8"))
    (table,) = tree.find_class("allocation")
    rows = table.xpath(".//tbody/tr")
    assert len(rows) == 16
    cells = [[td.xpath("string(.//b)") or td.text for td in row.xpath("td")] for row in rows]
    # the small inventory recovers nothing at its end of life: all allocations say the same
    assert all(row[0] == row[1] == row[2] for row in cells)
    assert len(tree.find_class("life-cycle")[0].xpath(".//tbody/tr")) == 16


def test_every_stage_of_every_system_says_what_rests_on_estimates(page: Path) -> None:
    tree = html.fromstring(page.read_text(encoding="utf-8"))
    tables = tree.find_class("stage-estimates")
    assert len(tables) == 2
    for table in tables:
        assert len(table.xpath(".//tbody/tr")) == 16
        for row in table.xpath(".//tbody/tr"):
            shares = [float(b.text.rstrip("%")) for b in row.xpath(".//b")]
            assert len(shares) == len(table.xpath(".//thead//th")) - 1 >= 2
            assert sum(shares) == pytest.approx(100, abs=0.05 * len(shares) + 1e-9) or not any(
                shares
            )
