"""Monte Carlo: right distributions, independent draws, reproducible, paired."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from bw_tinyml import compare, uncertainty
from bw_tinyml.brightway.lookup import find, installed_databases
from bw_tinyml.brightway.project import open_project
from bw_tinyml.cli.main import cli
from bw_tinyml.engine.kernels import has_numba
from bw_tinyml.errors import ProjectError, UsageError
from bw_tinyml.export.bigtable import table_writer
from bw_tinyml.impact.model import Model, load_model
from bw_tinyml.impact.sampling import BLOCK, Sampler, sample_amounts
from bw_tinyml.impact.session import Session
from bw_tinyml.impact.solving import Solver
from bw_tinyml.impact.supplies import Supplies

from ..conftest import MINI


@pytest.fixture
def model(project: str) -> Model:
    open_project(project)
    return load_model(installed_databases(), [find("system_remote/TW").id])


def draws(model: Model, iterations: int = 4000, seed: int = 1) -> np.ndarray:
    return np.concatenate(list(sample_amounts(model, iterations, seed)), axis=1)


def exchange(model: Model, label: str, kind: str = "") -> int:
    return next(
        i
        for i, x in enumerate(model.exchanges)
        if x.label == label and (not kind or x.kind == kind)
    )


def test_exchanges_follow_their_distribution(model: Model) -> None:
    samples = draws(model)
    seen = 0
    for i, x in enumerate(model.exchanges):
        if x.distribution and x.distribution["uncertainty_type"] == 2:
            logs = np.log(np.abs(samples[i]))
            assert np.median(samples[i]) == pytest.approx(x.amount, rel=0.05)
            assert logs.std() == pytest.approx(x.distribution["scale"], rel=0.08)
            seen += 1
    assert seen > 3


def test_formulas_follow_their_parameters(model: Model) -> None:
    samples = draws(model)
    silicon = samples[exchange(model, "silicon")]
    logs = np.log(silicon)
    assert logs.std() == pytest.approx(np.log(1.05), rel=0.05)  # gsd of the die area
    assert np.median(silicon) == pytest.approx(16e-6, rel=0.01)


def test_one_parameter_moves_all_its_exchanges_together(model: Model) -> None:
    samples = draws(model, 500)
    copper = samples[exchange(model, "copper")]
    heat = samples[exchange(model, "assembly")]
    # both are proportional to the mass of the board; copper also to its share of copper
    assert np.corrcoef(np.log(copper), np.log(heat))[0, 1] > 0.7


def test_draws_are_independent_between_matrices(model: Model) -> None:
    """``seed_override`` of bw2calc would give a correlation of 1 here."""
    samples = draws(model)
    tech = [i for i, x in enumerate(model.exchanges) if x.distribution and x.kind == "technosphere"]
    bio = [i for i, x in enumerate(model.exchanges) if x.distribution and x.kind == "biosphere"]
    assert tech and bio
    for i in tech:
        for j in bio:
            correlation = np.corrcoef(np.log(np.abs(samples[i])), np.log(np.abs(samples[j])))
            assert abs(correlation[0, 1]) < 0.07


def test_same_seed_same_samples(project: str) -> None:
    first = uncertainty("board", project=project, iterations=150, seed=7).samples
    again = uncertainty("board", project=project, iterations=150, seed=7).samples
    other = uncertainty("board", project=project, iterations=150, seed=8).samples
    assert first.equals(again)
    assert not first.equals(other)


def test_more_samples_begin_with_the_same(project: str) -> None:
    few = uncertainty("board", project=project, iterations=BLOCK // 2, seed=7).samples
    many = uncertainty("board", project=project, iterations=3 * BLOCK, seed=7).samples
    assert np.array_equal(few, many.iloc[: BLOCK // 2])


def test_distribution_agrees_with_bw2calc(project: str) -> None:
    """Copper has no formula, so bw2calc samples the same numbers as we do."""
    import bw2calc as bc

    from bw_tinyml.brightway.stack import bw2data

    ours = uncertainty("copper_production", project=project, iterations=3000, seed=3)
    bd = bw2data()
    node = bd.get_node(id=ours.node.id)
    demand, packages, _ = bd.prepare_lca_inputs(
        {node: 1}, ("EF v3.1", "acidification", "accumulated exceedance (AE)")
    )
    lca = bc.LCA(demand, data_objs=packages, use_distributions=True)
    lca.lci()
    lca.lcia()
    theirs = np.array([lca.score for _ in zip(range(3000), lca, strict=False)])
    own = ours.samples["Acidification"].to_numpy()
    assert np.median(own) == pytest.approx(np.median(theirs), rel=0.03)
    assert np.log(own).std() == pytest.approx(np.log(theirs).std(), rel=0.06)


def test_median_stands_beside_the_deterministic_score(project: str) -> None:
    table = uncertainty("board", project=project, iterations=800).table.set_index("label")
    row = table.loc["Climate change"]
    assert row["p05"] < row["median"] < row["p95"]
    assert row["median"] == pytest.approx(row["score"], rel=0.05)


def test_device_against_itself_is_a_tie(project: str) -> None:
    result = compare(
        "blinking", "local", "local", project=project, folder=MINI, location="TW", iterations=60
    )
    assert np.array_equal(result.samples[:, 0], result.samples[:, 1])
    assert (result.pairs["probability_lower"] == 0.5).all()


def test_pairs_share_their_draw(project: str) -> None:
    """The board is the same in both systems: in categories of the board only, ratios are 1."""
    result = compare("blinking", project=project, folder=MINI, location="TW", iterations=200)
    pair = result.pairs.loc[("remote", "Acidification")]
    assert pair["ratio_p05"] == pytest.approx(1.0)
    assert pair["ratio_p95"] == pytest.approx(1.0)


def test_fixed_parameters_are_not_sampled(project: str) -> None:
    open_project(project)
    model = load_model(installed_databases(), [find("board").id])
    block = next(iter(sample_amounts(model, 50, 1, {"die_area": 10.0})))
    assert np.allclose(block[exchange(model, "silicon")], 10e-6)


@pytest.mark.parametrize("iterations", [0, 1, -5, 10**9])
def test_senseless_iterations_are_refused(project: str, iterations: int) -> None:
    with pytest.raises(UsageError):
        uncertainty("board", project=project, iterations=iterations)


@pytest.mark.parametrize("name", ["system_remote/TW", "board", "copper_production"])
def test_supplies_by_sweeps_are_those_of_a_factorisation(project: str, name: str) -> None:
    if not has_numba():
        pytest.skip("numba is not installed")
    session = Session(project)
    node = session.find(name)
    solver = Solver(load_model(session.databases, [node.id]), session.indicators())
    amounts = Sampler(solver.model).block(3, 0)[:, :40]
    expected = solver.supply(amounts, solver.demand(node.id, 40))
    supplies = Supplies(solver.model, node.id)
    found = supplies.of(amounts)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-13 * np.abs(expected).max())
    assert supplies._varied.solved == {"sweeps": 40, "others": 0}
    amounts[:, 5] = 0.0
    with pytest.raises(ProjectError, match="singular"):
        supplies.of(amounts)


def test_samples_do_not_depend_on_the_workers(
    project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BW_TINYML_CACHE", str(tmp_path))
    options = {"project": project, "iterations": 3 * BLOCK - 100, "seed": 2}
    one = uncertainty("copper_production", **options).samples
    two = uncertainty("copper_production", workers=2, resume=True, **options).samples
    assert one.equals(two)

    def broken(*_: object) -> None:
        raise AssertionError("the blocks are on disk")

    monkeypatch.setattr("bw_tinyml.impact.sampling.Sampler.block", broken)
    assert uncertainty("copper_production", resume=True, **options).samples.equals(one)
    with pytest.raises(AssertionError, match="on disk"):
        uncertainty("copper_production", resume=True, **{**options, "seed": 3})


@pytest.mark.slow
def test_workers_of_dask_give_the_same_bytes(project: str) -> None:
    """Processes of dask use one thread for each sum; ours may use several."""
    distributed = pytest.importorskip("distributed")
    options = {"project": project, "iterations": BLOCK + 100, "seed": 2}
    expected = uncertainty("system_remote/TW", **options).samples
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        found = uncertainty("system_remote/TW", scheduler=cluster.scheduler_address, **options)
    assert found.samples.equals(expected)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_samples_as_a_file(project: str, tmp_path: Path, kind: str) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    target = tmp_path / f"samples.{kind}"
    result = CliRunner().invoke(
        cli,
        ["uncertainty", "copper_production", "--project", project, "--iterations", "30",
         "--samples", str(target)],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    read = {"csv": pd.read_csv, "xlsx": pd.read_excel, "parquet": pd.read_parquet}[kind]
    found = read(target).set_index("iteration")
    expected = uncertainty("copper_production", project=project, iterations=30).samples
    assert found.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)
    assert list(found.columns) == list(expected.columns)


@pytest.mark.parametrize(
    ("target", "rows"), [("samples.ods", 1), ("missing/samples.csv", 1), ("samples.xlsx", 2**20)]
)
def test_a_file_that_cannot_be_written_is_refused_first(
    tmp_path: Path, target: str, rows: int
) -> None:
    with pytest.raises(UsageError):
        table_writer(tmp_path / target, "iteration", rows)


def test_parquet_without_its_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bw_tinyml.export.bigtable.find_spec", lambda _: None)
    with pytest.raises(UsageError, match="pyarrow"):
        table_writer("samples.parquet", "iteration")
