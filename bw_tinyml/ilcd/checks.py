"""Checking a package: what schemas do not see and what changes results without a word.

Used by our writer before a file is written, and by our reader before anything is imported.
"""

from __future__ import annotations

import math
from posixpath import join, normpath

from bw_tinyml.ilcd.content import (
    Exchange,
    Flow,
    Variable,
    exchanges_of,
    flow_of,
    reference_ids,
    reference_unit,
    unit_group_of,
    variables_of,
)
from bw_tinyml.ilcd.findings import PackageFindings
from bw_tinyml.ilcd.names import (
    FLOW,
    FLOW_PROPERTY,
    METHOD,
    MODEL,
    PROCESS,
    UNIT_GROUP,
    Kind,
    is_uuid,
)
from bw_tinyml.ilcd.nomenclature import from_ef, to_ef
from bw_tinyml.ilcd.package import DataSet, Package, file_matches
from bw_tinyml.ilcd.quantities import BY_PROPERTY, quantity_of
from bw_tinyml.inventory.flows import elementary_flows

FLOW_TYPES = ("Elementary flow", "Product flow", "Waste flow", "Other flow")
_NEEDED = (FLOW, FLOW_PROPERTY, UNIT_GROUP)
_TOLERANCE = 1e-9


def check(package: Package) -> PackageFindings:
    """Return all faults of a package."""
    findings = PackageFindings()
    _names(package, findings)
    _links(package, findings)
    _units(package, findings)
    flows = {d.uuid.lower(): flow_of(d) for d in package.of(FLOW)}
    for flow in flows.values():
        _flow(flow, package, findings)
    for process in package.of(PROCESS):
        _process(process, flows, findings)
    return findings


def _names(package: Package, findings: PackageFindings) -> None:
    for dataset in package.datasets.values():
        if not is_uuid(dataset.uuid):
            findings.add("uuid", dataset.path, "common:UUID", f"UUID '{dataset.uuid}'")
        elif not file_matches(dataset):
            findings.add("file-name", dataset.path, "", f"the UUID is {dataset.uuid}")
        if "ILCD/" not in dataset.path:
            findings.add("root-folder", dataset.path, "", "it is not in a folder ILCD/")
    for path in package.superseded:
        findings.add("superseded", path, "", "the package holds a higher version of it")


def _links(package: Package, findings: PackageFindings) -> None:
    """Every reference has its target, and every target is referred to."""
    used = set()
    for dataset in package.datasets.values():
        for reference in dataset.references():
            place = dataset.path, reference.element
            if reference.uuid and not is_uuid(reference.uuid):
                findings.add("uuid", *place, f"refObjectId '{reference.uuid}'", reference.line)
            if reference.kind is None or not reference.uuid:
                continue
            used.add((reference.kind, reference.uuid.lower()))
            if package.get(reference.kind, reference.uuid) is None:
                needed = reference.kind in _NEEDED and not is_known(reference.kind, reference.uuid)
                code = "dangling-flow" if needed else "dangling"
                what = f"{reference.kind.type} {reference.uuid} is not in the package"
                findings.add(code, *place, what, reference.line)
        for node in dataset.root.iter("{*}referenceToDigitalFile"):
            _external_file(node.get("uri") or "", dataset, package, findings)
    for (kind, uuid), dataset in package.datasets.items():
        if kind not in (PROCESS, METHOD, MODEL) and (kind, uuid.lower()) not in used:
            findings.add("orphan", dataset.path, "", f"nothing refers to this {kind.type}")


def is_known(kind: Kind, uuid: str) -> bool:
    """Return whether we know what a data set says without having it: EF's and ecoinvent's flows."""
    uuid = uuid.lower()
    if kind is FLOW:
        return uuid in from_ef() or uuid in elementary_flows()
    return kind is FLOW_PROPERTY and uuid in BY_PROPERTY


def _external_file(uri: str, dataset: DataSet, package: Package, findings: PackageFindings) -> None:
    if not uri or "://" in uri:
        return
    path = normpath(join(dataset.path.rpartition("/")[0], uri))
    if path not in package.files:
        findings.add("dangling", dataset.path, "referenceToDigitalFile", f"there is no file {uri}")


def _units(package: Package, findings: PackageFindings) -> None:
    for group in package.of(UNIT_GROUP):
        name, value = reference_unit(group)
        if not name:
            findings.add("reference-unit", group.path, "referenceToReferenceUnit", "none is named")
        elif value != 1:
            findings.add("reference-unit", group.path, "meanValue", f"unit '{name}' has {value}")
    for flow_property in package.of(FLOW_PROPERTY):
        if not unit_group_of(flow_property):
            findings.add(
                "reference-unit",
                flow_property.path,
                "referenceToReferenceUnitGroup",
                "no unit group is named",
            )


def _flow(flow: Flow, package: Package, findings: PackageFindings) -> None:
    if flow.type not in FLOW_TYPES:
        what = f"'{flow.name}' has the type '{flow.type}'; openLCA takes it for elementary"
        findings.add("flow-type", flow.path, "typeOfDataSet", what)
    if not flow.property:
        what = f"'{flow.name}' has none"
        findings.add("reference-property", flow.path, "referenceToReferenceFlowProperty", what)
    elif flow.value != 1:
        what = f"the reference property of '{flow.name}' has the value {flow.value}"
        findings.add("reference-property", flow.path, "meanValue", what)
    if flow.unit and flow.property and quantity_of(flow.unit)[0].property != flow.property:
        what = f"'{flow.name}' is counted in {flow.unit}, its property is {flow.property}"
        findings.add("unit", flow.path, "referenceToFlowPropertyDataSet", what)


def _process(process: DataSet, flows: dict[str, Flow], findings: PackageFindings) -> None:
    exchanges = exchanges_of(process)
    variables = variables_of(process)
    seen: set[str] = set()
    for exchange in exchanges:
        if exchange.id in seen:
            what = f"id {exchange.id} twice"
            findings.add("exchange-id", process.path, "exchange", what, exchange.line)
        seen.add(exchange.id)
        _amount(process, exchange, variables, findings)
        flow = flows.get(exchange.flow.lower())
        if flow is not None:
            _exchange(process, exchange, flow, findings)
    wanted = reference_ids(process)
    if not wanted:
        what = "the process names no reference flow"
        findings.add("reference-flow", process.path, "referenceToReferenceFlow", what)
    by_id = {e.id: e for e in exchanges}
    for identifier in wanted:
        if identifier not in by_id:
            what = f"there is no exchange {identifier}"
            findings.add("reference-flow", process.path, "referenceToReferenceFlow", what)
        else:
            _reference_flow(process, by_id[identifier], flows, findings)


def _amount(
    process: DataSet, exchange: Exchange, variables: dict[str, Variable], findings: PackageFindings
) -> None:
    for tag in exchange.not_numbers:
        what = f"the value of exchange {exchange.id} is no finite number"
        findings.add("amount", process.path, tag, what, exchange.line)
    if exchange.amount is None and not exchange.not_numbers:
        findings.add("amount", process.path, "meanAmount", "there is none", exchange.line)
    if exchange.mean is None or exchange.resulting is None:
        return
    variable = variables.get(exchange.variable)
    factor = 1.0 if not exchange.variable else None if variable is None else variable.value
    if factor is None:
        what = f"there is no variable '{exchange.variable}' with a value"
        findings.add("amount", process.path, "referenceToVariable", what, exchange.line)
    elif not _equal(exchange.resulting, factor * exchange.mean):
        what = f"{exchange.resulting!r} is not {factor!r} x {exchange.mean!r}"
        findings.add("amount", process.path, "resultingAmount", what, exchange.line)


def _exchange(process: DataSet, exchange: Exchange, flow: Flow, findings: PackageFindings) -> None:
    if exchange.direction not in ("Input", "Output"):
        what = f"'{exchange.direction}' for '{flow.name}'"
        findings.add("direction", process.path, "exchangeDirection", what, exchange.line)
    amount = exchange.amount
    if amount is None:
        return
    if flow.type == "Waste flow" and amount < 0:
        credit = exchange.direction == "Output" and exchange.id not in reference_ids(process)
        code = "waste-credit" if credit else "waste-sign"
        what = f"{exchange.direction} of {amount!r} of the waste '{flow.name}'"
        findings.add(code, process.path, "resultingAmount", what, exchange.line)
    stated = _stated(exchange, flow)
    if stated is not None and not _equal(amount, stated):
        what = f"{amount!r} of '{flow.name}', but {stated!r} according to our note"
        findings.add("unit", process.path, "resultingAmount", what, exchange.line)


def _stated(exchange: Exchange, flow: Flow) -> float | None:
    """Return the amount in the reference unit, from the one that our writer noted."""
    try:
        value = float(exchange.own["amount"])
    except (KeyError, ValueError):
        return None
    target = to_ef().get(exchange.own.get("flow", ""))
    if target is not None and target.uuid == flow.uuid:
        return value * target.factor
    return value * quantity_of(flow.unit)[1] if flow.unit else None


def _reference_flow(
    process: DataSet, exchange: Exchange, flows: dict[str, Flow], findings: PackageFindings
) -> None:
    flow = flows.get(exchange.flow.lower())
    if flow is None:
        return  # reported as dangling
    if exchange.amount is not None and exchange.amount <= 0:
        what = f"the reference flow '{flow.name}' has the amount {exchange.amount!r}"
        findings.add("reference-flow", process.path, "resultingAmount", what, exchange.line)
    fits = {"Product flow": "Output", "Waste flow": "Input"}.get(flow.type)
    if fits is None:
        what = f"the reference flow '{flow.name}' has the type '{flow.type}'"
        findings.add("flow-type", process.path, "referenceToFlowDataSet", what, exchange.line)
    elif exchange.direction and exchange.direction != fits:
        what = f"the reference flow '{flow.name}' is an {exchange.direction} of a {flow.type}"
        findings.add("flow-type", process.path, "exchangeDirection", what, exchange.line)


def _equal(value: float, other: float) -> bool:
    return math.isclose(value, other, rel_tol=_TOLERANCE, abs_tol=1e-300)
