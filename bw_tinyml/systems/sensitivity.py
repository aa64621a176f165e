"""Which uncertain numbers decide a comparison: one at a time, and by their share of variance.

*One at a time* (tornado): each parameter, and each exchange with an uncertainty of its own, at the
5th and at the 95th percentile of its distribution, everything else at its stated value.
*Variance-based* (Sobol): the numbers that lead are sampled together; the total index is the share
of the variance that would remain if all others were known (Saltelli et al. 2010,
doi:10.1016/j.cpc.2009.09.018), estimated by SALib. Both are given for the difference of the two
sides, for each side, and for their ratio (of which the variance is that of its logarithm).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.impact.limits import refuse_overloaded
from bw_tinyml.suggestions import nearest_names
from bw_tinyml.systems.case import Case, open_case, open_scenario
from bw_tinyml.systems.inputs import (
    EXCHANGE,
    PARAMETER,
    Input,
    columns,
    quantiles,
    screen,
    titles,
    uncertain_inputs,
)
from bw_tinyml.systems.scenario_file import Scenario
from bw_tinyml.systems.words import scenario_parameters

Progress = Callable[[str, int, int], None]
#: what is explained: device less twin, each side, device over twin
QUANTITIES = ("difference", "device", "baseline", "ratio")
#: columns of amounts evaluated and solved at a time
BLOCK = 256
#: changes below this share of the scores are noise of the arithmetic
SMALLEST = 1e-9
SEED = 42
SAMPLES = 256
LISTED = 30


@dataclass
class Sensitivity:
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
    labels = [i.label for i in case.solver.indicators]
    if category not in labels:
        near = nearest_names(category, labels) or labels
        raise NotFoundError(f"there is no category '{category}'", f"nearest: {'; '.join(near)}")
    if len(case.systems) < 2:
        raise UsageError("there is no twin to compare with", "name one as baseline")
    case = replace(case, systems=case.systems[:2], ids=case.ids[:2])
    refuse_overloaded(case.solver.model, dict(zip(case.names, case.ids, strict=True)), given)
    model = _Model(case, given, labels.index(category), progress)
    inputs, others = _leading(model, of, max(listed, sampled))
    table = _tornado(model, inputs, of).head(max(listed, sampled))
    explained: dict[str, float] = {}
    if sampled:
        leading = [inputs[i] for i in table.pop("place")[:sampled]]
        table, explained = _sobol(model, table, leading, of, samples, seed)
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
        {**case.session.provenance(), "seed": seed, "samples": samples, "parameters": dict(given)},
    )


@dataclass(frozen=True)
class _Model:
    """Two sides in one category as a function of uncertain numbers."""

    case: Case
    given: Mapping[str, float]
    column: int
    progress: Progress | None

    def quantities(
        self,
        values: Mapping[str, np.ndarray],
        amounts: Mapping[int, np.ndarray],
        size: int,
        title: str = "",
    ) -> dict[str, np.ndarray]:
        """Return the quantities for columns of parameter values and exchange amounts."""
        scores = np.empty((size, 2))
        for start in range(0, size, BLOCK):
            some = slice(start, min(start + BLOCK, size))
            scores[some] = self.case.paired.scores(
                {**self.given, **{name: v[some] for name, v in values.items()}},
                some.stop - start,
                {e: v[some] for e, v in amounts.items()},
            )[:, :, self.column]
            if self.progress and title:
                self.progress(title, some.stop, size)
        return _quantities(scores[:, 0], scores[:, 1])


def _quantities(device: np.ndarray, baseline: np.ndarray) -> dict[str, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (device - baseline, device, baseline, device / baseline)
    return dict(zip(QUANTITIES, found, strict=True))


def _leading(model: _Model, of: str, listed: int) -> tuple[list[Input], int]:
    """Return the numbers that lead to first order, twice as many as are listed, and the rest."""
    inputs = uncertain_inputs(model.case, model.given)
    changes = screen(model.case, inputs, model.given, model.column)
    device, baseline = model.case.paired.scores(model.given)[0, :, model.column]
    moved = _quantities(device + changes[:, 0] / 2, baseline + changes[:, 1] / 2)[of]
    other = _quantities(device - changes[:, 0] / 2, baseline - changes[:, 1] / 2)[of]
    swing = np.nan_to_num(np.abs(moved - other))
    noise = SMALLEST * (1.0 if of == "ratio" else abs(device) + abs(baseline))
    order = [int(i) for i in np.argsort(-swing, kind="stable") if swing[i] > noise]
    chosen = order[: 2 * listed]
    return [inputs[i] for i in chosen], max(0, len(order) - listed)


def _tornado(model: _Model, inputs: Sequence[Input], of: str) -> pd.DataFrame:
    """Return the quantities with one number low, then high, the others as stated."""
    values, amounts = columns(inputs)
    found = model.quantities(values, amounts, 2 * len(inputs), "one at a time")
    table = pd.DataFrame(
        {
            "place": range(len(inputs)),
            "kind": [i.kind for i in inputs],
            "value": [i.value for i in inputs],
            "low": [i.low for i in inputs],
            "high": [i.high for i in inputs],
            "unit": [unit for _, unit in titles(model.case, inputs)],
            "estimate": [i.estimate for i in inputs],
            **{f"{q}_low": v[::2] for q, v in found.items()},
            **{f"{q}_high": v[1::2] for q, v in found.items()},
        },
        index=pd.Index([name for name, _ in titles(model.case, inputs)], name="input"),
    )
    swing = (table[f"{of}_high"] - table[f"{of}_low"]).abs()
    return table.iloc[np.argsort(-swing.to_numpy(), kind="stable")]


def _sobol(
    model: _Model, table: pd.DataFrame, leading: Sequence[Input], of: str, samples: int, seed: int
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the table with Sobol indices of its first numbers, and what they explain."""
    try:
        from SALib.analyze import sobol
        from SALib.sample import sobol as sampler
    except ImportError:
        raise UsageError(
            "variance-based indices need the package SALib",
            "pip install 'bw_tinyml[sensitivity]', or leave out --sobol",
        ) from None
    size = len(leading)
    problem = {
        "num_vars": size, "names": [str(i) for i in range(size)], "bounds": [[0.0, 1.0]] * size,
    }  # fmt: skip
    shares = sampler.sample(problem, samples, calc_second_order=False, seed=seed)
    # the first point of the sequence may be 0, where unbounded distributions have no value
    shares = np.clip(shares, 1e-6, 1 - 1e-6)
    drawn = [quantiles([i.distribution], shares[:, k])[0] for k, i in enumerate(leading)]
    found = model.quantities(
        {str(i.key): v for i, v in zip(leading, drawn, strict=True) if i.kind == PARAMETER},
        {int(i.key): v for i, v in zip(leading, drawn, strict=True) if i.kind == EXCHANGE},
        len(shares),
        "sampled together",
    )
    explained = {}
    table = table.copy()
    for name, sampled in found.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            output = np.log(sampled) if name == "ratio" else sampled
        if not np.all(np.isfinite(output)) or np.ptp(output) == 0:
            continue
        indices = sobol.analyze(
            problem, output, calc_second_order=False, seed=seed, print_to_console=False
        )
        for column, key in (
            ("first_order", "S1"), ("total", "ST"), ("total_confidence", "ST_conf"),
        ):  # fmt: skip
            padded = np.full(len(table), np.nan)
            padded[:size] = indices[key]
            table[f"{name}_{column}"] = padded
        explained[name] = float(np.sum(indices["S1"]))
    if f"{of}_total" in table:
        key = table[f"{of}_total"].fillna(-1.0).to_numpy()
        table = table.iloc[np.argsort(-key, kind="stable")]
    return table, explained


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
