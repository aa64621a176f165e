"""How results show themselves: one line in a terminal, their main table in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

#: rows of a table in a notebook; the middle of a longer one is left out
SHOWN_ROWS = 60


class Shown:
    """A result with a title and a main table; :meth:`shown` returns both."""

    def shown(self) -> tuple[str, pd.DataFrame]:
        """Return what was calculated, in one line, and the main table."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.shown()[0]}>"

    def _repr_html_(self) -> str:
        title, table = self.shown()
        return f"<p>{escape(title)}</p>\n{table.to_html(max_rows=SHOWN_ROWS)}"
