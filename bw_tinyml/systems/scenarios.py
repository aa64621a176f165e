"""What would change the answer: the comparison again, with other values of some parameters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bw_tinyml.impact.limits import overloaded
from bw_tinyml.systems.case import Case


def scenario_ratios(case: Case, given: Mapping[str, float]) -> pd.DataFrame:
    """Return the ratio of the device to its twins in the scenarios of the task.

    Parameters
    ----------
    case
        What is compared; the table ``scenarios`` of its inventory lists parameters and values.
    given
        Values of other parameters.

    Returns
    -------
    pandas.DataFrame
        Index (scenario, baseline); columns ``changes`` (value by parameter) and the labels of the
        indicators. Rows of one name are one scenario. Scenarios with a parameter that the project
        does not have are left out; nan where the link of a system cannot carry its data.
    """
    known = case.parameter_names()
    scenarios: dict[str, dict[str, float]] = {}
    for row in case.session.inventory.tables["scenarios"]:
        if row["task"] == case.task.name:
            scenarios.setdefault(row["scenario"], {})[row["parameter"]] = float(row["value"])
    ratios = {}
    for scenario, changes in scenarios.items():
        if not changes.keys() <= known:
            continue
        scores = case.paired.scores({**given, **changes})[0]
        lost = [bool(overloaded(case.solver.model, i, {**given, **changes})) for i in case.ids]
        scores[lost] = np.nan
        with np.errstate(divide="ignore", invalid="ignore"):
            for k, name in enumerate(case.names[1:], start=1):
                ratios[scenario, name] = [changes, *(scores[0] / scores[k])]
    columns = ["changes", *(i.label for i in case.solver.indicators)]
    index = pd.MultiIndex.from_tuples(list(ratios) or [], names=["scenario", "baseline"])
    return pd.DataFrame(list(ratios.values()), index=index, columns=columns)
