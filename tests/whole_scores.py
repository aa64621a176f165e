"""Scores of every dataset of a project in the 16 categories of EF v3.1, from bw2calc's matrices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.sparse.linalg import splu

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2calc, bw2data
from bw_tinyml.impact.preview import bundled, matrices
from bw_tinyml.inventory.families import categories, pick
from bw_tinyml.inventory.loading import default_folder, load_lists

FAMILY = "EF v3.1"


def project_scores(
    project: str, databases: tuple[str, ...], folder: Path | None = None
) -> dict[str, np.ndarray]:
    """Return the scores of one unit by code of the dataset; the last database uses the others."""
    open_project(project)
    bd = bw2data()
    inventory = load_lists(folder or default_folder())
    methods = [pick(category, bd.methods) for category in categories(inventory, FAMILY)]
    assert len(methods) == 16 and None not in methods
    first = next(iter(bd.Database(databases[-1])))
    lca = bw2calc().LCA({first.key: 1}, methods[0])
    lca.lci()
    lca.lcia()
    factors = []
    for method in methods:
        lca.switch_method(method)
        factors.append(lca.characterization_matrix.diagonal())
    direct = lca.biosphere_matrix.T @ np.array(factors).T
    solved = splu(lca.technosphere_matrix.T.tocsc()).solve(np.ascontiguousarray(direct))
    nodes = {node.id: node["code"] for name in databases for node in bd.Database(name)}
    return {nodes[i]: solved[row] for i, row in lca.dicts.product.items() if i in nodes}


def table_scores(linked: LinkedInventory) -> dict[str, np.ndarray]:
    """Return the same, straight from the tables."""
    system = matrices(linked)
    unit = [system.unit_scores(bundled(c)) for c in categories(linked.inventory, FAMILY)]
    return {
        found.dataset.code: np.array([scores[identifier] for scores in unit])
        for identifier, found in linked.datasets.items()
    }


def assert_same_scores(
    there: dict[str, np.ndarray], here: dict[str, np.ndarray], relative: float
) -> None:
    """Assert that two projects give the same; zero is what is nothing but noise of the solver."""
    assert there.keys() == here.keys()
    ours = np.array(list(here.values()))
    theirs = np.array([there[code] for code in here])
    assert ours.shape[1] == 16 and np.abs(ours).max() > 0
    noise = 1e-12 * np.abs(ours).max(axis=0)
    wrong = np.abs(theirs - ours) > relative * np.abs(ours) + noise
    codes = np.array(list(here))
    assert codes[wrong.any(axis=1)].tolist() == []
