"""Fixtures: our small ILCD package, as we write it and as others would."""

from __future__ import annotations

import re

import pytest

from ..ilcd_packages import Documents, made, without_notes


@pytest.fixture
def documents() -> Documents:
    """Our small ILCD package."""
    return made()


@pytest.fixture
def plain(documents: Documents) -> Documents:
    """The same without anything that only we or openLCA understand."""
    stripped = without_notes(documents)
    for text in stripped.values():
        assert re.search(rb"(tinyml|olca):(?!/)\w", text) is None
    return stripped
