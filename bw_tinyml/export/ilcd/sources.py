"""Source and contact data sets: what is cited, the format itself, and who made the package."""

from __future__ import annotations

from collections.abc import Mapping

from bw_tinyml.export.ilcd.documents import (
    LONG,
    OUR_VERSION,
    OWNER,
    SHORT,
    STUB_VERSION,
    Library,
    Writer,
)
from bw_tinyml.ilcd.names import (
    CONTACT,
    ENTRY_LEVEL_SOURCE,
    FORMAT_SOURCE,
    NON_PROCESS_SOURCE,
    SOURCE,
    own_uuid,
)

_STUBS = {
    FORMAT_SOURCE: ("ILCD format", "ILCD data format 1.1", "Data set formats"),
    ENTRY_LEVEL_SOURCE: (
        "ILCD Data Network - Entry-level",
        "ILCD Data Network, compliance (entry-level)",
        "Compliance systems",
    ),
    NON_PROCESS_SOURCE: (
        "ILCD compliance (non-process)",
        "ILCD Data Network, compliance of data sets other than processes",
        "Compliance systems",
    ),
}


def source_uuid(key: str) -> str:
    """Return the UUID of a source of our tables."""
    return own_uuid("source", key)


def write_stub_sources(library: Library) -> None:
    """Write the sources that all data sets refer to; their content belongs to the JRC."""
    for uuid, (name, citation, group) in _STUBS.items():
        _source(library, uuid, STUB_VERSION, name, citation, group, "")


def write_source(library: Library, row: Mapping[str, str]) -> None:
    """Write a source of our tables."""
    parts = [
        row.get("citation", ""),
        f"Link: {row['link']}" if row.get("link") else "",
        f"Licence of the data: {row['licence']}" if row.get("licence") else "",
        f"Access: {row['access']}" if row.get("access") else "",
        f"Quoted in: {row['via']}" if row.get("via") else "",
        row.get("remark", ""),
    ]
    year = f" ({row['year']})" if row.get("year") else ""
    _source(
        library,
        source_uuid(row["source"]),
        OUR_VERSION,
        f"{row['source']}{year}",
        row.get("citation", ""),
        "Sources",
        "\n".join(part for part in parts if part),
    )


def _source(
    library: Library, uuid: str, version: str, name: str, citation: str, group: str, text: str
) -> None:
    writer = Writer(library, SOURCE, uuid, version)
    section = writer.section(writer.root, "sourceInformation")
    information = writer.section(section, "dataSetInformation")
    writer.plain(information, "common:UUID", uuid)
    writer.text(information, "common:shortName", name, SHORT)
    writer.classification(information, "Source", (group,))
    writer.plain(information, "sourceCitation", citation[:LONG])
    writer.plain(information, "publicationType", "Undefined")
    writer.text(information, "sourceDescriptionOrComment", text)
    writer.administration()
    writer.finish()


def write_contact(library: Library) -> None:
    """Write the contact data set of those who made the inventory."""
    writer = Writer(library, CONTACT, OWNER, OUR_VERSION)
    section = writer.section(writer.root, "contactInformation")
    information = writer.section(section, "dataSetInformation")
    writer.plain(information, "common:UUID", OWNER)
    writer.text(information, "common:shortName", "bw_tinyml", SHORT)
    writer.text(information, "common:name", "bw_tinyml contributors", SHORT)
    writer.classification(information, "Contact", ("Organisations",))
    writer.administration()
    writer.finish()
