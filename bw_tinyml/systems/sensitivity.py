"""Which uncertain parameters decide a comparison: one at a time, and by their share of variance.

*One at a time* (tornado): each parameter at the 5th and at the 95th percentile of its distribution,
everything else at its stated value. *Variance-based* (Sobol): the parameters that move the ratio
most are sampled together; the total index is the share of the variance of log(ratio) that would
remain if all other parameters were known (Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018),
estimated by SALib. Exchanges with an uncertainty of their own stay at their stated value in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.impact.model import ModelParameter
from bw_tinyml.suggestions import nearest_names
from bw_tinyml.systems.case import Case, open_case

Progress = Callable[[str, int, int], None]
#: columns of amounts evaluated and solved at a time
BLOCK = 256
RANGE = (0.05, 0.95)
#: changes of the ratio below this share are noise of the arithmetic
SMALLEST = 1e-9


@dataclass
class Sensitivity:
    """Result of a sensitivity analysis of one category.

    Attributes
    ----------
    case
        What is compared.
    label
        The category.
    ratio
        Score of the device divided by that of its twin, everything at its stated value.
    table
        Index: parameters, the most important first. Columns: ``value``, ``low``, ``high`` (5th and
        95th percentile), ``unit``, ``estimate``, ``ratio_low``, ``ratio_high``, ``swing`` (absolute
        difference of the logarithms), and for the parameters that were sampled together
        ``first_order``, ``total`` and ``total_confidence`` (95 %).
    explained
        Share of the variance of log(ratio) that the first-order indices add up to; None without
        sampling.
    provenance
        Versions, background, seed: what makes the result reproducible.
    """

    case: Case
    label: str
    ratio: float
    table: pd.DataFrame
    explained: float | None
    provenance: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return the result, ready for JSON."""
        return {
            "task": self.case.task.name,
            "location": self.case.location,
            "device": self.case.names[0],
            "baseline": self.case.names[1],
            "category": self.label,
            "ratio": self.ratio,
            "explained": self.explained,
            "parameters": self.table.reset_index().to_dict("records"),
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
    sampled: int = 0,
    samples: int = 256,
    seed: int = 42,
    folder: Path | str | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Rank the uncertain parameters by their influence on device against twin.

    Parameters
    ----------
    task, device, project, location, family, parameters, seed, folder, progress
        As for :func:`bw_tinyml.compare`.
    baseline
        The twin; by default the first of the task.
    category
        Label of the category.
    sampled
        Number of parameters, the most important first, for which Sobol indices are estimated; 0
        for none. Needs the package SALib.
    samples
        Base samples, a power of two; the model is evaluated ``samples * (sampled + 2)`` times.

    Raises
    ------
    NotFoundError
        The category, or what :func:`bw_tinyml.compare` looks for, is not known.
    UsageError
        The numbers of samples make no sense, or SALib is missing.
    """
    if sampled and (samples < 16 or samples & (samples - 1)):
        raise UsageError(f"{samples} base samples make no sense", "use a power of two from 16")
    if not 0 <= sampled <= 100:
        raise UsageError(f"{sampled} parameters make no sense", "sample 0 to 100 together")
    case = open_case(
        task, device, baseline, project=project, location=location, family=family, folder=folder
    )
    case.systems, case.ids = case.systems[:2], case.ids[:2]
    labels = [i.label for i in case.solver.indicators]
    if category not in labels:
        near = nearest_names(category, labels) or labels
        raise NotFoundError(f"there is no category '{category}'", f"nearest: {'; '.join(near)}")
    column = labels.index(category)
    given = dict(parameters or {})
    ratio = float(_ratios(case, {}, 1, given, column)[0])
    table = _tornado(case, given, column, progress)
    explained = None
    if sampled:
        table, explained = _sobol(case, table, given, column, sampled, samples, seed, progress)
    return Sensitivity(
        case,
        category,
        ratio,
        table,
        explained,
        {**case.session.provenance(), "seed": seed, "samples": samples, "parameters": given},
    )


def _uncertain(case: Case, given: Mapping[str, float]) -> dict[str, ModelParameter]:
    return {
        name: parameter
        for found in case.solver.model.parameters.values()
        for name, parameter in sorted(found.items())
        if parameter.distribution and name not in given
    }


def quantiles(distribution: Mapping[str, Any], shares: np.ndarray) -> np.ndarray:
    """Return the values below which given shares of a distribution lie.

    Parameters
    ----------
    distribution
        Fields of stats_arrays.
    shares
        Shares from 0 to 1, shape (n,).
    """
    from stats_arrays import UncertaintyBase, uncertainty_choices

    array = UncertaintyBase.from_dicts(dict(distribution))
    kind = uncertainty_choices[int(distribution["uncertainty_type"])]
    values: np.ndarray = kind.ppf(array, shares[None, :])[0]
    return values


def _ratios(
    case: Case,
    values: Mapping[str, np.ndarray],
    size: int,
    given: Mapping[str, float],
    column: int,
    progress: Progress | None = None,
    title: str = "",
) -> np.ndarray:
    """Return device over twin in one category, for columns of parameter values."""
    ratios = np.empty(size)
    for start in range(0, size, BLOCK):
        stop = min(start + BLOCK, size)
        some = {name: column_values[start:stop] for name, column_values in values.items()}
        scores = case.paired.scores({**given, **some}, stop - start)[:, :, column]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios[start:stop] = scores[:, 0] / scores[:, 1]
        if progress and title:
            progress(title, stop, size)
    return ratios


def _tornado(
    case: Case, given: Mapping[str, float], column: int, progress: Progress | None
) -> pd.DataFrame:
    """Return the ratio with one parameter low, then high, the others at their value."""
    uncertain = _uncertain(case, given)
    columns = 2 * len(uncertain)
    bounds = {n: quantiles(p.distribution or {}, np.array(RANGE)) for n, p in uncertain.items()}
    stated = {
        name: float(value)
        for found in case.solver.model.parameter_values(given).values()
        for name, value in found.items()
        if name in uncertain
    }
    values = {}
    for k, name in enumerate(uncertain):
        values[name] = np.full(columns, stated[name])
        values[name][2 * k : 2 * k + 2] = bounds[name]
    ratios = _ratios(case, values, columns, given, column, progress, "one at a time")
    rows = {
        name: {
            "value": stated[name],
            "low": bounds[name][0],
            "high": bounds[name][1],
            "unit": parameter.unit,
            "estimate": parameter.estimate,
            "ratio_low": ratios[2 * k],
            "ratio_high": ratios[2 * k + 1],
            "swing": abs(np.log(ratios[2 * k + 1] / ratios[2 * k])),
        }
        for k, (name, parameter) in enumerate(uncertain.items())
    }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")
    table = table[table["swing"] > SMALLEST] if len(table) else table
    return table.sort_values("swing", ascending=False, kind="stable") if len(table) else table


def _sobol(
    case: Case,
    table: pd.DataFrame,
    given: Mapping[str, float],
    column: int,
    sampled: int,
    samples: int,
    seed: int,
    progress: Progress | None,
) -> tuple[pd.DataFrame, float]:
    """Return the table with Sobol indices of its first parameters, and what they explain."""
    try:
        from SALib.analyze import sobol
        from SALib.sample import sobol as sampler
    except ImportError:
        raise UsageError(
            "variance-based indices need the package SALib",
            "pip install 'bw_tinyml[sensitivity]', or leave out --sobol",
        ) from None
    uncertain = _uncertain(case, given)
    names = list(table.index[:sampled])
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    shares = sampler.sample(problem, samples, calc_second_order=False, seed=seed)
    # the first point of the sequence may be 0, where unbounded distributions have no value
    shares = np.clip(shares, 1e-6, 1 - 1e-6)
    values = {n: quantiles(uncertain[n].distribution or {}, shares[:, k])
              for k, n in enumerate(names)}  # fmt: skip
    ratios = _ratios(case, values, len(shares), given, column, progress, "sampled together")
    found = sobol.analyze(
        problem, np.log(ratios), calc_second_order=False, seed=seed, print_to_console=False
    )
    indices = pd.DataFrame(
        {"first_order": found["S1"], "total": found["ST"], "total_confidence": found["ST_conf"]},
        index=names,
    )
    merged = table.join(indices)
    order = merged["total"].fillna(-1).sort_values(ascending=False, kind="stable").index
    return merged.loc[order], float(np.sum(found["S1"]))


def rows(result: Sensitivity, top: int) -> tuple[Sequence[str], list[list[Any]]]:
    """Return headers and the first rows for the terminal."""
    sampled = "total" in result.table
    headers = ["parameter", "value", "5 %", "95 %", "unit", "kind", "ratio at 5 %", "at 95 %"]
    headers += ["first order", "total"] if sampled else []
    found = []
    for name, row in result.table.head(top).iterrows():
        cells = [name, row["value"], row["low"], row["high"], row["unit"],
                 "estimate" if row["estimate"] else "sourced",
                 row["ratio_low"], row["ratio_high"]]  # fmt: skip
        if sampled:
            cells += ["" if np.isnan(row[c]) else float(row[c]) for c in ("first_order", "total")]
        found.append(cells)
    return headers, found
