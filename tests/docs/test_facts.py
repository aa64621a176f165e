"""Counts in the text of pages are those of the tables."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "docs"))
import facts


@pytest.fixture(scope="module")
def known() -> facts.Facts:
    return facts.Facts()


@pytest.mark.parametrize("page", facts.PAGES, ids=[p.name for p in facts.PAGES])
def test_counts_in_the_text_are_those_of_the_tables(page: Path, known: facts.Facts) -> None:
    text = page.read_text(encoding="utf-8")
    assert facts.filled(text, known) == text, "run: python docs/facts.py"
    # Markdown takes a line that starts with a comment for HTML, and the rest of it as well
    assert not re.findall(r"^\s*<!-- fact: [^>]+ -->.", text, re.MULTILINE)


def test_unknown_categories_are_refused(known: facts.Facts) -> None:
    with pytest.raises(ValueError, match="no bands for: Noise"):
        known.text("inside: Noise", "")
