"""Lines of a bill of materials as the tests match them, with the tables of the package."""

from __future__ import annotations

from functools import cache

from bw_tinyml.devices.lines import BomLine
from bw_tinyml.devices.matching import Match, Matcher
from bw_tinyml.inventory import load


@cache
def full_matcher() -> Matcher:
    inventory, report = load()
    assert not report.errors
    return Matcher(inventory, "test.csv")


def matched(matcher: Matcher, value: str, reference: str = "BT1", **fields: object) -> Match:
    references = (reference,) if reference else ()
    return matcher.match(BomLine(1, value=value, references=references, **fields))  # type: ignore[arg-type]


def amounts(match: Match) -> dict[str, float]:
    return {d.dataset: d.amount for d in match.demands}
