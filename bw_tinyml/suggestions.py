"""Nearest names, for messages that help."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest_names(text: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return the known names that are nearest to a text, best first."""
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(text.lower(), by_lower, n=count, cutoff=0.5)
    contains = [low for low in by_lower if text.lower() in low and low not in found]
    return [by_lower[low] for low in (found + sorted(contains, key=len))[:count]]


def nearest_or(text: str, known: Iterable[str], otherwise: str) -> str:
    """Return ``"nearest: ..."`` as a hint of its own, or what to do where nothing is near."""
    names = nearest_names(text, known)
    return f"nearest: {'; '.join(names)}" if names else otherwise


def nearest(text: str, known: Iterable[str]) -> str:
    """Return ``"; nearest: ..."`` for the end of a message, or nothing."""
    names = nearest_names(text, known)
    return f"; nearest: {', '.join(names)}" if names else ""
