"""LCIA method data sets: the categories of a method family, complete, with all flows they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bw_tinyml.brightway.lcia_bundle import BundledMethod
from bw_tinyml.export.ilcd.documents import SHORT, Library, Writer, number
from bw_tinyml.export.ilcd.flows import ElementaryTarget, elementary_target
from bw_tinyml.export.ilcd.properties import property_version, write_property
from bw_tinyml.ilcd.names import FLOW, FLOW_PROPERTY, METHOD, own, own_uuid
from bw_tinyml.ilcd.quantities import Quantity
from bw_tinyml.inventory.flows import elementary_flows

_TOLERANCE = 1e-6
#: words in the name of a category -> impact category of ILCD's list
_CATEGORIES = (
    ("climate change", "Climate change"),
    ("ozone depletion", "Ozone depletion"),
    ("eutrophication: terrestrial", "Terrestrial Eutrophication"),
    ("eutrophication", "Aquatic Eutrophication"),
    ("acidification", "Acidification"),
    ("photochemical", "Photochemical ozone creation"),
    ("land use", "Land use"),
    ("resources", "Abiotic resource depletion"),
    ("ionising radiation", "Ionizing radiation"),
    ("non-carcinogenic", "Non-cancer human health effects"),
    ("carcinogenic", "Cancer human health effects"),
    ("particulate matter", "Respiratory inorganics"),
    ("ecotoxicity: freshwater", "Aquatic eco-toxicity"),
)


def write_methods(
    library: Library,
    methods: Sequence[BundledMethod],
    nomenclature: str,
    used: Iterable[str],
) -> None:
    """Write LCIA methods.

    Every flow with a factor is written, so that a method is complete where it arrives, for other
    inventories as well.

    Parameters
    ----------
    library
        Where they go; its report receives flows without factor and factors that changed.
    methods
        The methods.
    nomenclature
        List of elementary flows.
    used
        Codes of the elementary flows of the inventory.
    """
    flows = elementary_flows()
    used = set(used)
    found: set[str] = set()
    for method in methods:
        factors = {code: value for code, value in method.factors if code in flows}
        left_out = len(method.factors) - len(factors)
        if left_out:
            library.report.factors_left_out[" | ".join(method.name)] = left_out
        found |= {code for code, value in factors.items() if value}
        _write_method(library, method, _merged(library, method, factors, nomenclature, used))
    found |= {change["uuid"] for change in library.report.factors_changed}
    if methods:
        library.report.without_factor = [
            {"name": flows[c].name, "compartment": flows[c].compartment, "uuid": c}
            for c in sorted(used - found)
            if c in flows
        ]


def _merged(
    library: Library,
    method: BundledMethod,
    factors: Mapping[str, float],
    nomenclature: str,
    used: set[str],
) -> dict[str, tuple[ElementaryTarget, str, float]]:
    """Return factors by flow data set, with the code of the flow that they come from.

    Where several flows became one, the factor is that of a flow in use, if it has one. A flow in
    use that has another factor, or none, is reported: its results change.
    """
    flows = elementary_flows()
    chosen: dict[str, tuple[ElementaryTarget, str, float]] = {}
    by_preference = sorted(factors, key=lambda c: (c not in used, flows[c].deprecated, c))
    for code in by_preference:
        target = _target(library, code, nomenclature)
        chosen.setdefault(target.uuid, (target, code, factors[code] / target.factor))
    for code in sorted(used & flows.keys()):
        target = _target(library, code, nomenclature)
        if target.uuid not in chosen:
            continue
        written = chosen[target.uuid][2] * target.factor
        own = factors.get(code, 0.0)
        if abs(written - own) > _TOLERANCE * max(abs(written), abs(own)):
            library.report.factors_changed.append(
                {
                    "method": " | ".join(method.name),
                    "flow": flows[code].name,
                    "compartment": flows[code].compartment,
                    "uuid": code,
                    "factor": own,
                    "written": written,
                }
            )
    return chosen


def _target(library: Library, code: str, nomenclature: str) -> ElementaryTarget:
    flow = {**elementary_flows()[code].as_dataset(), "code": code}
    return elementary_target(library, flow, nomenclature)


def method_uuid(method: BundledMethod) -> str:
    """Return the UUID of the data set of a method."""
    return own_uuid("LCIA method", "|".join(method.name))


def _write_method(
    library: Library,
    method: BundledMethod,
    factors: Mapping[str, tuple[ElementaryTarget, str, float]],
) -> None:
    quantity = _indicator(method)
    write_property(library, quantity)
    writer = Writer(library, METHOD, method_uuid(method))
    _information(writer, method)
    writer.reference(
        writer.section(writer.root[0], "quantitativeReference"),
        "referenceQuantity",
        FLOW_PROPERTY,
        quantity.property,
        property_version(library, quantity),
        method.unit,
    )
    writer.section(writer.root[0], "geography")
    modelling = writer.section(writer.root, "modellingAndValidation")
    kind = writer.section(modelling, "LCIAMethodNormalisationAndWeighting")
    writer.plain(kind, "typeOfDataSet", "Mid-point indicator")
    writer.plain(kind, "normalisation", "false")
    writer.plain(kind, "weighting", "false")
    writer.section(writer.section(modelling, "validation"), "review", type="Not reviewed")
    writer.compliance(modelling)
    writer.administration(generator=True)
    table = writer.section(writer.root, "characterisationFactors")
    for uuid in sorted(factors):
        target, code, value = factors[uuid]
        resource = elementary_flows()[code].type == "natural resource"
        node = writer.section(table, "factor")
        writer.reference(node, "referenceToFlowDataSet", FLOW, uuid, target.version, target.name)
        writer.plain(node, "exchangeDirection", "Input" if resource else "Output")
        writer.plain(node, "meanValue", number(value))
    writer.finish()


def _information(writer: Writer, method: BundledMethod) -> None:
    section = writer.section(writer.root, "LCIAMethodInformation")
    information = writer.section(section, "dataSetInformation")
    writer.plain(information, "common:UUID", writer.uuid)
    writer.text(information, "common:name", method.name[1], SHORT)
    methodology = f"{method.family} (as in ecoinvent 3.9)"
    writer.plain(information, "methodology", methodology)
    writer.library.classify("methodologies", "LCIAMethod", (methodology,))
    writer.plain(information, "impactCategory", _category(method.name[1]))
    writer.plain(information, "impactIndicator", method.name[-1][:SHORT])
    writer.text(
        information,
        "common:generalComment",
        "Characterisation factors as implemented in ecoinvent 3.9 and bundled with bw2io "
        f"(method {' | '.join(method.name)}), in the reference units of this package's flows.",
    )
    from lxml import etree

    other = writer.section(information, "common:other")
    etree.SubElement(other, own("method"), {"name": "|".join(method.name), "unit": method.unit})


def _category(name: str) -> str:
    return next((category for words, category in _CATEGORIES if words in name), "other")


def _indicator(method: BundledMethod) -> Quantity:
    """Return the quantity that a method measures, with a unit such as ``kg CO2-Eq``."""
    name = f"{method.name[1]}, {method.name[-1]}"
    return Quantity(
        name,
        own_uuid("indicator", "|".join(method.name)),
        own_uuid("indicator unit group", method.unit),
        f"Units of indicators in {method.unit}",
        method.unit,
    )


def methods_of(
    bundle: Mapping[tuple[str, ...], BundledMethod], categories: Iterable[Any]
) -> list[BundledMethod]:
    """Return the bundled methods of headline categories."""
    from bw_tinyml.inventory.families import pick

    found = []
    for category in categories:
        name = pick(category, bundle)
        if name is not None:
            found.append(bundle[name])
    return found
