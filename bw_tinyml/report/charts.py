"""Charts as inline SVG: no scripts, no fonts or images from elsewhere, text that can be selected.

Each function returns a complete ``<svg>`` element. Numbers are also in tables beside the charts, so
nothing is told by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from markupsafe import Markup

#: colours that people with colour blindness can tell apart (Okabe and Ito, with tints)
PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#7A6A53",
    "#8C564B", "#4D4D4D", "#9AD1D4", "#B5BD00", "#6A51A3", "#C7B299",
)  # fmt: skip
OTHER = "#C8C8C8"
INK, FAINT, GRID = "#1f2933", "#616e7c", "#d9dee4"


def colours(names: Sequence[str]) -> dict[str, str]:
    """Return a colour for each name; those beyond the palette share the colour of others."""
    return {n: PALETTE[i] if i < len(PALETTE) else OTHER for i, n in enumerate(names)}


def _text(x: float, y: float, text: str, anchor: str = "start", **style: object) -> str:
    extra = "".join(f' {k.replace("_", "-")}="{v}"' for k, v in style.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, fill: str, title: str = "") -> str:
    inner = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(width, 0):.2f}" height="{height:.2f}" '
        f'fill="{fill}">{inner}</rect>'
    )


def _svg(width: float, height: float, label: str, parts: Sequence[str]) -> Markup:
    return Markup(
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(label)}" '
        f'font-size="11" fill="{INK}">{"".join(parts)}</svg>'
    )


def stacked_bars(
    title: str,
    unit: str,
    bars: Sequence[tuple[str, Mapping[str, float], tuple[float, float, float]]],
    palette: Mapping[str, str],
    *,
    legend: bool = False,
) -> Markup:
    """Return one category: a stacked bar per system with its 90 % interval.

    Parameters
    ----------
    title, unit
        Of the category.
    bars
        Name of the system, scores by stage, and 5th, 50th and 95th percentile of the sum.
    palette
        Colour by stage.
    legend
        Whether the chart explains its colours and the interval itself: for pictures that stand
        alone.
    """
    left, right, row, top = 6.0, 62.0, 32.0, 6.0
    width = 480.0
    plot = width - left - right
    sums = [sum(v for v in parts.values() if v > 0) for _, parts, _ in bars]
    largest = max([*sums, *(high for _, _, (*_, high) in bars), 1e-300])
    lowest = min([0.0, *(sum(v for v in p.values() if v < 0) for _, p, _ in bars)])
    scale = plot / (largest - lowest)
    zero = left - lowest * scale
    parts: list[str] = []
    for i, (name, stages, (low, median, high)) in enumerate(bars):
        y = top + i * row
        total = sum(stages.values())
        parts.append(_text(left, y + 8, name, fill=FAINT, font_size="10"))
        plus, minus = zero, zero
        for stage, value in stages.items():
            share = f"{value / total:.0%}" if total else ""
            hint = f"{name}: {stage} {value:.3g} {unit} ({share})"
            if value >= 0:
                parts.append(_rect(plus, y + 12, value * scale, 13, palette[stage], hint))
                plus += value * scale
            else:
                minus += value * scale
                parts.append(_rect(minus, y + 12, -value * scale, 13, palette[stage], hint))
        a, b = zero + low * scale, zero + high * scale
        middle = y + 18.5
        parts.append(
            f'<path d="M{a:.1f} {middle - 4}v8M{a:.1f} {middle}H{b:.1f}M{b:.1f} {middle - 4}v8" '
            f'stroke="{INK}" stroke-width="1.2" fill="none" opacity="0.75">'
            f"<title>{escape(name)}: median of the samples {median:.3g}, 90 % of them lie between "
            f"{low:.3g} and {high:.3g}</title></path>"
            f'<circle cx="{zero + median * scale:.1f}" cy="{middle}" r="2.6" fill="#fff" '
            f'stroke="{INK}" stroke-width="1.2"/>'
        )
        parts.append(_text(width, y + 22, f"{total:.3g}", "end", font_weight="600"))
    height = top + len(bars) * row
    parts.append(
        f'<line x1="{zero:.1f}" x2="{zero:.1f}" y1="{top}" y2="{height - 6}" stroke="{GRID}"/>'
    )
    if legend:
        used = {n for _, stages, _ in bars for n, v in stages.items() if v}
        lines, end = _legend({n: c for n, c in palette.items() if n in used}, left, height, width)
        parts += lines
        parts.append(
            _text(left, end + 10, f"Whisker: 90 % of the samples, ring: their median; {unit}",
                  fill=FAINT, font_size="10")
        )  # fmt: skip
        height = end + 18
    return _svg(width, height, f"{title}: scores by life-cycle stage", parts)


def _legend(
    palette: Mapping[str, str], left: float, top: float, width: float
) -> tuple[list[str], float]:
    """Return squares of the colours with their names, in lines, and where they end."""
    parts: list[str] = []
    x, y = left, top + 8
    for name, colour in palette.items():
        size = 15 + 6.0 * len(name) + 12  # letters of font size 11 are 6 wide or less
        if x > left and x + size > width:
            x, y = left, y + 17
        parts.append(_rect(x, y, 10, 10, colour))
        parts.append(_text(x + 15, y + 9, name))
        x += size
    return parts, y + 17


def ratio_plot(
    rows: Sequence[tuple[str, Sequence[tuple[str, float, float, float]]]],
    palette: Mapping[str, str],
) -> Markup:
    """Return the ratio of device to twins per category, with 90 % intervals, on a log axis.

    Parameters
    ----------
    rows
        Category, and for each twin: name, 5th percentile, median and 95th percentile of the ratio.
    palette
        Colour by twin.
    """
    left, right, top, row = 214.0, 20.0, 30.0, 26.0
    width = 820.0
    values = [v for _, points in rows for _, *p in points for v in p if v > 0 and math.isfinite(v)]
    low = math.floor(math.log10(min([*values, 0.5])))
    high = math.ceil(math.log10(max([*values, 2.0])))
    plot = width - left - right

    def x(value: float) -> float:
        position = (math.log10(max(value, 10.0**low)) - low) / (high - low)
        return left + plot * min(max(position, 0.0), 1.0)

    height = top + row * len(rows) + 24
    parts = []
    for power in range(low, high + 1):
        at = x(10.0**power)
        parts.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top - 6}" y2="{height - 24}" stroke="{GRID}"/>'
        )
        label = f"{10.0**power:g} x"
        parts.append(_text(at, top - 12, label, "middle", fill=FAINT))
    one = x(1.0)
    parts.append(
        f'<line x1="{one:.1f}" x2="{one:.1f}" y1="{top - 6}" y2="{height - 24}" stroke="{INK}" '
        'stroke-width="1.4"/>'
    )
    for i, (category, points) in enumerate(rows):
        y = top + i * row + row / 2
        parts.append(_text(left - 12, y + 4, category, "end"))
        for k, (name, p05, median, p95) in enumerate(points):
            if not all(math.isfinite(v) for v in (p05, median, p95)):
                continue
            at = y + (k - (len(points) - 1) / 2) * 9
            colour = palette[name]
            hint = f"{category}, against {name}: {median:.3g} ({p05:.3g} to {p95:.3g})"
            parts.append(
                f'<g><title>{escape(hint)}</title><line x1="{x(p05):.1f}" x2="{x(p95):.1f}" '
                f'y1="{at:.1f}" y2="{at:.1f}" stroke="{colour}" stroke-width="3" '
                f'stroke-linecap="round" opacity="0.55"/><circle cx="{x(median):.1f}" '
                f'cy="{at:.1f}" r="4" fill="{colour}"/></g>'
            )
    parts.append(_text(one - 8, height - 6, "TinyML lower", "end", fill=FAINT))
    parts.append(_text(one + 8, height - 6, "TinyML higher", fill=FAINT))
    return _svg(width, height, "Ratio of the TinyML device to its twins", parts)


def shares(
    rows: Sequence[tuple[str, Mapping[str, float]]], palette: Mapping[str, str], label: str
) -> Markup:
    """Return a bar of 100 % per category, split by component.

    Parameters
    ----------
    rows
        Category and scores by component.
    palette
        Colour by component.
    label
        What the chart shows, for screen readers.
    """
    left, right, top, row = 214.0, 8.0, 6.0, 22.0
    width = 820.0
    plot = width - left - right
    parts = []
    for i, (category, components) in enumerate(rows):
        y = top + i * row
        total = sum(abs(v) for v in components.values()) or 1.0
        parts.append(_text(left - 12, y + 12, category, "end"))
        at = left
        for name, value in components.items():
            size = abs(value) / total * plot
            colour = palette.get(name, OTHER)
            parts.append(
                _rect(at, y + 1, size, 15, colour, f"{category}: {name} {abs(value) / total:.1%}")
            )
            if size > 34:
                parts.append(
                    _text(at + size / 2, y + 12.5, f"{abs(value) / total:.0%}", "middle",
                          fill="#fff" if colour not in ("#F0E442", OTHER, "#9AD1D4") else INK,
                          font_size="10", pointer_events="none")
                )  # fmt: skip
            at += size
    return _svg(width, top + row * len(rows) + 4, label, parts)


def quality(rows: Sequence[tuple[str, float]]) -> Markup:
    """Return the shares of scores that rest on estimates: one bar per category.

    Parameters
    ----------
    rows
        Category, and share of its score whose emission or resource is itself an estimate.
    """
    left, right, top, row = 214.0, 50.0, 4.0, 22.0
    width = 820.0
    plot = width - left - right
    parts = []
    for i, (category, share) in enumerate(rows):
        y = top + i * row
        parts.append(_text(left - 12, y + 12, category, "end"))
        parts.append(_rect(left, y + 3, plot, 11, "#eef1f4"))
        parts.append(_rect(left, y + 3, plot * share, 11, PALETTE[1], f"{category}: {share:.0%}"))
        parts.append(_text(left + plot + 8, y + 12, f"{share:.0%}", fill=FAINT))
    return _svg(width, top + row * len(rows), "Share of scores that rests on estimates", parts)
