"""openLCA: a JSON-LD package (schema 2) with processes, flows, parameters and LCIA methods.

Treatment of waste is a product here, as in Brightway: its users take it as an input.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.brightway.payload import Payload, payload
from bw_tinyml.errors import UsageError
from bw_tinyml.export.openlca_entities import Entity, Units, id_of, member, ref
from bw_tinyml.export.reporting import ExportReport, report_of
from bw_tinyml.export.selection import chosen_databases, refuse_existing, refuse_suffix
from bw_tinyml.export.translation import foreign_formula, write_zip
from bw_tinyml.impact.preview import bundled
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.flows import ElementaryFlow, elementary_flows

FUNCTIONS = {"min": "min", "max": "max", "sqrt": "sqrt", "exp": "exp", "log": "ln"}
_RESOURCES = ("natural resource", "inventory indicator", "economic", "social")


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
        The file exists or has another ending, or the optional package ``olca-schema`` is missing.
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
    refuse_suffix(target, ".zip")
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
            yield member("locations", "Location", id_of("location", code), code, code=code)
        yield from self._units.members()

    def _database(self, content: Payload) -> Iterator[tuple[str, Entity]]:
        for parameter in content.parameters:
            yield self._parameter(parameter, content.name)
        for dataset in content.datasets:
            self._locations.add(dataset["location"])
            yield member(
                "flows", "Flow", id_of("product", dataset["code"]), dataset["reference product"],
                category=f"{content.name}/{dataset['stage']}", flowType="PRODUCT_FLOW",
                flowProperties=[self._units.factor(dataset["unit"])],
            )  # fmt: skip
            yield self._process(dataset, content.name)

    def _process(self, dataset: Mapping[str, Any], database: str) -> tuple[str, Entity]:
        exchanges = [
            {**self._exchange(exchange), "internalId": number}
            for number, exchange in enumerate(dataset["exchanges"], start=1)
        ]
        return member(
            "processes", "Process", dataset["code"], dataset["name"],
            category=f"{database}/{dataset['stage']}", description=dataset["comment"],
            processType="UNIT_PROCESS", tags=[t for t in (dataset["stage"], dataset["role"]) if t],
            location=ref("Location", id_of("location", dataset["location"]), dataset["location"]),
            exchanges=exchanges, lastInternalId=len(exchanges),
        )  # fmt: skip

    def _exchange(self, exchange: Mapping[str, Any]) -> Entity:
        _, code = exchange["input"]
        kind = exchange["type"]
        entity: Entity = {"@type": "Exchange", "amount": exchange["amount"]}
        if kind == "biosphere":
            self._flows.add(code)
            entity["flow"] = ref("Flow", code, exchange["name"])
            entity["isInput"] = exchange["categories"][0] in _RESOURCES
        else:
            entity["flow"] = ref("Flow", id_of("product", code), exchange["reference product"])
            entity["isInput"] = kind == "technosphere"
            if kind == "production":
                entity["isQuantitativeReference"] = True
            else:
                entity["defaultProvider"] = ref("Process", code, exchange["name"])
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
        return member("parameters", "Parameter", id_of("parameter", name), name, **fields)

    def _with_uncertainty(self, entity: Entity, fields: Mapping[str, Any], amount: float) -> Entity:
        kind = fields.get("uncertainty type")
        if kind == 2 and amount < 0:
            self._leave_out("lognormal uncertainty of a negative amount")
        elif kind == 2:
            entity["uncertainty"] = {
                "distributionType": "LOG_NORMAL_DISTRIBUTION",
                "geomMean": amount,
                "geomSd": math.exp(fields["scale"]),
            }
            if fields.get("minimum") is not None:
                self._leave_out("the range that cuts a lognormal")
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

    def _leave_out(self, what: str) -> None:
        if what not in self._report.left_out:
            self._report.left_out.append(what)

    def _elementary(self, flow: ElementaryFlow) -> Entity:
        fields = {"cas": flow.cas} if flow.cas else {}
        _, entity = member(
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
            identifier = id_of("category", "|".join(method.name))
            listed.append(ref("ImpactCategory", identifier, category.label))
            factors = []
            for code, value in method.factors:
                if code not in flows:
                    continue
                self._flows.add(code)
                factors.append(
                    {
                        "@type": "ImpactFactor",
                        "flow": ref("Flow", code, flows[code].name),
                        "value": value,
                        **self._units.refs(flows[code].unit),
                    }
                )
            yield member(
                "lcia_categories", "ImpactCategory", identifier, category.label,
                category=self._family, refUnit=method.unit, impactFactors=factors,
            )  # fmt: skip
        yield member(
            "lcia_methods", "ImpactMethod", id_of("method", self._family), self._family,
            impactCategories=listed,
        )  # fmt: skip
