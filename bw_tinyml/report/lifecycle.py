"""Sections of the report on stages that carbon hides: end of life, power supply, and credits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bw_tinyml.errors import UsageError
from bw_tinyml.impact.allocated import allocated, linked_tables
from bw_tinyml.impact.allocation import ENERGY, MATERIAL, Allocation
from bw_tinyml.systems.case import Case, open_case
from bw_tinyml.systems.compare import Comparison
from bw_tinyml.systems.text import category, short

#: stages that the section shows, where a system has them
STAGES = ("end of life", "power supply")


@dataclass(frozen=True)
class StageRow:
    """Shares of the stages of all systems in one category; cells as the page shows them."""

    category: str
    cells: list[tuple[str, str]]


@dataclass(frozen=True)
class StageTable:
    """Shares of all stages of one system, and what of each rests on estimates."""

    title: str
    stages: list[str]
    rows: list[StageRow]


@dataclass(frozen=True)
class AllocationRow:
    """Scores of all systems in one category under three allocations."""

    category: str
    unit: str
    cells: list[dict[str, str]]


@dataclass(frozen=True)
class LifeCycle:
    """What the sections show.

    Attributes
    ----------
    stages
        Stages and systems that the columns of ``stage_rows`` stand for, as (stage, title).
    stage_rows
        Share of the score and, of it, the share that rests on estimates.
    allocation_rows
        Cut-off, credits, substitution and circular footprint formula; empty where ``refused``.
    refused
        Why there are no credits, or nothing.
    """

    stages: list[tuple[str, str]] = field(default_factory=list)
    stage_rows: list[StageRow] = field(default_factory=list)
    allocation_rows: list[AllocationRow] = field(default_factory=list)
    share: float = 0.5
    refused: str = ""


def life_cycle(
    result: Comparison, family: str, *, project: str | None = None, folder: Path | str | None = None
) -> LifeCycle:
    """Return the sections on stages and credits for a comparison.

    Parameters
    ----------
    result
        The comparison.
    family
        Family of LCIA methods to show.
    project, folder
        Those of the comparison.
    """
    case = open_case(
        result.task.name,
        result.systems[0].name,
        [s.name for s in result.systems[1:]],
        project=project,
        location=result.location,
        family=family,
        folder=folder,
    )
    given = result.provenance["parameters"]
    columns, rows = _stages(result, family)
    try:
        credited, refused = _allocations(case, family, given), ""
    except UsageError as error:
        credited, refused = [], error.message
    return LifeCycle(columns, rows, credited, refused=refused)


def _labels(result: Comparison, family: str) -> list[str]:
    return [i.label for i in result.indicators if str(i.method[-3]) == family]


def _cell(result: Comparison, system: str, stage: str, label: str) -> tuple[str, str]:
    key = (system, stage, label)
    if key not in result.stage_estimates.index:
        return "", ""
    found = result.stage_estimates.loc[key]
    return f"{found['share']:.1%}", f"{found['emission']:.0%}"


def _stages(result: Comparison, family: str) -> tuple[list[tuple[str, str]], list[StageRow]]:
    known = set(result.stage_estimates.index.droplevel("indicator"))
    columns = [
        (stage, system)
        for stage in STAGES
        for system in result.systems
        if (system.name, stage) in known
    ]
    rows = [
        StageRow(category(label), [_cell(result, s.name, stage, label) for stage, s in columns])
        for label in _labels(result, family)
    ]
    return [(stage, system.title) for stage, system in columns], rows


def stage_tables(result: Comparison, family: str) -> list[StageTable]:
    """Return, for each system, the stages that add something in the categories of a family."""
    tables = []
    for system in result.systems:
        shares = result.stage_estimates.loc[system.name]["share"]
        used = shares[shares != 0].index.get_level_values("stage")
        stages = list(dict.fromkeys(used))
        rows = [
            StageRow(
                category(label), [_cell(result, system.name, stage, label) for stage in stages]
            )
            for label in _labels(result, family)
        ]
        tables.append(StageTable(system.title, stages, rows))
    return tables


def _allocations(case: Case, family: str, given: Mapping[str, float]) -> list[AllocationRow]:
    linked = linked_tables(case.session, given)
    amounts = np.array([float(a) for a in case.solver.model.amounts(dict(given))])[:, None]
    found = []
    for system, i in zip(case.systems, case.ids, strict=True):
        supply = case.solver.supply(amounts, case.solver.demand(i))
        scores = case.solver.scores(amounts, supply)[0, 0]
        by_label = {x.label: float(s) for x, s in zip(case.solver.indicators, scores, strict=True)}
        identifier = f"{system.process}/{case.location}"
        found.append(allocated(linked, identifier, by_label, [family]))
    return [_row(label, [a[label] for a in found]) for label in found[0]]


def _row(label: str, allocations: Sequence[Allocation]) -> AllocationRow:
    cells = [
        {
            "cut_off": short(a.cut_off),
            "material": short(-a.quality * a.credits[MATERIAL]),
            "energy": short(-a.credits[ENERGY]),
            "substitution": short(a.substitution),
            "shared": short(a.shared),
        }
        for a in allocations
    ]
    return AllocationRow(label, allocations[0].unit, cells)
