"""Random numbers: known answers, the right distributions, statistics in parts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from stats_arrays import MCRandomNumberGenerator, UncertaintyBase

from bw_tinyml.engine import elements, kernels, philox, statistics
from bw_tinyml.engine.draws import Draws
from bw_tinyml.engine.elements import Elements
from bw_tinyml.engine.philox import LOGNORMAL, NORMAL, ONE, TILE, UNIFORM
from bw_tinyml.engine.statistics import Collector, beside
from bw_tinyml.errors import ProjectError

DISTRIBUTIONS = [
    {"uncertainty_type": 2, "loc": -2.0, "scale": 0.4},
    {"uncertainty_type": 2, "loc": 1.0, "scale": 0.2, "negative": True},
    {"uncertainty_type": 2, "loc": 0.0, "scale": 0.5, "minimum": 0.8, "maximum": 3.0},
    {"uncertainty_type": 2, "loc": 0.0, "scale": 0.5, "maximum": -0.7, "negative": True},
    {"uncertainty_type": 3, "loc": 4.0, "scale": 0.5},
    {"uncertainty_type": 3, "loc": 0.0, "scale": 2.0},
    {"uncertainty_type": 3, "loc": 1.0, "scale": 1.0, "minimum": 0.0},
    {"uncertainty_type": 4, "minimum": -1.0, "maximum": 3.0},
    {"uncertainty_type": 5, "loc": 2.0, "minimum": 1.0, "maximum": 6.0},
    {"uncertainty_type": 6, "loc": 0.3},
    {"uncertainty_type": 7, "minimum": 2, "maximum": 9},
    {"uncertainty_type": 8, "loc": 0.0, "scale": 2.0, "shape": 1.5},
    {"uncertainty_type": 9, "loc": 0.0, "scale": 1.0, "shape": 2.0},
    {"uncertainty_type": 10, "loc": 2.0, "shape": 3.0},
    {"uncertainty_type": 12, "loc": 1.0, "scale": 0.5, "shape": 6.0},
]


def made(rows: list[dict], sign: float = 1.0) -> Elements:
    records = np.zeros(len(rows), dtype=elements._DTYPE)
    for name in ("loc", "scale", "shape", "minimum", "maximum"):
        records[name] = [row.get(name, np.nan) for row in rows]
    records["uncertainty_type"] = [row["uncertainty_type"] for row in rows]
    records["negative"] = [row.get("negative", False) for row in rows]
    ids = np.arange(len(rows))
    return Elements(ids, ids, np.ones(len(rows)), records, np.full(len(rows), sign))


def amounts(draws: Draws, iterations: int, seed: int = 1) -> np.ndarray:
    drawn = draws.drawn(philox.block_key(seed, 0), 0, iterations)
    places = drawn.T if draws.many else drawn
    return draws.unit[:, None] * places[draws.place]


def test_known_answers_of_philox() -> None:
    """The test vectors of Random123 (Salmon et al. 2011), philox4x32-10."""
    ones = 0xFFFFFFFF
    cases = {
        ((0, 0), (0, 0, 0, 0)): "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        ((ones, ones), (ones,) * 4): "408f276d 41c83b0e a20bc7c6 6d5451fd",
        ((0xA4093822, 0x299F31D0), (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)): (
            "d16cfe09 94fdcceb 5001e420 24126ea1"
        ),
    }
    for (key, counter), expected in cases.items():
        words = philox.words_of(key, counter)
        assert " ".join(f"{int(word):08x}" for word in words) == expected


def test_the_compiled_loop_draws_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    if not kernels.has_numba():
        pytest.skip("numba is not installed")
    kinds = np.array([LOGNORMAL, NORMAL, UNIFORM, ONE])
    key = philox.block_key(3, 7)
    found = []
    for compiled in (True, False):
        monkeypatch.setattr(philox, "has_numba", lambda c=compiled: c)
        scale = np.full(4 * TILE, 0.3, dtype=np.float32)
        found.append(
            [
                philox.draw_elements(key, 1, 2, 3, kinds, scale),
                philox.draw_iterations(key, 1, 5, 20, kinds, scale),
            ]
        )
    for one, other in zip(*found, strict=True):
        assert one == pytest.approx(other, rel=1e-5, abs=2e-6)


def test_numbers_belong_to_their_iteration() -> None:
    draws = Draws(made(DISTRIBUTIONS[:8]), 1)
    key = philox.block_key(1, 0)
    whole = draws.drawn(key, 0, 3 * TILE)
    assert np.array_equal(draws.drawn(key, TILE, TILE), whole[:, TILE : 2 * TILE])
    many = Draws(made(DISTRIBUTIONS[:8]), 1, many=True)
    assert np.array_equal(many.drawn(key, 3, 1), many.drawn(key, 0, 5)[3:4])
    assert not np.array_equal(draws.drawn(philox.block_key(1, 1), 0, TILE), whole[:, :TILE])
    assert not np.array_equal(Draws(made(DISTRIBUTIONS[:8]), 2).drawn(key, 0, TILE)[0], whole[0])


@pytest.mark.parametrize("many", [False, True])
def test_distributions_are_those_of_stats_arrays(many: bool) -> None:
    count = 8 * TILE
    ours = amounts(Draws(made(DISTRIBUTIONS), 1, many), count)
    generator = MCRandomNumberGenerator(UncertaintyBase.from_dicts(*DISTRIBUTIONS), seed=5)
    theirs = generator.generate(5000)
    for row, one, other in zip(DISTRIBUTIONS, ours, theirs, strict=True):
        assert stats.ks_2samp(one, other).pvalue > 1e-4, row
        # neighbouring iterations have nothing to do with each other
        assert abs(np.corrcoef(one[:-1], one[1:])[0, 1]) < 4 / np.sqrt(count), row
    smooth = [k for k, row in enumerate(DISTRIBUTIONS) if row["uncertainty_type"] < 6]
    between = np.corrcoef(ours[smooth]) - np.eye(len(smooth))
    assert np.abs(between).max() < 4.5 / np.sqrt(count)


def test_signs_and_certain_numbers() -> None:
    rows = [{"uncertainty_type": 0, "loc": 7.5}, *DISTRIBUTIONS[:2]]
    plain = amounts(Draws(made(rows), 1), TILE)
    assert (plain[0] == 7.5).all() and (plain[1] > 0).all() and (plain[2] < 0).all()
    assert np.array_equal(amounts(Draws(made(rows, -1.0), 1), TILE), -plain)


@pytest.mark.parametrize(
    "row",
    [
        {"uncertainty_type": 2, "loc": 0.0, "scale": 0.0},
        {"uncertainty_type": 3, "loc": 0.0, "scale": np.nan},
        {"uncertainty_type": 4, "minimum": 2.0, "maximum": 1.0},
        {"uncertainty_type": 5, "loc": 5.0, "minimum": 1.0, "maximum": 2.0},
        {"uncertainty_type": 0, "loc": np.nan},
    ],
)
def test_what_cannot_be_drawn_is_refused(row: dict) -> None:
    with pytest.raises(ProjectError, match="not well defined"):
        Draws(made([row]), 1)


SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    rng = np.random.default_rng(0)
    found = rng.normal(0.3, 1.0, (2, 3, 20_000)).astype(np.float32)
    found[1] = np.exp(found[1]) * np.array([1e-2, 1.0, -1e2], dtype=np.float32)[:, None]
    return found


@pytest.mark.parametrize("compiled", [True, False])
def test_moments_and_quantiles(
    samples: np.ndarray, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "has_numba", lambda: compiled and kernels.has_numba())
    size = np.array([[1.0, 2.0, 0.5], [3e-2, 1.0, 70.0]])
    collector = Collector(size)
    for start in range(0, 20_000, 777):
        collector.take(np.ascontiguousarray(samples[:, :, start : start + 777]))
    found = collector.statistics()
    exact = samples.astype(float)
    assert found.mean == pytest.approx(exact.mean(axis=2), rel=1e-6, abs=1e-7)
    assert found.deviation == pytest.approx(exact.std(axis=2, ddof=1), rel=1e-6)
    expected = np.quantile(exact, SHARES, axis=2)
    assert found.quantiles(SHARES) == pytest.approx(expected, rel=1 / 64, abs=1e-3)
    close = np.abs(found.quantiles(SHARES) / expected - 1)
    assert np.median(close) < 1e-3


def test_statistics_of_parts_add_up(samples: np.ndarray) -> None:
    size = np.ones((2, 3))
    whole, first, second = (Collector(size) for _ in range(3))
    whole.take(samples)
    first.take(np.ascontiguousarray(samples[:, :, :900]))
    second.take(np.ascontiguousarray(samples[:, :, 900:]))
    joined = first.statistics()
    joined.add(second.statistics())
    expected = whole.statistics()
    assert np.array_equal(joined.quantiles(SHARES), expected.quantiles(SHARES))
    assert joined.deviation == pytest.approx(expected.deviation, rel=1e-12)
    methods = []
    for some in (slice(0, 1), slice(1, 3)):
        part = Collector(size[:, some])
        part.take(np.ascontiguousarray(samples[:, some]))
        methods.append(part.statistics())
    assert np.array_equal(beside(methods).quantiles(SHARES), expected.quantiles(SHARES))


def test_what_lies_beyond_the_bins_is_said_to_be_infinite() -> None:
    collector = Collector(np.ones((1, 1)))
    collector.take(np.array([[[1.0, 1.0, 1e6, -1e6]]], dtype=np.float32))
    found = collector.statistics().quantiles((0.0, 0.5, 1.0))[:, 0, 0]
    assert found[0] == -np.inf and found[2] == np.inf
    assert found[1] == pytest.approx(1.0, rel=1 / 64)


@pytest.mark.parametrize("compiled", [False, True])
def test_uniform_numbers_stay_below_one(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    """In single precision, the largest of them would be rounded up to it."""
    monkeypatch.setattr(philox, "has_numba", lambda: compiled and kernels.has_numba())
    iteration = 190_738  # draws the largest word of 24 bits, for seed 1
    tile, place = divmod(iteration, TILE)
    none = np.zeros(1, dtype=np.float32)
    drawn = philox.draw_elements(
        philox.block_key(1, 0), 1, tile, 1, np.array([philox.UNIFORM]), none
    )
    assert drawn[0, place] == np.float32(1 - 2**-24)


@pytest.mark.parametrize("far", [5.0, 9.0, 30.0])
def test_tails_are_drawn_as_well_as_they_are(far: float) -> None:
    """Where probabilities cannot be told from one, counted from above."""
    row = {"uncertainty_type": 3, "loc": 0.0, "scale": 1.0}
    for low, high, sign in ((far, np.nan, 1), (np.nan, -far, -1)):
        found = elements.elements_of([row | {"minimum": low, "maximum": high}])
        drawn = sign * Draws(found, 1).numbers(philox.block_key(3, 0), 4096)[0]
        assert (drawn >= far * (1 - 1e-6)).all()
        expected = stats.truncnorm.stats(far, np.inf, moments="m")
        assert drawn.mean() == pytest.approx(float(expected), abs=5 * drawn.std() / 64)


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e6])
@pytest.mark.parametrize(
    "row", [{"uncertainty_type": 8, "shape": 1.5}, {"uncertainty_type": 9, "shape": 2.0}]
)
def test_rare_distributions_are_drawn_near_one(row: dict, size: float) -> None:
    """Statistics and solvers refer to what stands for the stated number."""
    found = elements.elements_of([row | {"loc": 0.0, "scale": size}])
    draws = Draws(found, 1)
    drawn = draws.drawn(philox.block_key(3, 0), 0, 4096)[draws.place[0]]
    assert 0.25 < drawn.mean() < 4
    numbers = draws.numbers(philox.block_key(3, 0), 4096)[0]
    assert numbers.mean() == pytest.approx(float(draws.unit[0] * drawn.mean()), rel=1e-6)
    assert size / 4 < numbers.mean() < 4 * size


def test_discrete_numbers_are_exact() -> None:
    row = {"uncertainty_type": 7, "minimum": 1000, "maximum": 1005}
    numbers = Draws(elements.elements_of([row]), 1).numbers(philox.block_key(3, 0), 512)
    assert set(numbers.ravel().tolist()) == {1000.0, 1001.0, 1002.0, 1003.0, 1004.0}


def test_what_stats_arrays_cannot_draw_is_an_error() -> None:
    row = {"uncertainty_type": 10, "loc": -2.0, "shape": 3.0}
    with pytest.raises(ProjectError, match="not well defined"):
        Draws(elements.elements_of([row]), 1).numbers(philox.block_key(1, 0), 4)
