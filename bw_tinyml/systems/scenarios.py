"""What would change the answer: the comparison again, with other values of some parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bw_tinyml.impact.limits import overloaded
from bw_tinyml.impact.solving import Solver
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.systems.tasks import Task


def scenario_ratios(
    solver: Solver,
    inventory: Inventory,
    task: Task,
    names: Sequence[str],
    ids: Sequence[int],
    given: Mapping[str, float],
) -> pd.DataFrame:
    """Return the ratio of the first product to the others in the scenarios of a task.

    Parameters
    ----------
    solver
        Of a model that holds all products.
    inventory
        Its table ``scenarios`` lists parameters and values.
    task
        The task.
    names, ids
        Short names and node ids of the systems, the device first.
    given
        Values of other parameters.

    Returns
    -------
    pandas.DataFrame
        Index (scenario, baseline); columns ``changes`` (value by parameter) and the labels of the
        indicators. Rows of one name are one scenario. Scenarios with a parameter that the project
        does not have are left out; nan where the link of a system cannot carry its data.
    """
    known = {name for found in solver.model.parameters.values() for name in found}
    scenarios: dict[str, dict[str, float]] = {}
    for row in inventory.tables["scenarios"]:
        if row["task"] == task.name:
            scenarios.setdefault(row["scenario"], {})[row["parameter"]] = float(row["value"])
    demand = np.concatenate([solver.demand(i) for i in ids], axis=2)
    ratios = {}
    for scenario, changes in scenarios.items():
        if not changes.keys() <= known:
            continue
        amounts = np.array(solver.model.amounts({**given, **changes}), dtype=float)[:, None]
        scores = solver.scores(amounts, solver.supply(amounts, demand))[0]
        lost = [bool(overloaded(solver.model, i, {**given, **changes})) for i in ids]
        scores[lost] = np.nan
        with np.errstate(divide="ignore", invalid="ignore"):
            for k, name in enumerate(names[1:], start=1):
                ratios[scenario, name] = [changes, *(scores[0] / scores[k])]
    columns = ["changes", *(i.label for i in solver.indicators)]
    index = pd.MultiIndex.from_tuples(list(ratios) or [], names=["scenario", "baseline"])
    return pd.DataFrame(list(ratios.values()), index=index, columns=columns)
