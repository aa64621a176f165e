"""The engine's solvers on systems that are hard for iterations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse as sp

from bw_tinyml.engine import direct, kernels, solving, structure
from bw_tinyml.engine.solving import Linear
from bw_tinyml.errors import ProjectError

Direct = Callable[[sp.csr_matrix, bool], direct.Solve]

SIZE = 600


def technosphere(
    gain: float | None = None, loops: int = 5, credits: bool = False, seed: int = 1
) -> sp.csr_matrix:
    """Return ``A^T`` of a system that contracts, with loops of a gain between pairs on top."""
    rng = np.random.default_rng(seed)
    inputs = sp.random(SIZE, SIZE, 0.01, rng=rng, format="csr")
    inputs.setdiag(0)
    total = np.asarray(inputs.sum(axis=1)).ravel()
    inputs = sp.diags(0.6 / np.maximum(total, 1e-9)) @ inputs
    prices = np.exp(rng.normal(0, 2.2, SIZE))
    inputs = (sp.diags(prices) @ inputs @ sp.diags(1 / prices)).tolil()
    if gain is not None:
        pairs = rng.permutation(SIZE)[: 2 * loops].reshape(-1, 2)
        for a, b in pairs:
            inputs[a, :] = 0.001 * inputs[a, :].toarray()
            inputs[b, :] = 0.001 * inputs[b, :].toarray()
            inputs[a, b] = gain * prices[a] / prices[b]
            inputs[b, a] = prices[b] / prices[a]
    if credits:
        for a, b in rng.integers(0, SIZE, (60, 2)):
            if a != b:
                inputs[a, b] = -0.1 * prices[a] / prices[b]
    made = np.where(rng.random(SIZE) < 0.07, -1.0, 1.0)  # treatments of waste
    return sp.csr_matrix((sp.eye(SIZE) - inputs.tocsr()) @ sp.diags(made))


def reference(matrix: sp.csr_matrix, right: np.ndarray) -> np.ndarray:
    """Solve densely, refined with residuals in extended precision."""
    dense = matrix.toarray()
    found = np.linalg.solve(dense, right)
    wide = dense.astype(np.longdouble)
    for _ in range(4):
        residual = np.asarray(right - wide @ found.astype(np.longdouble), dtype=float)
        found = found + np.linalg.solve(dense, residual)
    return found


CASES = {
    "plain": technosphere(),
    "loops of 0.9": technosphere(0.9),
    "loops of 0.99": technosphere(0.99),
    "loops of 0.999": technosphere(0.999),
    "credits": technosphere(credits=True),
    "loops and credits": technosphere(0.9, 15, credits=True),
    "columns above 100 %": technosphere(1.5, 5),
}


@pytest.fixture(params=[True, False], ids=["numba", "scipy"])
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param and not kernels.has_numba():
        pytest.skip("numba is not installed")
    monkeypatch.setattr("bw_tinyml.engine.sweeps.has_numba", lambda: request.param)
    return bool(request.param)


@pytest.mark.parametrize("supply", [False, True], ids=["scores", "supplies"])
@pytest.mark.parametrize("name", CASES)
def test_errors_are_within_their_bounds(name: str, supply: bool, kernel: bool) -> None:
    matrix = CASES[name]
    rng = np.random.default_rng(5)
    right = np.where(rng.random((SIZE, 4)) < 0.3, np.exp(rng.normal(0, 3, (SIZE, 4))), 0.0)
    found = Linear(matrix, structure.order(matrix), supply).solve(right)
    expected = reference((matrix.T if supply else matrix).tocsr(), right)
    error = np.abs(found.values - expected)
    # The dense reference has noise where nothing is supplied, and its own rounding elsewhere.
    noise = 1e-14 * np.abs(expected) + 1e-18 * np.abs(expected).max()
    assert (error <= found.bounds + noise).all(), found.how
    # The bounds mean something: they are small against the values.
    assert np.median(found.bounds / np.abs(expected).clip(1e-300)) < 1e-9
    assert "direct" not in found.how


def test_credits_in_the_right_hand_side_are_bounded() -> None:
    matrix = CASES["plain"]
    right = np.random.default_rng(2).normal(size=(SIZE, 3))
    found = Linear(matrix, structure.order(matrix)).solve(right)
    assert (np.abs(found.values - reference(matrix, right)) <= found.bounds).all()
    assert found.how == {"sweeps": 3}


@pytest.fixture(params=["umfpack", "pardiso", "superlu"])
def direct_solver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Direct:
    """One of the direct solvers, and only that one."""
    needed = {"umfpack": "scikits.umfpack", "pardiso": "pypardiso"}.get(request.param)
    if needed:
        pytest.importorskip(needed, reason=f"{needed} is not installed")

    def missing(*_: object) -> None:
        raise ImportError

    for other in {"umfpack", "pardiso", "superlu"} - {request.param}:
        monkeypatch.setattr(direct, other, missing)
    return getattr(direct, request.param)  # type: ignore[no-any-return]


def test_a_factorisation_takes_over(monkeypatch: pytest.MonkeyPatch, direct_solver: Direct) -> None:
    monkeypatch.setattr(solving, "gauss_seidel", lambda *_, **__: True)
    matrix = CASES["loops and credits"]
    right = np.ones((SIZE, 2))
    for supply in (False, True):
        found = Linear(matrix, structure.order(matrix), supply).solve(right)
        assert found.how == {"direct": 2}
        expected = reference((matrix.T if supply else matrix).tocsr(), right)
        noise = 1e-14 * np.abs(expected) + 1e-18 * np.abs(expected).max()
        assert (np.abs(found.values - expected) <= found.bounds + noise).all()


@pytest.mark.parametrize("supply", [False, True], ids=["scores", "supplies"])
def test_each_direct_solver_solves(
    direct_solver: Direct, supply: bool, recwarn: pytest.WarningsRecorder
) -> None:
    matrix = (CASES["loops of 0.99"].T if supply else CASES["loops of 0.99"]).tocsr()
    right = np.exp(np.random.default_rng(4).normal(0, 3, (SIZE, 3)))
    found = direct.factorise(matrix, supply)(right)
    expected = reference(matrix, right)
    assert np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max()
    assert np.abs(matrix @ found - right).max() <= 1e-9 * np.abs(expected).max()
    assert not recwarn.list, "nothing is printed on the user's terminal"


def test_each_direct_solver_tells_that_a_product_is_not_made(direct_solver: Direct) -> None:
    matrix = CASES["plain"].tolil()
    matrix[7, :] = 0
    with pytest.raises(ProjectError, match="singular"):
        direct.factorise(matrix.tocsr(), False)


def test_a_singular_system_gives_no_number(kernel: bool, direct_solver: Direct) -> None:
    matrix = sp.csr_matrix(np.array([[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, -0.5, 1.0]]))
    with pytest.raises(ProjectError, match="singular"):
        Linear(matrix, structure.order(matrix)).solve(np.ones((3, 1)))


def test_a_product_that_nobody_makes_is_refused() -> None:
    matrix = sp.csr_matrix(np.array([[1.0, -1.0], [-1.0, 0.0]]))
    with pytest.raises(ProjectError, match="not produced"):
        Linear(matrix, structure.order(matrix))


def test_threads_change_no_byte() -> None:
    matrix = CASES["loops of 0.9"]
    right = np.random.default_rng(3).random((SIZE, 40))
    linear = Linear(matrix, structure.order(matrix))
    one, two = linear.solve(right, threads=1), linear.solve(right, threads=2)
    assert one.values.tobytes() == two.values.tobytes()


def test_no_columns_are_no_trouble() -> None:
    matrix = CASES["plain"]
    found = Linear(matrix, structure.order(matrix)).solve(np.zeros((SIZE, 0)))
    assert found.values.shape == (SIZE, 0)
