"""A package: the data sets of a zip file, by kind and UUID."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bw_tinyml.errors import UntrustedError
from bw_tinyml.ilcd.names import BY_ROOT, BY_TYPE, Kind, common, is_uuid
from bw_tinyml.untrusted import Limits, open_archive, parse_xml

if TYPE_CHECKING:
    from lxml import etree

#: a package has many small files of very repetitive text
LIMITS = Limits(files=200_000, file_bytes=100_000_000, total_bytes=2_000_000_000, ratio=300)
_PUBLICATION = "administrativeInformation/publicationAndOwnership/dataSetVersion"


@dataclass(frozen=True)
class Reference:
    """A reference from one data set to another.

    Attributes
    ----------
    element
        Tag of the element that refers, without namespace.
    kind
        Kind of the target; None where the type is not one of ILCD's.
    """

    element: str
    type: str
    kind: Kind | None
    uuid: str
    uri: str
    line: int


@dataclass(frozen=True)
class DataSet:
    """One data set of a package."""

    kind: Kind
    uuid: str
    version: str
    path: str
    root: etree._Element

    def find(self, path: str) -> etree._Element | None:
        """Return the first element at a path of tags of the data set's own namespace."""
        found: etree._Element | None = self.root.find(
            "/".join(self.kind.tag(part) for part in path.split("/"))
        )
        return found

    def text(self, path: str) -> str:
        """Return the text at a path, or an empty one."""
        node = self.find(path)
        return (node.text or "").strip() if node is not None else ""

    @property
    def information(self) -> etree._Element | None:
        """The element ``dataSetInformation``."""
        return self.find(f"{self.kind.information}/dataSetInformation")

    def references(self) -> Iterator[Reference]:
        """Iterate over all references to other data sets."""
        for node in self.root.xpath("//*[@type != '' and (@refObjectId or @uri)]"):
            type_ = node.get("type")
            yield Reference(
                element=node.tag.rpartition("}")[2],
                type=type_,
                kind=BY_TYPE.get(type_),
                uuid=(node.get("refObjectId") or "").strip(),
                uri=node.get("uri") or "",
                line=node.sourceline or 0,
            )


@dataclass
class Package:
    """The data sets of a package.

    Attributes
    ----------
    name
        Name of the file, for messages.
    datasets
        By kind and UUID; of several versions the highest.
    files
        Paths of all files in the package.
    superseded
        Paths of data sets of which the package holds a higher version.
    """

    name: str
    datasets: dict[tuple[Kind, str], DataSet] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    superseded: list[str] = field(default_factory=list)

    def add(self, path: str, root: etree._Element) -> DataSet | None:
        """Add a document; one that is not a data set (a category system, ...) is passed over."""
        self.files.add(path)
        kind = BY_ROOT.get(root.tag)
        if kind is None:
            return None
        information = root.find(f"{kind.tag(kind.information)}/{kind.tag('dataSetInformation')}")
        node = None if information is None else information.find(common("UUID"))
        uuid = (node.text or "").strip() if node is not None else ""
        version = _version(root, kind)
        dataset = DataSet(kind, uuid, version, path, root)
        other = self.datasets.get((kind, uuid))
        if other is not None:
            older = min(other, dataset, key=lambda d: d.version)
            self.superseded.append(older.path)
            if older is dataset:
                return dataset
        self.datasets[kind, uuid] = dataset
        return dataset

    def of(self, kind: Kind) -> list[DataSet]:
        """Return the data sets of a kind, in the order of their UUIDs."""
        return sorted(
            (d for (own, _), d in self.datasets.items() if own is kind), key=lambda d: d.uuid
        )

    def get(self, kind: Kind, uuid: str) -> DataSet | None:
        """Return a data set, or None; an UUID in upper case is found as well."""
        return self.datasets.get((kind, uuid)) or self.datasets.get((kind, uuid.lower()))


def _version(root: etree._Element, kind: Kind) -> str:
    path = "/".join(kind.tag(part) for part in _PUBLICATION.split("/")[:-1])
    node = root.find(f"{path}/{common('dataSetVersion')}")
    return (node.text or "").strip() if node is not None else ""


def read_package(path: Path | str) -> Package:
    """Read a package from a zip file, within limits.

    Raises
    ------
    UntrustedError
        The file is not a sound zip archive, holds XML that is not well-formed, or no data set.
    """
    path = Path(path)
    package = Package(path.name)
    with open_archive(path, LIMITS) as archive:
        package.files.update(archive.names())
        for name in archive.names(".xml"):
            package.add(name, parse_xml(archive.read(name), name))
    if not package.datasets:
        raise UntrustedError(
            f"'{path.name}' holds no ILCD data set",
            "an ILCD package is a zip file with folders processes/, flows/, ... of XML files",
        )
    return package


def package_of(name: str, documents: Iterable[tuple[str, bytes]]) -> Package:
    """Return a package of documents in memory, as it will be read from the file."""
    package = Package(name)
    for path, content in documents:
        package.files.add(path)
        if path.endswith(".xml"):
            package.add(path, parse_xml(content, path))
    return package


def file_matches(dataset: DataSet) -> bool:
    """Return whether openLCA and others will find the data set by the name of its file."""
    stem = dataset.path.rpartition("/")[2]
    return is_uuid(dataset.uuid) and stem.startswith(dataset.uuid)
