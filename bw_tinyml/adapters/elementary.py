"""Matching elementary flows of other data sets with those of biosphere3.

By name, then by our table of aliases, published lists, CAS number and synonyms. What cannot be
matched without a guess stays unmatched, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from bw_tinyml.adapters.published import flow_names
from bw_tinyml.adapters.source import SourceExchange
from bw_tinyml.adapters.tables import index
from bw_tinyml.adapters.units import Unit, flow_factor
from bw_tinyml.inventory.flows import ElementaryFlow, elementary_flows
from bw_tinyml.inventory.tables import Row

RESOURCE = "natural resource"
#: reason for waste and money that a data set books like a flow of nature
ACCOUNT = "an account of waste or money, not a flow of nature"
#: where a flow is looked for when its compartment lacks it, the best first
_ELSEWHERE = {
    "air": ("air", "air::urban air close to ground", "air::non-urban air or from high stacks"),
    "water": ("water", "water::surface water", "water::ground-", "water::ocean"),
    "soil": ("soil", "soil::industrial", "soil::agricultural", "soil::forestry"),
    RESOURCE: (
        f"{RESOURCE}::in ground",
        f"{RESOURCE}::in water",
        f"{RESOURCE}::in air",
        f"{RESOURCE}::biotic",
        f"{RESOURCE}::land",
    ),
}


@dataclass(frozen=True)
class Target:
    """A flow of biosphere3 and how much of it one unit of the other flow is."""

    flow: ElementaryFlow
    factor: float


@dataclass(frozen=True)
class Match:
    """Outcome for one flow.

    Attributes
    ----------
    targets
        Flows; none where it is unmatched.
    how
        ``name``, ``alias``, ``list``, ``CAS`` or ``synonym``; or why it is unmatched.
    moved
        Whether the flow was found in another compartment of its medium.
    cumulative
        Whether the flow includes what others of the same process state by themselves.
    """

    targets: tuple[Target, ...]
    how: str
    moved: bool = False
    cumulative: bool = False


@cache
def compartment(path: str, is_input: bool) -> tuple[str, str] | None:
    """Return the medium and the compartment that a category path stands for, or None."""
    parts = [p.strip().lower() for p in path.split("/")]
    direction = "input" if is_input else "output"
    for start in range(len(parts)):
        for row in _compartments().get("/".join(parts[start:]), []):
            if row["direction"] in ("", direction):
                return row["medium"], row["compartment"]
    return None


@cache
def _compartments() -> dict[str, list[Row]]:
    return index("compartments", lambda row: row["path"].strip())


@cache
def _aliases() -> dict[tuple[str, str], list[Row]]:
    return index("aliases", lambda row: (row["name"], row["medium"]))


@cache
def _flows() -> dict[tuple[str, str], dict[str, ElementaryFlow]]:
    """Flows by name (lower case) and medium, then by compartment."""
    found: dict[tuple[str, str], dict[str, ElementaryFlow]] = {}
    for flow in elementary_flows().values():
        key = (flow.name.lower(), flow.categories[0])
        found.setdefault(key, {})[flow.compartment] = flow
    return found


def _unique(values: Callable[[ElementaryFlow], tuple[str, ...]]) -> dict[tuple[str, str], str]:
    """Flow names by another property and medium, where that is one flow only."""
    found: dict[tuple[str, str], set[str]] = {}
    for flow in elementary_flows().values():
        for value in values(flow):
            found.setdefault((value.lower(), flow.categories[0]), set()).add(flow.name)
    return {key: next(iter(names)) for key, names in found.items() if len(names) == 1}


@cache
def _by_cas() -> dict[tuple[str, str], str]:
    return _unique(lambda flow: (flow.cas.lstrip("0"),) if flow.cas else ())


@cache
def _by_synonym() -> dict[tuple[str, str], str]:
    return _unique(lambda flow: flow.synonyms)


def match(exchange: SourceExchange) -> Match:
    """Return the flows of biosphere3 that stand for an elementary exchange."""
    flow = exchange.flow
    return _match(flow.name.lower(), flow.cas, flow.path, exchange.is_input, exchange.unit)


@cache
def _match(name: str, cas: str, path: str, is_input: bool, unit: Unit) -> Match:
    place = compartment(path, is_input)
    if place is None:
        return Match((), "no such compartment")
    medium, where = place
    if medium == "account":
        return Match((), ACCOUNT)
    if is_input and medium in ("air", "water", "soil"):
        # US LCI keeps withdrawn water under emissions; anything else taken from there is unclear.
        if "water" in name:
            return _find(name, cas, "resource", f"{RESOURCE}::in water", unit)
        return Match((), "taken from a compartment of emissions")
    if not is_input and medium == "resource":
        return Match((), "a resource that leaves the process")
    return _find(name, cas, medium, where, unit)


def _find(name: str, cas: str, medium: str, where: str, unit: Unit) -> Match:
    medium3 = RESOURCE if medium == "resource" else medium
    plain = name.removesuffix(", in ground").removesuffix(" in ground")
    for alias in (name, plain):
        rows = [r for r in _aliases().get((alias, medium), []) if r["unit"] in ("", unit.name)]
        if rows:
            return _by_alias(rows, medium3, where, unit)
    for how, known in (
        ("name", name if (name, medium3) in _flows() else None),
        ("name", plain if (plain, medium3) in _flows() else None),
        ("list", flow_names().get((name, medium3)) or flow_names().get((plain, medium3))),
        ("CAS", _by_cas().get((cas, medium3))),
        ("synonym", _by_synonym().get((name, medium3)) or _by_synonym().get((plain, medium3))),
    ):
        if known:
            flow, moved = _in_compartment(known, medium3, where)
            size = flow_factor(unit, flow.unit, flow.name)
            if size is None:
                return Match((), f"{unit.name} does not convert to {flow.unit}")
            return Match((Target(flow, size),), how, moved)
    return Match((), "no compartment given" if medium == "unspecified" else "no such flow")


def _by_alias(rows: list[Row], medium: str, where: str, unit: Unit) -> Match:
    targets, moved = [], False
    for row in rows:
        place = row["compartment"] or where
        within = row["compartment"].split("::", 1)[0] or medium
        flow, elsewhere = _in_compartment(row["flow"], within, place)
        size = flow_factor(unit, row["unit"] or flow.unit, flow.name)
        if size is None:
            return Match((), f"{unit.name} does not convert to {row['unit'] or flow.unit}")
        targets.append(Target(flow, size * float(row["factor"])))
        moved = moved or (elsewhere and not row["compartment"])
    cumulative = any(row["basis"] == "cumulative" for row in rows)
    return Match(tuple(targets), "alias", moved, cumulative)


def _in_compartment(name: str, medium: str, where: str) -> tuple[ElementaryFlow, bool]:
    """Return the flow of that name in a compartment or near it, and whether it is elsewhere.

    Ores by grade are replaced by the metal, because ecoinvent dropped them.
    """
    places = _flows()[name.lower(), medium]
    if all(flow.deprecated for flow in places.values()):
        metal = (name.split(",", maxsplit=1)[0].lower(), medium)
        places = _flows().get(metal, places)
    if where in places:
        return places[where], False
    for other in _ELSEWHERE[medium]:
        if other in places:
            return places[other], where != medium
    return next(iter(places.values())), where != medium
