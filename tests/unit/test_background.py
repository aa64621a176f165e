"""Recognising a background and answering keys, without a Brightway project."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import pytest

from bw_tinyml.background.ecoinvent import EcoinventBackground
from bw_tinyml.background.index import ActivityIndex, Label
from bw_tinyml.background.linking import link
from bw_tinyml.background.listing import list_links
from bw_tinyml.background.open import OpenBackground
from bw_tinyml.background.releases import Release, known_releases, recognise, release_number
from bw_tinyml.background.rows import (
    LinkRow,
    check_overrides,
    parse_link,
    read_links,
    split_locations,
)
from bw_tinyml.errors import BackgroundError, LinkError, UsageError
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.flows import elementary_flows
from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.loading import load
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.uncertainty import Distribution

from ..conftest import MINI, ROOT

CUTOFF = Release(("v3.10", "v3.10.1"), "cutoff")
LINKS = """\
key,since,until,system_models,activity,product,locations,unit,factor,process,proxy,pedigree,remark
"electricity, medium voltage [*]",,,,market for power,power,{location} > {regions} > GLO,kWh,1,,,,
"copper, cathode",,v3.9.1,,market for old copper,copper,GLO,kg,1,,,,
"copper, cathode",v3.10,,,market for copper,copper,GLO,kg,1,,yes,1;1;1;1;4,Alloy stands for copper.
heat,,,,market for heat,heat,RoW,kWh,0.25,,,,
"waste, incineration",,,cutoff,treatment of waste,waste,GLO,kg,1,,,,
"waste, incineration",,,apos;consequential,,,,,,incineration,,,Ours.
"""
ACTIVITIES: dict[Label, tuple[str, float]] = {
    ("market for power", "power", "DE"): ("kilowatt hour", 1.0),
    ("market for power", "power", "RAS"): ("kilowatt hour", 1.0),
    ("market for copper", "copper", "GLO"): ("kilogram", 1.0),
    ("market for heat", "heat", "RoW"): ("megajoule", 1.0),
    ("treatment of waste", "waste", "GLO"): ("kilogram", -1.0),
}


def index(activities: dict[Label, tuple[str, float]] = ACTIVITIES) -> ActivityIndex:
    codes = {str(i): label for i, label in enumerate(activities)}
    return ActivityIndex("db", [(v, k) for k, v in codes.items()], lambda c: activities[codes[c]])


@pytest.fixture
def inventory(mini: Path) -> Inventory:
    (mini / "links/ecoinvent.csv").write_text(LINKS)
    (mini / "links/regions.csv").write_text("location,regions\nTW,Nowhere > RAS\n")
    found, report = load(mini)
    assert report.errors == []
    return found


def background(
    inventory: Inventory, release: Release = CUTOFF, overrides: Iterable[LinkRow] = ()
) -> EcoinventBackground:
    return EcoinventBackground(inventory, index(), release, overrides)


# --- answering keys


def test_locations_fall_back_in_order(inventory: Inventory) -> None:
    found = background(inventory)
    assert found.provider("electricity, medium voltage [DE]", "TW").product.location == "DE"  # type: ignore[union-attr]
    assert found.provider("electricity, medium voltage [TW]", "DE").product.location == "RAS"  # type: ignore[union-attr]


def test_releases_and_system_models_choose_rows(inventory: Inventory) -> None:
    copper = background(inventory).provider("copper, cathode", "GLO")
    assert copper is not None and copper.product.name == "market for copper" and copper.proxy
    assert (
        background(inventory, Release(("v3.9.1",), "cutoff")).provider("copper, cathode", "GLO")
        is None
    )  # the index has no old copper
    apos = background(inventory, Release(("v3.10",), "apos")).provider("waste, incineration", "TW")
    assert apos is not None and apos.product.id == "incineration" and apos.factor == 1


def test_wastes_with_negative_production_are_consumed_in_negative_amounts(
    inventory: Inventory,
) -> None:
    waste = background(inventory).provider("waste, incineration", "TW")
    assert waste is not None and waste.factor == -1.0


def test_units_are_those_of_the_database(inventory: Inventory) -> None:
    """The row counts kWh (0.25 per MJ, for the test), the database megajoules."""
    heat = background(inventory).provider("heat", "TW")
    assert heat is not None and heat.factor == pytest.approx(0.25 * 3.6)


def test_a_unit_that_does_not_fit_is_refused(inventory: Inventory) -> None:
    other = ACTIVITIES | {("market for heat", "heat", "RoW"): ("cubic meter", 1.0)}
    found = EcoinventBackground(inventory, index(other), CUTOFF)
    with pytest.raises(LinkError, match=r"counted in cubic meter.*'heat'.*says kWh"):
        found.provider("heat", "TW")


def test_a_good_is_not_answered_by_the_treatment_of_a_waste(inventory: Inventory) -> None:
    other = ACTIVITIES | {("market for heat", "heat", "RoW"): ("megajoule", -1.0)}
    with pytest.raises(LinkError, match="treats a waste, and 'heat' is not one"):
        EcoinventBackground(inventory, index(other), CUTOFF).provider("heat", "TW")


def test_an_activity_that_is_there_twice_is_refused() -> None:
    label = ("market for gold", "gold", "GLO")
    twice = ActivityIndex("db", [(label, "a"), (label, "b")], lambda code: ("kilogram", 1.0))
    with pytest.raises(LinkError, match="more than once"):
        twice.find(*label)


def test_linking_takes_only_what_is_needed_of_the_open_background(inventory: Inventory) -> None:
    report = Report()
    linked = link(inventory, report, background(inventory))
    assert report.errors == []
    assert linked.of_database("tinyml-background") == []
    assert linked.background == "db"
    assert inventory.of_database("tinyml-background"), "the inventory itself is not changed"
    assert linked.inventory.parameters["tinyml-background"] == {}


def test_a_missing_key_names_what_was_looked_for_and_the_nearest(inventory: Inventory) -> None:
    fewer = {k: v for k, v in ACTIVITIES.items() if k[0] != "market for copper"}
    fewer |= {("market for copper, cathode", "copper", "GLO"): ("kilogram", 1.0)}
    report = Report()
    link(inventory, report, EcoinventBackground(inventory, index(fewer), CUTOFF))
    (finding,) = report.errors
    assert finding.code == "key-unresolved"
    assert "'copper, cathode' (1 uses) is not in 'db'" in finding.message
    assert "'market for copper | copper' in GLO" in finding.message
    assert "nearest: market for copper, cathode" in finding.message


def test_a_proxy_widens_the_uncertainty_of_formulas_by_a_parameter(inventory: Inventory) -> None:
    linked = link(inventory, Report(), background(inventory))
    exchange = next(
        e for d in linked.datasets.values() for e in d.exchanges if e.key == "copper, cathode"
    )
    assert isinstance(exchange.value, Formula)
    assert exchange.value.text.endswith("* proxy_copper_cathode")
    parameter = linked.inventory.parameters["tinyml"]["proxy_copper_cathode"]
    # factor 1.5 for score 4 of the last indicator (Weidema et al. 2013): sigma = ln(1.5) / 2
    assert parameter.value == 1.0
    assert parameter.distribution.sigma == pytest.approx(math.log(1.5) / 2)
    plain = link(inventory, Report())
    same = next(
        e for d in plain.datasets.values() for e in d.exchanges if e.key == "copper, cathode"
    )
    dataset = linked.datasets["board"].dataset
    assert linked.inventory.amount(dataset, exchange.value) == pytest.approx(
        inventory.amount(dataset, same.value)
    )


def test_list_of_links(inventory: Inventory) -> None:
    found = {
        link.key: link for link in list_links(link(inventory, Report(), background(inventory)))
    }
    copper = found["copper, cathode"]
    assert copper.provider == "market for copper | copper | GLO"
    assert copper.proxy and copper.remark == "Alloy stands for copper."
    assert copper.used_by == ("board",) and copper.database == "db" and copper.factor == 1
    assert list_links(link(inventory, Report()))[0].database == "tinyml-background"


# --- widening distributions


def test_widened_lognormal_adds_variances() -> None:
    widened = Distribution("lognormal", 0.3).widened(0.4)
    assert widened == Distribution("lognormal", 0.5)
    assert Distribution().widened(0.4) == Distribution("lognormal", 0.4)


def test_widened_ends_move_apart_on_both_sides_of_zero() -> None:
    spread = math.exp(0.1)
    widened = Distribution("triangular", minimum=1.0, maximum=2.0).widened(0.1)
    assert (widened.minimum, widened.maximum) == pytest.approx((1 / spread, 2 * spread))
    widened = Distribution("uniform", minimum=-2.0, maximum=-1.0).widened(0.1)
    assert (widened.minimum, widened.maximum) == pytest.approx((-2 * spread, -1 / spread))


def test_a_negative_factor_turns_a_distribution_over() -> None:
    turned = Distribution("triangular", minimum=1.0, maximum=3.0).scaled(-2.0)
    assert (turned.minimum, turned.maximum) == (-6.0, -2.0)


# --- links of the user


def test_an_override_replaces_all_rows_of_its_key(inventory: Inventory) -> None:
    row = parse_link("copper, cathode = market for heat|heat|RoW")
    with pytest.raises(LinkError, match="counted in megajoule"):
        background(inventory, overrides=[row]).provider("copper, cathode", "GLO")
    row = LinkRow("copper, cathode", process="copper_production", factor=2.0)
    found = background(inventory, overrides=[row]).provider("copper, cathode", "GLO")
    assert found is not None and found.product.id == "copper_production" and found.factor == 2


@pytest.mark.parametrize("text", ["gold", "gold=a|b", "=a|b|c", "gold=a||c", "gold=a|b|c|d"])
def test_malformed_link_options_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not KEY=NAME\|PRODUCT\|LOCATION"):
        parse_link(text)


def test_overrides_must_name_keys_and_providers(inventory: Inventory) -> None:
    with pytest.raises(UsageError, match=r"'coper' is not a background key; nearest: copper"):
        check_overrides([LinkRow("coper", "a", "b", ("GLO",))], inventory)
    with pytest.raises(UsageError, match="'copper_producton' is not a dataset"):
        check_overrides([LinkRow("copper, cathode", process="copper_producton")], inventory)
    row = parse_link("copper, cathode=market for coper|copper|GLO")
    with pytest.raises(UsageError, match="has no activity") as caught:
        background(inventory, overrides=[row]).check_overrides()
    assert "market for copper | copper | GLO" in caught.value.hint


def test_the_open_background_takes_datasets_of_ours_only(inventory: Inventory) -> None:
    row = LinkRow("heat", process="copper_production", factor=0.1)
    found = OpenBackground(inventory, Report(), [row]).provider("heat", "GLO")
    assert found is not None and found.product.id == "copper_production"
    with pytest.raises(UsageError, match="open background"):
        OpenBackground(inventory, Report(), [parse_link("heat=a|b|c")])


def test_a_file_of_links(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("key,activity,product,locations,unit,factor\ngold,a,b,DE > GLO,kg,0.5\n")
    (row,) = read_links(file)
    assert (row.key, row.locations, row.unit, row.factor) == ("gold", ("DE", "GLO"), "kg", 0.5)
    file.write_text("key,activity\ngold,a\n")
    with pytest.raises(UsageError, match=r"mine.csv:2: a row needs either"):
        read_links(file)
    file.write_text("key,activity,product,locations,factor\ngold,a,b,GLO,0\n")
    with pytest.raises(UsageError, match="factor is 0"):
        read_links(file)
    with pytest.raises(UsageError, match="there is no file"):
        read_links(tmp_path / "none.csv")


def test_location_chains() -> None:
    row = LinkRow("k", locations=split_locations("{location} > {regions} > GLO"))
    assert list(row.places("TW", ("A", "B"))) == ["TW", "A", "B", "GLO"]
    assert list(row.places("GLO", ())) == ["GLO", "GLO"]


# --- recognising


def markers_of(release: Release, tables: Inventory) -> set[Label]:
    return {
        (m["activity"], m["product"], m["location"])
        for m in tables.tables["links_ecoinvent_markers"]
        if release.covers(m)
    }


def plain_index(labels: Iterable[Label]) -> ActivityIndex:
    entries = [(label, str(i)) for i, label in enumerate(labels)]
    return ActivityIndex("db", entries, lambda code: ("kilogram", 1.0))


@pytest.fixture(scope="module")
def full() -> Inventory:
    return load(ROOT / "inventories")[0]


def test_all_releases_have_different_markers(full: Inventory) -> None:
    releases = known_releases(full)
    assert len(releases) == 20
    assert len({frozenset(markers_of(release, full)) for release in releases}) == 20
    for release in releases:
        found = recognise(plain_index(markers_of(release, full)), full, inputs=1)
        assert found.release == release and found.exact


def test_a_changed_database_is_accepted_and_says_what_failed(full: Inventory) -> None:
    release = next(
        r for r in known_releases(full) if r.names[0] == "v3.10" and r.system_model == "apos"
    )
    labels = sorted(markers_of(release, full))
    found = recognise(plain_index(labels[2:]), full, inputs=1)
    assert found.release == release
    assert len(found.failed) == 2 and "is missing" in found.failed[0]
    assert f"{found.markers - 2} of {found.markers} marker" in found.why()
    assert "was changed" in found.why()


def test_other_databases_are_refused_in_one_sentence(full: Inventory) -> None:
    release = known_releases(full)[0]
    for labels, inputs, said in (
        ([], 1.0, "has no activities"),
        ([("a", "b", "c")], 1.0, "is not ecoinvent 3.8 to 3.12"),
        (sorted(markers_of(release, full))[:8], 1.0, "is not ecoinvent 3.8 to 3.12"),
        (sorted(markers_of(release, full)), 0.0, "holds system processes"),
    ):
        with pytest.raises(BackgroundError, match=said):
            recognise(plain_index(labels), full, inputs)


def test_release_numbers_are_compared_as_numbers() -> None:
    assert release_number("v3.9.1") < release_number("v3.10") < release_number("v3.10.1")
    assert str(CUTOFF) == "ecoinvent 3.10 or 3.10.1, cutoff"


def test_mini_inventory_needs_no_other_link_tables() -> None:
    found, report = load(MINI)
    assert report.errors == [] and found.tables["links_ecoinvent"] == []
    assert elementary_flows()
