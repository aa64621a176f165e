"""Device against twins under other allocations of recycling than cut-off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bw_tinyml.impact.allocated import allocated, linked_tables
from bw_tinyml.systems.case import Case

CUT_OFF, SUBSTITUTION, SHARED = "cut-off", "substitution", "shared"
ALLOCATIONS = (CUT_OFF, SUBSTITUTION, SHARED)
COLUMNS = [
    f"{what}_{name}" for name in ("cut_off", "substitution", "shared") for what in ("ratio",
    "difference")
]  # fmt: skip


def allocated_pairs(
    case: Case,
    given: Mapping[str, float] | None = None,
    families: Sequence[str] = ("EF v3.1",),
    share: float = 0.5,
) -> pd.DataFrame:
    """Return ratio and difference of the device to each twin under three allocations.

    Parameters
    ----------
    case
        What is compared, on the open background.
    given
        Values of parameters.
    families
        Families of LCIA methods of the case.
    share
        Allocation factor of the circular footprint formula: 0.5 shares burdens and credits of
        recycling equally (50-50).

    Returns
    -------
    pandas.DataFrame
        Index (baseline, indicator); columns ``ratio_`` and ``difference_`` of ``cut_off``,
        ``substitution`` and ``shared``; deterministic.

    Raises
    ------
    UsageError
        The project has another background or was changed, so that the tables say nothing about
        what it recovers.
    """
    labels = [indicator.label for indicator in case.solver.indicators]
    point = case.paired.scores(given or {})[0]
    linked = linked_tables(case.session, given)
    scores = []
    for k, system in enumerate(case.systems):
        cut_off = dict(zip(labels, point[k].tolist(), strict=True))
        identifier = f"{system.process}/{case.location}"
        found = allocated(linked, identifier, cut_off, families, share)
        scores.append([(found[n].cut_off, found[n].substitution, found[n].shared) for n in labels])
    values = np.array(scores)
    rows = {}
    for k, system in enumerate(case.systems[1:], start=1):
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = values[0] / values[k]
        differences = values[0] - values[k]
        for j, label in enumerate(labels):
            pairs = zip(ratios[j], differences[j], strict=True)
            rows[system.name, label] = [number for pair in pairs for number in pair]
    index = pd.MultiIndex.from_tuples(list(rows) or [], names=["baseline", "indicator"])
    return pd.DataFrame(list(rows.values()), index=index, columns=COLUMNS)
