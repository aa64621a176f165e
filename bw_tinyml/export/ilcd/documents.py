"""Writing data sets: sections, texts within their limits, references, numbers.

The sections that all kinds have in common are written here; what is special to a kind stands in its
own module.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bw_tinyml._version import __version__
from bw_tinyml.export.ilcd.report import ExportReport
from bw_tinyml.ilcd.names import (
    COMMON,
    CONTACT,
    ENTRY_LEVEL_SOURCE,
    FORMAT_SOURCE,
    MODEL,
    NON_PROCESS_SOURCE,
    OPENLCA,
    PROCESS,
    SOURCE,
    TINYML,
    XML,
    Kind,
    common,
    own_uuid,
    version_of,
)

if TYPE_CHECKING:
    from lxml import etree

#: data sets of others, written as stubs: any real version is higher and takes precedence
STUB_VERSION = "01.00.000"
OUR_VERSION = version_of(__version__)
#: a fixed time keeps the bytes the same; the version says which release wrote the data set
TIME_STAMP = "2020-01-01T00:00:00+00:00"
OWNER = own_uuid("contact", "bw_tinyml contributors")
LICENCE = (
    "Data: CC BY 4.0. Cite bw_tinyml and the sources named in the data sets. Elementary flow names "
    "and UUIDs of EF 3.1 after the mapping in randonneur_data (CC BY 4.0; C. Mutel, UNEP GLAD)."
)
OTHERS = (
    "Aggregated from database '{}', whose licence applies. Whoever exported it stated that this "
    "licence allows to pass on aggregated results."
)
SHORT, LONG = 500, 1000
_LANGUAGE = f"{{{XML}}}lang"
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


@dataclass
class Library:
    """The documents of a package while it is made.

    Attributes
    ----------
    report
        What is told about the export.
    documents
        Content by path in the archive.
    versions
        Version of each data set by kind and UUID.
    classes
        Category systems in use: by name and kind of data, the paths in them.
    locations
        Names of location codes.
    """

    report: ExportReport
    documents: dict[str, bytes] = field(default_factory=dict)
    versions: dict[tuple[Kind, str], str] = field(default_factory=dict)
    classes: dict[tuple[str, str], set[tuple[str, ...]]] = field(default_factory=dict)
    locations: Mapping[str, str] = field(default_factory=dict)

    def has(self, kind: Kind, uuid: str) -> bool:
        """Return whether a data set is written already."""
        return (kind, uuid) in self.versions

    def add(self, kind: Kind, uuid: str, version: str, root: etree._Element) -> None:
        """Add a finished data set."""
        from lxml import etree

        self.versions[kind, uuid] = version
        etree.cleanup_namespaces(root, keep_ns_prefixes=["common"])
        self.documents[f"ILCD/{kind.folder}/{uuid}_{version}.xml"] = etree.tostring(
            root, xml_declaration=True, encoding="UTF-8", pretty_print=True
        )
        counts = self.report.datasets
        counts[kind.folder] = counts.get(kind.folder, 0) + 1

    def classify(self, name: str, data: str, path: tuple[str, ...]) -> None:
        """Remember a category, so that the package can define its category systems."""
        self.classes.setdefault((name, data), set()).add(path)


class Writer:
    """Writes one data set.

    Parameters
    ----------
    library
        Where the data set goes and what is reported.
    kind, uuid, version
        Which data set it is.
    """

    def __init__(self, library: Library, kind: Kind, uuid: str, version: str = OUR_VERSION) -> None:
        from lxml import etree

        self.library, self.kind, self.uuid, self.version = library, kind, uuid, version
        self._make = etree.SubElement
        self._tags: dict[str, str] = {}
        self.root = etree.Element(
            kind.tag(kind.root),
            {"version": "1.1"},
            nsmap={None: kind.namespace, "common": COMMON, "olca": OPENLCA, "tinyml": TINYML},
        )

    def section(self, parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
        """Append an element of the kind's own namespace, or of the common one (``common:tag``)."""
        return self._make(parent, self._tag(tag), attributes)

    def _tag(self, tag: str) -> str:
        if tag not in self._tags:
            prefix, _, name = tag.partition(":")
            self._tags[tag] = common(name) if name else self.kind.tag(prefix)
        return self._tags[tag]

    def plain(self, parent: etree._Element, tag: str, text: str) -> None:
        """Append an element with a text of no language; nothing where the text is empty."""
        if text:
            self.section(parent, tag).text = text

    def text(self, parent: etree._Element, tag: str, text: str, limit: int = 0) -> None:
        """Append an English text, cut to a limit; nothing where the text is empty."""
        text = _FORBIDDEN.sub(" ", text).strip()
        if not text:
            return
        if limit and len(text) > limit:
            self.library.report.truncated.append(
                {"dataset": self.uuid, "element": tag, "length": len(text), "limit": limit}
            )
            text = f"{text[: limit - 1].rstrip()}…"
        node = self._make(parent, self._tag(tag), {_LANGUAGE: "en"})
        node.text = text

    def reference(
        self, parent: etree._Element, tag: str, kind: Kind, uuid: str, version: str, text: str
    ) -> etree._Element:
        """Append a reference to another data set."""
        node = self.section(
            parent,
            tag,
            type=kind.type,
            refObjectId=uuid,
            version=version,
            uri=f"../{kind.folder}/{uuid}_{version}.xml",
        )
        self.text(node, "common:shortDescription", text, LONG)
        return node

    def classification(self, parent: etree._Element, data: str, path: tuple[str, ...]) -> None:
        """Append the place in our own category system."""
        self.library.classify("bw_tinyml", data, path)
        place = self.section(self.section(parent, "classificationInformation"),
                             "common:classification", name="bw_tinyml",
                             classes="../bw_tinyml_classification.xml")  # fmt: skip
        for level, name in enumerate(path):
            self.section(place, "common:class", level=str(level)).text = name

    def compliance(self, parent: etree._Element) -> None:
        """Append that nobody has stated compliance with anything."""
        process = self.kind is PROCESS
        uuid = ENTRY_LEVEL_SOURCE if process else NON_PROCESS_SOURCE
        name = "ILCD Data Network - Entry-level" if process else "ILCD compliance (non-process)"
        place = self.section(self.section(parent, "complianceDeclarations"), "compliance")
        self.reference(
            place, "common:referenceToComplianceSystem", SOURCE, uuid, STUB_VERSION, name
        )
        self.plain(place, "common:approvalOfOverallCompliance", "Not defined")
        if process:
            for aspect in ("nomenclature", "methodological", "review", "documentation", "quality"):
                self.plain(place, f"common:{aspect}Compliance", "Not defined")

    def administration(
        self, licence: bool = False, generator: bool = False, database: str = ""
    ) -> None:
        """Append who made the data set, when, and under which licence.

        Parameters
        ----------
        licence
            Whether to state the licence.
        generator
            Whether to name who generated and entered the data.
        database
            Database of others of which the data set is a result; its licence applies then.
        """
        place = self.section(self.root, "administrativeInformation")
        if generator:
            node = self.section(place, "dataGenerator")
            self._owner(node, "common:referenceToPersonOrEntityGeneratingTheDataSet")
        entry = self.section(place, "dataEntryBy")
        self.plain(entry, "common:timeStamp", TIME_STAMP)
        self.reference(
            entry, "common:referenceToDataSetFormat", SOURCE, FORMAT_SOURCE, STUB_VERSION,
            "ILCD format",
        )  # fmt: skip
        if generator:
            self._owner(entry, "common:referenceToPersonOrEntityEnteringTheData")
        published = self.section(place, "publicationAndOwnership")
        self.plain(published, "common:dataSetVersion", self.version)
        if licence and self.kind is not MODEL:
            self.plain(published, "common:workflowAndPublicationStatus",
                       "Data set finalised; entirely published")  # fmt: skip
        if self.version != STUB_VERSION and not database:
            self._owner(published, "common:referenceToOwnershipOfDataSet")
        if licence:
            self.plain(published, "common:copyright", "true")
            free = "Free of charge for all users and uses"
            self.plain(published, "common:licenseType", "Other" if database else free)
            text = OTHERS.format(database) if database else LICENCE
            self.text(published, "common:accessRestrictions", text)

    def _owner(self, parent: etree._Element, tag: str) -> None:
        self.reference(parent, tag, CONTACT, OWNER, OUR_VERSION, "bw_tinyml contributors")

    def finish(self) -> None:
        """Hand the data set over to the library."""
        self.library.add(self.kind, self.uuid, self.version, self.root)


def number(value: float) -> str:
    """Return a number so that reading it gives the same one.

    Raises
    ------
    ValueError
        The number is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be written")
    return repr(float(value))


def percent(value: float) -> str:
    """Return a number with five digits, at most three of them decimals, as ``Perc`` wants it."""
    digits = max(0, min(3, 5 - len(str(int(value)))))
    return f"{min(value, 99999):.{digits}f}"
