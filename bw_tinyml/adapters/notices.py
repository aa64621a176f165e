"""Notices and credits that must accompany data of others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bw_tinyml.adapters.tables import table


@dataclass(frozen=True)
class Notice:
    """A notice, word for word."""

    title: str
    text: str
    link: str = ""


def notices(texts: Iterable[str]) -> list[Notice]:
    """Return the notices that apply to data whose documentation holds these texts."""
    documentation = " ".join(texts).casefold()
    return [
        Notice(row["title"], row["text"], row["link"])
        for row in table("notices")
        if row["applies"].casefold() in documentation
    ]
