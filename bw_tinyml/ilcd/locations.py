"""Location codes that ILCD knows: two-letter country codes and the regions of its list."""

from __future__ import annotations

import re

#: regions of the ILCD location list that inventories use; RoW is none of them
REGIONS = frozenset({"GLO", "OCE", "RAF", "RAS", "RER", "RLA", "RNA", "RNE", "RME"})
#: countries whose codes are younger than the list, or left out of it
_UNLISTED = frozenset(
    {"RS", "ME", "XK", "SS", "CW", "BQ", "SX", "BL", "MF", "GG", "JE", "IM", "PS"}
)
_COUNTRY = re.compile(r"[A-Z]{2}")


def is_location(code: str) -> bool:
    """Return whether ILCD has a location code."""
    return code in REGIONS or bool(_COUNTRY.fullmatch(code) and code not in _UNLISTED)
