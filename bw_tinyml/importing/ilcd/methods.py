"""LCIA methods: characterisation factors of a package, for the flows of the project."""

from __future__ import annotations

from bw_tinyml.brightway.lcia_bundle import BundledMethod, MethodName
from bw_tinyml.ilcd.content import Flow, name_of, number, own_note, texts
from bw_tinyml.ilcd.names import METHOD, common
from bw_tinyml.ilcd.nomenclature import from_ef, to_ef
from bw_tinyml.ilcd.package import DataSet, Package
from bw_tinyml.importing.ilcd.flows import Flows, sign_of
from bw_tinyml.inventory.flows import elementary_flows


def read_methods(package: Package, flows: Flows) -> list[BundledMethod]:
    """Return the LCIA methods of a package, with factors for flows of the project's biosphere.

    A factor of an EF flow holds for every ecoinvent flow that it stands for. Factors of flows that
    the biosphere lacks are counted in the report.
    """
    methods = []
    for dataset in package.of(METHOD):
        method, left_out = _read(dataset, flows)
        methods.append(method)
        if left_out:
            flows.report.factors_left_out[" | ".join(method.name)] = left_out
    return methods


def method_name(dataset: DataSet) -> MethodName:
    """Return a name of three parts: methodology, category, indicator."""
    noted = own_note(dataset, "method").get("name")
    if noted:
        return tuple(noted.split("|"))
    methodology = dataset.text("LCIAMethodInformation/dataSetInformation/methodology")
    indicator = dataset.text("LCIAMethodInformation/dataSetInformation/impactIndicator")
    return methodology or "ILCD", name_of(dataset) or dataset.uuid, indicator or _unit(dataset)


def _unit(dataset: DataSet) -> str:
    noted = own_note(dataset, "method").get("unit")
    if noted:
        return noted
    node = dataset.find("LCIAMethodInformation/quantitativeReference/referenceQuantity")
    return "" if node is None else texts(node.findall(common("shortDescription")))


def _read(dataset: DataSet, flows: Flows) -> tuple[BundledMethod, int]:
    factors: dict[str, float] = {}
    left_out = 0
    for node in dataset.root.iter(METHOD.tag("factor")):
        reference = node.find(METHOD.tag("referenceToFlowDataSet"))
        uuid = "" if reference is None else (reference.get("refObjectId") or "").lower()
        value = number(node.findtext(METHOD.tag("meanValue")))
        if value is None or (uuid not in flows.known and uuid not in from_ef()):
            left_out += 1
            continue
        direction = (node.findtext(METHOD.tag("exchangeDirection")) or "").strip()
        found = {
            code: value * factor * sign_of(direction, _categories(code, flows.get(uuid)))
            for code, factor in _targets(uuid, flows).items()
        }
        left_out += not found
        factors |= found
    method = BundledMethod(
        name=method_name(dataset),
        unit=_unit(dataset),
        description=f"imported from {flows.package.name}",
        filename=dataset.path,
        factors=tuple(sorted(factors.items())),
    )
    return method, left_out


def _categories(code: str, flow: Flow) -> tuple[str, ...]:
    known = elementary_flows().get(code)
    return known.categories if known else flow.categories


def _targets(uuid: str, flows: Flows) -> dict[str, float]:
    """Return the biosphere flows that a flow stands for, and how many reference units one is."""
    if uuid in flows.units:
        flow = flows.known.get(uuid)
        return {uuid: 1 / flows.match(flow).factor if flow is not None else 1.0}
    return {c: to_ef()[c].factor for c in from_ef().get(uuid, ()) if c in flows.units}
