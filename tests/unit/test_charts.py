"""Pictures that stand alone explain their colours."""

from __future__ import annotations

from lxml import etree

from bw_tinyml.report import charts

STAGES = ["device", "a stage with quite a long name", "home gateway", "data centre", "unused"]
BARS = [
    ("TinyML & co", dict.fromkeys(STAGES[:3], 1.0) | {"unused": 0.0}, (2.0, 3.0, 4.0)),
    ("Cloud", {"device": 1.0, "data centre": 5.0, "unused": 0.0}, (5.0, 6.0, 9.0)),
]


def drawn(legend: bool) -> etree._Element:
    svg = charts.stacked_bars("Climate", "kg", BARS, charts.colours(STAGES), legend=legend)
    return etree.fromstring(str(svg))


def test_every_colour_of_the_bars_is_named_once_and_no_other() -> None:
    svg = drawn(True)
    palette = charts.colours(STAGES)
    squares = [r for r in svg.iter("rect") if r.get("width") == "10.00"]
    bars = {r.get("fill") for r in svg.iter("rect")} - {None}
    names = [t.text for t in svg.iter("text")]
    assert [r.get("fill") for r in squares] == [palette[s] for s in STAGES[:4]]
    assert {r.get("fill") for r in squares} == bars - {palette["unused"]}
    assert all(names.count(stage) == 1 for stage in STAGES[:4]) and "unused" not in names
    assert any("kg" in str(n) for n in names)


def test_the_legend_stays_inside_the_picture() -> None:
    svg = drawn(True)
    *_, width, height = (float(v) for v in svg.get("viewBox", "").split())
    for text in svg.iter("text"):
        x, y = float(text.get("x", "0")), float(text.get("y", "0"))
        assert 0 <= y <= height
        if text.get("text-anchor") == "start":
            assert x + 5.5 * len(text.text or "") <= width
    assert height > float(drawn(False).get("viewBox", "").split()[-1])


def test_without_a_legend_nothing_is_named() -> None:
    assert "home gateway" not in [t.text for t in drawn(False).iter("text")]
