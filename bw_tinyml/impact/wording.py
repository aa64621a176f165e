"""How a result is introduced, and what makes it reproducible, in one line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bw_tinyml.brightway.lookup import Node


def title(node: Node, amount: float) -> str:
    """Return what was calculated."""
    return f"{amount:g} {node.unit} of {node.product}: {node.name} [{node.location}]\n"


def footnote(provenance: Mapping[str, Any]) -> str:
    """Return versions and background, and how often was sampled."""
    versions = ", ".join(f"{k} {v}" for k, v in provenance["versions"].items())
    sampled = ""
    if "seed" in provenance:
        sampled = f"{provenance['iterations']} samples, seed {provenance['seed']}; "
    return f"{sampled}background {provenance['background']}; {versions}"
