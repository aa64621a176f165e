"""A chart of scores against the parameter that is varied, as inline SVG; see report.charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
from markupsafe import Markup

from bw_tinyml.report.charts import FAINT, GRID, INK

#: dashes of the lines, so that they are not told apart by colour alone
DASHES = ("", "7 4", "2 3", "10 3 2 3", "4 2", "12 4", "1 4", "8 2 2 2")
LEFT, RIGHT, TOP, BOTTOM = 52.0, 12.0, 10.0, 40.0
WIDTH, HEIGHT = 480.0, 250.0


def curves(
    grid: np.ndarray,
    lines: Sequence[tuple[str, str, np.ndarray]],
    current: float,
    crossings: Sequence[float],
    axis: str,
    label: str,
) -> Markup:
    """Return lines on logarithmic axes.

    Parameters
    ----------
    grid
        Values of the parameter.
    lines
        Name, colour and scores at the values of the grid.
    current, crossings
        Values to mark: today's, and where two lines meet.
    axis
        Name and unit of the parameter.
    label
        What the chart shows, for screen readers.
    """
    positive = [v for *_, scores in lines for v in scores.tolist() if v > 0]
    if not positive:
        return Markup("")
    low, high = math.log10(min(positive)), math.log10(max(positive))
    low, high = low - 0.05 * (high - low) - 0.02, high + 0.05 * (high - low) + 0.02
    start, end = math.log10(grid[0]), math.log10(grid[-1])

    def x(value: float) -> float:
        share = (math.log10(value) - start) / (end - start)
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(share, 0.0), 1.0)

    def y(value: float) -> float:
        share = (math.log10(value) - low) / (high - low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    floor = HEIGHT - BOTTOM
    parts = [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(v):.1f}" y2="{y(v):.1f}" stroke="{GRID}"/>'
        f'<text x="{LEFT - 6}" y="{y(v) + 4:.1f}" text-anchor="end" fill="{FAINT}">{v:.2g}</text>'
        for v in _ticks(low, high)
    ]
    parts += [
        f'<line x1="{x(v):.1f}" x2="{x(v):.1f}" y1="{TOP}" y2="{floor}" stroke="{GRID}"/>'
        f'<text x="{x(v):.1f}" y="{floor + 14}" text-anchor="middle" fill="{FAINT}">{v:.2g}</text>'
        for v in _ticks(start, end)
    ]
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle" '
        f'fill="{INK}">{escape(axis)}</text>'
    )
    for i, (name, colour, scores) in enumerate(lines):
        points = " ".join(
            f"{x(g):.1f},{y(v):.1f}"
            for g, v in zip(grid.tolist(), scores.tolist(), strict=True)
            if v > 0
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.4" '
            f'stroke-dasharray="{DASHES[i % len(DASHES)]}"><title>{escape(name)}</title></polyline>'
        )
    if current > 0:
        parts.append(
            f'<line x1="{x(current):.1f}" x2="{x(current):.1f}" y1="{TOP}" y2="{floor}" '
            f'stroke="{INK}" stroke-width="1.2"><title>now: {current:.3g}</title></line>'
            f'<text x="{x(current) + 4:.1f}" y="{TOP + 10}" '
            f'text-anchor="start" fill="{INK}" font-weight="600">now</text>'
        )
    first = lines[0][2]
    for value in crossings:
        if math.isfinite(value):
            score = float(np.interp(value, grid, first))
            parts.append(
                f'<circle cx="{x(value):.1f}" cy="{y(score):.1f}" r="5" fill="#fff" '
                f'stroke="{INK}" stroke-width="2"><title>break-even: {value:.3g}</title></circle>'
            )
    return Markup(
        f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{escape(label)}" '
        f'font-size="11" fill="{INK}">{"".join(parts)}</svg>'
    )


def _ticks(low: float, high: float) -> list[float]:
    """Powers of ten within a range of logarithms; with 2 and 5 where these are few."""
    exponents = range(math.floor(low), math.ceil(high) + 1)
    decades = [10.0**k for k in exponents if low <= k <= high]
    if len(decades) >= 3:
        step = math.ceil(len(decades) / 7)
        return decades[::step]
    finer = [m * 10.0**k for k in exponents for m in (1, 2, 5)]
    return [v for v in finer if low <= math.log10(v) <= high]
