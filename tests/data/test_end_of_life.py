"""Every scenario of the end of life closes: mass to 1 %, each tracked element to 5 %."""

from __future__ import annotations

from functools import cache

import pytest

from bw_tinyml.inventory import Inventory, load
from bw_tinyml.inventory.composition import Composition
from bw_tinyml.inventory.model import Dataset

TRACKED = [
    "copper",
    "gold",
    "silver",
    "palladium",
    "tin",
    "tantalum",
    "aluminium",
    "iron",
    "lithium",
    "cobalt",
    "nickel",
    "manganese",
    "zinc",
    "lead",
    "bromine",
    "antimony",
]
OTHERS = ("carbon", "chromium", "fluorine", "chlorine")
FRACTIONS = ("eol_board", "eol_casing", "eol_adapter", "eol_cell")
ROUTES = (
    "recycling",
    "incineration",
    "incineration without energy",
    "landfill",
    "open dump",
    "informal",
    "open burning",
    "acid leaching",
    "hibernation",
)
REGIONS = ("world", "EU", "US", "CN", "IN", "SSA")


@cache
def inventory() -> Inventory:
    found, report = load()
    assert not report.errors
    return found


@cache
def composition() -> Composition:
    return Composition(inventory())


def treatments() -> list[Dataset]:
    """Datasets that treat a waste: by route, by recycling process, by region."""
    return [
        d
        for d in inventory().datasets.values()
        if d.process.removesuffix("_mix") in (*FRACTIONS, "cell_recycling")
    ]


def cases() -> list[tuple[str, str]]:
    """Each scenario with each tracked element that its waste contains."""
    return [
        (d.id, element)
        for d in treatments()
        for element in TRACKED
        if composition().share(d.id, element) > 0
    ]


@pytest.mark.parametrize(("scenario", "element"), cases())
def test_every_tracked_element_leaves_as_it_came(scenario: str, element: str) -> None:
    dataset = inventory().datasets[scenario]
    into, out = composition().through(dataset, element)
    assert into > 0
    assert out - _traces_of_steel(dataset, element) == pytest.approx(into, rel=0.05)


def test_every_tracked_element_is_tracked_somewhere() -> None:
    assert {element for _, element in cases()} == set(TRACKED)


@pytest.mark.parametrize("scenario", [d.id for d in treatments()])
def test_mass_leaves_as_it_came(scenario: str) -> None:
    """What comes out weighs 1 kg: elements, and the rest that has no element of its own."""
    dataset = inventory().datasets[scenario]
    if dataset.process.endswith("_mix"):
        parts = sum(inventory().amount(dataset, e.value) for e in dataset.exchanges)
        assert parts == pytest.approx(1, rel=0.01)
        return
    if dataset.process == "eol_casing":
        assert _casing(dataset) == pytest.approx(1, rel=0.01)
        return
    elements = sum(
        composition().through(dataset, e)[1] - _traces_of_steel(dataset, e)
        for e in (*TRACKED, *OTHERS)
    )
    assert elements + _rest(dataset) == pytest.approx(1, rel=0.01)


def _rest(dataset: Dataset) -> float:
    """Kilograms of the rest: to a deposit or drawer, to a recycler, into slag of the smelter."""
    amounts = {e.input: inventory().amount(dataset, e.value) for e in dataset.exchanges}
    values = inventory().values["tinyml"]
    rest = sum(v for k, v in amounts.items() if k.endswith("/other materials"))
    smelted = amounts.get("used printed wiring boards, metal recovery in copper smelter", 0.0)
    if smelted:
        rest += smelted * values[f"{dataset.process.removeprefix('eol_')}_other_content"]
    if dataset.process == "eol_cell":
        recycled = sum(v for k, v in amounts.items() if k.startswith("cell_recycling"))
        rest += recycled * values[f"cell_other_content_{dataset.items['cell_chemistry']}"]
    return rest


def _traces_of_steel(dataset: Dataset, element: str) -> float:
    """What recovered steel holds besides iron in the background, and wastes do not state."""
    if element == "iron":
        return 0.0
    return sum(
        inventory().amount(dataset, e.value) * composition().share(e.input, element)
        for e in dataset.exchanges
        if e.type == "recovered" and e.input == "steel, low-alloyed"
    )


def _casing(dataset: Dataset) -> float:
    """A casing is recovered, burned or deposited as a whole; sorting is a step before that."""
    return sum(
        inventory().amount(dataset, e.value)
        for e in dataset.exchanges
        if e.type != "biosphere" and not e.input.startswith(("waste electric", "electricity"))
    )


def test_all_scenarios_and_regions_exist() -> None:
    ids = {d.id for d in treatments()}
    chemistries = inventory().sets["tinyml"]["cell_chemistry"].items
    for route in ROUTES:
        assert {f"eol_{f}/{route}" for f in ("board", "casing", "adapter")} <= ids
        assert {f"eol_cell/{c}/{route}" for c in chemistries} <= ids
    for region in REGIONS:
        assert {f"eol_{f}_mix/{region}" for f in ("board", "casing", "adapter")} <= ids
    assert {f"cell_recycling/{c}/{p}" for c in chemistries for p in ("thermal", "hydro")} <= ids


#: chemistry of used cells -> dataset that makes them
CELLS = {
    "alkaline": "cell_alkaline",
    "zinc_air": "cell_zinc_air",
    "limno2": "cell_limno2",
    "lisocl2": "cell_lisocl2",
    "nimh": "cell_nimh",
    "nmc": "cell_nmc",
    "lfp": "cell_lfp",
    "edlc": "cell_edlc",
}


@pytest.mark.parametrize("chemistry", CELLS)
def test_used_cells_contain_what_new_cells_are_made_of(chemistry: str) -> None:
    cell = inventory().datasets[CELLS[chemistry]]
    for element in TRACKED:
        made = composition().contents(cell, element)
        used = composition().share(f"eol_cell/{chemistry}/landfill", element)
        assert used == pytest.approx(made, rel=0.07, abs=0.003), element


def test_open_burning_and_leaching_release_what_landfills_hold() -> None:
    """A sanity of direction: copper to air by fire, to rivers by acid, neither from a landfill."""

    def released(route: str, compartment: str) -> float:
        dataset = inventory().datasets[f"eol_board/{route}"]
        return sum(
            inventory().amount(dataset, e.value)
            for e in dataset.exchanges
            if e.type == "biosphere"
            and e.input == "Copper ion"
            and e.compartment.startswith(compartment)
        )

    assert released("open burning", "air") > 100 * released("incineration", "air")
    assert released("acid leaching", "water::surface") > 0.01
    assert released("landfill", "air") == released("hibernation", "water") == 0


def test_only_plants_that_use_energy_export_it() -> None:
    def exported(route: str) -> float:
        dataset = inventory().datasets[f"eol_casing/{route}"]
        return sum(
            inventory().amount(dataset, e.value)
            for e in dataset.exchanges
            if e.type == "recovered" and e.input.startswith("electricity")
        )

    assert exported("incineration") == pytest.approx(36 / 3.6 * 0.18)
    assert exported("incineration without energy") == exported("open burning") == 0
