"""Patterns of the table ``parts.csv``, and pins, in texts of a bill of materials."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache


@lru_cache(maxsize=10_000)
def _compiled(patterns: str) -> re.Pattern[str]:
    parts = (translate(p.strip()) for p in patterns.split(";") if p.strip())
    return re.compile("|".join(parts))


def fits(patterns: str, texts: Sequence[str]) -> bool:
    """Whether one of several patterns, separated by ``;``, fits one of the texts."""
    return any(_compiled(patterns).match(text) for text in texts)


def pins_of(texts: Sequence[str]) -> int:
    """Return the pins of a connector from rows x columns in a text, else 1."""
    for text in texts:
        if match := re.search(r"(\d{1,2})X(\d{1,3})", text):
            return max(1, int(match[1]) * int(match[2]))
    return 1
