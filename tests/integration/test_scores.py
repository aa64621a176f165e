"""Scores: equal to plain bw2calc, equal by every way of computing them."""

from __future__ import annotations

import numpy as np
import pytest

from bw_tinyml import contributions, score
from bw_tinyml.background import link
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import AmbiguousError, NotFoundError, ProjectError, UsageError
from bw_tinyml.impact.preview import bundled, matrices
from bw_tinyml.inventory import load
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.loading import load_lists

from ..conftest import MINI


def bw2calc_scores(project: str, identifier: str, methods: list[list[str]]) -> list[float]:
    import bw2calc as bc

    open_project(project)  # `score` answers from the cache without opening it
    bd = bw2data()
    node = next(n for n in bd.Database("tinyml") if n["identifier"] == identifier)
    scores = []
    for method in methods:
        demand, packages, _ = bd.prepare_lca_inputs({node: 1}, tuple(method))
        lca = bc.LCA(demand, data_objs=packages)
        lca.lci()
        lca.lcia()
        scores.append(lca.score)
    return scores


@pytest.mark.parametrize("identifier", ["system_remote/TW", "board", "wafer/40 nm/DE"])
def test_same_as_plain_bw2calc(project: str, identifier: str) -> None:
    result = score(identifier, project=project)
    expected = bw2calc_scores(project, identifier, list(result.methods.values()))
    assert result.table.score.to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-30)


@pytest.mark.slow
def test_real_devices_same_as_plain_bw2calc(full_project: str) -> None:
    """A device and a baseline of every task in one place, in all categories."""
    rows = load_lists().tables["systems"]
    for process in {(row["task"], row["role"]): row["process"] for row in rows}.values():
        result = score(process, location="GLO", project=full_project)
        names = list(result.methods.values())
        expected = bw2calc_scores(full_project, result.node.identifier, names)
        assert result.table.score.to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-30)


def test_same_from_the_tables_alone(project: str) -> None:
    inventory, _ = load(MINI)
    system = matrices(link(inventory, Report()))
    result = score("system_remote/TW", project=project).table.set_index("label")
    for category in categories(inventory, "EF v3.1"):
        expected = system.unit_scores(bundled(category))["system_remote/TW"]
        # the processed arrays of Brightway are in single precision
        assert result.loc[category.label, "score"] == pytest.approx(expected, rel=1e-6, abs=1e-30)


def test_by_hand(project: str) -> None:
    """Climate change of the board: electricity of the die, heat, and copper."""
    electricity = {"TW": 0.6 * 0.95, "DE": 0.3 * 0.95}
    wafer_per_m2 = 1.4 * 10_000 / 0.9 * electricity["TW"] + 40 * 0.02 * 1e-3 * 17_400
    copper = 3 * electricity["DE"] + 10 * 0.095
    expected = 16e-6 * wafer_per_m2 + 0.002 * copper + 0.02 * 0.095
    table = score("board", project=project).table.set_index("label")
    assert table.loc["Climate change", "score"] == pytest.approx(expected, rel=1e-6)


def test_parameters_of_today_change_nothing(project: str) -> None:
    plain = score("board", project=project).table.score.to_numpy()
    given = score("board", project=project, parameters={"die_area": 16.0}).table.score.to_numpy()
    assert given == pytest.approx(plain, rel=1e-6)


def test_amount_scales(project: str) -> None:
    one = score("board", project=project).table.score
    five = score("board", project=project, amount=5).table.score
    assert np.allclose(five, 5 * one)


@pytest.mark.parametrize("by", ["stage", "component", "process", "flow"])
def test_contributions_sum_to_the_score(project: str, by: str) -> None:
    result = contributions("system_remote/TW", by=by, project=project)
    total = score("system_remote/TW", project=project).table.set_index("label")["score"]
    for label in result.units:
        assert result.table[label].sum() == pytest.approx(total[label], rel=1e-6, abs=1e-30)


def test_stages_are_the_labels_of_the_tables(project: str) -> None:
    table = contributions("system_local/TW", project=project).table
    assert list(table.index) == ["production", "use", "end of life"]


def test_components_are_those_of_the_board(project: str) -> None:
    table = contributions("system_local/TW", by="component", project=project).table
    assert ("production", "silicon") in table.index
    assert ("use", "electricity, medium voltage") in table.index


def test_names_can_be_given_in_many_ways(project: str) -> None:
    by_name = score("blinking, local", project=project, location="TW").node
    assert score("SYSTEM_LOCAL/TW", project=project).node == by_name
    assert score(by_name.code, project=project).node == by_name
    assert score("system_local", project=project, location="TW").node == by_name


def test_copies_do_not_stand_in_the_way(installed: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``copy()`` of Brightway keeps all fields, our identifier among them."""
    from bw_tinyml import compare
    from bw_tinyml.brightway.doctor import examine
    from bw_tinyml.cli.main import main

    bd = bw2data()
    ours = next(n for n in bd.Database("tinyml") if n["identifier"] == "system_local/TW")
    copy = ours.copy(name="blinking, mine")
    for name in ("system_local/TW", "system_local", "blinking, local", ours["code"]):
        assert score(name, location="TW", project=installed).node.code == ours["code"]
    for name in ("blinking, mine", copy["code"]):
        assert score(name, project=installed).node.code == copy["code"]
    assert compare("blinking", project=installed, folder=MINI, location="TW", iterations=2)
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["list", "--project", installed, "--search", "blinking, mine"])
    assert copy["code"] in capsys.readouterr().out
    same = ours.copy(name="blinking, mine")
    with pytest.raises(AmbiguousError) as ambiguous:
        score("blinking, mine", project=installed)
    assert copy["code"] in ambiguous.value.hint and same["code"] in ambiguous.value.hint
    noted = [d for d in examine(load_lists(MINI), "") if d.what == "copies"]
    assert [d.state for d in noted] == ["warning"]
    assert "2 of your datasets" in noted[0].finding and copy["code"] in noted[0].finding


def test_unknown_names_get_suggestions(project: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        score("blinking, locl", project=project, location="TW")
    assert "blinking, local" in caught.value.hint
    with pytest.raises(AmbiguousError) as ambiguous:
        score("blinking, local", project=project)
    assert "TW" in ambiguous.value.hint


def test_unknown_parameters_families_and_projects(project: str) -> None:
    with pytest.raises(UsageError, match="die_aera"):
        score("board", project=project, parameters={"die_aera": 1.0})
    with pytest.raises(NotFoundError, match="family"):
        score("board", project=project, family="EF v9")
    with pytest.raises(NotFoundError, match="lacks"):
        score("board", project=project, family="IPCC 2021")
    with pytest.raises(ProjectError, match="no Brightway project"):
        score("board", project="no such project")


def test_impossible_parameters_are_refused(project: str) -> None:
    with pytest.raises(UsageError, match="finite"):
        score("board", project=project, parameters={"line_yield": 0.0})


def test_one_method_by_its_last_parts(project: str) -> None:
    result = score(
        "board",
        project=project,
        method=["climate change", "global warming potential (GWP100)"],
    )
    assert len(result.table) == 1


def test_results_say_what_makes_them_reproducible(project: str) -> None:
    content = score("board", project=project).as_dict()
    assert content["background"] == "open"
    assert content["versions"]["bw2data"]
    assert len(content["table_hash"]) == 64
    assert content["scores"][0].keys() >= {"method", "score", "unit"}


def test_families_without_long_term_emissions_and_unlisted_ones(installed: str) -> None:
    """The small inventory has no long-term emissions, so both say the same."""
    from bw_tinyml.brightway.install import install

    install(installed, folder=MINI, families=["EF v3.1 no LT", "Ecological Footprint"])
    with_all = score("board", project=installed).table
    without = score("board", project=installed, family="EF v3.1 no LT").table
    assert list(without["label"]) == list(with_all["label"])
    assert list(without["score"]) == pytest.approx(list(with_all["score"]), rel=1e-9)
    other = score("board", project=installed, family="Ecological Footprint").table
    assert len(other) == 4
