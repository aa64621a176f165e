"""Flow, flow property and unit group data sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bw_tinyml.errors import UsageError
from bw_tinyml.export.ilcd.documents import (
    OUR_VERSION,
    SHORT,
    STUB_VERSION,
    Library,
    Writer,
    number,
)
from bw_tinyml.export.ilcd.properties import STUB, property_version, write_property
from bw_tinyml.ilcd.names import FLOW, FLOW_PROPERTY, is_uuid, own, own_uuid
from bw_tinyml.ilcd.nomenclature import to_ef
from bw_tinyml.ilcd.quantities import BY_PROPERTY, Quantity, quantity_of
from bw_tinyml.inventory.flows import elementary_flows

NOMENCLATURES = ("ef", "ecoinvent")


@dataclass(frozen=True)
class ElementaryTarget:
    """The flow data set that an elementary flow of Brightway becomes.

    Attributes
    ----------
    uuid, version, name
        Of the data set.
    unit
        Reference unit.
    factor
        How many of it one Brightway unit is.
    """

    uuid: str
    version: str
    name: str
    unit: str
    factor: float


def process_uuid(dataset: Mapping[str, Any]) -> str:
    """Return the UUID of the process of a dataset: its Brightway code, where that is a UUID.

    Datasets of other databases get one that depends on the database as well: two copies of a
    background have the same codes.
    """
    code = str(dataset["code"])
    if is_uuid(code) and not dataset.get("other database"):
        return code
    return own_uuid("process", f"{dataset['database']}:{code}")


def product_flow_uuid(dataset: Mapping[str, Any]) -> str:
    """Return the UUID of the flow that a dataset delivers or treats.

    Each dataset has a flow of its own, so that links are exact in every tool.
    """
    return own_uuid("flow", process_uuid(dataset))


def write_product_flow(
    library: Library, dataset: Mapping[str, Any], mass: float | None = None
) -> None:
    """Write the product or waste flow of a dataset.

    Parameters
    ----------
    library
        Where it goes.
    dataset
        The dataset as Brightway stores it.
    mass
        Mass of one unit in kg, as a second flow property; None where it is unknown or the unit is
        a mass.
    """
    quantity, factor = quantity_of(dataset["unit"])
    write_property(library, quantity)
    uuid = product_flow_uuid(dataset)
    waste = dataset.get("product type") == "waste"
    writer = Writer(library, FLOW, uuid)
    section = writer.section(writer.root, "flowInformation")
    information = writer.section(section, "dataSetInformation")
    writer.plain(information, "common:UUID", uuid)
    name = writer.section(information, "name")
    writer.text(name, "baseName", dataset["reference product"], SHORT)
    writer.text(name, "treatmentStandardsRoutes", dataset["name"], SHORT)
    writer.text(name, "mixAndLocationTypes", dataset["location"], SHORT)
    place = writer.section(information, "classificationInformation")
    path = (dataset["database"], dataset.get("stage") or "other")
    library.classify("bw_tinyml", "Flow", path)
    classes = writer.section(
        place,
        "common:classification",
        name="bw_tinyml",
        classes="../bw_tinyml_classification.xml",
    )
    for level, part in enumerate(path):
        writer.section(classes, "common:class", level=str(level)).text = part
    writer.text(information, "common:generalComment", _provider_text(dataset))
    _note(writer, information, unit=dataset["unit"])
    reference = writer.section(section, "quantitativeReference")
    writer.plain(reference, "referenceToReferenceFlowProperty", "0")
    geography = writer.section(section, "geography")
    writer.text(geography, "locationOfSupply", dataset["location"], SHORT)
    values = [(quantity, 1.0)]
    if mass and quantity.name != "Mass":
        weight, _ = quantity_of("kilogram")
        write_property(library, weight)
        values.append((weight, mass / factor))
    _finish_flow(writer, "Waste flow" if waste else "Product flow", values)


def _provider_text(dataset: Mapping[str, Any]) -> str:
    """Say where to find the provider of a flow whose dataset is not in the package."""
    if not dataset.get("reference only"):
        return ""
    return (
        f"Delivered by '{dataset['name']}' [{dataset['location']}] of database "
        f"'{dataset['database']}', code {dataset['code']}, which is not part of this package. "
        "Choose a provider for it."
    )


def elementary_target(
    library: Library, flow: Mapping[str, Any], nomenclature: str
) -> ElementaryTarget:
    """Return the flow data set of an elementary flow of Brightway, written if it is new.

    Parameters
    ----------
    library
        Where it goes.
    flow
        Code, name, unit and categories, as Brightway stores them.
    nomenclature
        ``ef`` or ``ecoinvent``.
    """
    if nomenclature not in NOMENCLATURES:
        raise UsageError(
            f"there is no list of elementary flows '{nomenclature}'",
            f"use one of: {', '.join(NOMENCLATURES)}",
        )
    target = to_ef().get(flow["code"]) if nomenclature == "ef" else None
    if target is None:
        return _native_flow(library, flow)
    quantity = BY_PROPERTY[target.property]
    if not library.has(FLOW, target.uuid):
        write_property(library, quantity)
        writer = Writer(library, FLOW, target.uuid, STUB_VERSION)
        _elementary(
            writer, target.name, target.categories, target.cas or "", quantity, "ILCD", STUB
        )
    return ElementaryTarget(target.uuid, STUB_VERSION, target.name, target.unit, target.factor)


def _native_flow(library: Library, flow: Mapping[str, Any]) -> ElementaryTarget:
    code = flow["code"]
    uuid = code if is_uuid(code) else own_uuid("elementary flow", code)
    known = elementary_flows().get(code)
    quantity, factor = quantity_of(flow["unit"])
    if not library.has(FLOW, uuid):
        write_property(library, quantity)
        writer = Writer(library, FLOW, uuid, STUB_VERSION if is_uuid(code) else OUR_VERSION)
        cas = known.cas or "" if known else ""
        _elementary(
            writer,
            flow["name"],
            tuple(flow["categories"]),
            cas,
            quantity,
            "ecoinvent",
            "Elementary flow of ecoinvent, with its UUID.",
            flow["unit"],
        )
    return ElementaryTarget(uuid, library.versions[FLOW, uuid], flow["name"], quantity.unit, factor)


def _elementary(
    writer: Writer,
    name: str,
    categories: tuple[str, ...],
    cas: str,
    quantity: Quantity,
    system: str,
    comment: str,
    unit: str = "",
) -> None:
    section = writer.section(writer.root, "flowInformation")
    information = writer.section(section, "dataSetInformation")
    writer.plain(information, "common:UUID", writer.uuid)
    writer.text(writer.section(information, "name"), "baseName", name, SHORT)
    writer.library.classify(system, "Flow", categories)
    attributes = {"name": system}
    if system != "ILCD":
        attributes["categories"] = f"../{system}_flow_categories.xml"
    place = writer.section(
        writer.section(information, "classificationInformation"),
        "common:elementaryFlowCategorization",
        **attributes,
    )
    for level, category in enumerate(categories):
        writer.section(place, "common:category", level=str(level)).text = category
    writer.plain(information, "CASNumber", padded_cas(cas))
    writer.text(information, "common:generalComment", comment)
    if unit:
        _note(writer, information, unit=unit)
    reference = writer.section(section, "quantitativeReference")
    writer.plain(reference, "referenceToReferenceFlowProperty", "0")
    _finish_flow(writer, "Elementary flow", [(quantity, 1.0)])


def padded_cas(cas: str) -> str:
    """Return a CAS number with six digits in front, which old and new schemas accept."""
    first, _, rest = cas.strip().partition("-")
    if not first.isdigit() or len(rest) != len("00-0"):
        return ""
    return f"{int(first):06d}-{rest}"


def _note(writer: Writer, information: Any, **attributes: str) -> None:
    from lxml import etree

    other = writer.section(information, "common:other")
    etree.SubElement(other, own("flow"), attributes)


def _finish_flow(writer: Writer, type_: str, values: list[tuple[Quantity, float]]) -> None:
    modelling = writer.section(writer.root, "modellingAndValidation")
    writer.plain(writer.section(modelling, "LCIMethod"), "typeOfDataSet", type_)
    writer.compliance(modelling)
    writer.administration()
    properties = writer.section(writer.root, "flowProperties")
    for identifier, (quantity, value) in enumerate(values):
        node = writer.section(properties, "flowProperty", dataSetInternalID=str(identifier))
        writer.reference(
            node,
            "referenceToFlowPropertyDataSet",
            FLOW_PROPERTY,
            quantity.property,
            property_version(writer.library, quantity),
            quantity.name,
        )
        writer.plain(node, "meanValue", number(value))
    writer.finish()
