"""Break-evens of samples: against functions whose zeros are known."""

from __future__ import annotations

import numpy as np
import pytest

from bw_tinyml.systems.flips import crossing, sampled_flips, spread

GRID = np.geomspace(1.0, 100.0, 9)
NOTHING_LOST = np.zeros((2, 9), dtype=bool)


def swept(difference: np.ndarray) -> np.ndarray:
    """Scores of two systems, the second always 100; shape (points, samples, 2, 1)."""
    scores = np.full((*difference.shape, 2, 1), 100.0)
    scores[:, :, 0, 0] += difference
    return scores


@pytest.mark.parametrize(
    ("a", "b", "c"), [(-6, 2, 0), (-6, 0, 30), (-10, 1, 16), (-0.5, -1, 18), (0, 1, -9)]
)
def test_affine_in_the_parameter_in_its_inverse_or_in_both(a: float, b: float, c: float) -> None:
    def d(p: np.ndarray) -> np.ndarray:
        return a + b * p + c / p

    roots = np.roots([b, a, c]) if b else np.array([-c / a])
    real = [float(r.real) for r in roots if 1 < r.real < 100]
    found = sampled_flips(GRID, swept(d(GRID)[:, None]), NOTHING_LOST, 1.0)
    assert found.shape == (1, 1, 1)
    assert found[0, 0, 0] == pytest.approx(min(real), rel=1e-9)


def test_a_kink_falls_back_to_a_straight_line() -> None:
    points = np.array([1.0, 2.0, 3.0])
    # the neighbour makes a curve through all three whose zeros lie elsewhere or nowhere
    for third in (-1e9, 1e9, np.nan):
        found = float(crossing(points, np.array([-1.0, 3.0, third])))
        assert 1.0 <= found <= 2.0
    assert float(crossing(points, np.array([-1.0, 3.0, np.nan]))) == pytest.approx(1.25)


def test_the_nearest_of_two_counts_and_none_is_none() -> None:
    twice = (GRID - 2.0) * (GRID - 50.0) / GRID  # affine in p and 1 / p
    never = np.ones_like(GRID)
    scores = swept(np.stack([twice, never], axis=1))
    assert sampled_flips(GRID, scores, NOTHING_LOST, 1.5)[0, 0, 0] == pytest.approx(2.0)
    assert sampled_flips(GRID, scores, NOTHING_LOST, 80.0)[0, 0, 0] == pytest.approx(50.0)
    assert np.isnan(sampled_flips(GRID, scores, NOTHING_LOST, 1.5)[1, 0, 0])


def test_where_a_link_is_overloaded_nothing_flips() -> None:
    scores = swept((GRID - 20.0)[:, None])
    for system in (0, 1):
        lost = NOTHING_LOST.copy()
        lost[system, GRID > 10] = True
        assert np.isnan(sampled_flips(GRID, scores, lost, 1.0)).all()


def test_rounding_is_no_flip() -> None:
    scores = swept((np.array([1, -1] * 4 + [1]) * 1e-14)[:, None])
    assert np.isnan(sampled_flips(GRID, scores, NOTHING_LOST, 1.0)).all()


def test_percentiles_are_of_those_that_have_one() -> None:
    flips = np.full((1000, 3), np.nan)
    flips[:201, 0] = np.arange(201.0)
    flips[:10, 1] = 1.0
    percentiles, without = spread(flips)
    assert percentiles[:, 0] == pytest.approx([10.0, 100.0, 190.0])
    assert np.isnan(percentiles[:, 1:]).all(), "ten of a thousand say nothing"
    assert without == pytest.approx([0.799, 0.99, 1.0])
