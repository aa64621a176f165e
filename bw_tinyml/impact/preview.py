"""Scores straight from the tables, without a Brightway project.

Used by the plausibility check and by people who write inventories: seconds from a changed row to
its effect. The numbers equal those of the installed databases (a test compares them).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import SuperLU

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.background.providers import Activity
from bw_tinyml.brightway.lcia_bundle import BundledMethod, bundled_methods
from bw_tinyml.engine.factorising import factorised
from bw_tinyml.errors import NotFoundError
from bw_tinyml.inventory.families import Category, pick
from bw_tinyml.suggestions import nearest_or


@dataclass(frozen=True)
class Matrices:
    """Technosphere and biosphere of a linked inventory.

    Attributes
    ----------
    ids
        Dataset identifiers: rows and columns of ``technosphere``, columns of ``biosphere``.
    flows
        UUIDs of elementary flows: rows of ``biosphere``.
    technosphere
        ``A``, products x processes.
    biosphere
        ``B``, flows x processes; resources positive, as in Brightway.
    external
        Activities of the user's background: rows of ``inputs``; none with the open background.
    inputs
        ``E``, external products x processes.
    """

    ids: list[str]
    flows: list[str]
    technosphere: sp.csc_matrix
    biosphere: sp.csc_matrix
    external: list[Activity]
    inputs: sp.csc_matrix

    def scores(self, flow_scores: np.ndarray, external_scores: np.ndarray) -> np.ndarray:
        """Return the scores of one unit of every dataset: ``A^-T (B^T C + E^T Q)``.

        Parameters
        ----------
        flow_scores
            ``C``: scores of one unit of each elementary flow, shape (flows, indicators).
        external_scores
            ``Q``: scores of one unit of each external product, shape (external, indicators).
        """
        direct = self.biosphere.T @ flow_scores + self.inputs.T @ external_scores
        solved: np.ndarray = self.factors.solve(np.ascontiguousarray(direct), trans="T")
        return solved

    @cached_property
    def factors(self) -> SuperLU:
        """The factorised technosphere, shared by all methods."""
        return factorised(self.technosphere)

    def unit_scores(self, method: BundledMethod) -> dict[str, float]:
        """Return the score of one unit of every dataset: ``lambda = A^-T B^T c``."""
        row = {code: i for i, code in enumerate(self.flows)}
        factors = np.zeros(len(self.flows))
        for code, value in method.factors:
            if code in row:
                factors[row[code]] = value
        scores = self.factors.solve(self.biosphere.T @ factors, trans="T")
        return dict(zip(self.ids, scores.tolist(), strict=True))


def matrices(linked: LinkedInventory) -> Matrices:
    """Assemble the matrices of a linked inventory, with parameters at their values."""
    ids = list(linked.datasets)
    column = {identifier: i for i, identifier in enumerate(ids)}
    flows: dict[str, int] = {}
    external: dict[Activity, int] = {}
    inputs: list[tuple[int, int, float]] = []
    a: list[tuple[int, int, float]] = [(i, i, 1.0) for i in range(len(ids))]
    b: list[tuple[int, int, float]] = []
    for identifier, found in linked.datasets.items():
        j = column[identifier]
        for exchange in found.exchanges:
            amount = linked.inventory.amount(found.dataset, exchange.value)
            if isinstance(exchange.provider, Activity):
                row = external.setdefault(exchange.provider, len(external))
                inputs.append((row, j, amount))
            elif exchange.provider:
                a.append((column[exchange.provider.id], j, -amount))
            else:
                b.append((flows.setdefault(exchange.flow, len(flows)), j, amount))
    return Matrices(
        ids,
        list(flows),
        _sparse(a, (len(ids), len(ids))),
        _sparse(b, (len(flows), len(ids))),
        list(external),
        _sparse(inputs, (len(external), len(ids))),
    )


def _sparse(entries: list[tuple[int, int, float]], shape: tuple[int, int]) -> sp.csc_matrix:
    rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
    return sp.csc_matrix((values, (rows, columns)), shape=shape)


def bundled(category: Category) -> BundledMethod:
    """Return the bundled method of a category.

    Raises
    ------
    NotFoundError
        bw2io bundles no such method.
    """
    name = pick(category, bundled_methods())
    if name is None:
        known = [" | ".join(m) for m in bundled_methods() if m[0] == category.family]
        raise NotFoundError(
            f"bw2io bundles no method '{category.family}', '{category.category}'",
            nearest_or(
                f"{category.family} | {category.category}",
                known,
                "upgrade bw2io, or name another family",
            ),
        )
    return bundled_methods()[name]


def contributions(
    linked: LinkedInventory, identifier: str, method: BundledMethod, scores: dict[str, float]
) -> list[tuple[str, float]]:
    """Return what the inputs and flows of a dataset add to its score, largest first.

    Parameters
    ----------
    linked
        The linked inventory.
    identifier
        The dataset.
    method
        The LCIA method.
    scores
        Unit scores of all datasets for that method.
    """
    factors = dict(method.factors)
    found = linked.datasets[identifier]
    parts = []
    for exchange in found.exchanges:
        amount = linked.inventory.amount(found.dataset, exchange.value)
        if exchange.provider:
            parts.append((exchange.provider.id, amount * scores[exchange.provider.id]))
        else:
            label = f"{exchange.origin.input} ({exchange.origin.compartment})"
            parts.append((label, amount * factors.get(exchange.flow, 0.0)))
    return sorted(parts, key=lambda part: -abs(part[1]))
