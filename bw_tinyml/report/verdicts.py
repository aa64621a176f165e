"""The verdict and the break-evens, as the report page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bw_tinyml.systems.comparison import Comparison
from bw_tinyml.systems.text import break_even_rows, category, climate_label, verdict_rows
from bw_tinyml.systems.verdict import summary


def verdict_context(result: Comparison, labels: Sequence[str]) -> dict[str, Any]:
    """Return what ``verdict.html`` shows: the categories of one family, and the flips.

    Parameters
    ----------
    result
        The comparison.
    labels
        Labels of the categories of the main family.
    """
    table = result.verdict()
    wanted = table[table.index.get_level_values("indicator").isin(labels)]
    verdicts = []
    for twin in result.systems[1:]:
        headers, rows = verdict_rows(result, twin.name)
        verdicts.append(
            {
                "title": f"{result.systems[0].title} against {twin.title}",
                "summary": summary(wanted, twin.name),
                "headers": headers,
                "rows": [[category(row[0]), *row[1:]] for row in rows if row[0] in labels],
            }
        )
    climate = climate_label(result)
    headers, rows = break_even_rows(result, climate)
    return {
        "verdicts": verdicts,
        "flips": {"category": climate, "headers": headers, "rows": rows},
    }
