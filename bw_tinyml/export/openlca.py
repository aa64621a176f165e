"""openLCA: a JSON-LD package (schema 2) with processes, flows, parameters and LCIA methods.

Treatment of waste is a product here, as in Brightway: its users take it as an input.
"""

from __future__ import annotations

import importlib.util
import math
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bw_tinyml._version import __version__
from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.brightway.payload import Payload, payload
from bw_tinyml.errors import UsageError
from bw_tinyml.export.reporting import ExportReport, report_of
from bw_tinyml.export.selection import chosen_databases, refuse_existing
from bw_tinyml.export.translation import foreign_formula, write_zip
from bw_tinyml.impact.preview import bundled
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.flows import ElementaryFlow, elementary_flows

FUNCTIONS = {"min": "min", "max": "max", "sqrt": "sqrt", "exp": "exp", "log": "ln"}
_SYMBOLS = {
    "kilogram": "kg", "unit": "Item(s)", "kilowatt hour": "kWh", "megajoule": "MJ",
    "ton kilometer": "t*km", "square meter": "m2", "cubic meter": "m3", "hour": "h", "year": "a",
    "kilometer": "km", "meter": "m", "kilo Becquerel": "kBq", "square meter-year": "m2*a",
    "cubic meter-year": "m3*a",
}  # fmt: skip
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/bw-tinyml/bw_tinyml/openlca")
_RESOURCES = ("natural resource", "inventory indicator", "economic", "social")
_CHANGED = "2020-01-01T00:00:00Z"
Entity = dict[str, Any]


def export_openlca(
    path: Path | str,
    *,
    folder: Path | str | None = None,
    family: str = "EF v3.1",
    overwrite: bool = False,
) -> ExportReport:
    """Write both databases and an LCIA method as one openLCA package.

    Parameters
    ----------
    path
        The package (``.zip``).
    folder
        Inventory folder; by default the one that comes with the package.
    family
        Family of LCIA methods that goes along, so that results can be compared.
    overwrite
        Whether an existing file may be replaced.

    Raises
    ------
    UsageError
        The file exists, or the optional package ``olca-schema`` is missing.
    InventoryError
        The tables have errors.
    """
    from bw_tinyml.brightway.install import linked_inventory

    if importlib.util.find_spec("olca_schema") is None:
        raise UsageError(
            "the export for openLCA needs the package olca-schema",
            "pip install 'bw_tinyml[openlca]'",
        )
    target = Path(path)
    refuse_existing(target, overwrite)
    linked = linked_inventory(folder)
    names = chosen_databases(linked, None)
    report = report_of("openLCA JSON-LD, schema 2", linked, names, family)
    report.conversions.append("powers are written ^, logarithms ln, as openLCA's formulas have it")
    report.left_out.append("exchange labels, background keys and proxy flags: in descriptions only")
    write_zip(target, Package(linked, names, family, report).members())
    report.files.append(target)
    report.write(target)
    return report


class Package:
    """The documents of a package.

    Parameters
    ----------
    linked
        The linked inventory.
    names
        Databases to write.
    family
        Family of LCIA methods to write.
    report
        Receives counts and what was left out.
    """

    def __init__(
        self, linked: LinkedInventory, names: list[str], family: str, report: ExportReport
    ) -> None:
        self._linked = linked
        self._names = names
        self._family = family
        self._report = report
        self._units = Units()
        self._locations: set[str] = set()
        self._flows: set[str] = set()

    def members(self) -> Iterator[tuple[str, Entity]]:
        """Iterate over path and content of every document."""
        yield "olca-schema.json", {"version": 2}
        for name in self._names:
            content = payload(self._linked, name, "biosphere3")
            self._report.count(name, content.datasets, len(content.parameters))
            yield from self._database(content)
        yield from self._methods()
        for code in sorted(self._flows):
            yield f"flows/{code}.json", self._elementary(elementary_flows()[code])
        for code in sorted(self._locations):
            yield _member("locations", "Location", _id("location", code), code, code=code)
        yield from self._units.members()

    def _database(self, content: Payload) -> Iterator[tuple[str, Entity]]:
        for parameter in content.parameters:
            yield self._parameter(parameter, content.name)
        for dataset in content.datasets:
            self._locations.add(dataset["location"])
            yield _member(
                "flows", "Flow", _id("product", dataset["code"]), dataset["reference product"],
                category=f"{content.name}/{dataset['stage']}", flowType="PRODUCT_FLOW",
                flowProperties=[self._units.factor(dataset["unit"])],
            )  # fmt: skip
            yield self._process(dataset, content.name)

    def _process(self, dataset: Mapping[str, Any], database: str) -> tuple[str, Entity]:
        exchanges = [
            {**self._exchange(exchange), "internalId": number}
            for number, exchange in enumerate(dataset["exchanges"], start=1)
        ]
        return _member(
            "processes", "Process", dataset["code"], dataset["name"],
            category=f"{database}/{dataset['stage']}", description=dataset["comment"],
            processType="UNIT_PROCESS", tags=[t for t in (dataset["stage"], dataset["role"]) if t],
            location=_ref("Location", _id("location", dataset["location"]), dataset["location"]),
            exchanges=exchanges, lastInternalId=len(exchanges),
        )  # fmt: skip

    def _exchange(self, exchange: Mapping[str, Any]) -> Entity:
        _, code = exchange["input"]
        kind = exchange["type"]
        entity: Entity = {"@type": "Exchange", "amount": exchange["amount"]}
        if kind == "biosphere":
            self._flows.add(code)
            entity["flow"] = _ref("Flow", code, exchange["name"])
            entity["isInput"] = exchange["categories"][0] in _RESOURCES
        else:
            entity["flow"] = _ref("Flow", _id("product", code), exchange["reference product"])
            entity["isInput"] = kind == "technosphere"
            if kind == "production":
                entity["isQuantitativeReference"] = True
            else:
                entity["defaultProvider"] = _ref("Process", code, exchange["name"])
        entity |= self._units.refs(exchange["unit"])
        if exchange.get("comment"):
            entity["description"] = exchange["comment"]
        if exchange.get("formula"):
            entity["amountFormula"] = foreign_formula(exchange["formula"], FUNCTIONS)
        if exchange.get("pedigree"):
            entity["dqEntry"] = f"({';'.join(map(str, exchange['pedigree'].values()))})"
        return self._with_uncertainty(entity, exchange, exchange["amount"])

    def _parameter(self, parameter: Mapping[str, Any], database: str) -> tuple[str, Entity]:
        name, formula = parameter["name"], parameter.get("formula")
        fields: Entity = {
            "description": parameter["comment"],
            "isInputParameter": not formula,
            "parameterScope": "GLOBAL_SCOPE",
            "value": parameter["amount"],
            "category": database,
        }
        if formula:
            fields["formula"] = foreign_formula(formula, FUNCTIONS)
        fields = self._with_uncertainty(fields, parameter, parameter["amount"])
        return _member("parameters", "Parameter", _id("parameter", name), name, **fields)

    def _with_uncertainty(self, entity: Entity, fields: Mapping[str, Any], amount: float) -> Entity:
        kind = fields.get("uncertainty type")
        if kind == 2 and amount < 0:
            self._report.left_out.append("lognormal uncertainty of a negative amount")
        elif kind == 2:
            entity["uncertainty"] = {
                "distributionType": "LOG_NORMAL_DISTRIBUTION",
                "geomMean": amount,
                "geomSd": math.exp(fields["scale"]),
            }
        elif kind in (4, 5):
            entity["uncertainty"] = {
                "distributionType": "UNIFORM_DISTRIBUTION"
                if kind == 4
                else "TRIANGLE_DISTRIBUTION",
                "minimum": fields["minimum"],
                "maximum": fields["maximum"],
            }
            if kind == 5:
                entity["uncertainty"]["mode"] = amount
        return entity

    def _elementary(self, flow: ElementaryFlow) -> Entity:
        fields = {"cas": flow.cas} if flow.cas else {}
        _, entity = _member(
            "flows", "Flow", flow.code, flow.name, flowType="ELEMENTARY_FLOW",
            category="/".join(("Elementary flows", *flow.categories)),
            flowProperties=[self._units.factor(flow.unit)], **fields,
        )  # fmt: skip
        return entity

    def _methods(self) -> Iterator[tuple[str, Entity]]:
        """The LCIA method, with the flows of all its factors."""
        flows = elementary_flows()
        listed = []
        for category in categories(self._linked.inventory, self._family):
            method = bundled(category)
            identifier = _id("category", "|".join(method.name))
            listed.append(_ref("ImpactCategory", identifier, category.label))
            factors = []
            for code, value in method.factors:
                if code not in flows:
                    continue
                self._flows.add(code)
                factors.append(
                    {
                        "@type": "ImpactFactor",
                        "flow": _ref("Flow", code, flows[code].name),
                        "value": value,
                        **self._units.refs(flows[code].unit),
                    }
                )
            yield _member(
                "lcia_categories", "ImpactCategory", identifier, category.label,
                category=self._family, refUnit=method.unit, impactFactors=factors,
            )  # fmt: skip
        yield _member(
            "lcia_methods", "ImpactMethod", _id("method", self._family), self._family,
            impactCategories=listed,
        )  # fmt: skip


class Units:
    """Units, unit groups and flow properties: openLCA's own where it has them."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[Entity, Entity, Entity]] = {}

    def refs(self, unit: str) -> Entity:
        """Return references to unit and flow property, for an exchange or factor."""
        own, _, quantity = self._find(unit)
        return {"unit": own, "flowProperty": quantity}

    def factor(self, unit: str) -> Entity:
        """Return the reference flow property of a flow in that unit."""
        _, _, quantity = self._find(unit)
        return {
            "@type": "FlowPropertyFactor", "conversionFactor": 1.0,
            "isRefFlowProperty": True, "flowProperty": quantity,
        }  # fmt: skip

    def _find(self, unit: str) -> tuple[Entity, Entity, Entity]:
        import olca_schema.units as known

        if unit not in self._used:
            symbol = _SYMBOLS.get(unit, "")
            found = known.unit_ref(symbol), known.group_ref(symbol), known.property_ref(symbol)
            kinds = ("Unit", "UnitGroup", "FlowProperty")
            self._used[unit] = tuple(  # type: ignore[assignment]
                _ref(kind, str(ref.id), str(ref.name)) if ref else _ref(kind, _id(kind, unit), unit)
                for kind, ref in zip(kinds, found, strict=True)
            )
        return self._used[unit]

    def members(self) -> Iterator[tuple[str, Entity]]:
        """Iterate over the unit groups and flow properties that are used.

        openLCA merges those that it knows by their identifier. The reference unit of a group of
        ours is the unit that we use, so factors between units of one group matter: kWh and MJ.
        """
        groups: dict[str, tuple[Entity, Entity, list[Entity]]] = {}
        for own, group, quantity in self._used.values():
            groups.setdefault(group["@id"], (group, quantity, []))[2].append(own)
        for group, quantity, members in groups.values():
            ids = dict.fromkeys(member["@id"] for member in members)
            names = {member["@id"]: member["name"] for member in members}
            reference = next((i for i in ids if names[i] in _REFERENCES), next(iter(ids)))
            units = [
                {
                    "@type": "Unit", "@id": i, "name": names[i], "isRefUnit": i == reference,
                    "conversionFactor": 1.0 if i == reference else _FACTORS[names[i]],
                }
                for i in ids
            ]  # fmt: skip
            yield _member(
                "unit_groups", "UnitGroup", group["@id"], group["name"], units=units,
                defaultFlowProperty=quantity,
            )  # fmt: skip
            yield _member(
                "flow_properties", "FlowProperty", quantity["@id"], quantity["name"],
                flowPropertyType="PHYSICAL_QUANTITY", unitGroup=group,
            )  # fmt: skip


#: reference units of openLCA's groups of which we use several units, and factors to them
_REFERENCES = ("MJ", "h", "m")
_FACTORS = {"kWh": 3.6, "a": 8760.0, "km": 1000.0}


def _id(kind: str, name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{kind}:{name}"))


def _ref(kind: str, identifier: str, name: str) -> Entity:
    return {"@type": kind, "@id": identifier, "name": name}


def _member(
    folder: str, kind: str, identifier: str, name: str, **fields: Any
) -> tuple[str, Entity]:
    entity = {
        "@type": kind, "@id": identifier, "name": name, "version": "00.00.000",
        "lastChange": _CHANGED, **fields,
    }  # fmt: skip
    if kind == "Process":
        entity["description"] = f"{fields['description']}\nbw_tinyml {__version__}, CC BY 4.0"
    return f"{folder}/{identifier}.json", entity
