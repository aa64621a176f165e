"""Monte Carlo of the engine: the numbers of direct solutions and of bw2calc, on any workers."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarks.databases import opened
from benchmarks.synthetic import generate, write
from bw_tinyml.engine import blocks, kernels, montecarlo, philox, statistics, substitution, varied
from bw_tinyml.engine.arrays import load_factors, load_system
from bw_tinyml.engine.blocks import Workers, run_blocks
from bw_tinyml.engine.cache import Arrays, Cache
from bw_tinyml.engine.montecarlo import foreground_job, sample, whole_job
from bw_tinyml.engine.packages import Source
from bw_tinyml.errors import ProjectError, UsageError

METHODS = 5
BATCH = 256


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    folder = tmp_path_factory.mktemp("synthetic")
    data = generate(size=1000, datasets=12, inputs=10, methods=METHODS, seed=4)
    found = write(data, folder)
    # the same background without distributions
    found["certain"] = write(data, folder / "certain", distributions=False)["background"]
    return found


@pytest.fixture(scope="module")
def tables(files: dict[str, list[Path]]) -> list[tuple[np.ndarray, np.ndarray]]:
    return [load_factors(path) for path in files["methods"]]


@pytest.fixture(scope="module")
def datasets(files: dict[str, list[Path]]) -> np.ndarray:
    system = load_system(files["background"] + files["foreground"])
    return system.products[system.package == 1]


@pytest.fixture(params=[True, False], ids=["numba", "numpy"])
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param and not kernels.has_numba():
        pytest.skip("numba is not installed")
    for module in (philox, statistics, substitution, varied):
        monkeypatch.setattr(module, "has_numba", lambda: request.param)
    return bool(request.param)


def direct(job, key: tuple[int, int], iteration: int, whole: bool) -> np.ndarray:
    """Scores of the foreground's activities in one sample, by a dense solution."""
    own = job.foreground
    batch = iteration // BATCH * BATCH
    drawn = own.draws.drawn(key, batch, BATCH)[:, iteration - batch]
    units = job.units.copy()
    if whole:
        row = job.background.draws.drawn(key, iteration // 16 * 16, 16)[iteration % 16]
        linear, emitted = job.background.varied.linear(row)
        solved = np.linalg.solve(
            (np.eye(linear.sweeps.size) - linear.sweeps.inner.toarray())
            * linear.sweeps.diagonal[:, None],
            emitted,
        )
        units[: own.inputs.size] = solved[job.background.rows] * job.scale
    size = own.size
    matrix, right = np.zeros((size, size)), np.zeros((size, units.shape[1]))
    for terms, target in ((own._outer, None), (own._inner, -1.0), (own._made, 1.0)):
        amounts = terms.unit * drawn[terms.place]
        user = np.repeat(np.arange(size), np.diff(terms.start))
        if target is None:
            np.add.at(right, user, amounts[:, None] * units[terms.target])
        else:
            np.add.at(matrix, (user, terms.target), target * amounts)
    user, supplier, place, unit = own._loops
    np.add.at(matrix, (user, supplier), unit * drawn[place])
    return np.linalg.solve(matrix, right)[own._columns]


def collected(job, iterations: int, **more) -> tuple[np.ndarray, montecarlo.Sampled]:
    parts: list[np.ndarray] = []
    job.keep = True
    found = sample(job, iterations, 9, receive=parts.append, **more)
    return np.concatenate(parts), found


def test_samples_of_the_foreground_are_direct_solutions(
    files, tables, datasets, kernel: bool
) -> None:
    job = foreground_job(files["background"] + files["foreground"], datasets, tables, [1])
    samples, found = collected(job, 300)
    assert samples.shape == (300, 12, METHODS)
    for iteration in (0, 7, 299):
        expected = direct(job, philox.block_key(9, 0), iteration, whole=False)
        assert (np.abs(samples[iteration] - expected) <= 1e-5 * job.sizes).all()
    assert found.statistics.mean == pytest.approx(samples.mean(axis=0), rel=1e-5)
    median = np.quantile(samples, 0.5, axis=0)
    error = np.abs(found.statistics.quantiles([0.5])[0] - median)
    assert (error <= np.abs(median) / 64 + job.sizes / 1024).all()
    assert np.median(error / np.abs(median)) < 2e-3


@pytest.mark.parametrize("methods", [1, METHODS, 12], ids=["lanes", "few", "many"])
def test_samples_of_the_whole_are_direct_solutions(
    files, tables, datasets, methods: int, kernel: bool
) -> None:
    several = (tables * 3)[:methods]
    sources = files["background"] + files["foreground"]
    job = whole_job(sources, datasets, several, [1], tolerance=1e-6)
    samples, found = collected(job, 20)
    for iteration in (0, 19):
        expected = direct(job, philox.block_key(9, 0), iteration, whole=True)
        assert (np.abs(samples[iteration] - expected) <= 1e-5 * job.sizes).all()
    assert found.bound <= 1e-6
    assert found.others == (0 if kernel else 20)


def test_products_of_the_background_may_be_asked_for(files, tables, datasets) -> None:
    sources = files["background"] + files["foreground"]
    inputs = foreground_job(sources, datasets, tables, [1]).foreground.inputs
    asked = [datasets[0], inputs[3]]
    job = foreground_job(sources, asked, tables, [1])
    samples, _ = collected(job, 10)
    assert samples[:, 1] == pytest.approx(np.tile(samples[0, 1], (10, 1)))
    assert samples[:, 0, 0].std() > 0
    sampled, _ = collected(whole_job(sources, asked, tables, [1]), 10)
    assert sampled[:, 1, 0].std() > 0


def test_a_background_that_does_not_converge_is_solved_otherwise(
    files, tables, datasets, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not kernels.has_numba():
        pytest.skip("numba is not installed")
    sources = files["background"] + files["foreground"]
    job = whole_job(sources, datasets, tables, [1])
    expected, swept = collected(job, 16)
    assert swept.others == 0
    monkeypatch.setattr(varied, "ROUNDS", 1)
    monkeypatch.setattr(varied, "SWEEPS", 1)
    monkeypatch.setattr(varied, "TRIES", 1)
    samples, found = collected(whole_job(sources, datasets, tables, [1]), 16)
    assert found.others == 16 and found.bound < 1e-4
    assert (np.abs(samples - expected) <= 1e-3 * job.sizes * np.ones((16, 1, 1))).all()


def theirs(files: list[Path], method: Path, product: int, iterations: int) -> np.ndarray:
    import bw2calc as bc

    lca = bc.LCA({product: 1}, data_objs=opened([*files, method]), use_distributions=True)
    lca.lci()
    lca.lcia()
    return np.array([lca.score for _ in zip(range(iterations), lca, strict=False)])


@pytest.mark.parametrize("whole", [False, True], ids=["foreground", "whole"])
def test_samples_are_distributed_as_those_of_bw2calc(files, tables, datasets, whole: bool) -> None:
    product = int(datasets[2])
    packages = files["background" if whole else "certain"] + files["foreground"]
    make = whole_job if whole else foreground_job
    job = make(packages, [product], tables[:1], [1])
    samples, found = collected(job, 2048)
    own = samples[:, 0, 0]
    other = theirs(packages, files["methods"][0], product, 150)
    assert stats.ks_2samp(own, other).pvalue > 1e-3
    error = np.hypot(own.std() / np.sqrt(2048), other.std() / np.sqrt(150))
    assert abs(found.statistics.mean[0, 0] - other.mean()) < 4 * error
    low, high = found.statistics.quantiles((0.1, 0.9))[:, 0, 0]
    for share, quantile in ((0.1, low), (0.9, high)):
        spread = np.sqrt(share * (1 - share) / 150)
        assert abs((other < quantile).mean() - share) < 4 * spread


def package(rows: list[tuple], flows: list[tuple]) -> list[Source]:
    """Return a foreground (ids 1 to 9) on a background (from 100) as open datapackages."""
    import bw_processing as bwp

    sources: list[Source] = []
    for number in (0, 1):
        made = bwp.create_datapackage(name=f"package{number}", sum_intra_duplicates=True)
        for matrix, elements in (("technosphere_matrix", rows), ("biosphere_matrix", flows)):
            own = [e for e in elements if (e[1] < 100) == bool(number)]
            indices = np.array([(e[0], e[1]) for e in own], dtype=bwp.INDICES_DTYPE)
            spread = np.zeros(len(own), dtype=bwp.UNCERTAINTY_DTYPE)
            for name in ("shape", "minimum", "maximum"):
                spread[name] = np.nan
            amount = np.array([e[2] for e in own], dtype=float)
            sigma = np.array([e[3] for e in own], dtype=float)
            spread["uncertainty_type"] = np.where(sigma > 0, 2, 0)
            spread["loc"] = np.where(sigma > 0, np.log(np.maximum(amount, 1e-300)), amount)
            spread["scale"] = np.where(sigma > 0, sigma, np.nan)
            more = {}
            if matrix == "technosphere_matrix":
                more["flip_array"] = np.array([e[0] != e[1] for e in own])
                more["reference_array"] = ~more["flip_array"]
            made.add_persistent_vector(
                matrix=matrix, name=f"{matrix}{number}", indices_array=indices,
                data_array=amount, distributions_array=spread, **more,
            )  # fmt: skip
        sources.append(made)
    return sources


LOOP = [
    (100, 100, 1.0, 0.0),
    (1, 1, 1.0, 0.0), (2, 2, 2.0, 0.1), (3, 3, 1.0, 0.0),
    (2, 1, 0.5, 0.2), (1, 2, 0.3, 0.2), (100, 2, 4.0, 0.3), (1, 3, 2.0, 0.2), (100, 3, 1.0, 0.5),
    (100, 3, 2.0, 0.5),
]  # fmt: skip


def test_cycles_of_the_foreground_are_solved(kernel: bool) -> None:
    sources = package(LOOP, [(500, 100, 3.0, 0.2), (500, 1, 0.7, 0.4)])
    table = [(np.array([500]), np.array([2.0]))]
    for make in (foreground_job, whole_job):
        job = make(sources, [1, 2, 3], table, [1])
        assert job.foreground.cyclic.any()
        samples, _ = collected(job, 33)
        whole = make is whole_job
        for iteration in (0, 32):
            expected = direct(job, philox.block_key(9, 0), iteration, whole)
            assert samples[iteration] == pytest.approx(expected, rel=1e-5)


def test_what_is_zero_when_stated_counts_when_drawn(kernel: bool) -> None:
    """A zero that is certain makes no cycle; one that is drawn does."""
    rows = [e for e in LOOP if e[:2] != (1, 2)]
    flows = [(500, 100, 3.0, 0.2)]
    table = [(np.array([500]), np.array([2.0]))]
    for sigma in (0.0, 0.5):
        sources = package([*rows, (1, 2, 0.0 if sigma == 0 else 1e-30, sigma)], flows)
        if sigma:
            for source in sources:
                for data in source.data:
                    if data.dtype == float:
                        data[data == 1e-30] = 0.0  # the stated amount; the distribution stays
                    elif "loc" in (data.dtype.names or ()):
                        data["loc"][np.abs(data["loc"] - np.log(1e-30)) < 0.1] = np.log(0.3)
        for make in (foreground_job, whole_job):
            job = make(sources, [1, 2, 3], table, [1])
            assert job.foreground.cyclic.any() == (sigma > 0)
            samples, _ = collected(job, 5)
            assert np.isfinite(samples).all()
            expected = direct(job, philox.block_key(9, 0), 4, make is whole_job)
            assert samples[4] == pytest.approx(expected, rel=1e-5)


def test_a_foreground_that_makes_nothing_is_refused() -> None:
    rows = [(100, 100, 1.0, 0.0), (1, 1, 1.0, 0.0), (1, 1, -1.0, 0.0), (100, 1, 1.0, 0.2)]
    sources = package(rows, [(500, 100, 3.0, 0.2)])
    with pytest.raises(ProjectError, match="no finite score"):
        sample(foreground_job(sources, [1], [(np.array([500]), np.ones(1))], [1]), 5, 1)


def same(one: Arrays, other: Arrays) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


@pytest.mark.parametrize("whole", [False, True], ids=["foreground", "whole"])
def test_any_number_of_workers_gives_the_same_bytes(files, tables, datasets, whole: bool) -> None:
    sources = files["background"] + files["foreground"]
    job = (whole_job if whole else foreground_job)(sources, datasets, tables, [1], keep=True)
    expected = list(run_blocks(job, 70, 3, block=20))
    assert [len(block["samples"]) for block in expected] == [20, 20, 20, 10]
    for workers in (Workers(2, threads=True), Workers(2), Workers(3)):
        found = list(run_blocks(job, 70, 3, workers, block=20))
        assert all(same(a, b) for a, b in zip(expected, found, strict=True))
    longer = next(run_blocks(job, 400, 3, block=20))
    assert same(longer, expected[0])


def test_dask_gives_the_same_bytes(files, tables, datasets) -> None:
    distributed = pytest.importorskip("distributed")
    sources = files["background"] + files["foreground"]
    job = foreground_job(sources, datasets, tables, [1], keep=True)
    expected = list(run_blocks(job, 70, 3, block=20))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        workers = Workers(scheduler=cluster.scheduler_address)
        found = list(run_blocks(job, 70, 3, workers, block=20))
    assert all(same(a, b) for a, b in zip(expected, found, strict=True))


class Counting:
    """A job that notes which blocks it makes, and can break off."""

    def __init__(self, fails_at: int = -1) -> None:
        self.made: list[int] = []
        self.fails_at = fails_at

    def block(self, seed: int, number: int, size: int) -> Arrays:
        if number == self.fails_at:
            raise KeyboardInterrupt
        self.made.append(number)
        return {"value": np.full(size, number + seed)}

    def digest(self) -> str:
        return "counting"


def test_a_calculation_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    first = Counting(fails_at=3)
    with pytest.raises(KeyboardInterrupt):
        list(run_blocks(first, 50, 1, block=10, cache=cache))
    assert first.made == [0, 1, 2]
    second = Counting()
    found = list(run_blocks(second, 50, 1, block=10, cache=cache))
    assert second.made in ([3, 4], [2, 3, 4])  # the interrupted one may have been waiting
    assert [int(block["value"][0]) for block in found] == [1, 2, 3, 4, 5]
    other = Counting()
    list(run_blocks(other, 50, 2, block=10, cache=cache))
    assert other.made == [0, 1, 2, 3, 4]  # another seed


class Dying(Counting):
    """A job whose process is killed, as one that takes too much memory."""

    def block(self, seed: int, number: int, size: int) -> Arrays:
        os._exit(1)


def test_a_worker_that_dies_is_an_error() -> None:
    with pytest.raises(ProjectError, match="ended before its block"):
        list(run_blocks(Dying(), 50, 1, Workers(2), block=10))


def test_what_a_job_depends_on_changes_its_digest(files, tables, datasets) -> None:
    sources = files["background"] + files["foreground"]
    digests = {
        make(packages, asked, some, [1]).digest()
        for make in (foreground_job, whole_job)
        for packages in (sources, files["certain"] + files["foreground"])
        for asked in (datasets, datasets[:3])
        for some in (tables, tables[:2])
    }
    # Certain or not, the background gives a foreground the same unit scores.
    assert len(digests) == 12
    job = foreground_job(sources, datasets, tables, [1])
    assert pickle.loads(pickle.dumps(job)).digest() == job.digest()


def test_a_scheduler_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "TIMEOUT", 0.3)
    with pytest.raises(UsageError, match=r"no scheduler answers|not installed"):
        list(run_blocks(Counting(), 5, 1, Workers(scheduler="tcp://127.0.0.1:9")))


def test_senseless_workers_are_refused() -> None:
    with pytest.raises(UsageError, match="make no sense"):
        Workers(0)
    with pytest.raises(UsageError, match="make no sense"):
        sample(Counting(), 0, 1)  # type: ignore[arg-type]
