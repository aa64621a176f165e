"""The tables in ``inventories/adapters``: units, compartments, aliases and others."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

from bw_tinyml.errors import InventoryError
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.loading import default_folder
from bw_tinyml.inventory.schema import read_schemas
from bw_tinyml.inventory.tables import Row, read_table

T = TypeVar("T")
NAMES = ("units", "compartments", "aliases", "coproducts", "notices", "services")


def read(report: Report) -> dict[str, list[Row]]:
    """Return the rows of all adapter tables; faults go into the report."""
    root = default_folder()
    schemas = read_schemas(root)
    return {
        name: read_table(
            root, root / "adapters" / f"{name}.csv", schemas[f"adapter_{name}"], report
        )
        for name in NAMES
    }


@cache
def _tables() -> dict[str, list[Row]]:
    report = Report()
    rows = read(report)
    if report.errors:
        first = sorted(report.errors)[0]
        raise InventoryError(
            f"the adapter tables have {len(report.errors)} errors; the first: {first.place}: "
            f"{first.message}",
            first.fix,
            report,
        )
    return rows


def table(name: str) -> list[Row]:
    """Return the rows of one adapter table.

    Raises
    ------
    InventoryError
        The tables have errors.
    """
    return _tables()[name]


def index(name: str, key: Callable[[Row], T]) -> dict[T, list[Row]]:
    """Return the rows of one adapter table, grouped."""
    found: dict[T, list[Row]] = {}
    for row in table(name):
        found.setdefault(key(row), []).append(row)
    return found
