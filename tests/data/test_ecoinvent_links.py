"""Every link is found in every release and system model of ecoinvent, by the published names.

The lists of names come with the package ``ecoinvent_interface``; the releases that it lacks (3.9
and 3.12) are derived with the published migrations of ``randonneur_data``.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from bw_tinyml.background.ecoinvent import EcoinventBackground
from bw_tinyml.background.index import ActivityIndex, Label
from bw_tinyml.background.linking import LinkedInventory, link
from bw_tinyml.background.providers import Activity
from bw_tinyml.background.releases import Release, known_releases, recognise
from bw_tinyml.background.rows import link_row, split_locations
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.keys import key_location, key_pattern
from bw_tinyml.inventory.tables import Row
from bw_tinyml.units import SYMBOLS

from ..mock_ecoinvent import (
    ALL,
    RELEASES,
    SYSTEM_MODELS,
    inventory,
    labels,
    needs_mapping,
    products_of_rows,
)

TABLES = inventory().tables
RELEASE_NAMES = ("v3.8", "v3.9", "v3.9.1", "v3.10", "v3.10.1", "v3.11", "v3.12")
LOCATIONS = [row["location"] for row in TABLES["locations"]]


def index_of(chosen: set[Label]) -> ActivityIndex:
    """An index in which wastes have negative production, as in Brightway."""
    units, wastes = products_of_rows()
    by_code = {str(i): label for i, label in enumerate(sorted(chosen))}

    def details(code: str) -> tuple[str, float]:
        pair = by_code[code][:2]
        return units.get(pair, "kilogram"), -1.0 if pair in wastes else 1.0

    return ActivityIndex("ecoinvent", [(label, code) for code, label in by_code.items()], details)


@cache
def whole_index(release: str, model: str) -> ActivityIndex:
    """All activities of a release; tests must not change it."""
    return index_of(set(labels(release, model)))


@cache
def background_of(release: str, model: str) -> EcoinventBackground:
    """A release as background; it remembers what it found."""
    found = Release((f"v{release}",), model)
    return EcoinventBackground(inventory(), whole_index(release, model), found)


@cache
def linked_to(release: str, model: str) -> tuple[LinkedInventory, Report]:
    """The inventory, linked to a release."""
    report = Report()
    return link(inventory(), report, background_of(release, model)), report


def rows_for(release: Release) -> list[Row]:
    return [row for row in TABLES["links_ecoinvent"] if release.covers(row)]


# --- without any list


@pytest.mark.parametrize("model", SYSTEM_MODELS)
@pytest.mark.parametrize("name", RELEASE_NAMES)
def test_every_key_has_a_row_for_every_release(name: str, model: str) -> None:
    rows = {row["key"] for row in rows_for(Release((name,), model))}
    keys = [row["key"] for row in TABLES["keys"]]
    assert [key for key in keys if key not in rows and key_pattern(key) not in rows] == []


def test_rows_are_complete_and_proxies_say_why() -> None:
    for row in TABLES["links_ecoinvent"]:
        external = bool(row["activity"] and row["product"] and row["locations"] and row["unit"])
        assert external != bool(row["process"]), row
        if row["proxy"] or row["process"] or row["factor"] not in ("", "1"):
            assert row["remark"], row
        if row["proxy"] or row["factor"] not in ("", "1"):
            assert row["pedigree"], f"a proxy or factor without penalty: {row}"


def test_rows_of_one_release_do_not_contradict_each_other() -> None:
    """No activity stands twice for one key in one release."""
    for name in RELEASE_NAMES:
        for model in SYSTEM_MODELS:
            seen = [
                (r["key"], r["activity"], r["product"], r["locations"])
                for r in rows_for(Release((name,), model))
            ]
            assert len(seen) == len(set(seen))


# --- with the lists of ecoinvent_interface


@needs_mapping
@pytest.mark.parametrize(("release", "model"), ALL)
def test_all_link_rows_are_found(release: str, model: str) -> None:
    """100 % of the rows that claim to be for a release are in it, for some location at least."""
    known = labels(release, model)
    regions = {r["location"]: split_locations(r["regions"]) for r in TABLES["links_regions"]}
    lost = []
    for row in rows_for(Release((f"v{release}",), model)):
        if row["process"]:
            continue
        found = link_row(row)
        places = {p for loc in LOCATIONS for p in found.places(loc, regions.get(loc, ()))}
        if not any((row["activity"], row["product"], place) in known for place in places):
            lost.append((row["key"], row["activity"], row["locations"]))
    assert lost == []


@needs_mapping
@pytest.mark.parametrize(("release", "model"), ALL)
def test_all_keys_resolve_everywhere(release: str, model: str) -> None:
    """Each key has a provider for a dataset in each location, and the inventory links."""
    background = background_of(release, model)
    lost = [
        (row["key"], location)
        for row in TABLES["keys"]
        for location in LOCATIONS
        if background.provider(row["key"], location) is None
    ]
    assert lost == []
    linked, report = linked_to(release, model)
    assert report.errors == []
    assert len(linked.of_database("tinyml")) == len(inventory().of_database("tinyml"))


@needs_mapping
@pytest.mark.parametrize(("release", "model"), ALL)
def test_own_datasets_enter_only_where_they_must(release: str, model: str) -> None:
    """What enters from the open background is asked for by a row, or by one that is, alone."""
    linked, _ = linked_to(release, model)
    rows = rows_for(Release((f"v{release}",), model))
    asked = {row["process"] for row in rows if row["process"]}
    entered = {d.dataset.id for d in linked.of_database("tinyml-background")}
    assert len(entered) <= 40
    for identifier in entered - asked:
        users = {
            d.dataset.id
            for d in linked.datasets.values()
            for e in d.exchanges
            if e.provider and e.provider.id == identifier
        }
        assert users and users <= entered, f"{identifier} is used by the foreground"
    for found_dataset in linked.datasets.values():
        for exchange in found_dataset.exchanges:
            if key_location(exchange.key) and exchange.provider:
                assert isinstance(exchange.provider, Activity), "electricity comes from ecoinvent"


@needs_mapping
@pytest.mark.parametrize(("release", "model"), ALL)
def test_all_releases_and_system_models_are_told_apart(release: str, model: str) -> None:
    found = recognise(whole_index(release, model), inventory(), inputs=5)
    assert f"v{release}" in found.release.names
    assert found.release.system_model == model
    assert found.exact
    assert found.activities == found.release.activities == len(labels(release, model))


@needs_mapping
@pytest.mark.parametrize("model", ["cutoff", "apos", "consequential"])
def test_older_releases_are_not_taken_for_one_we_know(model: str) -> None:
    found = recognise(whole_index("3.7.1", model), inventory(), inputs=5)
    assert not found.exact
    background = EcoinventBackground(inventory(), whole_index("3.7.1", model), found.release)
    report = Report()
    link(inventory(), report, background)
    assert {finding.code for finding in report.errors} == {"key-unresolved"}


@needs_mapping
def test_what_cannot_be_told_apart_has_the_same_names() -> None:
    for model in SYSTEM_MODELS:
        assert labels("3.10", model).keys() == labels("3.10.1", model).keys()
    together = {r.names for r in known_releases(inventory()) if len(r.names) > 1}
    assert together == {("v3.9", "v3.9.1"), ("v3.10", "v3.10.1")}


@needs_mapping
def test_every_country_with_its_own_grid_gets_it() -> None:
    """A location falls back on a region only where ecoinvent has no market for it."""
    for release, model in ALL:
        background = background_of(release, model)
        for row in TABLES["keys"]:
            location = key_location(row["key"])
            provider = background.provider(row["key"], "GLO")
            if location and provider:
                assert provider.product.location == location
                assert not provider.proxy


# --- with the migrations of randonneur_data


@cache
def migration(before: str, after: str) -> tuple[set[Label], set[Label]]:
    """Activities that a release dropped or renamed, and those that took their place."""
    data = pytest.importorskip("randonneur_data")
    content = data.Registry().get_file(f"ecoinvent-{before}-cutoff-ecoinvent-{after}-cutoff")
    sources, targets = set(), set()
    for verb in ("replace", "disaggregate"):
        for change in content.get(verb, []):
            sources.add(_label(change["source"]))
            targets |= {
                _label(t) for t in change.get("targets", [change.get("target")]) if t is not None
            }
    return sources, targets


def _label(fields: dict[str, str]) -> Label:
    return fields["name"], fields["reference product"], fields["location"]


@needs_mapping
@pytest.mark.parametrize(
    ("before", "after"), [("3.8", "3.9"), ("3.9.1", "3.10"), ("3.10.1", "3.11"), ("3.11", "3.12")]
)
def test_all_keys_resolve_through_the_migrations(before: str, after: str) -> None:
    """The list of a release, with the published changes applied, answers the keys of the next."""
    sources, targets = migration(before, after)
    derived = (set(labels(before, "cutoff")) - sources) | targets
    if f"v{after}" in ("v3.10", "v3.11"):  # new activities are not among the changes
        derived |= set(labels(after, "cutoff")) - set(labels(before, "cutoff"))
    background = EcoinventBackground(
        inventory(), index_of(derived), Release((f"v{after}",), "cutoff")
    )
    report = Report()
    link(inventory(), report, background)
    assert [finding.message for finding in report.errors] == []


@needs_mapping
def test_release_3_12_is_recognised_by_what_changed() -> None:
    sources, targets = migration("3.11", "3.12")
    derived = (set(labels("3.11", "cutoff")) - sources) | targets
    found = recognise(index_of(derived), inventory(), inputs=5)
    assert found.release.names == ("v3.12",)
    assert found.exact


def test_units_agree_with_the_published_ones() -> None:
    data = pytest.importorskip("randonneur_data")
    registry = data.Registry()
    published: dict[str, set[str]] = {}
    for name in registry:
        if name.startswith("ecoinvent-3") and "cutoff" in name:
            content = registry.get_file(name)
            for verb in ("replace", "disaggregate"):
                for change in content.get(verb, []):
                    for side in [change["source"], *change.get("targets", [change.get("target")])]:
                        if side and side.get("unit"):
                            product = side["reference product"]
                            published.setdefault(product, set()).add(side["unit"])
    spelled = {"metric ton*km": "tkm"}
    compared = 0
    for row in TABLES["links_ecoinvent"]:
        units = {spelled.get(unit, unit) for unit in published.get(row["product"], ())}
        if row["activity"] and units & SYMBOLS.keys():
            compared += 1
            assert row["unit"] in units, row
    assert compared > 40


# --- elementary flows


def used_flows() -> set[str]:
    return {e.flow for d in inventory().datasets.values() for e in d.exchanges if e.flow}


def test_used_flows_are_in_the_biosphere_of_every_release() -> None:
    """UUIDs stay from release to release, except those that the published migrations replace."""
    data = pytest.importorskip("randonneur_data")
    registry = data.Registry()
    compared = 0
    for name in (
        "ecoinvent-3.9.1-biosphere-ecoinvent-3.10-biosphere",
        "ecoinvent-3.10.1-biosphere-ecoinvent-3.11-biosphere",
        "ecoinvent-3.10.1-biosphere-ecoinvent-3.12-biosphere-transitive",
    ):
        content = registry.get_file(name)
        gone = {change["source"].get("uuid") for change in content.get("delete", [])} | {
            change["source"].get("uuid")
            for change in content.get("replace", [])
            if change["target"].get("uuid", change["source"].get("uuid"))
            != change["source"].get("uuid")
        }
        compared += len(gone)
        assert not gone & used_flows(), name
    assert compared > 10


@needs_mapping
def test_flows_that_3_8_lacks_are_listed_and_left_out() -> None:
    """bw2io knows which flows came with 3.9."""
    bw2io = pytest.importorskip("bw2io")
    path = Path(bw2io.__file__).parent / "data" / "lci" / "ecoinvent 39 new biosphere.json"
    if not path.is_file():
        pytest.skip("this bw2io does not list the flows of 3.9")
    new = {flow["code"] for flow in json.loads(path.read_text(encoding="utf-8"))}
    listed = {row["flow"] for row in TABLES["links_ecoinvent_flows"]}
    assert used_flows() & new == listed
    old = background_of("3.8", "cutoff")
    young = EcoinventBackground(inventory(), index_of(set()), Release(("v3.9",), "cutoff"))
    linked, _ = linked_to("3.8", "cutoff")
    assert linked.left_out == listed
    flows = {e.flow for d in linked.datasets.values() for e in d.exchanges}
    assert not listed & flows
    assert all(old.lacks(flow) and not young.lacks(flow) for flow in listed)


def test_lists_of_all_releases_are_checked() -> None:
    checked = {
        (r["release"], r["system_model"])
        for r in TABLES["links_ecoinvent_releases"]
        if r["checked"] == "list"
    }
    assert checked == {(f"v{release}", model) for release, model in ALL}
    assert {f"v{r}" for r in RELEASES} < set(RELEASE_NAMES)
