"""What the commands that show other allocations share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from bw_tinyml.cli.output import echo_table

if TYPE_CHECKING:
    from bw_tinyml.impact.allocation import Allocation


def factor_options(function: Any) -> Any:
    """Add ``--share`` and ``--quality`` to a command."""
    function = click.option(
        "--quality",
        default=1.0,
        show_default=True,
        help="Quality of secondary relative to primary material.",
    )(function)
    return click.option(
        "--share",
        default=0.5,
        show_default=True,
        help="Allocation factor A of the circular footprint formula.",
    )(function)


def echo_allocations(found: Mapping[str, Allocation]) -> None:
    """Print scores under three allocations, by label; credits stand in columns of their own."""
    from bw_tinyml.impact.allocation import ENERGY, MATERIAL, SCRAP

    share = next(iter(found.values())).share
    echo_table(
        [
            (
                label,
                a.cut_off,
                a.recycling,
                a.saved,
                -a.credits[MATERIAL],
                -a.credits[ENERGY],
                a.substitution,
                a.shared,
                a.credits[SCRAP],
                a.unit,
            )
            for label, a in found.items()
        ],
        (
            "category",
            "cut-off",
            "of it recyclers",
            "(recycled content saves)",
            "credit, material",
            "credit, energy",
            "substitution",
            f"shared, A = {share:g}",
            "(scrap avoids)",
            "",
        ),
    )
