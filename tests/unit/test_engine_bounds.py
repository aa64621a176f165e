"""Errors stay within their bounds, against solutions in rational numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp

from bw_tinyml.engine import kernels, structure
from bw_tinyml.engine.arrays import System
from bw_tinyml.engine.scoring import Scores, score_products
from bw_tinyml.engine.solving import Linear
from bw_tinyml.errors import ProjectError

Rows = list[list[Fraction]]


def system(
    technosphere: np.ndarray, biosphere: np.ndarray, package: np.ndarray | None = None
) -> System:
    """Return a system from products x activities and flows x activities."""
    n = technosphere.shape[0]
    ids, flows = np.arange(100, 100 + n), np.arange(1, 1 + biosphere.shape[0])
    own = np.zeros(n, dtype=int) if package is None else package
    return System(ids, ids, flows, sp.csr_matrix(technosphere.T), sp.csr_matrix(biosphere.T), own)


def exact(technosphere: np.ndarray, biosphere: np.ndarray, factors: np.ndarray) -> list[Fraction]:
    """Return the scores of one unit of each product, by elimination in rational numbers."""
    n = technosphere.shape[0]
    rows: Rows = [
        [*map(Fraction, technosphere[:, i].tolist()),
         sum((Fraction(e) * Fraction(f) for e, f in zip(biosphere[:, i].tolist(),
                                                        factors.tolist(), strict=True)),
             Fraction(0))]
        for i in range(n)
    ]  # fmt: skip
    for k in range(n):
        pivot = next(i for i in range(k, n) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        for i in range(n):
            if i != k and rows[i][k]:
                share = rows[i][k] / rows[k][k]
                rows[i] = [x - share * y for x, y in zip(rows[i], rows[k], strict=True)]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def errors(found: Scores, expected: list[Fraction]) -> np.ndarray:
    values = found.values[:, 0].tolist()
    return np.array([float(abs(Fraction(v) - e)) for v, e in zip(values, expected, strict=True)])


@pytest.mark.parametrize("direction", ["adjoint", "direct"])
def test_cancelling_emissions(direction: str) -> None:
    """What is left of large terms is known no better than these were rounded."""
    made, emitted = np.eye(1), np.array([[1e8], [1.0], [1e8]])
    factors = np.array([1e9, 1.0, -1e9])
    whole = system(made, emitted)
    found = score_products(whole, [100], sp.csc_matrix(factors[:, None]), direction=direction)
    assert errors(found, exact(made, emitted, factors)) <= found.bounds[:, 0]


@pytest.mark.parametrize("gain", [0.9, 0.99, 0.9999, 0.99999])
@pytest.mark.parametrize("tolerance", [1e-11, 1e-6])
def test_slow_loops_in_the_foreground(gain: float, tolerance: float) -> None:
    """Errors of the inputs add up along the loop as often as it takes."""
    rng = np.random.default_rng(3)
    size = 20
    matrix = np.eye(size + 2)
    inputs = rng.random((size, size))
    np.fill_diagonal(inputs, 0)
    matrix[:size, :size] -= 0.9 * inputs / inputs.sum(axis=0)
    matrix[size, size + 1], matrix[size + 1, size] = -gain, -1.0
    matrix[0, size], matrix[1, size + 1] = -0.3, -0.2
    emitted = np.concatenate([rng.random((1, size)), np.zeros((1, 2))], axis=1)
    whole = system(matrix, emitted, np.repeat([0, 1], [size, 2]))
    found = score_products(
        whole, whole.products, sp.csc_matrix([[1.0]]), foreground=[1], tolerance=tolerance
    )
    expected = exact(matrix, emitted, np.ones(1))
    assert (errors(found, expected) <= found.bounds[:, 0]).all()
    assert "direct" not in found.how


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-7])
def test_loops_near_one_whose_products_are_not_units(distance: float) -> None:
    """Divided by what is made, the numbers are rounded; the loop would magnify that."""
    rng = np.random.default_rng(4)
    for _ in range(10):
        made = np.exp(rng.normal(0, 2, 2))
        shares = np.sqrt(1 - distance) * np.array([made[1], made[0]])
        matrix = np.diag(made)
        matrix[0, 1], matrix[1, 0] = -shares[1] * 1.7, -shares[0] / 1.7
        emitted = rng.random((1, 2))
        whole = system(matrix, emitted)
        found = score_products(whole, whole.products, sp.csc_matrix([[1.0]]))
        expected = exact(matrix, emitted, np.ones(1))
        error = errors(found, expected)
        assert (error <= found.bounds[:, 0]).all()
        assert (error <= 1e-11 * np.abs(np.array(expected, dtype=float))).all()


def test_what_cannot_be_told_from_singular_is_an_error() -> None:
    """The condition number is 1e15: not one digit of a solution would be certain."""
    matrix = np.array(
        [[1.0, 1.0000000000000568], [-0.5383963584899902, -0.5383963584900209]]
    )  # fmt: skip
    emitted = np.array([[0.6580260992050171, 0.6107507944107056]])
    whole = system(matrix, emitted)
    with pytest.raises(ProjectError, match="singular"):
        score_products(whole, whole.products, sp.csc_matrix([[1.0]]))


@pytest.mark.parametrize("seed", range(40))
def test_small_systems_of_mixed_signs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, flows = int(rng.integers(2, 9)), int(rng.integers(1, 5))
    inputs = np.where(rng.random((size, size)) < 0.4, rng.random((size, size)) ** 3, 0.0)
    np.fill_diagonal(inputs, 0)
    inputs *= rng.choice([0.5, 0.9, 0.99, 0.999]) / max(inputs.sum(axis=0).max(), 1e-9)
    inputs *= rng.choice([-1.0, 1.0, 1.0], (size, size))
    matrix = np.diag(rng.choice([1.0, 1.0, -1.0, 3.0], size)) - inputs
    emitted, factors = rng.normal(size=(flows, size)), rng.normal(size=flows)
    whole = system(matrix, emitted, rng.integers(0, 2, size))
    expected = exact(matrix, emitted, factors)
    for direction in ("adjoint", "direct"):
        found = score_products(
            whole, whole.products, sp.csc_matrix(factors[:, None]), direction=direction,
            foreground=[1],
        )  # fmt: skip
        assert (errors(found, expected) <= found.bounds[:, 0]).all(), direction


@pytest.mark.parametrize("left", [1e-6, 1e-10, 1e-13])
def test_sampled_backgrounds_whose_inputs_cancel(left: float) -> None:
    """One of each of two products with one score, bought and credited: emissions are left."""
    if not kernels.has_numba():
        pytest.skip("numba is not installed")
    from bw_tinyml.engine.structure import Order
    from bw_tinyml.engine.varied import Sums, Varied

    start = np.arange(4)
    order = Order(start[:3], np.array([0, 3]), np.array([False]))
    inputs = Sums(np.array([0, 0, 0, 2]), np.zeros(2, int), np.array([-1.0, 1.0]), np.array([0, 1]))
    made = Sums(start, np.zeros(3, int), np.ones(3), start[:3])
    emitted = Sums(start, np.zeros(3, int), np.array([1.1, 1.1, left]), np.zeros(3, int))
    varied = Varied(order, inputs, made, emitted, np.array([[0.3]]), np.ones(1))
    result = np.empty((1, 1, varied.depth))
    drawn = np.ones((varied.depth, 1), dtype=np.float32)
    bound = varied.solve(drawn, np.array([2]), result, 1e-4, 1)
    expected = Fraction(left) * Fraction(0.3)
    assert float(abs(Fraction(result[0, 0, 0]) - expected)) <= bound * float(expected)


def test_errors_of_right_hand_sides_are_in_the_bounds() -> None:
    matrix = sp.csr_matrix(np.array([[1.0, -0.5], [-0.5, 1.0]]))
    linear = Linear(matrix, structure.order(matrix))
    right = np.array([[1.0], [2.0]])
    found = linear.solve(right, errors=np.full((2, 1), 0.1))
    assert found.how == {"sweeps": 1}
    other = linear.solve(right + np.array([[0.1], [-0.1]])).values
    assert (np.abs(other - found.values) <= found.bounds).all()
    assert (found.bounds < 0.3).all()
