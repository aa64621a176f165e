"""Which uncertain numbers decide a comparison: one at a time, and by their share of variance.

*One at a time* (tornado): each parameter, and each exchange with an uncertainty of its own, at the
5th and at the 95th percentile of its distribution, everything else at its stated value.
*Variance-based* (Sobol): the numbers that lead are sampled together; the total index is the share
of the variance that would remain if all others were known (Saltelli et al. 2010,
doi:10.1016/j.cpc.2009.09.018), estimated by SALib. Both are given for the difference of the two
sides, for each side, and for their ratio (of which the variance is that of its logarithm).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bw_tinyml.arguments import MAX_SEED, count
from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.impact.limits import refuse_overloaded
from bw_tinyml.impact.ranges import check_given, stated_record
from bw_tinyml.impact.remainders import refuse_negative
from bw_tinyml.showing import Shown
from bw_tinyml.suggestions import nearest_names
from bw_tinyml.systems.case import Case, open_case, open_scenario
from bw_tinyml.systems.deciding import QUANTITIES, Progress, TwoSides, leading, sobol, tornado
from bw_tinyml.systems.scenario_file import Scenario
from bw_tinyml.systems.words import scenario_parameters

SEED = 42
SAMPLES = 256
LISTED = 30


@dataclass(repr=False)
class Sensitivity(Shown):
    """Result of a sensitivity analysis of one category.

    Attributes
    ----------
    case
        What is compared.
    label, unit
        The category.
    of
        The quantity by which the table is ranked.
    stated
        Value of each quantity with everything at its stated value.
    table
        Index: names of parameters, and of exchanges as ``dataset: input``; the most important
        first. Columns: ``kind``, ``value``, ``low``, ``high`` (5th and 95th percentile), ``unit``,
        ``estimate``, and for each quantity its value at both ends (``difference_low``, ...). For
        the numbers that were sampled together also ``difference_first_order``,
        ``difference_total`` and ``difference_total_confidence`` (95 %), and so on.
    others
        Number of uncertain numbers that are not listed.
    explained
        Share of the variance of each quantity that the first-order indices add up to; empty
        without sampling.
    provenance
        Versions, background, seed: what makes the result reproducible.
    """

    case: Case
    label: str
    unit: str
    of: str
    stated: dict[str, float]
    table: pd.DataFrame
    others: int
    explained: dict[str, float]
    provenance: dict[str, Any]

    def shown(self) -> tuple[str, pd.DataFrame]:
        """Return what was calculated, and the main table."""
        device, baseline = self.case.names[:2]
        title = f"{self.case.task.name} [{self.case.location}], {device} against {baseline}"
        return f"{title}: {self.label}, ranked by {self.of}", self.table

    def as_dict(self) -> dict[str, Any]:
        """Return the result, ready for JSON."""
        rows = self.table.astype(object).where(self.table.notna(), None)
        return {
            "task": self.case.task.name,
            "location": self.case.location,
            "device": self.case.names[0],
            "baseline": self.case.names[1],
            "category": self.label,
            "unit": self.unit,
            "ranked_by": self.of,
            "stated": self.stated,
            "explained": self.explained,
            "inputs": rows.reset_index().to_dict("records"),
            "other_inputs": self.others,
            **self.provenance,
        }


def sensitivity(
    task: str,
    device: str | None = None,
    baseline: str | None = None,
    *,
    category: str = "Climate change",
    project: str | None = None,
    location: str | None = None,
    family: str = "EF v3.1",
    parameters: Mapping[str, float] | None = None,
    of: str = "difference",
    listed: int = LISTED,
    sampled: int = 0,
    samples: int = SAMPLES,
    seed: int = SEED,
    folder: Path | str | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Rank the uncertain numbers by their influence on device against twin.

    Parameters
    ----------
    task, device, project, location, family, parameters, seed, folder, progress
        As for :func:`bw_tinyml.compare`.
    baseline
        The twin; by default the first of the task.
    category
        Label of the category.
    of
        What the numbers are ranked by: ``difference`` (device less twin), ``device``, ``baseline``
        or ``ratio``.
    listed
        How many to list, the most important first.
    sampled
        Number of them, from the first, for which Sobol indices are estimated; 0 for none. Needs the
        package SALib.
    samples
        Base samples, a power of two; the model is evaluated ``samples * (sampled + 2)`` times.

    Raises
    ------
    NotFoundError
        The category, or what :func:`bw_tinyml.compare` looks for, is not known.
    UsageError
        The numbers of samples make no sense, SALib is missing, or a link cannot carry the data.
    """
    case = open_case(
        task, device, baseline, project=project, location=location, family=family, folder=folder
    )
    return sensitivity_case(
        case, dict(parameters or {}), category=category, of=of, listed=listed, sampled=sampled,
        samples=samples, seed=seed, progress=progress,
    )  # fmt: skip


def sensitivity_scenario(
    scenario: Scenario,
    *,
    category: str = "Climate change",
    project: str | None = None,
    of: str = "difference",
    listed: int = LISTED,
    sampled: int = 0,
    samples: int = SAMPLES,
    folder: Path | str | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Rank the uncertain numbers of a scenario: of its device against its first twin.

    Parameters
    ----------
    scenario
        The scenario, e.g. of :func:`bw_tinyml.load_scenario`.
    category, project, of, listed, sampled, samples, folder, progress
        As for :func:`sensitivity`.

    Raises
    ------
    NotFoundError, UsageError
        As for :func:`sensitivity` and :func:`bw_tinyml.compare_scenario`.
    """
    case = open_scenario(scenario, project=project, folder=folder)
    known = case.parameter_names()
    given = scenario_parameters(scenario, case.session.inventory, case.task, known)
    result = sensitivity_case(
        case, given, category=category, of=of, listed=listed, sampled=sampled, samples=samples,
        seed=SEED if scenario.seed is None else scenario.seed, progress=progress,
    )  # fmt: skip
    result.provenance["scenario"] = scenario.as_dict()
    return result


def sensitivity_case(
    case: Case,
    given: Mapping[str, float],
    *,
    category: str = "Climate change",
    of: str = "difference",
    listed: int = LISTED,
    sampled: int = 0,
    samples: int = SAMPLES,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Sensitivity:
    """Rank the uncertain numbers of an opened case; parameters as of :func:`sensitivity`."""
    if sampled and (samples < 16 or samples & (samples - 1)):
        raise UsageError(f"{samples} base samples make no sense", "use a power of two from 16")
    if not 0 <= sampled <= 100:
        raise UsageError(f"{sampled} inputs make no sense", "sample 0 to 100 together")
    if not 1 <= listed <= 1000:
        raise UsageError(f"{listed} inputs make no sense", "list 1 to 1000")
    if of not in QUANTITIES:
        raise UsageError(f"'{of}' is no quantity", f"one of: {', '.join(QUANTITIES)}")
    seed = count(seed, "seed", 0, MAX_SEED)
    labels = [i.label for i in case.solver.indicators]
    if category not in labels:
        near = nearest_names(category, labels) or labels
        raise NotFoundError(f"there is no category '{category}'", f"nearest: {'; '.join(near)}")
    if len(case.systems) < 2:
        raise UsageError("there is no twin to compare with", "name one as baseline")
    case = replace(case, systems=case.systems[:2], ids=case.ids[:2])
    check_given(case.solver.model.parameters, given)
    refuse_overloaded(case.solver.model, dict(zip(case.names, case.ids, strict=True)), given)
    refuse_negative(case.solver.model, enumerate(case.paired.evaluation.amounts(given)), given)
    model = TwoSides(case, given, labels.index(category), progress)
    inputs, others = leading(model, of, max(listed, sampled))
    table = tornado(model, inputs, of).head(max(listed, sampled))
    explained: dict[str, float] = {}
    if sampled:
        chosen = [inputs[i] for i in table.pop("place")[:sampled]]
        table, explained = sobol(model, table, chosen, of, samples, seed)
    else:
        table = table.drop(columns="place")
    stated = {name: float(v[0]) for name, v in model.quantities({}, {}, 1).items()}
    return Sensitivity(
        case,
        category,
        case.solver.indicators[model.column].unit,
        of,
        stated,
        table,
        others,
        explained,
        {
            **case.session.provenance(),
            "seed": seed,
            "samples": samples,
            **stated_record(case.solver.model.parameters, given),
        },
    )


def rows(result: Sensitivity, top: int) -> tuple[Sequence[str], list[list[Any]]]:
    """Return headers and the first rows for the terminal."""
    of = result.of
    headers = ["input", "value", "5 %", "95 %", "unit", "kind"]
    headers += [f"{of} at 5 %", "at 95 %", "device", "baseline"]
    sampled = f"{of}_total" in result.table
    headers += ["first order", "total"] if sampled else []
    found = []
    for name, row in result.table.head(top).iterrows():
        kind = f"{row['kind']}, estimate" if row["estimate"] else row["kind"]
        cells = [name, row["value"], row["low"], row["high"], row["unit"], kind,
                 row[f"{of}_low"], row[f"{of}_high"],
                 *(f"{row[f'{side}_low']:.3g} to {row[f'{side}_high']:.3g}"
                   for side in ("device", "baseline"))]  # fmt: skip
        if sampled:
            cells += [
                "" if np.isnan(row[f"{of}_{c}"]) else float(row[f"{of}_{c}"])
                for c in ("first_order", "total")
            ]
        found.append(cells)
    return headers, found
