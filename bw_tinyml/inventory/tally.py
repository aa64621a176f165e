"""What do the numbers rest on? Rows by kind, and by how their source is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.tables import Row

#: tables that make datasets; the others hold keys, links and results of others
TABLES = ("exchanges", "parameters", "variants")
KINDS = ("measured", "literature", "datasheet", "calculated", "estimate")
#: access of the source of a row; empty for a row that names none
ACCESS = ("read", "quoted", "recalled", "")


@dataclass(frozen=True)
class Tally:
    """Rows of data, counted.

    Attributes
    ----------
    rows
        Number of rows by kind and access.
    plain
        Of the calculated rows without a source, those whose amount is a number, not a formula.
    sources
        Number of sources by access.
    """

    rows: dict[tuple[str, str], int]
    plain: int
    sources: dict[str, int]

    def count(self, kinds: Iterable[str] = KINDS, access: Iterable[str] = ACCESS) -> int:
        """Return the number of rows of these kinds and kinds of access."""
        known = list(access)
        return sum(self.rows.get((kind, how), 0) for kind in kinds for how in known)

    @property
    def sourced(self) -> int:
        """Number of rows that name a source."""
        return self.count(access=("read", "quoted", "recalled"))


def tally(inventory: Inventory, database: str | None = None) -> Tally:
    """Count the rows of both databases, or of one."""
    access = {row["source"]: row["access"] for row in inventory.tables["sources"]}
    folder = {None: "", "tinyml": "tinyml/", "tinyml-background": "background/"}[database]
    found = [
        row
        for table in TABLES
        for row in inventory.tables[table]
        if row["kind"] and row.file.startswith(folder)
    ]
    return Tally(
        rows=dict(Counter((row["kind"], access.get(row["source"], "")) for row in found)),
        plain=sum(
            row["kind"] == "calculated" and not row["source"] and _is_number(row) for row in found
        ),
        sources=dict(Counter(access.values())),
    )


def formulas(inventory: Inventory) -> int:
    """Return how many exchanges that are written to Brightway carry a formula."""
    return sum(
        isinstance(exchange.value, Formula) and exchange.type != "recovered"
        for dataset in inventory.datasets.values()
        for exchange in dataset.exchanges
    )


def _is_number(row: Row) -> bool:
    try:
        float(row["amount"])
    except ValueError:
        return False
    return True
