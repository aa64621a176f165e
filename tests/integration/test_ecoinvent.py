"""Installing into projects with mock ecoinvents: real names, made-up exchanges."""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import bw_tinyml as bt
from bw_tinyml.background.rows import parse_link
from bw_tinyml.brightway.install import install
from bw_tinyml.brightway.lookup import nodes
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.relink import current_links, relink
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.brightway.writing import write_databases
from bw_tinyml.cli.main import cli
from bw_tinyml.errors import (
    BackgroundError,
    LinkError,
    OverwriteError,
    ProjectError,
    UsageError,
)
from bw_tinyml.impact.backgrounds import compare_backgrounds
from bw_tinyml.impact.model import load_model
from bw_tinyml.impact.results import score
from bw_tinyml.impact.sampled_scores import SampledScores, static_draws
from bw_tinyml.impact.sampling import BLOCK, Sampler
from bw_tinyml.impact.session import Session
from bw_tinyml.impact.solving import Solver

from ..mock_ecoinvent import labels, mock_payload, needs_mapping, some, write_mock

pytestmark = needs_mapping
EF = ["EF v3.1"]
GWP = ("EF v3.1", "climate change", "global warming potential (GWP100)")
BIOSPHERE = "ecoinvent-3.x-biosphere"
#: a name that says nothing
BACKGROUND = "my background"


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    """A project with a mock of 3.10 cutoff, and nothing of ours; tests must not change it."""
    write_mock("mock-3.10", BACKGROUND, some("3.10", "cutoff"), BIOSPHERE)
    yield "mock-3.10"


@pytest.fixture(scope="module")
def installed_ecoinvent(mock: str) -> Iterator[str]:
    """A project linked to a mock of 3.10 cutoff; tests must not change it."""
    from bw_tinyml.brightway import install as module

    open_project(mock)
    bw2data().projects.copy_project("linked-3.10", switch=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_create_migrations", lambda progress: False)
        install("linked-3.10", BACKGROUND, families=EF)
    yield "linked-3.10"


def copy_of(project: str, name: str) -> str:
    open_project(project)
    bw2data().projects.copy_project(name, switch=True)
    return name


@pytest.fixture
def with_mock(mock: str, fresh: str) -> str:
    """A project of the test's own with a mock of 3.10 cutoff."""
    return copy_of(mock, fresh)


@pytest.fixture
def copied(installed_ecoinvent: str, fresh: str) -> str:
    """A project of the test's own, linked to a mock of 3.10 cutoff."""
    return copy_of(installed_ecoinvent, fresh)


def remove(name: str) -> None:
    """Remove the activities of that name from the mock of the current project."""
    from bw2data.backends.schema import ActivityDataset as Nodes

    removed = Nodes.delete().where(Nodes.database == BACKGROUND, Nodes.name == name).execute()
    assert removed


def devices(project: str) -> list[str]:
    open_project(project)
    return [node.identifier for node in nodes(["tinyml"]) if node.stage == "devices"]


def plain_score(key: tuple[str, str], method: tuple[str, ...] = GWP) -> float:
    """The score by plain bw2calc."""
    import bw2calc as bc

    bd = bw2data()
    node = bd.get_node(database=key[0], code=key[1])
    demand, packages, _ = bd.prepare_lca_inputs({node: 1}, method)
    lca = bc.LCA(demand, data_objs=packages)
    lca.lci()
    lca.lcia()
    return float(lca.score)


def unlinked() -> int:
    """Exchanges of our databases whose input is no node of the project."""
    from bw2data.backends.schema import ActivityDataset as Nodes
    from bw2data.backends.schema import ExchangeDataset as Exchanges

    known = set(Nodes.select(Nodes.database, Nodes.code).tuples())
    rows = Exchanges.select(Exchanges.input_database, Exchanges.input_code).where(
        Exchanges.output_database << ["tinyml", "tinyml-background"]
    )
    return sum(key not in known for key in rows.tuples())


@pytest.mark.parametrize(
    ("release", "model", "full"),
    [
        ("3.9.1", "cutoff", False),
        ("3.8", "apos", False),
        ("3.10", "cutoff", True),
        ("3.11", "consequential", False),
    ],
)
@pytest.mark.slow
def test_installs_end_to_end(release: str, model: str, full: bool, fresh: str) -> None:
    chosen = sorted(labels(release, model)) if full else some(release, model)
    write_mock(fresh, BACKGROUND, chosen, BIOSPHERE)
    start = time.process_time()  # not the clock: other programs may keep the machine busy
    result = install(fresh, BACKGROUND, families=EF)
    assert time.process_time() - start < 60
    assert release in result.recognised and result.recognised.endswith(model)
    assert result.biosphere == BIOSPHERE
    assert result.written == ["tinyml-background", "tinyml"]
    assert_linked_and_scored(fresh)


def assert_linked_and_scored(project: str) -> None:
    """Assert that nothing is unlinked and that every device scores in every category."""
    found = devices(project)
    assert unlinked() == 0
    assert len(found) > 5
    for device in found:
        table = score(device, project=project).table
        assert len(table) == 16
        assert all(math.isfinite(value) and value != 0 for value in table.score)


def test_everything_is_linked_and_scores(installed_ecoinvent: str) -> None:
    assert_linked_and_scored(installed_ecoinvent)


def test_metadata_remember_the_background(installed_ecoinvent: str) -> None:
    open_project(installed_ecoinvent)
    metadata = bw2data().databases["tinyml"]
    assert metadata["background"] == BACKGROUND
    assert metadata["background_release"] == "ecoinvent 3.10 or 3.10.1, cutoff"
    assert set(metadata["depends"]) == {BACKGROUND, BIOSPHERE, "tinyml-background"}
    assert "biosphere3" not in bw2data().databases


def test_our_scores_are_those_of_bw2calc(installed_ecoinvent: str) -> None:
    open_project(installed_ecoinvent)
    for device in devices(installed_ecoinvent)[:3]:
        node = next(n for n in nodes(["tinyml"]) if n.identifier == device)
        ours = score(device, project=installed_ecoinvent)
        table = ours.table.set_index("label").score
        method = tuple(ours.methods["Climate change"])
        assert plain_score(node.key, method) == pytest.approx(table["Climate change"], rel=1e-6)


def test_sending_waste_to_treatment_adds_its_burden(installed_ecoinvent: str) -> None:
    """Treatments have negative production; a wrong sign would turn burdens into credits."""
    from bw2data.backends.schema import ExchangeDataset as Exchanges

    open_project(installed_ecoinvent)
    production = {
        code: data["amount"]
        for code, data in Exchanges.select(Exchanges.input_code, Exchanges.data)
        .where(Exchanges.output_database == BACKGROUND, Exchanges.type == "production")
        .tuples()
    }
    rows = Exchanges.select(Exchanges.input_code, Exchanges.data).where(
        Exchanges.output_database << ["tinyml", "tinyml-background"],
        Exchanges.input_database == BACKGROUND,
    )
    treatments = set()
    for code, data in rows.tuples():
        assert data["amount"] * production[code] >= 0, data["name"]
        if data["amount"] < 0:
            treatments.add(code)
    assert len(treatments) > 5
    # minus one of the product of a treatment: one kilogram is treated, which is a burden
    assert plain_score((BACKGROUND, treatments.pop())) < 0


@pytest.mark.slow
def test_second_installation_changes_nothing(copied: str) -> None:
    bd = bw2data()
    before = {name: dict(bd.databases[name]) for name in bd.databases}
    result = install(copied, BACKGROUND, families=EF)
    assert (result.written, result.methods) == ([], 0)
    assert result.unchanged == ["tinyml-background", "tinyml"]
    assert {name: dict(bd.databases[name]) for name in bd.databases} == before


def test_other_background_is_not_linked_without_being_told(copied: str) -> None:
    with pytest.raises(OverwriteError, match="linked to background 'my background'") as caught:
        install(copied, families=EF)
    assert "relink" in caught.value.hint


def test_check_writes_nothing(with_mock: str) -> None:
    before = set(bw2data().databases)
    result = install(with_mock, BACKGROUND, families=EF, check_only=True)
    assert result.checked_only and result.recognised == "ecoinvent 3.10 or 3.10.1, cutoff"
    assert "photoresist_production" in result.entered
    assert "copper foil" in result.proxies
    assert set(bw2data().databases) == before and len(bw2data().methods) == 0


def test_missing_key_is_named_and_the_project_untouched(with_mock: str) -> None:
    remove("market for copper, cathode")
    before = set(bw2data().databases)
    with pytest.raises(LinkError, match=r"key 'copper, cathode' \(\d+ uses\) is not in") as e:
        install(with_mock, BACKGROUND, families=EF)
    assert "copper | GLO" in e.value.message.split("nearest:")[1]
    assert "Nothing was written" in e.value.hint
    assert set(bw2data().databases) == before and len(bw2data().methods) == 0


def test_links_of_the_user(with_mock: str, tmp_path: Path) -> None:
    remove("market for gold")
    file = tmp_path / "mine.csv"
    with file.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(("key", "activity", "product", "locations", "factor", "remark"))
        writer.writerow(("gold", "market for silver", "silver", "GLO", "80", "By price."))
    options = ["--project", with_mock, "--background", BACKGROUND, "--links", str(file)]
    listed = CliRunner().invoke(cli, ["links", *options, "--json"], catch_exceptions=False)
    (gold,) = [link for link in json.loads(listed.stdout) if link["key"] == "gold"]
    assert (gold["name"], gold["factor"]) == ("market for silver", 80.0)
    assert gold["used_by"]
    with pytest.raises(UsageError, match="has no activity 'market for golden"):
        install(with_mock, BACKGROUND, links=[parse_link("gold=market for golden|gold|GLO")])


@pytest.mark.parametrize("name", ["nope", "tinyml"])
def test_databases_that_are_not_there_or_ours_are_refused(copied: str, name: str) -> None:
    with pytest.raises(BackgroundError):
        install(copied, name, families=EF, replace=True)


def test_background_needs_an_existing_project(fresh: str) -> None:
    with pytest.raises(ProjectError, match="there is no Brightway project"):
        install(fresh, BACKGROUND)
    assert fresh not in bw2data().projects


def test_system_processes_are_refused(with_mock: str) -> None:
    content = mock_payload("lci", some("3.10", "cutoff"), BIOSPHERE)
    for dataset in content.datasets:
        dataset["exchanges"] = [e for e in dataset["exchanges"] if e["type"] != "technosphere"]
    write_databases([content])
    with pytest.raises(BackgroundError, match=r"'lci' holds system processes.*3\.10"):
        install(with_mock, "lci", families=EF)


def test_changed_database_is_accepted_with_a_remark(with_mock: str) -> None:
    """As premise makes them: activities changed, every key there."""
    remove("market for combine harvesting, sweet corn")
    result = install(with_mock, BACKGROUND, families=EF, check_only=True)
    assert result.recognised == "ecoinvent 3.10 or 3.10.1, cutoff"
    assert "was changed" in result.why
    assert "'market for combine harvesting, sweet corn' [GLO] is missing" in result.why


@pytest.mark.slow
def test_locations_get_datasets_with_their_own_grid(with_mock: str) -> None:
    install(with_mock, BACKGROUND, families=EF, locations=["VN"])
    wafer = next(n for n in nodes(["tinyml"]) if n.identifier == "wafer_fabrication/40 nm/VN")
    activity = bw2data().get_node(id=wafer.id)
    grids = {
        exchange.input["location"]
        for exchange in activity.technosphere()
        if exchange.input["name"] == "market for electricity, medium voltage"
    }
    assert grids == {"VN"}
    assert bw2data().databases["tinyml"]["locations"] == "VN"
    with pytest.raises(UsageError, match="'XX' is not a location code"):
        install(with_mock, BACKGROUND, locations=["XX"])
    # the open background has no grid of Brazil
    with pytest.raises(LinkError, match=r"electricity, .* voltage \[BR\]"):
        install(with_mock, "open", locations=["BR"], replace=True)


# --- side by side


@pytest.mark.slow
def test_side_by_side_equals_the_installed_scores(installed_ecoinvent: str) -> None:
    device = devices(installed_ecoinvent)[0]
    found = compare_backgrounds(
        device, [BACKGROUND, "open"], project=installed_ecoinvent, amount=2.0
    )
    assert found.recognised == {
        BACKGROUND: "ecoinvent 3.10 or 3.10.1, cutoff",
        "open": "open background",
    }
    table = found.table.set_index("label")
    installed = score(device, project=installed_ecoinvent, amount=2.0).table.set_index("label")
    assert list(table[BACKGROUND]) == pytest.approx(list(installed.score), rel=1e-6)
    ratio = table[f"open / {BACKGROUND}"]
    assert list(ratio) == pytest.approx(list(table["open"] / table[BACKGROUND]))
    options = ["--background", BACKGROUND, "--background", f"open@{installed_ecoinvent}"]
    done = CliRunner().invoke(
        cli,
        ["score", device, "--project", installed_ecoinvent, *options, "--json"],
        catch_exceptions=False,
    )
    rows = json.loads(done.stdout)["scores"]
    assert len(rows) == 16 and rows[0][BACKGROUND] * 2 == pytest.approx(table[BACKGROUND].iloc[0])
    with pytest.raises(UsageError, match="named twice"):
        compare_backgrounds(device, ["open", "open"], project=installed_ecoinvent)


# --- relinking


@pytest.mark.slow
def test_relink_to_another_release_and_to_the_open_background(copied: str) -> None:
    bd = bw2data()
    write_databases([mock_payload("other", some("3.11", "consequential"), BIOSPHERE)])
    device = devices(copied)[0]
    node = next(n for n in nodes(["tinyml"]) if n.identifier == device)
    bd.Database("mine").write(
        {
            ("mine", "thing"): {
                "name": "thing",
                "unit": "unit",
                "exchanges": [{"input": node.key, "amount": 2.0, "type": "technosphere"}],
            }
        }
    )
    result = relink(copied, "other")
    assert (result.before, result.after) == (BACKGROUND, "other")
    changed = {key: (before, after) for key, before, after in result.changed}
    before, after = changed["transport, freight, sea, container ship"]
    assert before == [
        "market for transport, freight, sea, container ship | "
        "transport, freight, sea, container ship | GLO (my background)"
    ]
    assert after[0].endswith("container ship, heavy fuel oil | GLO (other)")
    assert "printed_wiring_board_smelting" in result.went
    assert result.reprocessed == ["mine"]
    assert unlinked() == 0
    assert bd.databases["tinyml"]["background"] == "other"
    moved = next(n for n in nodes(["tinyml"]) if n.identifier == device)
    assert moved.id == node.id
    assert plain_score(("mine", "thing")) == pytest.approx(2 * plain_score(node.key), rel=1e-6)

    answers = current_links().values()
    ours = [a for a in answers if all(one.endswith("(tinyml-background)") for one in a)]
    back = relink(copied, "open")
    assert "electricity_hv/TW" in back.came
    assert back.unchanged == len(ours) > 0  # only what ecoinvent lacks is answered as before
    assert unlinked() == 0
    assert plain_score(("mine", "thing")) == pytest.approx(2 * plain_score(node.key), rel=1e-6)


def test_a_relink_that_fails_leaves_everything(copied: str) -> None:
    bd = bw2data()
    chosen = [x for x in some("3.11", "cutoff") if x[0] != "market for tin"]
    write_databases([mock_payload("other", chosen, BIOSPHERE)])
    node = next(n for n in nodes(["tinyml"]) if n.stage == "devices")
    before, metadata = plain_score(node.key), dict(bd.databases["tinyml"])
    with pytest.raises(LinkError, match="key 'tin'"):
        relink(copied, "other")
    assert plain_score(node.key) == before
    assert dict(bd.databases["tinyml"]) == metadata


def test_relink_does_not_lose_changes_of_the_user(copied: str) -> None:
    from bw2data.parameters import DatabaseParameter

    parameter = next(
        iter(DatabaseParameter.select().where(DatabaseParameter.formula.is_null()).limit(1))
    )
    amount = parameter.amount
    parameter.amount = amount * 2 + 1
    parameter.save()
    with pytest.raises(OverwriteError, match=f"parameter {parameter.name} is .*, in the tables"):
        relink(copied, "open")
    parameter.amount = amount
    parameter.save()
    bw2data().Database("tinyml").new_node(code="mine", name="my own", unit="unit").save()
    with pytest.raises(OverwriteError, match="dataset 'my own' is new"):
        relink(copied, "open")


def test_relink_needs_an_installation(fresh: str) -> None:
    open_project(fresh, create=True)
    with pytest.raises(ProjectError, match="is not installed"):
        relink(fresh, "open")


# --- the command line


@pytest.mark.slow
def test_commands_say_what_was_recognised(copied: str) -> None:
    options = ["--project", copied, "--background", BACKGROUND]
    done = CliRunner().invoke(cli, ["install", *options, "--check"], catch_exceptions=False)
    assert "recognised: 'my background' as ecoinvent 3.10 or 3.10.1, cutoff" in done.output
    assert "marker activities fit" in done.output
    assert "nothing was written" in done.output
    done = CliRunner().invoke(cli, ["links", *options, "--key", "copper foil"])
    assert "proxy" in done.output and "market for copper collector foil" in done.output


def test_draws_of_the_background_widen_the_samples(installed_ecoinvent: str) -> None:
    device = devices(installed_ecoinvent)[0]
    options = {"project": installed_ecoinvent, "method": GWP, "iterations": 150, "seed": 4}
    fixed = bt.uncertainty(device, **options)
    drawn = bt.uncertainty(device, background_samples=20, **options)
    label = drawn.table.label[0]
    assert drawn.provenance["background_samples"] == 20
    assert drawn.table.score[0] == fixed.table.score[0]
    assert np.log(drawn.samples[label]).std() > np.log(fixed.samples[label]).std()
    # The median of sums of lognormal numbers lies above the sum of their medians, but not far.
    assert 1 / 2 < drawn.table["median"][0] / drawn.table.score[0] < 2
    # Each draw of the background moves the score in a way of its own.
    ratio = (drawn.samples[label] / fixed.samples[label]).to_numpy()
    assert np.unique(np.round(ratio[:20], 4)).size > 15


def test_samples_of_the_background_are_those_of_the_engine(installed_ecoinvent: str) -> None:
    session = Session(installed_ecoinvent)
    node = session.find(devices(installed_ecoinvent)[0])
    indicators = session.indicators()
    solver = Solver(load_model(session.databases, [node.id]), indicators)
    draws = static_draws(solver, node.id, indicators, 24)
    assert draws is not None
    job = SampledScores(solver, node.id, {}, draws)
    found = job.block(3, 1, 5)["scores"]
    amounts = Sampler(solver.model).block(3, 1)[:, :5]
    drawn = draws.scores(3, BLOCK + np.arange(5))
    for sample in range(5):
        other = Solver(solver.model, indicators)
        for e, exchange in enumerate(solver.model.exchanges):
            if exchange.row in draws.products:
                k = draws.products.index(exchange.row)
                other._unit_scores[other.outer_row[e]] = -exchange.sign * drawn[k, :, sample]
        one = amounts[:, [sample]]
        expected = other.scores(one, other.supply(one, other.demand(node.id)))[0, 0]
        assert found[sample] == pytest.approx(expected, rel=1e-9)
    # the same draws come round again
    again = draws.scores(3, np.array([BLOCK, BLOCK + 24]))
    assert np.array_equal(again[:, :, 0], again[:, :, 1])


def test_draws_of_the_open_background_are_not_asked_for(project: str) -> None:
    with pytest.raises(UsageError, match="open one"):
        bt.uncertainty("board", project=project, background_samples=10)
