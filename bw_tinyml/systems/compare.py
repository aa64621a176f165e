"""Comparing a TinyML device with its cloud-IoT twins on one functional unit.

All systems see the same samples of parameters and exchanges (paired Monte Carlo), so that what they
share does not blur the difference between them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bw_tinyml.arguments import MAX_SEED, count
from bw_tinyml.impact.contributions import by_component, by_label, estimate_share
from bw_tinyml.impact.limits import refuse_overloaded
from bw_tinyml.impact.methods import Indicator
from bw_tinyml.impact.paired import DRAWS
from bw_tinyml.impact.ranges import check_given, stated_record
from bw_tinyml.impact.remainders import stated_amounts
from bw_tinyml.impact.session import DEFAULT_FAMILY
from bw_tinyml.impact.solving import Solver
from bw_tinyml.impact.stage_estimates import stage_estimates
from bw_tinyml.impact.whatif import Sampled
from bw_tinyml.systems.allocated import CUT_OFF, allocated_pairs
from bw_tinyml.systems.breakeven import break_evens
from bw_tinyml.systems.case import Case, open_case, open_scenario
from bw_tinyml.systems.comparison import Comparison
from bw_tinyml.systems.pairs import QUANTILES, pair_table
from bw_tinyml.systems.scenario_file import Scenario
from bw_tinyml.systems.scenarios import scenario_pairs, scenario_ratios
from bw_tinyml.systems.words import RATE, scenario_parameters

Progress = Callable[[str, int, int], None]
ITERATIONS = 1000
SEED = 42
__all__ = ["Comparison", "compare", "compare_case", "compare_scenario"]


def compare(
    task: str,
    device: str | None = None,
    baseline: str | Sequence[str] | None = None,
    *,
    project: str | None = None,
    location: str | None = None,
    family: str | Sequence[str] = "EF v3.1",
    parameters: Mapping[str, float] | None = None,
    iterations: int = ITERATIONS,
    seed: int = SEED,
    folder: Path | str | None = None,
    progress: Progress | None = None,
    break_even: Sequence[str] | None = None,
    background_uncertainty: bool = True,
    sample_scenarios: bool = False,
) -> Comparison:
    """Compare a TinyML device with cloud-IoT twins.

    Parameters
    ----------
    task
        Name of the task, e.g. ``"keyword spotting"``.
    device
        Short name of the TinyML system; by default the first of the task.
    baseline
        Short name or names of the twins; by default all of the task.
    project
        Brightway project; None for the current one.
    location
        Location of use; by default the first of the recipe.
    family
        Family or families of LCIA methods.
    parameters
        Values of database parameters, instead of those of the project.
    iterations
        Number of Monte Carlo samples.
    seed
        Seed of the samples.
    folder
        Inventory folder with the list of tasks.
    progress
        Called with a title, a count and a total.
    break_even
        Words of the task or names of parameters in which break-evens are sought; by default all
        words, see :func:`bw_tinyml.systems.breakeven.break_evens`.
    background_uncertainty
        Whether the numbers of the open background are sampled, too.
    sample_scenarios
        Whether the scenarios of the task are sampled, too, which takes some seconds.

    Raises
    ------
    NotFoundError
        The task, a system, the location or the family is not known.
    UsageError
        A parameter, the number of iterations or the seed makes no sense, or a link cannot carry
        the data.
    """
    _check_samples(iterations, seed)
    case = open_case(
        task, device, baseline, project=project, location=location, family=family, folder=folder
    )
    return compare_case(
        case, dict(parameters or {}), iterations, seed, progress, break_even=break_even,
        background_uncertainty=background_uncertainty, sample_scenarios=sample_scenarios,
    )  # fmt: skip


def compare_scenario(
    scenario: Scenario,
    *,
    project: str | None = None,
    folder: Path | str | None = None,
    progress: Progress | None = None,
    break_even: Sequence[str] | None = None,
) -> Comparison:
    """Compare what a scenario describes.

    Parameters
    ----------
    scenario
        The scenario, e.g. of :func:`bw_tinyml.systems.scenario_file.load_scenario`.
    project
        Brightway project, instead of the one that the scenario names.
    folder, progress, break_even
        As for :func:`compare`.

    Raises
    ------
    NotFoundError, UsageError
        As for :func:`compare`; a word or choice is not known, or the project has another
        background than the scenario names.
    """
    iterations = ITERATIONS if scenario.iterations is None else scenario.iterations
    seed = SEED if scenario.seed is None else scenario.seed
    _check_samples(iterations, seed)
    case = open_scenario(scenario, project=project, folder=folder)
    known = case.parameter_names()
    given = scenario_parameters(scenario, case.session.inventory, case.task, known)
    result = compare_case(
        case, given, iterations, seed, progress, break_even=break_even,
        background_uncertainty=scenario.background_uncertainty is not False,
    )  # fmt: skip
    if scenario.allocation not in (None, CUT_OFF):
        families = scenario.family or (DEFAULT_FAMILY,)
        result.allocations = allocated_pairs(case, given, families)
    result.provenance["scenario"] = scenario.as_dict()
    return result


def compare_case(
    case: Case,
    given: Mapping[str, float],
    iterations: int = ITERATIONS,
    seed: int = SEED,
    progress: Progress | None = None,
    *,
    break_even: Sequence[str] | None = None,
    background_uncertainty: bool = True,
    sample_scenarios: bool = False,
) -> Comparison:
    """Compare the systems of an opened case; the other parameters are those of :func:`compare`.

    Raises
    ------
    UsageError
        A parameter, the number of iterations or the seed makes no sense.
    """
    _check_samples(iterations, seed)
    solver, names, ids = case.solver, case.names, case.ids
    indicators = list(solver.indicators)
    check_given(solver.model.parameters, given)
    refuse_overloaded(solver.model, dict(zip(names, ids, strict=True)), given)
    base = stated_amounts(solver.model, given)[:, None]
    labels = [i.label for i in indicators]

    stages, components, estimates, by_stage = _breakdown(solver, names, ids, base)
    draws = DRAWS if background_uncertainty else 0
    samples = case.paired.samples(iterations, seed, given, draws=draws, progress=progress)
    point = stages.groupby(level="system", sort=False).sum().loc[names].to_numpy()
    sampled = Sampled(case.paired, iterations, seed, given, draws=draws)
    flips = break_evens(case, break_even, given, sampled)
    return Comparison(
        task=case.task,
        location=case.location,
        functional_unit=case.functional_unit(given),
        systems=case.systems,
        indicators=indicators,
        scores=_scores(names, indicators, point, samples),
        stages=stages,
        components=components,
        estimates=estimates,
        stage_estimates=by_stage,
        pairs=_with_flips(pair_table(names, labels, point, samples), flips),
        break_evens=flips,
        scenarios=scenario_ratios(case, given),
        scenario_pairs=scenario_pairs(case, given, iterations, seed, draws)
        if sample_scenarios
        else None,
        samples=samples,
        rate=_rate(case, given),
        provenance={
            **case.session.provenance(),
            "iterations": iterations,
            "seed": seed,
            "background_draws": draws,
            "break_even_samples": sampled.size,
            **stated_record(solver.model.parameters, given),
        },
    )


def _check_samples(iterations: int, seed: int) -> None:
    count(iterations, "iterations", 2, 1_000_000)
    count(seed, "seed", 0, MAX_SEED)


def _with_flips(pairs: pd.DataFrame, flips: pd.DataFrame) -> pd.DataFrame:
    """Add the break-even in the rate of the task, which the tables show beside the ratios."""
    rate = flips.xs(RATE, level="name") if RATE in flips.index.get_level_values("name") else None
    pairs["break_even"] = np.nan if rate is None else rate["break_even"].reindex(pairs.index)
    return pairs


def _breakdown(
    solver: Solver,
    names: Sequence[str],
    ids: Sequence[int],
    amounts: np.ndarray,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    labels = [i.label for i in solver.indicators]
    stages: dict[tuple[str, ...], np.ndarray] = {}
    components: dict[tuple[str, ...], np.ndarray] = {}
    estimates, by_stage = [], {}
    for name, identifier in zip(names, ids, strict=True):
        parts, scores = by_label(solver, identifier, amounts)
        stages |= {(name, p): s for p, s in zip(parts, scores[0], strict=True)}
        opened = by_component(solver, identifier, amounts)
        components |= {(name, *key): score for key, score in opened.items()}
        share = estimate_share(solver, identifier, amounts)
        estimates.append(pd.concat({name: share}, names=["system"]))
        by_stage[name] = stage_estimates(solver, identifier, amounts)
    return (
        _frame(stages, ["system", "stage"], labels),
        _frame(components, ["system", "stage", "component"], labels),
        pd.concat(estimates),
        pd.concat(by_stage, names=["system"])[["share", "emission", "path"]],
    )


def _frame(
    rows: Mapping[tuple[str, ...], np.ndarray], names: list[str], columns: list[str]
) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples(list(rows), names=names)
    return pd.DataFrame(
        np.array(list(rows.values())), index=index, columns=pd.Index(columns, name="indicator")
    )


def _scores(
    names: Sequence[str], indicators: Sequence[Indicator], point: np.ndarray, samples: np.ndarray
) -> pd.DataFrame:
    quantiles = np.quantile(samples, QUANTILES, axis=0)
    rows = {
        (name, indicator.label): (point[i, j], *quantiles[:, i, j], indicator.unit)
        for i, name in enumerate(names)
        for j, indicator in enumerate(indicators)
    }
    index = pd.MultiIndex.from_tuples(list(rows), names=["system", "indicator"])
    columns = ["score", "p05", "median", "p95", "unit"]
    return pd.DataFrame(list(rows.values()), index=index, columns=columns)


def _rate(case: Case, given: Mapping[str, float]) -> dict[str, Any]:
    name = case.task.rate
    for found in case.solver.model.parameters.values():
        if name in found:
            value = case.paired.evaluation.value(name, given)
            return {"parameter": name, "value": value, "unit": found[name].unit}
    return {"parameter": name}
