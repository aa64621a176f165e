"""Datasets for further locations, on demand: recipes over sites get another site.

A set of a recipe can be extended when its items are locations without numbers of their own: sites
of fabs, board makers and data centres, places of use. Texts of an item, such as the mix of
end-of-life routes at a place of use, are those of the world. Keys with a location in brackets get
the location, too. Sets whose items have numbers (the grids of the open background) cannot be
extended without data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bw_tinyml.errors import UsageError
from bw_tinyml.inventory.keys import key_location, key_pattern
from bw_tinyml.inventory.tables import Row
from bw_tinyml.suggestions import nearest

ALL_ITEMS = "*"
WORLD = "GLO"


def check_locations(wanted: Iterable[str], known: Sequence[Row]) -> None:
    """Check that locations are codes of ``locations.csv``.

    Raises
    ------
    UsageError
        One is not.
    """
    names = {row["location"]: row["name"] for row in known}
    for location in wanted:
        if location not in names:
            by_name = {name: code for code, name in names.items()}
            hint = f"'{by_name[location]}'" if location in by_name else "a code of locations.csv"
            raise UsageError(
                f"'{location}' is not a location code{nearest(location, names)}",
                f"use {hint}, such as VN or TH",
            )


def regional_items(
    variants: Sequence[Row], known: Sequence[Row], wanted: Sequence[str]
) -> list[Row]:
    """Return rows that add locations to the sets that can be extended.

    Parameters
    ----------
    variants
        Rows of all ``variants.csv`` of a database.
    known
        Rows of ``locations.csv``.
    wanted
        The locations to add.
    """
    codes = {row["location"] for row in known}
    sets: dict[str, list[Row]] = {}
    for row in variants:
        if row["item"] != ALL_ITEMS:
            sets.setdefault(row["set"], []).append(row)
    found = []
    for rows in sets.values():
        items = {row["item"] for row in rows}
        if any(row["amount"] for row in rows) or not items <= codes:
            continue
        models = [row for row in rows if row["item"] == WORLD and row["parameter"]]
        if not models and any(row["parameter"] for row in rows):
            continue
        for location in wanted:
            if location not in items:
                bare = Row({"set": rows[0]["set"]}, rows[-1].file, rows[-1].line)
                found += [
                    Row({**model.cells, "item": location}, model.file, model.line)
                    for model in models or [bare]
                ]
    return found


def regional_keys(keys: Sequence[Row], wanted: Sequence[str]) -> list[Row]:
    """Return rows that add locations to the keys that have one in brackets."""
    present = {row["key"] for row in keys}
    models = {key_pattern(row["key"]): row for row in keys if key_location(row["key"])}
    return [
        Row({**row.cells, "key": key}, row.file, row.line)
        for pattern, row in models.items()
        for location in wanted
        if (key := pattern.replace("[*]", f"[{location}]")) not in present
    ]
