"""Scores of a bill of materials in a Brightway project: one row per line and category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.devices.bill_model import BillModel
from bw_tinyml.devices.lines import Bom, BomLine
from bw_tinyml.devices.matches import Match
from bw_tinyml.devices.matching import match_lines
from bw_tinyml.devices.reading import read_bom
from bw_tinyml.devices.results import BomMatches, BomResult
from bw_tinyml.errors import InventoryError, ProjectError
from bw_tinyml.impact.scores import unit_scores
from bw_tinyml.impact.session import Session
from bw_tinyml.inventory import load
from bw_tinyml.inventory.model import Inventory, dataset_code

_BOARDS = "printed_circuit_board/"


def match_bom(
    path: Path | str,
    board_area: float | None = None,
    layers: int | None = None,
    folder: Path | str | None = None,
) -> BomMatches:
    """Read a bill of materials and match its lines; needs no project.

    Parameters
    ----------
    path
        CSV or YAML file.
    board_area
        Area of the bare board in cm2, if the file does not state it.
    layers
        Its copper layers.
    folder
        Inventory folder; by default the one that comes with the package.

    Raises
    ------
    UntrustedError, UsageError
        The file, or a line of it, is at fault.
    """
    return match_read(read_bom(path), _inventory(folder), Path(path).name, board_area, layers)


def match_read(
    bom: Bom,
    inventory: Inventory,
    file: str,
    board_area: float | None = None,
    layers: int | None = None,
) -> BomMatches:
    """Match the lines of a bill of materials that has been read.

    Parameters
    ----------
    bom, inventory
        The bill, and a loaded inventory.
    file
        Name of its file, for messages.
    board_area, layers
        See :func:`match_bom`.

    Raises
    ------
    UsageError
        A line is at fault.
    """
    if board_area is not None:
        board = BomLine(0, "circuit board", area_cm2=board_area, layers=layers)
        bom = replace(bom, lines=(*bom.lines, board))
    matches = tuple(match_lines(inventory, bom.lines, file))
    return BomMatches(bom, matches, tuple(_warnings(matches)), file)


def score_bom(
    path: Path | str,
    project: str | None = None,
    family: str | Sequence[str] = "EF v3.1",
    method: Sequence[str] | None = None,
    board_area: float | None = None,
    layers: int | None = None,
    folder: Path | str | None = None,
    iterations: int = 0,
    seed: int = 42,
) -> BomResult:
    """Score a bill of materials in a project where bw_tinyml is installed.

    Parameters
    ----------
    path, board_area, layers, folder
        See :func:`match_bom`.
    project
        Brightway project; None for the current one.
    family, method
        Families of LCIA methods, or one method.
    iterations, seed
        Number and seed of Monte Carlo samples for intervals; none by default.

    Raises
    ------
    UntrustedError, UsageError
        The file, or a line of it, is at fault.
    ProjectError
        bw_tinyml is not installed, or an older version of it.
    """
    matched = match_bom(path, board_area, layers, folder)
    session = Session(project, folder)
    indicators = session.indicators([family] if isinstance(family, str) else family, method)
    labels = [found.label for found in indicators]
    demands = matched.demands()
    nodes = _nodes(session, list(demands))
    scores = unit_scores(next(iter(nodes.values())), indicators) if nodes else None
    rows = {name: scores.of(node) for name, node in nodes.items()} if scores else {}
    unit = pd.DataFrame(list(rows.values()), index=list(rows), columns=labels, dtype=float)
    table = np.zeros((len(matched.matches), len(labels)))
    for row, match in enumerate(matched.matches):
        for demand in match.demands:
            table[row] += demand.amount * rows[demand.dataset]
    model = BillModel(session.databases, indicators, matched.matches, nodes) if nodes else None
    nothing = pd.DataFrame(0.0, index=labels, columns=["emission", "path"])
    sampled = {"iterations": iterations, "seed": seed} if iterations else {}
    return BomResult(
        matched,
        pd.DataFrame(table, columns=labels),
        unit.mul(pd.Series(demands), axis=0),
        model.estimates() if model else nothing,
        {found.label: found.unit for found in indicators},
        {found.label: list(found.method) for found in indicators},
        {**session.provenance(), **sampled},
        model.intervals(iterations, seed) if model and iterations else None,
    )


def _inventory(folder: Path | str | None) -> Inventory:
    inventory, report = load(folder)
    if report.errors:
        raise InventoryError(
            f"the tables have {len(report.errors)} errors", "run `bw-tinyml check` first"
        )
    return inventory


def _warnings(matches: Sequence[Match]) -> list[str]:
    found = []
    if not any(d.dataset.startswith(_BOARDS) for m in matches for d in m.demands):
        found.append(
            "no circuit board in the bill: add a line with area_cm2 and layers, or --board-area"
        )
    odd = [
        f"{m.line.line} ({len(m.line.references)} named, {m.line.quantity:g} stated)"
        for m in matches
        if m.line.references and m.line.quantity != len(m.line.references)
    ]
    if odd:
        found.append(
            f"quantity and reference designators differ in line {', '.join(odd[:5])}"
            f"{' and others' if len(odd) > 5 else ''}: the quantity counts; state that of one board"
        )
    taken = [f"{m.taken} in line {m.line.line}" for m in matches if m.taken]
    if taken:
        others = " and others" if len(taken) > 5 else ""
        found.append(
            f"no unit is stated for a quantity that is not of pieces: taken as "
            f"{', '.join(taken[:5])}{others}; add a column `unit`"
        )
    return found


def _nodes(session: Session, identifiers: Sequence[str]) -> dict[str, int]:
    found = {}
    for identifier in identifiers:
        ids = (_node(database, identifier) for database in session.databases)
        node = next((node for node in ids if node is not None), None)
        if node is None:
            raise ProjectError(
                f"project '{bw2data().projects.current}' lacks the dataset '{identifier}'",
                "it holds another version of the tables (bw-tinyml install --replace), or a "
                "background of your own, and the dataset is of the open background",
            )
        found[identifier] = node
    return found


def _node(database: str, identifier: str) -> int | None:
    try:
        code = dataset_code(database, identifier)
        return int(bw2data().get_node(database=database, code=code).id)
    except Exception:  # peewee and bw2data have errors of their own
        return None
