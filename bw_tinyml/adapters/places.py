"""Locations of other data sets as codes that bw2data takes as text.

bw2data evaluates a location that contains a parenthesis as Python, so nothing but plain codes may
ever reach it.
"""

from __future__ import annotations

import re
from functools import cache

from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.loading import default_folder
from bw_tinyml.inventory.schema import read_schemas
from bw_tinyml.inventory.tables import read_table

#: code of a data set that does not say where
UNKNOWN = "GLO"
_CODE = re.compile(r"[A-Z]{2,3}(-[A-Z0-9]{1,8})?|RoW")


@cache
def _codes_by_name() -> dict[str, str]:
    root = default_folder()
    rows = read_table(root, root / "locations.csv", read_schemas(root)["locations"], Report())
    return {row["name"].casefold(): row["location"] for row in rows}


def code(*candidates: str) -> str | None:
    """Return the location code that the first understandable text stands for, or None.

    Parameters
    ----------
    candidates
        Codes or names, the best first, e.g. ``"US"``, ``"United States of America (the)"``.
    """
    for text in candidates:
        if _CODE.fullmatch(text):
            return text
        name = re.sub(r"\s*\([^)]*\)\s*$", "", text).casefold()
        if name in _codes_by_name():
            return _codes_by_name()[name]
    return None
