"""Flows: their units in Brightway, and the elementary flow of the project that each one is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bw_tinyml.ilcd.content import Exchange, Flow, flow_of, reference_unit, unit_group_of
from bw_tinyml.ilcd.names import FLOW, FLOW_PROPERTY, UNIT_GROUP
from bw_tinyml.ilcd.nomenclature import from_ef, to_ef
from bw_tinyml.ilcd.package import Package
from bw_tinyml.ilcd.quantities import BY_PROPERTY, QUANTITIES, brightway_unit, quantity_of
from bw_tinyml.importing.ilcd.report import ImportReport
from bw_tinyml.inventory.flows import elementary_flows

Key = tuple[str, str]
_RESOURCES = ("resources", "natural resource", "resource", "land use")


@dataclass(frozen=True)
class Match:
    """The elementary flow of the project that a flow of the package is.

    Attributes
    ----------
    key
        Its Brightway key.
    name, unit, categories
        As Brightway stores them.
    factor
        How many of its units one reference unit of the package is.
    """

    key: Key
    name: str
    unit: str
    categories: tuple[str, ...]
    factor: float


@dataclass
class Flows:
    """All flows of a package, seen from a project.

    Attributes
    ----------
    package
        The package.
    biosphere
        Name of the project's biosphere.
    units
        Units of the flows in the biosphere, by code.
    database
        Name for flows that the biosphere lacks.
    report
        Receives how each flow was matched.
    """

    package: Package
    biosphere: str
    units: dict[str, str]
    database: str
    report: ImportReport
    known: dict[str, Flow] = field(init=False)
    created: dict[str, dict[str, Any]] = field(default_factory=dict)
    _matches: dict[str, Match] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = {d.uuid.lower(): flow_of(d) for d in self.package.of(FLOW)}

    def get(self, uuid: str) -> Flow:
        """Return a flow; one that the package lacks, but EF or ecoinvent have, is made up."""
        uuid = uuid.lower()
        if uuid not in self.known:
            self.known[uuid] = _known_flow(uuid)
        return self.known[uuid]

    def unit(self, flow: Flow) -> tuple[str, float]:
        """Return the Brightway unit of a flow, and how many of it one reference unit is.

        Flows of our own packages note the unit they had; others keep their reference unit.
        """
        if flow.unit:
            return flow.unit, 1 / quantity_of(flow.unit)[1]
        flow_property = self.package.get(FLOW_PROPERTY, flow.property)
        if flow_property is None:
            return brightway_unit(BY_PROPERTY[flow.property].unit)
        group = self.package.get(UNIT_GROUP, unit_group_of(flow_property))
        if group is None:
            return brightway_unit(BY_PROPERTY[flow.property].unit)
        return brightway_unit(reference_unit(group)[0])

    def noted(self, exchange: Exchange, flow: Flow) -> Match | None:
        """Return the ecoinvent flow that our writer noted, if it can be true."""
        code = exchange.own.get("flow", "")
        target = to_ef().get(code)
        fits = code == flow.uuid or (target is not None and target.uuid == flow.uuid)
        if not fits or code not in self.units:
            return None
        factor = 1 / target.factor if target and target.uuid == flow.uuid else self.unit(flow)[1]
        self.report.noted.add(code)
        return self._of_biosphere(code, factor)

    def match(self, flow: Flow) -> Match:
        """Return the elementary flow of the project: by UUID, by EF's mapping, or a new one."""
        if flow.uuid not in self._matches:
            self._matches[flow.uuid] = self._find(flow)
        return self._matches[flow.uuid]

    def _find(self, flow: Flow) -> Match:
        unit, factor = self.unit(flow)
        if flow.uuid in self.units:
            scale = _conversion(unit, self.units[flow.uuid])
            if scale is not None:
                self.report.matched += 1
                return self._of_biosphere(flow.uuid, factor * scale)
        codes = [code for code in from_ef().get(flow.uuid, ()) if code in self.units]
        if codes and to_ef()[codes[0]].property == flow.property:
            match = self._of_biosphere(codes[0], 1 / to_ef()[codes[0]].factor)
            self.report.mapped.append(
                {
                    "flow": flow.name,
                    "categories": list(flow.categories),
                    "uuid": flow.uuid,
                    "became": match.name,
                    "compartment": list(match.categories),
                    "candidates": len(codes),
                }
            )
            return match
        return self._create(flow, unit, factor)

    def _of_biosphere(self, code: str, factor: float) -> Match:
        known = elementary_flows().get(code)
        name, categories = (known.name, known.categories) if known else _node(self.biosphere, code)
        return Match((self.biosphere, code), name, self.units[code], categories, factor)

    def _create(self, flow: Flow, unit: str, factor: float) -> Match:
        categories = flow.categories or ("unspecified",)
        resource = is_resource(categories)
        self.created[flow.uuid] = {
            "database": self.database,
            "code": flow.uuid,
            "name": flow.name or flow.uuid,
            "unit": unit,
            "categories": categories,
            "type": "natural resource" if resource else "emission",
            "CAS number": flow.cas or None,
            "exchanges": [],
        }
        self.report.created.append(
            {"name": flow.name, "categories": list(categories), "uuid": flow.uuid, "unit": unit}
        )
        return Match((self.database, flow.uuid), flow.name, unit, categories, factor)


def _node(database: str, code: str) -> tuple[str, tuple[str, ...]]:
    from bw2data.backends.schema import ActivityDataset

    row = ActivityDataset.get(
        (ActivityDataset.database == database) & (ActivityDataset.code == code)
    )
    return row.name or "", tuple(row.data.get("categories", ()))


def is_resource(categories: tuple[str, ...]) -> bool:
    """Return whether a flow of these categories is taken from nature."""
    return bool(categories) and categories[0].lower() in _RESOURCES


def sign_of(direction: str, categories: tuple[str, ...]) -> float:
    """Return -1 where a flow goes the unusual way: an emission taken up, a resource given back.

    Brightway counts both as positive the usual way. Land has no direction that all agree on.

    Parameters
    ----------
    direction
        ``Input``, ``Output``, or empty for the usual one.
    categories
        Of the flow that it became: packages sometimes put a resource among the emissions.
    """
    if any("land" in category.lower() for category in categories):
        return 1.0
    return 1.0 if direction in ("", "Input" if is_resource(categories) else "Output") else -1.0


def _known_flow(uuid: str) -> Flow:
    """Return a flow of EF or ecoinvent that a package refers to without holding it."""
    codes = from_ef().get(uuid)
    if codes:
        target = to_ef()[codes[0]]
        return Flow(
            uuid, "", target.name, "Elementary flow", "", target.property, 1.0,
            target.categories, target.cas or "", "",
        )  # fmt: skip
    flow = elementary_flows()[uuid]
    quantity, _ = quantity_of(flow.unit)
    return Flow(
        uuid, "", flow.name, "Elementary flow", "", quantity.property, 1.0, flow.categories,
        flow.cas or "", flow.unit,
    )  # fmt: skip


def _conversion(unit: str, target: str) -> float | None:
    """Return how many target units one unit is; None where they do not measure the same thing."""
    if unit == target:
        return 1.0
    here, there = QUANTITIES.get(unit), QUANTITIES.get(target)
    if here is None or there is None or here[0].property != there[0].property:
        return None
    return here[1] / there[1]
