"""Scores of a bill of materials in a Brightway project: one row per line and category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.devices.boundary import not_counted
from bw_tinyml.devices.estimates import bill_estimates
from bw_tinyml.devices.lines import Bom, BomLine
from bw_tinyml.devices.matching import FOREGROUND, Match, match_lines
from bw_tinyml.devices.reading import read_bom
from bw_tinyml.errors import InventoryError, ProjectError
from bw_tinyml.impact.scores import unit_scores
from bw_tinyml.impact.session import Session
from bw_tinyml.inventory import load
from bw_tinyml.inventory.model import Inventory, dataset_code

_BOARDS = "printed_circuit_board/"


@dataclass(frozen=True)
class BomMatches:
    """A bill of materials and what its lines became.

    Attributes
    ----------
    matches
        One per line.
    warnings
        What is missing in the bill as a whole.
    """

    bom: Bom
    matches: tuple[Match, ...]
    warnings: tuple[str, ...]
    file: str

    @property
    def counts(self) -> dict[str, int]:
        """Number of lines by status."""
        found = Counter(match.status for match in self.matches)
        return {s: found.get(s, 0) for s in ("matched", "estimated", "unknown", "ignored")}

    @property
    def not_counted(self) -> tuple[str, ...]:
        """What the bill does not contain of a device and its life."""
        return not_counted(self.demands())

    def demands(self) -> dict[str, float]:
        """Return how much of each dataset the device needs."""
        total: dict[str, float] = {}
        for match in self.matches:
            for demand in match.demands:
                total[demand.dataset] = total.get(demand.dataset, 0.0) + demand.amount
        return total

    def as_dict(self) -> dict[str, Any]:
        """Return the matches, ready for JSON."""
        return {
            "device": self.bom.name,
            "file": self.file,
            "counts": self.counts,
            "not_placed": len(self.bom.left_out),
            "warnings": list(self.warnings),
            "not_counted": list(self.not_counted),
            "unused_columns": list(self.bom.unused_columns),
            "lines": [
                {
                    "line": m.line.line,
                    "part": m.line.name,
                    "quantity": m.line.quantity,
                    "status": m.status,
                    "datasets": [{"dataset": d.dataset, "amount": d.amount} for d in m.demands],
                    "reason": m.reason,
                }
                for m in self.matches
            ],
        }


@dataclass(frozen=True)
class BomResult:
    """Scores of a bill of materials.

    Attributes
    ----------
    matches
        Lines and datasets.
    lines
        Scores: rows as ``matches.matches``, columns indicators.
    datasets
        Scores by dataset, for the whole device: rows datasets, columns indicators.
    estimates
        Share of each score that rests on estimates: index indicators, columns ``emission`` and
        ``path`` as in :func:`bw_tinyml.impact.contributions.estimate_share`.
    units, methods
        Unit and Brightway method by indicator.
    provenance
        Versions and background.
    """

    matches: BomMatches
    lines: pd.DataFrame
    datasets: pd.DataFrame
    estimates: pd.DataFrame
    units: dict[str, str]
    methods: dict[str, list[str]]
    provenance: dict[str, Any]

    @property
    def total(self) -> pd.Series:
        """Scores of the device: indicators."""
        return self.lines.sum(axis=0)

    def as_dict(self) -> dict[str, Any]:
        """Return the result, ready for JSON."""
        data = self.matches.as_dict()
        for row, (_, scores) in zip(data["lines"], self.lines.iterrows(), strict=True):
            row["scores"] = {str(label): float(v) for label, v in scores.items()}
        total = self.total
        data["scores"] = [
            {
                "method": self.methods[label],
                "label": label,
                "score": float(total[label]),
                "unit": unit,
                "by_rule_share": self.share(label, "estimated"),
                "share_of_estimates": {
                    kind: float(v) for kind, v in self.estimates.loc[label].items()
                },
            }
            for label, unit in self.units.items()
        ]
        return {**data, **self.provenance}

    def share(self, label: str, status: str) -> float:
        """Return the share of a score that comes from lines of one status."""
        chosen = [m.status == status for m in self.matches.matches]
        total = float(self.lines[label].sum())
        return float(self.lines.loc[chosen, label].sum()) / total if total else 0.0


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
    return BomResult(
        matched,
        pd.DataFrame(table, columns=labels),
        unit.mul(pd.Series(demands), axis=0),
        bill_estimates(session.databases, indicators, matched.matches, nodes),
        {found.label: found.unit for found in indicators},
        {found.label: list(found.method) for found in indicators},
        session.provenance(),
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
    return found


def _nodes(session: Session, identifiers: Sequence[str]) -> dict[str, int]:
    bd = bw2data()
    found = {}
    for identifier in identifiers:
        key = (FOREGROUND, dataset_code(FOREGROUND, identifier))
        try:
            found[identifier] = int(bd.get_node(database=key[0], code=key[1]).id)
        except Exception as error:  # peewee and bw2data have errors of their own
            raise ProjectError(
                f"project '{bd.projects.current}' lacks the dataset '{identifier}'",
                "it holds another version of the tables: bw-tinyml install --replace",
            ) from error
    return found
