"""The largest parts of a score, and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from bw_tinyml.errors import UsageError


@dataclass(frozen=True)
class Largest:
    """The largest parts of a score.

    Attributes
    ----------
    parts
        The largest, by size, whatever their sign.
    others
        How many more there are.
    rest
        Their sum.
    """

    parts: pd.Series
    others: int
    rest: float

    def as_dict(self) -> dict[str, Any]:
        """Return them for JSON."""
        return {
            "contributions": [
                {"name": list(i) if isinstance(i, tuple) else i, "score": float(v)}
                for i, v in self.parts.items()
            ],
            "others": {"count": self.others, "score": self.rest},
        }


def largest(column: pd.Series, top: int | None = None) -> Largest:
    """Return the largest parts of a score, in order.

    Parameters
    ----------
    column
        Contributions.
    top
        How many; all without it.

    Raises
    ------
    UsageError
        Fewer than one are asked for.
    """
    if top is not None and top < 1:
        raise UsageError(f"the top {top} make no sense", "ask for 1 or more")
    parts = column.loc[column.abs().sort_values(ascending=False, kind="stable").index]
    count = len(parts) if top is None else min(top, len(parts))
    return Largest(parts.iloc[:count], len(parts) - count, float(parts.iloc[count:].sum()))
