"""Process data sets: one unit process each, with its inputs, wastes and elementary flows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bw_tinyml.export.ilcd.documents import OUR_VERSION, SHORT, Library, Writer, number
from bw_tinyml.export.ilcd.flows import (
    ElementaryTarget,
    elementary_target,
    process_uuid,
    product_flow_uuid,
)
from bw_tinyml.export.ilcd.parameters import (
    Parameters,
    can_be_written,
    used_parameters,
    write_parameter,
    write_variable,
)
from bw_tinyml.export.ilcd.sources import source_uuid
from bw_tinyml.export.ilcd.uncertainty import spread_of
from bw_tinyml.ilcd.locations import is_location
from bw_tinyml.ilcd.names import FLOW, OPENLCA, PROCESS, SOURCE, own
from bw_tinyml.ilcd.quantities import quantity_of

if TYPE_CHECKING:
    from lxml import etree

Key = tuple[str, str]
_DERIVATION = {"measured": "Measured", "calculated": "Calculated", "estimate": "Estimated"}
_CUT_OFF = "Cut-off: secondary materials that leave at the end of life carry no credit."
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass
class Context:
    """What the processes of a package share.

    Attributes
    ----------
    library
        Where data sets go.
    datasets
        All datasets that have a flow in the package, by Brightway key.
    nomenclature
        List of elementary flows.
    parameters
        Database parameters by database and name.
    sources
        Sources of our tables by key.
    used
        Brightway codes of the elementary flows in use, with the data set they became.
    """

    library: Library
    datasets: dict[Key, Mapping[str, Any]]
    nomenclature: str
    parameters: Mapping[str, Parameters]
    sources: dict[str, Mapping[str, str]]
    used: dict[str, tuple[Mapping[str, Any], ElementaryTarget]] = field(default_factory=dict)


def write_process(context: Context, dataset: Mapping[str, Any]) -> None:
    """Write a dataset."""
    writer = Writer(context.library, PROCESS, process_uuid(dataset))
    live = _live_formulas(context, dataset)
    section = writer.section(writer.root, "processInformation")
    _information(writer, section, dataset)
    reference = writer.section(section, "quantitativeReference", type="Reference flow(s)")
    writer.plain(reference, "referenceToReferenceFlow", "0")
    comment = str(dataset.get("comment") or "")
    period = _line(comment, "Period")
    if period:
        time = writer.section(section, "time")
        years = _YEAR.findall(period)
        writer.plain(time, "common:referenceYear", years[-1] if years else "")
        writer.text(time, "common:timeRepresentativenessDescription", period)
    _location(writer, section, dataset["location"])
    technology = _line(comment, "Technology")
    if technology:
        node = writer.section(section, "technology")
        writer.text(node, "technologyDescriptionAndIncludedProcesses", technology)
    if live:
        _parameters(context, writer, section, dataset, live)
    _modelling(context, writer, dataset)
    others = dataset["database"] if dataset.get("aggregated") else ""
    writer.administration(licence=True, generator=True, database=others)
    exchanges = writer.section(writer.root, "exchanges")
    for identifier, exchange in enumerate(_ordered(dataset)):
        _exchange(context, writer, exchanges, dataset, exchange, identifier, live)
    writer.finish()


def _ordered(dataset: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the exchanges, production first: it gets the id 0."""
    return sorted(dataset["exchanges"], key=lambda e: e["type"] != "production")


def _information(writer: Writer, section: etree._Element, dataset: Mapping[str, Any]) -> None:
    from lxml import etree

    information = writer.section(section, "dataSetInformation")
    writer.plain(information, "common:UUID", writer.uuid)
    name = writer.section(information, "name")
    writer.text(name, "baseName", dataset["name"], SHORT)
    writer.text(name, "mixAndLocationTypes", dataset["location"], SHORT)
    writer.classification(
        information, "Process", (dataset["database"], dataset.get("stage") or "other")
    )
    writer.text(information, "common:generalComment", str(dataset.get("comment") or ""))
    notes = ("database", "identifier", "role", "stage", "product type", "location")
    other = writer.section(information, "common:other")
    etree.SubElement(
        other,
        own("dataset"),
        {note.replace(" ", "-"): str(dataset[note]) for note in notes if dataset.get(note)},
    )


def _line(comment: str, title: str) -> str:
    """Return the line of a comment that begins with a title, as our tables make it."""
    for line in comment.splitlines():
        if line.startswith(f"{title}: "):
            return line.removeprefix(f"{title}: ")
    return ""


def _location(writer: Writer, section: etree._Element, location: str) -> None:
    known = is_location(location)
    writer.library.classify("locations", "Location", (location if known else "GLO",))
    geography = writer.section(section, "geography")
    node = writer.section(
        geography,
        "locationOfOperationSupplyOrProduction",
        location=location if known else "GLO",
    )
    if not known:
        writer.text(node, "descriptionOfRestrictions", f"Location: {location}")
        writer.library.report.locations_replaced.add(location)


def _live_formulas(context: Context, dataset: Mapping[str, Any]) -> dict[int, str]:
    """Return formulas by number of the exchange; none where names do not fit the format."""
    formulas = {i: e["formula"] for i, e in enumerate(_ordered(dataset)) if e.get("formula")}
    known = context.parameters.get(dataset["database"], {})
    names = used_parameters(formulas.values(), known)
    if formulas and not can_be_written(names):
        context.library.report.notes.append(
            f"{dataset['name']} [{dataset['location']}]: names of parameters do not fit ILCD; "
            "its amounts are fixed"
        )
        return {}
    return formulas


def _parameters(
    context: Context,
    writer: Writer,
    section: etree._Element,
    dataset: Mapping[str, Any],
    live: dict[int, str],
) -> None:
    known = context.parameters.get(dataset["database"], {})
    node = writer.section(section, "mathematicalRelations")
    writer.text(
        node,
        "modelDescription",
        "Amounts follow from parameters: an exchange with a variable amount_N is its meanAmount "
        "(the conversion to the reference unit) times that variable.",
    )
    for name in used_parameters(live.values(), known):
        write_parameter(writer, node, known[name])
    exchanges = _ordered(dataset)
    for identifier, formula in live.items():
        amount = float(exchanges[identifier]["amount"])
        write_variable(writer, node, f"amount_{identifier}", formula, amount)


def _modelling(context: Context, writer: Writer, dataset: Mapping[str, Any]) -> None:
    modelling = writer.section(writer.root, "modellingAndValidation")
    method = writer.section(modelling, "LCIMethodAndAllocation")
    result = dataset.get("aggregated")
    type_ = "LCI result" if result else "Unit process, single operation"
    writer.plain(method, "typeOfDataSet", type_)
    writer.plain(method, "LCIMethodPrinciple", "Not applicable" if result else "Attributional")
    if not result:
        writer.text(method, "deviationsFromLCIMethodPrinciple", _CUT_OFF)
    keys = {e.get("source") for e in dataset["exchanges"]} & context.sources.keys()
    if keys:
        treatment = writer.section(modelling, "dataSourcesTreatmentAndRepresentativeness")
        for key in sorted(str(k) for k in keys):
            _source_reference(context, writer, treatment, key)
    validation = writer.section(modelling, "validation")
    writer.section(validation, "review", type="Not reviewed")
    writer.compliance(modelling)


def _source_reference(context: Context, writer: Writer, parent: Any, key: str) -> None:
    writer.reference(
        parent,
        "referenceToDataSource",
        SOURCE,
        source_uuid(key),
        OUR_VERSION,
        context.sources[key].get("citation") or key,
    )


def _exchange(
    context: Context,
    writer: Writer,
    parent: etree._Element,
    dataset: Mapping[str, Any],
    exchange: Mapping[str, Any],
    identifier: int,
    live: dict[int, str],
) -> None:
    production = exchange["type"] == "production"
    amount = float(exchange["amount"])
    own_flow = ""
    if exchange["type"] == "biosphere":
        target = _elementary(context, exchange)
        uuid, version, name, factor = target.uuid, target.version, target.name, target.factor
        resource = exchange["categories"][0] == "natural resource"
        direction = "Input" if resource else "Output"
        own_flow = exchange["input"][1]
        _convert(context, exchange["unit"], target.unit, factor)
    else:
        provider = dataset if production else context.datasets[tuple(exchange["input"])]
        uuid, version = product_flow_uuid(provider), OUR_VERSION
        name = provider["reference product"]
        quantity, factor = quantity_of(provider["unit"])
        waste = provider.get("product type") == "waste"
        direction = "Output" if production != waste else "Input"
        _convert(context, provider["unit"], quantity.unit, factor)
    spread = spread_of(exchange, amount, factor)
    context.library.report.spreads_rounded += spread.rounded
    attributes = {"dataSetInternalID": str(identifier)}
    if exchange["type"] == "technosphere" and not provider.get("reference only"):
        attributes[f"{{{OPENLCA}}}defaultProvider"] = process_uuid(provider)
    if spread.mode:
        attributes[f"{{{OPENLCA}}}mostLikelyValue"] = spread.mode
    notes = {
        "amount": number(amount),
        "flow": own_flow,
        "scale": spread.scale,
        "label": "" if production else exchange.get("label") or "",
        "kind": exchange.get("kind") or "",
        "source": exchange.get("source") or "",
        "proxy": "yes" if exchange.get("proxy") else "",
    }
    attributes |= {own(note): str(text) for note, text in notes.items() if text}
    node = writer.section(parent, "exchange", **attributes)
    writer.reference(node, "referenceToFlowDataSet", FLOW, uuid, version, name)
    writer.plain(node, "exchangeDirection", direction)
    if identifier in live:
        writer.plain(node, "referenceToVariable", f"amount_{identifier}")
        writer.plain(node, "meanAmount", number(factor))
        writer.plain(node, "resultingAmount", number(factor * amount))
    else:
        writer.plain(node, "meanAmount", number(amount * factor))
        writer.plain(node, "resultingAmount", number(amount * factor))
    writer.plain(node, "minimumAmount", spread.minimum)
    writer.plain(node, "maximumAmount", spread.maximum)
    writer.plain(node, "uncertaintyDistributionType", spread.type)
    writer.plain(node, "relativeStandardDeviation95In", spread.deviation)
    if not production:
        derivation = _DERIVATION.get(str(exchange.get("kind")), "Unknown derivation")
        writer.plain(node, "dataDerivationTypeStatus", derivation)
    writer.text(node, "generalComment", str(exchange.get("comment") or ""), SHORT)


def _convert(context: Context, unit: str, target: str, factor: float) -> None:
    if factor != 1:
        context.library.report.conversions[unit, target, factor] += 1


def _elementary(context: Context, exchange: Mapping[str, Any]) -> ElementaryTarget:
    code = exchange["input"][1]
    if code not in context.used:
        flow = {**exchange, "code": code}
        target = elementary_target(context.library, flow, context.nomenclature)
        context.used[code] = (flow, target)
    return context.used[code][1]
