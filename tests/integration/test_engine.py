"""The engine in a project: the scores of bw2calc, without bw2data where it can be."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import bw_tinyml as bt
from bw_tinyml.brightway.reading import NotReadable, project_files
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.impact.quick import quick_scores
from bw_tinyml.impact.scores import unit_scores
from bw_tinyml.impact.session import Session


def test_all_scores_are_those_of_bw2calc(project: str) -> None:
    import bw2calc as bc

    session = Session(project)
    indicators = session.indicators()
    from bw_tinyml.brightway.lookup import nodes

    datasets = nodes(session.databases)
    found = unit_scores(datasets[-1].id, indicators)
    bd = bw2data()
    top = next(node.id for node in datasets if node.database == "tinyml")
    demand, packages, _ = bd.prepare_lca_inputs({bd.get_node(id=top): 1}, indicators[0].method)
    lca = bc.LCA(demand, data_objs=packages)
    lca.lci()
    lca.lcia()
    top_scores = unit_scores(top, indicators)
    for k, indicator in enumerate(indicators):
        lca.switch_method(indicator.method)
        for node in datasets:
            lca.lci({node.id: 1})
            lca.lcia()
            ours = top_scores.of(node.id)[k]
            assert ours == pytest.approx(lca.score, rel=1e-9, abs=1e-300)
            assert abs(ours - lca.score) <= top_scores.bounds[
                top_scores.ids[node.id], k
            ] + 1e-12 * abs(ours)
            if node.id in found.ids:
                assert found.of(node.id)[k] == pytest.approx(ours, rel=1e-12, abs=1e-300)


def test_quick_scores_are_the_same(project: str) -> None:
    session = Session(project)
    node = session.find(_some(session))
    slow = unit_scores(node.id, session.indicators()).of(node.id)
    quick = quick_scores(node.identifier, project)
    assert quick.node == node
    assert np.array_equal(quick.values, slow)
    assert [i.method for i in quick.indicators] == [i.method for i in session.indicators()]
    assert quick.provenance == {**session.provenance(), "parameters": {}}
    result = bt.score(node.identifier, project=project, amount=2.0)
    assert result.as_dict() == quick.as_dict(2.0)


def _some(session: Session) -> str:
    from bw_tinyml.brightway.lookup import nodes

    return nodes(["tinyml"])[0].identifier


def test_the_command_does_not_import_what_is_slow(project: str) -> None:
    name = _some(Session(project))
    code = (
        "import sys\n"
        "from bw_tinyml.cli.main import main\n"
        "try:\n"
        f"    main(['score', {name!r}, '--project', {project!r}, '--json'])\n"
        "finally:\n"
        "    slow = {'bw2data', 'bw2calc', 'bw2io', 'pandas', 'scipy', 'numba'}\n"
        "    print(sorted(slow & set(sys.modules)), file=sys.stderr)\n"
    )
    outputs = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        outputs.append(json.loads(done.stdout))
    assert done.stderr.strip() == "[]"  # the second time, scores come from the cache
    assert outputs[0] == outputs[1]
    assert len(outputs[0]["scores"]) == 16


def test_what_was_changed_in_brightway_counts_at_once(installed: str) -> None:
    name = _some(Session(installed))
    before = quick_scores(name, installed)
    bd = bw2data()
    activity = bd.get_node(id=before.node.id)
    for exchange in activity.exchanges():
        if exchange["type"] != "production":
            exchange["amount"] *= 2
            exchange.pop("formula", None)
            exchange.save()
    with pytest.raises(NotReadable, match="out of date"):
        quick_scores(name, installed)
    after = bt.score(name, project=installed)
    assert after.table.score.to_numpy() == pytest.approx(2 * before.values, rel=1e-6)
    assert np.array_equal(quick_scores(name, installed).values, after.table.score.to_numpy())


def test_files_have_the_names_that_the_stack_gives_them(project: str) -> None:
    Session(project)
    bd = bw2data()
    files = project_files(project)
    assert files.folder.resolve() == bd.projects.dir.resolve()
    for name in bd.databases:
        assert files.package(name) == bd.Database(name).filepath_processed()
    for name in bd.methods:
        assert files.method_package(name) == bd.Method(name).filepath_processed()
    from bw_processing import clean_datapackage_name, safe_filename

    from bw_tinyml.brightway import reading

    for text in ("tinyml", "ecoinvent 3.9 (cut-off)", "Ä  b / c_-_d", "x__y.z"):
        assert reading._safe(text) == safe_filename(text)
        assert reading._clean(text + ".zip") == clean_datapackage_name(text + ".zip")


@pytest.mark.parametrize("damage", ["databases.json", "methods.json", "lci/databases.db"])
def test_a_damaged_project_is_left_to_bw2data(installed: str, damage: str) -> None:
    name = _some(Session(installed))
    files = project_files(installed)
    (files.folder / damage).write_text("{ damaged")
    with pytest.raises(NotReadable):
        quick_scores(name, installed)
    with pytest.raises(NotReadable):
        project_files("no such project")


def test_the_doctor_finds_ids_that_a_rewrite_left_behind(installed: str) -> None:
    from bw_tinyml.brightway.doctor import examine
    from bw_tinyml.brightway.payload import table_hash

    session = Session(installed)

    def ids() -> list[tuple[str, str]]:
        found = examine(session.inventory, table_hash(session.inventory.folder))
        return [(d.what, d.state) for d in found if d.what.startswith("ids ")]

    assert ids() == [("ids in arrays", "ok")]
    from bw2data.backends.schema import ActivityDataset

    # What a rewrite does: each flow gets a new id.
    ActivityDataset.update(id=ActivityDataset.id + 10**6).where(
        ActivityDataset.database == session.biosphere
    ).execute()
    found = ids()
    assert ("ids of database tinyml", "error") in found
    assert all(state == "error" for _, state in found)
    assert found[-1][0] == "ids of others"  # the methods
