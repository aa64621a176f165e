"""Contributions sum to the score; gradients are those of finite differences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from benchmarks.synthetic import generate, write
from bw_tinyml.engine.arrays import System, load_factors, load_system
from bw_tinyml.engine.contributions import Contributions
from bw_tinyml.engine.draws import Draws, deviations
from bw_tinyml.engine.elements import elements_of, load_elements
from bw_tinyml.engine.montecarlo import foreground_job, sample
from bw_tinyml.engine.philox import TILE, block_key
from bw_tinyml.engine.ranking import top_processes
from bw_tinyml.engine.scoring import distinct_columns, score_products
from bw_tinyml.engine.screening import screen
from bw_tinyml.errors import UsageError


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> tuple[System, sp.csc_matrix, np.ndarray]:
    data = generate(size=1000, datasets=25, inputs=12, methods=20, seed=4)
    files = write(data, tmp_path_factory.mktemp("synthetic"))
    sources = files["background"] + files["foreground"]
    system = load_system(sources)
    tables = [load_factors(path) for path in files["methods"]]
    return system, system.factors([*tables, tables[2]]), system.products[system.package == 1]


@pytest.fixture(scope="module")
def split(case: tuple[System, sp.csc_matrix, np.ndarray]) -> Contributions:
    system, factors, own = case
    return Contributions(system, int(own[7]), factors[:, :5])


def test_both_directions_give_the_scores_of_a_direct_solver(case) -> None:
    system, factors, own = case
    emitted = (system.biosphere @ factors).toarray()
    dense = system.technosphere.toarray()
    solved = np.linalg.solve(dense, emitted)
    for _ in range(3):  # refined with residuals in extended precision
        residual = emitted - dense.astype(np.longdouble) @ solved.astype(np.longdouble)
        solved += np.linalg.solve(dense, residual.astype(float))
    expected = solved[system.places(own)]
    for direction in ("direct", "adjoint", None):
        for foreground in ([1], []):
            found = score_products(system, own, factors, direction=direction, foreground=foreground)
            assert found.values == pytest.approx(expected, rel=1e-9)
            noise = 1e-14 * np.abs(expected)
            assert (np.abs(found.values - expected) <= found.bounds + noise).all()
    assert found.direction == "adjoint" and found.columns < factors.shape[1]
    few = score_products(system, own, factors, foreground=[1])
    assert few.direction == "direct" and few.columns <= 12


def test_only_identical_methods_are_merged(case) -> None:
    _, factors, _ = case
    nearly = factors[:, [3]] * (1 + 1e-15)
    matrix = sp.hstack([factors, nearly]).tocsc()
    distinct, copies = distinct_columns(matrix)
    assert (distinct[:, copies] != matrix).nnz == 0
    assert copies[2] == copies[20] and copies[3] != copies[21]


@pytest.mark.parametrize("by", ["by_process", "by_flow"])
def test_contributions_sum_to_the_score(split: Contributions, by: str) -> None:
    assert getattr(split, by)().sum(axis=0) == pytest.approx(split.total, rel=1e-9)


def test_the_first_tier_sums_to_the_score(split: Contributions) -> None:
    ids, scores = split.first_tier()
    assert scores.sum(axis=0) == pytest.approx(split.total, rel=1e-9)
    assert ids[0] not in ids[1:] and len(ids) > 3


def test_edges_balance_at_every_process(split: Contributions) -> None:
    edges = split.edges()
    place = {int(identifier): k for k, identifier in enumerate(split.activities)}
    enters = np.zeros_like(split.scores)
    leaves = np.zeros_like(split.scores)
    np.add.at(enters, [place[int(i)] for i in edges.user], edges.scores)
    np.add.at(leaves, [place[int(i)] for i in edges.supplier], edges.scores)
    upstream = split.upstream()
    scale = np.abs(split.total)
    assert np.abs(enters + split.by_process() - upstream).max(axis=0) / scale == pytest.approx(
        0, abs=1e-9
    )
    leaves[split._start] += split.total
    assert np.abs(leaves - upstream).max(axis=0) / scale == pytest.approx(0, abs=1e-9)
    few = split.edges(0.05)
    assert 0 < few.supplier.size < edges.supplier.size
    assert (np.abs(few.scores) >= 0.05 * scale).any(axis=1).all()


def test_gradients_are_those_of_finite_differences(case, split: Contributions) -> None:
    system, factors, own = case
    gradients = split.gradients(1)
    rng = np.random.default_rng(0)

    def score(changed: System, with_factors: sp.csc_matrix = factors) -> float:
        return float(score_products(changed, [own[7]], with_factors[:, [1]]).values[0, 0])

    for name in ("technosphere", "biosphere"):
        matrix, gradient = getattr(system, name).tocoo(), getattr(gradients, name)
        slopes = np.asarray(gradient[matrix.row, matrix.col]).ravel()
        effect = np.abs(slopes * matrix.data)
        assert effect.max() > 0
        for e in [*np.argsort(effect)[-3:], *rng.choice(np.flatnonzero(effect), 2)]:
            ends = []
            for step in (-1e-4, 1e-4):
                values = matrix.data.copy()
                values[e] *= 1 + step
                other = sp.csr_matrix((values, (matrix.row, matrix.col)), shape=matrix.shape)
                ends.append(score(replace(system, **{name: other})))
            slope = (ends[1] - ends[0]) / (2e-4 * matrix.data[e])
            noise = 1e-11 * abs(ends[0]) / abs(2e-4 * matrix.data[e])
            assert slope == pytest.approx(slopes[e], rel=1e-5, abs=noise)
    total = gradients.factors @ factors[:, [1]].toarray()[:, 0]
    assert total == pytest.approx(split.total[1], rel=1e-9)


def test_the_ranking_is_that_of_single_contributions(case) -> None:
    system, factors, own = case
    found = top_processes(system, own[:4], factors[:, :3], top=5, foreground=[1])
    for p, product in enumerate(own[:4]):
        single = Contributions(system, int(product), factors[:, :3])
        parts = single.by_process()
        assert found.totals[p] == pytest.approx(single.total, rel=1e-9)
        for m in range(3):
            best = np.argsort(-np.abs(parts[:, m]), kind="stable")[:5]
            assert found.scores[p, m] == pytest.approx(parts[best, m], rel=1e-9)
            assert list(found.activities[p, m]) == list(single.activities[best])


@pytest.mark.parametrize("top", [0, -1])
def test_no_ranking_of_nothing(case, top: int) -> None:
    system, factors, own = case
    with pytest.raises(UsageError, match=f"the {top} largest"):
        top_processes(system, own, factors, top=top)


def test_screening_finds_what_makes_a_score_uncertain(
    tmp_path: Path, case: tuple[System, sp.csc_matrix, np.ndarray]
) -> None:
    """Against samples of the foreground: variances of the largest exchanges, one at a time."""
    data = generate(size=1000, datasets=25, inputs=12, methods=20, seed=4)
    own = write(data, tmp_path / "own")["foreground"]
    sources = write(data, tmp_path / "certain", distributions=False)["background"] + own
    system, factors, products = case
    elements = [load_elements(sources, f"{kind}_matrix") for kind in ("technosphere", "biosphere")]
    found = screen(system, int(products[7]), factors, *elements)
    assert found.shares.sum() == pytest.approx(1.0)
    assert (np.diff(found.shares) <= 0).all()
    table = [load_factors(tmp_path / "own" / "method000.zip")]
    job = foreground_job(sources, products[[7]], table, [1])
    sampled = sample(job, 8192, 1).statistics
    # Scores of a foreground are nearly linear in its numbers: first order is nearly all.
    assert sampled.deviation[0, 0] == pytest.approx(found.deviation, rel=0.06)
    for k in range(2):
        certain = [replace(e, records=e.records.copy()) for e in elements]
        for e in certain:
            hit = (e.column == found.activities[k]) & (e.row == found.inputs[k])
            e.records["scale"][hit] *= 1e-3
        fixed = screen(system, int(products[7]), factors, *certain)
        without = 1 - (fixed.deviation / found.deviation) ** 2
        assert without == pytest.approx(found.shares[k], rel=1e-3)


def test_deviations_are_those_of_samples() -> None:
    rows = [
        {"uncertainty_type": 1, "loc": 3.0},
        {"uncertainty_type": 2, "loc": -1.0, "scale": 0.4},
        {"uncertainty_type": 2, "loc": -1.0, "scale": 0.4, "maximum": 0.5},
        {"uncertainty_type": 3, "loc": 4.0, "scale": 0.5},
        {"uncertainty_type": 4, "minimum": -1.0, "maximum": 3.0},
        {"uncertainty_type": 5, "loc": 2.0, "minimum": 1.0, "maximum": 6.0},
        {"uncertainty_type": 8, "loc": 0.0, "scale": 2.0, "shape": 1.5},
    ]
    elements = elements_of(rows)
    draws = Draws(elements, 1)
    drawn = draws.unit[:, None] * draws.drawn(block_key(1, 0), 0, 40 * TILE)[draws.place]
    assert deviations(elements) == pytest.approx(drawn.std(axis=1), rel=0.05)
    assert deviations(elements)[0] == 0
