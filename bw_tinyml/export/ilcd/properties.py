"""Flow property and unit group data sets."""

from __future__ import annotations

from bw_tinyml.export.ilcd.documents import (
    OUR_VERSION,
    SHORT,
    STUB_VERSION,
    Library,
    Writer,
    number,
)
from bw_tinyml.ilcd.names import FLOW_PROPERTY, UNIT_GROUP, own_uuid
from bw_tinyml.ilcd.quantities import BY_PROPERTY, Quantity

STUB = (
    "Written by bw_tinyml so that the package is complete. The data set with this UUID in the "
    "reference data of the European Commission takes precedence."
)


def write_property(library: Library, quantity: Quantity) -> None:
    """Write a flow property and its unit group, once."""
    if library.has(FLOW_PROPERTY, quantity.property):
        return
    known = quantity.property in BY_PROPERTY and quantity.property != own_uuid(
        "flow property", f"{quantity.name} [{quantity.unit}]"
    )
    version = STUB_VERSION if known else OUR_VERSION
    if not library.has(UNIT_GROUP, quantity.group):
        _unit_group(library, quantity, version)
    writer = Writer(library, FLOW_PROPERTY, quantity.property, version)
    section = writer.section(writer.root, "flowPropertiesInformation")
    information = writer.section(section, "dataSetInformation")
    writer.plain(information, "common:UUID", quantity.property)
    writer.text(information, "common:name", quantity.name, SHORT)
    writer.classification(information, "FlowProperty", ("Flow properties",))
    writer.text(information, "common:generalComment", STUB if known else "")
    writer.reference(
        writer.section(section, "quantitativeReference"),
        "referenceToReferenceUnitGroup",
        UNIT_GROUP,
        quantity.group,
        version,
        quantity.group_name,
    )
    writer.compliance(writer.section(writer.root, "modellingAndValidation"))
    writer.administration()
    writer.finish()


def _unit_group(library: Library, quantity: Quantity, version: str) -> None:
    writer = Writer(library, UNIT_GROUP, quantity.group, version)
    section = writer.section(writer.root, "unitGroupInformation")
    information = writer.section(section, "dataSetInformation")
    writer.plain(information, "common:UUID", quantity.group)
    writer.text(information, "common:name", quantity.group_name, SHORT)
    writer.classification(information, "UnitGroup", ("Unit groups",))
    writer.text(information, "common:generalComment", STUB if version == STUB_VERSION else "")
    reference = writer.section(section, "quantitativeReference")
    writer.plain(reference, "referenceToReferenceUnit", "0")
    writer.compliance(writer.section(writer.root, "modellingAndValidation"))
    writer.administration()
    units = writer.section(writer.root, "units")
    for identifier, (name, factor) in enumerate([(quantity.unit, 1.0), *quantity.others]):
        unit = writer.section(units, "unit", dataSetInternalID=str(identifier))
        writer.plain(unit, "name", name)
        writer.plain(unit, "meanValue", number(factor))
    writer.finish()


def property_version(library: Library, quantity: Quantity) -> str:
    """Return the version of a flow property that was written."""
    return library.versions[FLOW_PROPERTY, quantity.property]
