"""Rows of link tables: ours for ecoinvent, and those by which a user replaces them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bw_tinyml.errors import UsageError
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.keys import key_pattern
from bw_tinyml.inventory.loading import default_folder
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.schema import read_schemas
from bw_tinyml.inventory.tables import Row, read_table
from bw_tinyml.suggestions import nearest


@dataclass(frozen=True)
class LinkRow:
    """What one row of a link table says.

    Attributes
    ----------
    key
        Background key; ``electricity, low voltage [*]`` stands for all locations.
    activity, product
        Names in the background; empty where ``process`` is given.
    locations
        Locations in the order in which they are tried; with ``{location}`` and ``{regions}``.
    unit
        Unit symbol of the product; empty: the unit of the key.
    process
        Identifier of the dataset of ours that answers the key instead.
    pedigree
        Scores by which the uncertainty is widened; empty: not at all.
    place
        File and line, for messages.
    """

    key: str
    activity: str = ""
    product: str = ""
    locations: tuple[str, ...] = ()
    unit: str = ""
    factor: float = 1.0
    process: str = ""
    proxy: bool = False
    pedigree: str = ""
    remark: str = ""
    place: str = ""

    def places(self, location: str, regions: Sequence[str]) -> Iterator[str]:
        """Iterate over the locations to try for a key or dataset in some location."""
        for step in self.locations:
            if step == "{regions}":
                yield from regions
            else:
                yield step.replace("{location}", location)


def link_row(row: Row) -> LinkRow:
    """Return what a row of a table says."""
    return LinkRow(
        key=row["key"],
        activity=row["activity"],
        product=row["product"],
        locations=split_locations(row["locations"]),
        unit=row["unit"],
        factor=row.number("factor") or 1.0,
        process=row["process"],
        proxy=row.flag("proxy"),
        pedigree=row["pedigree"],
        remark=row["remark"],
        place=f"{row.file}:{row.line}",
    )


def split_locations(text: str) -> tuple[str, ...]:
    """Return the steps of ``"{location} > RER > GLO"``."""
    return tuple(step.strip() for step in text.split(" > ") if step.strip())


def parse_link(text: str) -> LinkRow:
    """Return the row that an option ``KEY=NAME|PRODUCT|LOCATION`` states.

    Raises
    ------
    UsageError
        The text is not of that form.
    """
    key, sign, value = text.partition("=")
    parts = [part.strip() for part in value.split("|")]
    if not sign or len(parts) != 3 or not key.strip() or not all(parts):
        raise UsageError(
            f"'{text}' is not KEY=NAME|PRODUCT|LOCATION",
            'e.g. --link "gold=market for gold|gold|GLO"; a factor or a dataset of ours needs a '
            "file (--links)",
        )
    name, product, location = parts
    return LinkRow(key.strip(), name, product, (location,), place="--link")


def read_links(path: Path) -> list[LinkRow]:
    """Read a user's file of links: the columns of ``links/ecoinvent.csv``, those that are needed.

    Raises
    ------
    UsageError
        The file has a fault; the first is named.
    """
    if not path.is_file():
        raise UsageError(f"there is no file '{path}'", "name a CSV file with --links")
    report = Report()
    schema = read_schemas(default_folder())["links_ecoinvent"]
    rows = read_table(path.parent, path, schema, report)
    for row in rows:
        if bool(row["process"]) == bool(row["activity"] and row["product"] and row["locations"]):
            report.add(
                "bad-value",
                row.file,
                row.line,
                "a row needs either activity, product and locations, or process",
            )
    if report.errors:
        first = sorted(report.errors)[0]
        raise UsageError(f"{first.place}: {first.message}", first.fix)
    return [link_row(row) for row in rows]


def check_overrides(overrides: Iterable[LinkRow], inventory: Inventory) -> None:
    """Check that rows of the user name keys and datasets that exist.

    Raises
    ------
    UsageError
        One does not.
    """
    known = {row["key"] for row in inventory.tables["keys"]}
    patterns = {key_pattern(key) for key in known}
    for row in overrides:
        if row.key not in known | patterns:
            raise UsageError(
                f"{row.place}: '{row.key}' is not a background key{nearest(row.key, known)}",
                "`bw-tinyml links` lists the keys",
            )
        if row.process and row.process not in inventory.datasets:
            raise UsageError(
                f"{row.place}: '{row.process}' is not a dataset of ours"
                + nearest(row.process, inventory.datasets),
                "`bw-tinyml list` lists the datasets with their identifiers",
            )
