"""Names of background keys: ``electricity, low voltage [TW]`` is a key with a location."""

from __future__ import annotations

import re

#: stands in a link table for all locations of a key
ANY = "*"
_LOCATION = re.compile(r" \[([^\]]+)\]$")


def key_location(key: str) -> str:
    """Return the location in brackets at the end of a key, or nothing."""
    found = _LOCATION.search(key)
    return found.group(1) if found else ""


def key_pattern(key: str) -> str:
    """Return how a link table names a key in all locations: ``... [*]``."""
    return _LOCATION.sub(f" [{ANY}]", key)
