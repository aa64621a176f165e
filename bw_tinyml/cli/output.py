"""How results reach the terminal: a table for people, JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import click


def json_option(function: Any) -> Any:
    """Add ``--json`` to a command."""
    return click.option("as_json", "--json", is_flag=True, help="Print JSON for programs.")(
        function
    )


def inventories_option(function: Any) -> Any:
    """Add ``--inventories`` to a command."""
    return click.option(
        "folder",
        "--inventories",
        type=click.Path(file_okay=False),
        help="Inventory folder, instead of the one that comes with the package.",
    )(function)


def echo_json(data: Any) -> None:
    """Print data as JSON, the same bytes for the same data; what is not a number becomes null."""
    click.echo(json.dumps(_finite(data), indent=2, ensure_ascii=False, allow_nan=False))


def _finite(data: Any) -> Any:
    """Return data with null for NaN and infinity, which JSON does not have."""
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def echo_table(rows: Sequence[Sequence[Any]], headers: Sequence[str]) -> None:
    """Print rows under headers; numbers with four significant digits."""
    from tabulate import tabulate

    text = [[number(cell) if isinstance(cell, float) else cell for cell in row] for row in rows]
    align = (
        [
            "right" if any(isinstance(r[i], int | float) for r in rows) else "left"
            for i in range(len(headers))
        ]
        if rows
        else None
    )
    click.echo(
        tabulate(text, headers=headers, tablefmt="simple", disable_numparse=True, colalign=align)
    )


def number(value: float) -> str:
    """Return a number with four significant digits: ``0.01235``, ``1.235e-09``."""
    if value == 0:
        return "0"
    return f"{value:.4g}" if 1e-3 <= abs(value) < 1e5 else f"{value:.3e}"
