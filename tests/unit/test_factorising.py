"""Factors of our technospheres are good to rounding, which those with free pivots are not."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from bw_tinyml.engine.factorising import factorised


def technosphere(seed: int = 3, size: int = 400) -> sp.csc_matrix:
    """Production of one each; inputs that differ by many orders of magnitude, with loops."""
    rng = np.random.default_rng(seed)
    inputs = sp.random(size, size, density=0.02, random_state=rng, format="coo")
    scale = 10.0 ** rng.uniform(-7, 7, size)  # another unit for every product
    gain = 0.8 / max(abs(np.linalg.eigvals(inputs.toarray())))
    values = inputs.data * gain * scale[inputs.row] / scale[inputs.col]
    return (sp.eye(size) - sp.coo_matrix((values, inputs.coords), inputs.shape)).tocsc()


@pytest.mark.parametrize("trans", ["N", "T"])
def test_solutions_are_good_to_rounding(trans: str) -> None:
    matrix = technosphere()
    right = np.random.default_rng(1).uniform(1e-8, 1, matrix.shape[0])
    dense = matrix.toarray() if trans == "N" else matrix.toarray().T
    expected = np.linalg.solve(dense.astype(np.longdouble).astype(float), right)
    for _ in range(3):  # residuals in extended precision
        residual = right - dense.astype(np.longdouble) @ expected.astype(np.longdouble)
        expected = expected + np.linalg.solve(dense, residual.astype(float))
    found = factorised(matrix).solve(right, trans=trans)
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_dataset_that_consumes_all_of_its_product_is_singular() -> None:
    with pytest.raises(RuntimeError, match="singular"):
        factorised(sp.csc_matrix([[1.0, -1.0], [-1.0, 1.0]]))
