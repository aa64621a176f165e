"""What texts of a bill of materials say by their words: patterns, designators, pins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache

#: first words of a description -> designator, where a bill has no reference designators
_WORDS = {
    "CAP": "C",
    "CAPACITOR": "C",
    "RES": "R",
    "RESISTOR": "R",
    "IND": "L",
    "INDUCTOR": "L",
    "FERRITE": "FB",
    "BEAD": "FB",
    "CRYSTAL": "Y",
    "XTAL": "Y",
    "OSC": "Y",
    "LED": "LED",
    "DIODE": "D",
    "TVS": "D",
    "TRANS": "Q",
    "TRANSISTOR": "Q",
    "MOSFET": "Q",
    "CONN": "J",
    "CONNECTOR": "J",
    "HEADER": "J",
    "SWITCH": "SW",
    "IC": "U",
    "BUTTON": "SW",
}


@lru_cache(maxsize=10_000)
def _compiled(patterns: str) -> re.Pattern[str]:
    parts = (translate(p.strip()) for p in patterns.split(";") if p.strip())
    return re.compile("|".join(parts))


def fits(patterns: str, texts: Sequence[str]) -> bool:
    """Whether one of several patterns, separated by ``;``, fits one of the texts."""
    return any(_compiled(patterns).match(text) for text in texts)


def designators_of(texts: Sequence[str]) -> frozenset[str]:
    """Guess designators from descriptions such as ``CAP CER 100NF 16V 0402``."""
    for text in texts:
        for word in re.findall(r"[A-Z]+", text)[:3]:
            if word in _WORDS:
                return frozenset({_WORDS[word]})
    return frozenset()


def pins_of(texts: Sequence[str]) -> int:
    """Return the pins of a connector from rows x columns in a text, else 1."""
    for text in texts:
        if match := re.search(r"(\d{1,2})X(\d{1,3})", text):
            return max(1, int(match[1]) * int(match[2]))
    return 1
