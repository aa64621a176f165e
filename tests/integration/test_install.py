"""Installing: idempotent, into new projects and into those that others left half done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bw_tinyml.brightway.biosphere import biosphere_payload, flow_ids
from bw_tinyml.brightway.diagnosis import Diagnosis
from bw_tinyml.brightway.doctor import examine
from bw_tinyml.brightway.ids import stale_ids
from bw_tinyml.brightway.install import install, linked_inventory
from bw_tinyml.brightway.lcia_bundle import bundled_methods
from bw_tinyml.brightway.leftovers import mend
from bw_tinyml.brightway.payload import table_hash
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.brightway.writing import write_databases
from bw_tinyml.cli.main import main
from bw_tinyml.errors import (
    InventoryError,
    OverwriteError,
    ProjectError,
    UsageError,
)
from bw_tinyml.inventory.loading import load_lists

from ..conftest import MINI, ROOT

EF = ["EF v3.1"]
GWP = ("EF v3.1", "climate change", "global warming potential (GWP100)")


def test_second_installation_changes_nothing(installed: str) -> None:
    bd = bw2data()
    before = {name: dict(bd.databases[name]) for name in bd.databases}
    result = install(installed, folder=MINI, families=EF)
    assert result.written == []
    assert result.unchanged == ["tinyml-background", "tinyml"]
    assert result.methods == 0
    assert {name: dict(bd.databases[name]) for name in bd.databases} == before


def test_datasets_state_their_industry(project: str) -> None:
    """As ecoinvent's do, where Activity Browser and others look for it."""
    open_project(project)
    found = {
        node["identifier"]: node["classifications"]
        for database in ("tinyml", "tinyml-background")
        for node in bw2data().Database(database)
    }
    system = "ISIC rev.4 ecoinvent"
    boards = (system, "2610:Manufacture of electronic components and boards")
    metals = (system, "2420:Manufacture of basic precious and other non-ferrous metals")
    assert found["board"] == [boards]  # by its stage
    assert found["copper_production"] == [metals]  # by its process


def test_quick_way_out_of_a_complete_installation(
    installed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables are not even read when everything is there; they are when something is missing."""
    from bw_tinyml.brightway import install as module

    bd = bw2data()
    reads = []
    original = module.linked_inventory
    monkeypatch.setattr(
        module, "linked_inventory", lambda folder: [reads.append(folder), original(folder)][1]
    )
    module.bw2io().migrations["biosphere-2-3-categories"] = {}
    install(installed, folder=MINI, families=EF)
    assert not reads
    changed = next(n for n in bd.Database("tinyml") if n["identifier"] == "board")
    changed["comment"] = "mine"
    changed.save()
    del bd.databases["tinyml-background"]
    result = install(installed, folder=MINI, families=EF)
    assert reads
    assert result.written == ["tinyml-background"]
    assert bd.get_node(database="tinyml", code=changed["code"])["comment"] == "mine"


def test_metadata_says_what_was_installed(installed: str) -> None:
    metadata = bw2data().databases["tinyml"]
    assert metadata["background"] == "open"
    assert metadata["biosphere"] == "biosphere3"
    stated = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert "microcontrollers" in metadata["description"]
    assert metadata["author"] == stated["authors"][0]["name"]
    for part in (stated["title"], stated["version"], stated["message"], metadata["author"]):
        assert part in metadata["citation"]
    assert bw2data().databases["tinyml-background"]["description"] != metadata["description"]
    assert len(metadata["table_hash"]) == 64
    assert metadata["depends"] == ["biosphere3", "tinyml-background"]
    assert len(metadata["history"]) == 1


def test_codes_are_stable_and_never_numbers(installed: str) -> None:
    from bw_tinyml.inventory.model import dataset_code

    codes = {node["code"] for node in bw2data().Database("tinyml")}
    assert dataset_code("tinyml", "wafer/40 nm/TW") in codes
    assert dataset_code("tinyml", "board") == "b547175f-b5fa-5d1b-8c77-6328548cfab5"
    for code in codes:
        with pytest.raises(ValueError):
            float(code)


def test_other_content_is_not_replaced_without_being_told(
    installed: str, mini: Path, edit: object
) -> None:
    edit("tinyml/parts/parameters.csv", 3, amount="17")  # type: ignore[operator]
    with pytest.raises(OverwriteError, match="tinyml"):
        install(installed, folder=mini, families=EF)
    result = install(installed, folder=mini, families=EF, replace=True)
    assert result.written == ["tinyml-background", "tinyml"]
    assert len(bw2data().databases["tinyml"]["history"]) == 2


def test_what_a_replacement_loses_is_named(
    installed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from bw2data.parameters import DatabaseParameter as Rows

    bd = bw2data()
    assert install(installed, folder=MINI, families=EF, replace=True).lost == []
    bd.Database("tinyml").new_node(code="mine", name="my own", unit="unit").save()
    board = next(n for n in bd.Database("tinyml") if n["name"] == "board production")
    board.copy(name="my board")
    Rows.update(amount=5.0).where(Rows.name == "lifetime").execute()
    lost = [
        "dataset 'my board' is new",
        "dataset 'my own' is new",
        "parameter lifetime is 5, in the tables 3",
    ]
    options = ["--project", installed, "--background", "open", "--inventories", str(MINI)]
    options += ["--family", "EF v3.1", "--replace"]
    capsys.readouterr()
    for more, word in (["--check"], "would lose: "), ([], "lost:       "):
        with pytest.raises(SystemExit):
            main(["install", *options, *more])
        out = capsys.readouterr().out
        assert word + f"\n{' ' * 12}".join(lost) in out
        assert ("my own" in [n["name"] for n in bd.Database("tinyml")]) == bool(more)


def test_the_doctor_counts_changed_parameters(installed: str) -> None:
    from bw2data.parameters import DatabaseParameter as Rows

    def found() -> Diagnosis:
        return next(
            d for d in examine(load_lists(MINI), table_hash(MINI)) if d.what == "parameters"
        )

    assert found().state == "ok"
    Rows.update(amount=1e300).where(Rows.name == "line_yield").execute()
    Rows.update(amount=5.0).where(Rows.name == "lifetime").execute()
    assert found().state == "warning" and "--replace" in found().remedy
    assert "2 differ from the tables: parameter lifetime is 5, in the tables 3" in found().finding
    assert "1 lie outside of their range: line_yield is 1e+300, more than 0.95" in found().finding


def test_a_database_of_the_user_with_our_name_is_safe(fresh: str) -> None:
    open_project(fresh, create=True)
    bd = bw2data()
    bd.Database("tinyml").write({("tinyml", "mine"): {"name": "mine", "exchanges": []}})
    with pytest.raises(OverwriteError):
        install(fresh, folder=MINI, families=EF)
    assert [node["name"] for node in bd.Database("tinyml")] == ["mine"]


def test_node_ids_survive_a_rewrite(installed: str) -> None:
    before = flow_ids("tinyml")
    install(installed, folder=MINI, families=EF, replace=True)
    assert flow_ids("tinyml") == before


def test_databases_of_the_user_that_use_ours_keep_working(installed: str) -> None:
    bd = bw2data()
    board = next(n for n in bd.Database("tinyml") if n["identifier"] == "board")
    bd.Database("mine").write(
        {
            ("mine", "thing"): {
                "name": "thing",
                "unit": "unit",
                "exchanges": [{"input": board.key, "amount": 2.0, "type": "technosphere"}],
            }
        }
    )
    before = _score(("mine", "thing"))
    install(installed, folder=MINI, families=EF, replace=True)
    assert _score(("mine", "thing")) == pytest.approx(before, rel=1e-12)


@pytest.mark.parametrize("deleted", ["tinyml-background", "tinyml", "biosphere3"])
def test_a_database_that_was_deleted_can_be_installed_again(installed: str, deleted: str) -> None:
    """Its nodes get new ids: what uses it must not keep the old ones in its arrays."""
    bd = bw2data()
    board = next(n for n in bd.Database("tinyml") if n["identifier"] == "board")
    copper = next(n for n in bd.Database("tinyml-background") if n["name"].startswith("copper"))
    bd.Database("mine").write(
        {
            ("mine", "thing"): {
                "name": "thing",
                "unit": "unit",
                "exchanges": [
                    {"input": board.key, "amount": 2.0, "type": "technosphere"},
                    {"input": copper.key, "amount": 1.0, "type": "technosphere"},
                ],
            }
        }
    )
    before = _score(("mine", "thing"))
    del bd.databases[deleted]
    result = install(installed, folder=MINI, families=EF)
    assert result.written == [deleted]
    assert ("mine" in result.renewed) == (deleted != "biosphere3")
    assert len(bd.methods) == 25
    assert _score(("mine", "thing")) == pytest.approx(before, rel=1e-12)
    assert not list(stale_ids())


def test_the_doctor_mends_arrays_with_ids_of_nodes_that_are_gone(installed: str) -> None:
    """As an installation of an earlier version left them."""
    bd = bw2data()
    background = bd.Database("tinyml-background")
    before = _score(next(n for n in bd.Database("tinyml") if n["identifier"] == "board").key)
    data = background.load()
    del bd.databases["tinyml-background"]
    assert [fault.remedy for fault in stale_ids()] == [
        "install or write again what it uses; its exchanges lead nowhere"
    ]
    assert mend() == []
    background = bd.Database("tinyml-background")
    background.register()
    background.write(data)
    assert [fault.remedy for fault in stale_ids()] == [
        f"bw-tinyml doctor --project {installed} --mend"
    ]
    assert any("'tinyml'" in line for line in mend())
    assert not list(stale_ids())
    assert _score(
        next(n for n in bd.Database("tinyml") if n["identifier"] == "board").key
    ) == pytest.approx(before, rel=1e-6)


def test_datasets_that_others_use_do_not_vanish(installed: str, mini: Path) -> None:
    bd = bw2data()
    wafer = next(n for n in bd.Database("tinyml") if n["identifier"] == "wafer/65 nm/DE")
    bd.Database("mine").write(
        {
            ("mine", "thing"): {
                "name": "thing",
                "unit": "unit",
                "exchanges": [{"input": wafer.key, "amount": 1.0, "type": "technosphere"}],
            }
        }
    )
    variants = mini / "tinyml/parts/variants.csv"
    rows = variants.read_text().splitlines(keepends=True)
    variants.write_text("".join(row for row in rows if "65 nm" not in row))
    with pytest.raises(ProjectError, match="'mine' uses datasets"):
        install(installed, folder=mini, families=EF, replace=True)
    assert len(bd.Database("tinyml")) == 9


def test_bad_tables_write_nothing(fresh: str, mini: Path, edit: object) -> None:
    edit("tinyml/parts/exchanges.csv", 2, unit="kg")  # type: ignore[operator]
    with pytest.raises(InventoryError, match=r"tinyml/parts/exchanges.csv:2"):
        install(fresh, folder=mini, families=EF)
    assert fresh not in bw2data().projects


def test_unknown_background_and_family_are_refused(fresh: str) -> None:
    with pytest.raises(ProjectError, match="no Brightway project"):
        install(fresh, "ecoinvent", folder=MINI)
    with pytest.raises(UsageError, match=r"EF v3\.1"):
        install(fresh, folder=MINI, families=["EF v3"])
    assert fresh not in bw2data().projects


def test_project_of_a_broken_bw2setup(fresh: str) -> None:
    """bw2setup leaves the biosphere and one method without factors, and no migrations."""
    open_project(fresh, create=True)
    bd = bw2data()
    write_databases([biosphere_payload()])
    bd.Method(GWP).register(unit="kg CO2-Eq")
    result = install(fresh, folder=MINI, families=EF)
    assert result.biosphere == "biosphere3"
    assert "biosphere3" not in result.written
    assert result.methods == 25
    assert len(bd.Method(GWP).load()) == 223


def test_project_with_an_empty_biosphere(fresh: str) -> None:
    open_project(fresh, create=True)
    bd = bw2data()
    bd.Database("biosphere3").register()
    result = install(fresh, folder=MINI, families=EF)
    assert "biosphere3" in result.written
    assert len(bd.Database("biosphere3")) == 4709


def test_project_of_import_ecoinvent_release(fresh: str) -> None:
    """A biosphere called otherwise, and methods whose names have four parts."""
    open_project(fresh, create=True)
    bd = bw2data()
    name = "ecoinvent-3.10-biosphere"
    content = biosphere_payload()
    content.name = name
    for flow in content.datasets:
        flow["database"] = name
    write_databases([content])
    bd.preferences["biosphere_database"] = name
    ids = flow_ids(name)
    for method in bundled_methods().values():
        if method.family == "EF v3.1":
            bd.Method(("ecoinvent-3.10", *method.name)).write(
                [(ids[code], value) for code, value in method.factors]
            )
    count = len(bd.methods)
    result = install(fresh, folder=MINI, families=EF)
    assert result.biosphere == name
    assert result.methods == 0
    assert len(bd.methods) == count
    assert "biosphere3" not in bd.databases
    from bw_tinyml import score

    found = score("board", project=fresh)
    assert found.methods["Climate change"][0] == "ecoinvent-3.10"
    assert found.table.score.abs().sum() > 0


def test_methods_of_another_biosphere_are_left_alone(fresh: str) -> None:
    """A method with our name whose factors belong to another biosphere is not overwritten."""
    open_project(fresh, create=True)
    bd = bw2data()
    bd.Database("my flows").write(
        {("my flows", "co2"): {"name": "CO2", "type": "emission", "exchanges": []}}
    )
    mine = next(iter(flow_ids("my flows").values()))
    bd.Method(GWP).register(unit="kg")
    bd.Method(GWP).write([(mine, 42.0)])
    install(fresh, folder=MINI, families=EF)
    assert bd.Method(GWP).load() == [(mine, 42.0)]
    assert ("biosphere3", *GWP) in bd.methods


def test_interrupted_methods_are_completed(installed: str) -> None:
    bd = bw2data()
    name = next(m for m in bd.methods if m[1] == "acidification")
    path = Path(bd.projects.dir) / "intermediate" / f"{bd.Method(name).filename}.pickle"
    path.unlink()
    assert install(installed, folder=MINI, families=EF).methods == 1
    assert len(bd.Method(name).load()) == 22


def test_named_biosphere_must_exist(fresh: str) -> None:
    with pytest.raises(ProjectError, match="no database 'nope'"):
        install(fresh, folder=MINI, families=EF, biosphere="nope")


def test_biosphere_that_lacks_flows_is_refused_when_named(fresh: str) -> None:
    open_project(fresh, create=True)
    bd = bw2data()
    bd.Database("thin").write({("thin", "a"): {"name": "a", "type": "emission", "exchanges": []}})
    with pytest.raises(ProjectError, match="'thin' lacks"):
        install(fresh, folder=MINI, families=EF, biosphere="thin")


def _score(key: tuple[str, str]) -> float:
    import bw2calc as bc

    bd = bw2data()
    demand, packages, _ = bd.prepare_lca_inputs({bd.get_node(database=key[0], code=key[1]): 1}, GWP)
    lca = bc.LCA(demand, data_objs=packages)
    lca.lci()
    lca.lcia()
    return float(lca.score)


def test_methods_with_two_parts_do_no_harm_and_can_be_named(installed: str) -> None:
    """Users write methods of their own under names of two parts."""
    from bw_tinyml import score
    from bw_tinyml.inventory.flows import find_flow

    bd = bw2data()
    bd.projects.set_current(installed)
    carbon = flow_ids("biosphere3")[find_flow("Carbon dioxide, fossil", "air")]
    method = bd.Method(("My methods", "carbon"))
    method.register(unit="kg")
    method.write([(carbon, 1.0)])
    assert install(installed, folder=MINI, families=["EF v3.1"]).written == []
    table = score("board", project=installed, method=["My methods", "carbon"]).table
    assert len(table) == 1 and table.score[0] >= 0
    assert len(score("board", project=installed).table) == 16


def test_tables_are_loaded_once_for_each_content(mini: Path, edit: Callable[..., None]) -> None:
    first = linked_inventory(mini)
    assert linked_inventory(mini) is first
    edit("tinyml/parts/parameters.csv", 3, amount="32")
    assert linked_inventory(mini) is not first
    assert linked_inventory(mini).inventory.values["tinyml"]["die_area"] == 32.0


def test_amounts_alone(fresh: str, project: str) -> None:
    """Without formulas and parameters, scores are the same."""
    from bw2data.parameters import DatabaseParameter, ParameterizedExchange

    from bw_tinyml import compare, score, uncertainty

    install(fresh, folder=MINI, families=EF, values=True)
    assert DatabaseParameter.select().count() == ParameterizedExchange.select().count() == 0
    there = score("system_local/TW", project=fresh).table.score
    here = score("system_local/TW", project=project).table.score
    assert list(there) == pytest.approx(list(here), rel=1e-9)
    with pytest.raises(UsageError, match="amounts alone"):
        uncertainty("board", project=fresh, iterations=10)
    with pytest.raises(UsageError, match="amounts alone"):
        compare("blinking", project=fresh, folder=MINI, iterations=10)
    open_project(fresh)
    again = install(fresh, folder=MINI, families=EF, values=True)
    assert again.written == []
    with pytest.raises(OverwriteError, match="other content"):
        install(fresh, folder=MINI, families=EF)
    result = install(fresh, folder=MINI, families=EF, replace=True)
    assert result.written == ["tinyml-background", "tinyml"]
    assert DatabaseParameter.select().count() > 0


def test_a_project_without_its_background_says_so(
    installed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not with a traceback; ``list`` and ``show``, which need no background, still work."""
    del bw2data().databases["tinyml-background"]
    capsys.readouterr()
    commands = [[name, "board"] for name in ("score", "uncertainty", "contributions", "stages")]
    for command in [*commands, ["export", "ilcd", str(tmp_path / "all.zip")]]:
        with pytest.raises(SystemExit) as left:
            main([*command, "--project", installed])
        out, err = capsys.readouterr()
        assert left.value.code == 2 and not out
        assert "database tinyml-background is not installed" in err
        assert f"-> bw-tinyml install --project {installed} --background open" in err
    for command in (["list"], ["show", "board"]):
        with pytest.raises(SystemExit) as left:
            main([*command, "--project", installed])
        assert left.value.code == 0
