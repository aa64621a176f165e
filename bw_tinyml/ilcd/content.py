"""What process, flow, flow property and unit group data sets say, as plain objects.

Nothing is refused here: what is missing or no number becomes None, and the checker says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bw_tinyml.ilcd.names import FLOW, OPENLCA, PROCESS, common, own
from bw_tinyml.ilcd.package import DataSet

if TYPE_CHECKING:
    from lxml import etree

_NUMBERS = ("meanAmount", "resultingAmount", "minimumAmount", "maximumAmount")
NAME_PARTS = (
    "baseName", "treatmentStandardsRoutes", "mixAndLocationTypes", "functionalUnitFlowProperties",
    "flowProperties",
)  # fmt: skip


@dataclass(frozen=True)
class Flow:
    """A flow data set.

    Attributes
    ----------
    type
        ``Elementary flow``, ``Product flow``, ``Waste flow``, ``Other flow`` or empty.
    property
        UUID of the reference flow property; empty where it is missing.
    value
        Mean value of the reference property, which must be 1.
    unit
        The Brightway unit that our writer noted; empty in other packages.
    """

    uuid: str
    path: str
    name: str
    type: str
    location: str
    property: str
    value: float | None
    categories: tuple[str, ...]
    cas: str
    unit: str


@dataclass(frozen=True)
class Exchange:
    """An exchange of a process data set.

    Attributes
    ----------
    line
        Line of the file, for messages.
    amount
        Resulting amount, or mean amount where there is none.
    own
        Attributes that our writer noted: amount in Brightway's unit, ecoinvent flow, scale, label.
    not_numbers
        Tags whose text should be a finite number and is not.
    """

    id: str
    line: int
    flow: str
    flow_name: str
    direction: str
    mean: float | None
    resulting: float | None
    variable: str
    minimum: float | None
    maximum: float | None
    distribution: str
    spread: float | None
    location: str
    provider: str
    mode: float | None
    comment: str
    allocations: tuple[tuple[str, float], ...]
    own: dict[str, str]
    not_numbers: tuple[str, ...] = ()

    @property
    def amount(self) -> float | None:
        """The amount in the reference unit of the flow."""
        return self.mean if self.resulting is None else self.resulting


def number(text: str | None) -> float | None:
    """Return a finite number, or None."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def texts(nodes: Iterable[etree._Element]) -> str:
    """Return the English text of elements that stand for one text, or the first."""
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    found = [n for n in nodes if (n.text or "").strip()]
    english = [n for n in found if (n.get(language) or "en") == "en"]
    chosen = english or found[:1]
    return " ".join((n.text or "").strip() for n in chosen)


def name_of(dataset: DataSet) -> str:
    """Return the name of a data set: the parts of a process or flow joined, or the short name."""
    information = dataset.information
    if information is None:
        return ""
    parts = information.find(dataset.kind.tag("name"))
    if parts is None:
        return texts(information.findall(common("name"))) or texts(
            information.findall(common("shortName"))
        )
    found = (texts(parts.findall(dataset.kind.tag(part))) for part in NAME_PARTS)
    return ", ".join(text for text in found if text)


def name_part(dataset: DataSet, part: str) -> str:
    """Return one part of the name of a process or flow."""
    information = dataset.information
    parts = None if information is None else information.find(dataset.kind.tag("name"))
    return "" if parts is None else texts(parts.findall(dataset.kind.tag(part)))


def _other(information: etree._Element | None, tag: str) -> etree._Element | None:
    if information is None:
        return None
    other = information.find(common("other"))
    return None if other is None else other.find(own(tag))


def own_note(dataset: DataSet, tag: str) -> dict[str, str]:
    """Return the attributes of an element that our writer left in ``common:other``."""
    node = _other(dataset.information, tag)
    return {} if node is None else dict(node.attrib)


def flow_of(dataset: DataSet) -> Flow:
    """Return what a flow data set says."""
    reference = dataset.text(
        "flowInformation/quantitativeReference/referenceToReferenceFlowProperty"
    )
    chosen, value = "", None
    for node in dataset.root.iterfind(f"{FLOW.tag('flowProperties')}/{FLOW.tag('flowProperty')}"):
        if reference and node.get("dataSetInternalID") == reference:
            target = node.find(FLOW.tag("referenceToFlowPropertyDataSet"))
            chosen = "" if target is None else (target.get("refObjectId") or "").lower()
            value = number(node.findtext(FLOW.tag("meanValue")))
    information = dataset.information
    categories: list[str] = []
    cas = ""
    if information is not None:
        cas = (information.findtext(FLOW.tag("CASNumber")) or "").strip()
        place = information.find(FLOW.tag("classificationInformation"))
        if place is not None:
            nodes = list(place.iter(common("category"))) or list(place.iter(common("class")))
            nodes.sort(key=lambda n: n.get("level") or "")
            categories = [(n.text or "").strip() for n in nodes]
    geography = dataset.find("flowInformation/geography/locationOfSupply")
    return Flow(
        uuid=dataset.uuid,
        path=dataset.path,
        name=name_part(dataset, "baseName") or name_of(dataset),
        type=dataset.text("modellingAndValidation/LCIMethod/typeOfDataSet"),
        location="" if geography is None else (geography.text or "").strip(),
        property=chosen,
        value=value,
        categories=tuple(categories),
        cas=cas,
        unit=own_note(dataset, "flow").get("unit", ""),
    )


def reference_ids(dataset: DataSet) -> list[str]:
    """Return the internal ids of the reference flows of a process."""
    node = dataset.find("processInformation/quantitativeReference")
    if node is None:
        return []
    found = node.iterfind(PROCESS.tag("referenceToReferenceFlow"))
    return [(n.text or "").strip() for n in found if (n.text or "").strip()]


def exchanges_of(dataset: DataSet) -> list[Exchange]:
    """Return the exchanges of a process data set."""
    path = f"{PROCESS.tag('exchanges')}/{PROCESS.tag('exchange')}"
    return [_exchange(node) for node in dataset.root.iterfind(path)]


def _exchange(node: etree._Element) -> Exchange:
    fields: dict[str, str] = {}
    flow = flow_name = ""
    comments = []
    allocations: list[tuple[str, float]] = []
    provider = node.get(f"{{{OPENLCA}}}defaultProvider") or ""
    for child in node:
        if not isinstance(child.tag, str):
            continue
        tag = child.tag.rpartition("}")[2]
        if tag == "referenceToFlowDataSet":
            flow = (child.get("refObjectId") or "").strip()
            flow_name = texts(child.findall(common("shortDescription")))
        elif tag == "generalComment":
            comments.append(child)
        elif tag == "allocations":
            for part in child:
                share = number(part.get("allocatedFraction"))
                if share is not None:
                    allocations.append((part.get("internalReferenceToCoProduct") or "", share))
        else:
            fields[tag] = (child.text or "").strip()
    prefix = own("")
    return Exchange(
        id=node.get("dataSetInternalID") or "",
        line=node.sourceline or 0,
        flow=flow,
        flow_name=flow_name,
        direction=fields.get("exchangeDirection", ""),
        mean=number(fields.get("meanAmount")),
        resulting=number(fields.get("resultingAmount")) if "resultingAmount" in fields else None,
        variable=fields.get("referenceToVariable", ""),
        minimum=number(fields.get("minimumAmount")),
        maximum=number(fields.get("maximumAmount")),
        distribution=fields.get("uncertaintyDistributionType", ""),
        spread=number(fields.get("relativeStandardDeviation95In")),
        location=fields.get("location", ""),
        provider=provider,
        mode=number(node.get(f"{{{OPENLCA}}}mostLikelyValue")),
        comment=texts(comments),
        allocations=tuple(allocations),
        own={k.removeprefix(prefix): v for k, v in node.attrib.items() if k.startswith(prefix)},
        not_numbers=tuple(t for t in _NUMBERS if t in fields and number(fields[t]) is None),
    )


@dataclass(frozen=True)
class Variable:
    """A parameter of a process data set."""

    name: str
    formula: str
    value: float | None
    minimum: float | None
    maximum: float | None
    distribution: str
    spread: float | None
    comment: str
    own: dict[str, str]


def variables_of(dataset: DataSet) -> dict[str, Variable]:
    """Return the parameters of a process data set by name."""
    section = dataset.find("processInformation/mathematicalRelations")
    if section is None:
        return {}
    prefix = own("")
    found = {}
    for node in section.iterfind(PROCESS.tag("variableParameter")):
        fields: dict[str, list[etree._Element]] = {}
        for child in node.iterchildren(f"{{{PROCESS.namespace}}}*"):
            fields.setdefault(child.tag.rpartition("}")[2], []).append(child)
        text = {tag: (nodes[0].text or "").strip() for tag, nodes in fields.items()}
        name = node.get("name") or ""
        found[name] = Variable(
            name=name,
            formula=text.get("formula", ""),
            value=number(text.get("meanValue")),
            minimum=number(text.get("minimumValue")),
            maximum=number(text.get("maximumValue")),
            distribution=text.get("uncertaintyDistributionType", ""),
            spread=number(text.get("relativeStandardDeviation95In")),
            comment=texts(fields.get("comment", ())),
            own={k.removeprefix(prefix): v for k, v in node.attrib.items() if k.startswith(prefix)},
        )
    return found


def unit_group_of(flow_property: DataSet) -> str:
    """Return the UUID of the unit group of a flow property."""
    node = flow_property.find(
        "flowPropertiesInformation/quantitativeReference/referenceToReferenceUnitGroup"
    )
    return "" if node is None else (node.get("refObjectId") or "").lower()


def reference_unit(unit_group: DataSet) -> tuple[str, float | None]:
    """Return name and factor of the reference unit of a unit group; the factor must be 1."""
    kind = unit_group.kind
    wanted = unit_group.text("unitGroupInformation/quantitativeReference/referenceToReferenceUnit")
    for node in unit_group.root.iterfind(f"{kind.tag('units')}/{kind.tag('unit')}"):
        if node.get("dataSetInternalID") == wanted:
            name = (node.findtext(kind.tag("name")) or "").strip()
            return name, number(node.findtext(kind.tag("meanValue")))
    return "", None
