"""One thing that was looked at in a project: its state, and what to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at.

    Attributes
    ----------
    what
        What was looked at.
    state
        ``ok``, ``warning`` (works, but deserves a look) or ``error`` (something will fail).
    finding
        What was found.
    remedy
        What to do; empty where nothing is needed.
    """

    what: str
    state: State
    finding: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the fields, ready for JSON."""
        return asdict(self)
