"""What would change the answer: the comparison again, with other values of some parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from bw_tinyml.impact.limits import overloaded
from bw_tinyml.impact.paired import BLOCK
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.systems.case import Case
from bw_tinyml.systems.pairs import pair_table


def scenario_ratios(case: Case, given: Mapping[str, float]) -> pd.DataFrame:
    """Return the ratio of the device to its twins in the scenarios of the task, at stated values.

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
    ratios = {}
    for scenario, changes in _changes(case).items():
        scores = case.paired.scores({**given, **changes})[0]
        scores[_lost(case, {**given, **changes})] = np.nan
        with np.errstate(divide="ignore", invalid="ignore"):
            for k, name in enumerate(case.names[1:], start=1):
                ratios[scenario, name] = [changes, *(scores[0] / scores[k])]
    columns = ["changes", *(i.label for i in case.solver.indicators)]
    index = pd.MultiIndex.from_tuples(list(ratios) or [], names=["scenario", "baseline"])
    return pd.DataFrame(list(ratios.values()), index=index, columns=columns)


def scenario_pairs(
    case: Case, given: Mapping[str, float], iterations: int, seed: int, draws: int
) -> pd.DataFrame:
    """Return what the samples say in the scenarios of the task.

    Parameters
    ----------
    case
        What is compared.
    given
        Values of other parameters.
    iterations, seed, draws
        As for :meth:`bw_tinyml.impact.paired.Paired.samples`; of more than one block of samples the
        first is taken.

    Returns
    -------
    pandas.DataFrame
        Index (scenario, baseline, indicator), columns as of
        :func:`bw_tinyml.systems.pairs.pair_table`; nan where the link of a system cannot carry its
        data.
    """
    labels = [indicator.label for indicator in case.solver.indicators]
    tables = {}
    for scenario, changes in _changes(case).items():
        values = {**given, **changes}
        samples = case.paired.samples(min(iterations, BLOCK), seed, values, draws=draws)
        lost = _lost(case, values)
        samples[:, lost] = np.nan
        point = case.paired.scores(values)[0]
        point[lost] = np.nan
        table = pair_table(case.names, labels, point, samples)
        table.loc[table["ratio_median"].isna(), "probability_lower"] = np.nan
        tables[scenario] = table
    return pd.concat(tables, names=["scenario"]) if tables else pd.DataFrame()


def _changes(case: Case) -> dict[str, dict[str, float]]:
    return task_scenarios(case.session.inventory, case.task.name, case.parameter_names())


def task_scenarios(
    inventory: Inventory, task: str, known: Collection[str]
) -> dict[str, dict[str, float]]:
    """Return values by scenario and parameter, without scenarios that the project cannot do.

    Parameters
    ----------
    inventory
        Its table ``scenarios`` lists parameters and values.
    task
        Name of the task.
    known
        Names of the parameters of the project.
    """
    found: dict[str, dict[str, float]] = {}
    for row in inventory.tables["scenarios"]:
        if row["task"] == task:
            found.setdefault(row["scenario"], {})[row["parameter"]] = float(row["value"])
    return {
        scenario: changes for scenario, changes in found.items() if changes.keys() <= set(known)
    }


def _lost(case: Case, values: Mapping[str, float]) -> list[bool]:
    """Return which systems have a link that cannot carry their data."""
    return [bool(overloaded(case.solver.model, i, values)) for i in case.ids]
