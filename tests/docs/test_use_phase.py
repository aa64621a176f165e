"""The page on the use phase fits the inventory."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "docs"))
import use_tables


def test_tables_are_those_of_the_inventory() -> None:
    """The table by year takes long and is left out; tests/data tests the grids."""
    text = use_tables.PAGE.read_text(encoding="utf-8")
    assert use_tables.renewed(text, ("others", "services")) == text, (
        "run: python docs/use_tables.py"
    )
