"""Names of the ILCD format: namespaces, kinds of data sets, folders of a package."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from functools import lru_cache

COMMON = "http://lca.jrc.it/ILCD/Common"
#: extensions that openLCA reads: default providers, modes of triangular distributions
OPENLCA = "http://openlca.org/ilcd-extensions"
#: our own extensions: what ILCD cannot say, so that nothing is lost on the way back
TINYML = "https://github.com/bw-tinyml/bw_tinyml/ilcd"
XML = "http://www.w3.org/XML/1998/namespace"

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, TINYML)
_UUID = re.compile(r"[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}")


@dataclass(frozen=True)
class Kind:
    """One kind of data set.

    Attributes
    ----------
    type
        As references name it: ``"process data set"``.
    folder
        Folder inside ``ILCD/``.
    root
        Tag of the root element, without namespace.
    namespace
        Namespace of its elements.
    information
        Tag of the first section, which holds the UUID.
    """

    type: str
    folder: str
    root: str
    namespace: str
    information: str

    def tag(self, name: str) -> str:
        """Return a tag in the namespace of this kind, as lxml writes it."""
        return f"{{{self.namespace}}}{name}"


_JRC = "http://lca.jrc.it/ILCD/"
PROCESS = Kind(
    "process data set", "processes", "processDataSet", f"{_JRC}Process", "processInformation"
)
FLOW = Kind("flow data set", "flows", "flowDataSet", f"{_JRC}Flow", "flowInformation")
FLOW_PROPERTY = Kind(
    "flow property data set",
    "flowproperties",
    "flowPropertyDataSet",
    f"{_JRC}FlowProperty",
    "flowPropertiesInformation",
)
UNIT_GROUP = Kind(
    "unit group data set", "unitgroups", "unitGroupDataSet", f"{_JRC}UnitGroup",
    "unitGroupInformation",
)  # fmt: skip
SOURCE = Kind("source data set", "sources", "sourceDataSet", f"{_JRC}Source", "sourceInformation")
CONTACT = Kind(
    "contact data set", "contacts", "contactDataSet", f"{_JRC}Contact", "contactInformation"
)
METHOD = Kind(
    "LCIA method data set",
    "lciamethods",
    "LCIAMethodDataSet",
    f"{_JRC}LCIAMethod",
    "LCIAMethodInformation",
)
MODEL = Kind(
    "lifeCycleModel data set",
    "lifecyclemodels",
    "lifeCycleModelDataSet",
    "http://eplca.jrc.ec.europa.eu/ILCD/LifeCycleModel/2017",
    "lifeCycleModelInformation",
)
KINDS = (PROCESS, FLOW, FLOW_PROPERTY, UNIT_GROUP, SOURCE, CONTACT, METHOD, MODEL)
BY_TYPE = {kind.type: kind for kind in KINDS}
BY_ROOT = {kind.tag(kind.root): kind for kind in KINDS}

#: UUIDs that the European Commission gave to what every data set refers to
FORMAT_SOURCE = "a97a0155-0234-4b87-b4ce-a45da52f2a40"
ENTRY_LEVEL_SOURCE = "d92a1a12-2545-49e2-a585-55c259997756"
NON_PROCESS_SOURCE = "9ba3ac1e-6797-4cc0-afd5-1b8f7bf28c6a"


def common(name: str) -> str:
    """Return a tag of the common namespace."""
    return f"{{{COMMON}}}{name}"


def own(name: str) -> str:
    """Return a tag or attribute of our own namespace."""
    return f"{{{TINYML}}}{name}"


@lru_cache(maxsize=200_000)
def own_uuid(kind: str, text: str) -> str:
    """Return the UUIDv5 of something that has no UUID yet: the same one in every export."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}:{text}"))


def is_uuid(text: str | None) -> bool:
    """Return whether a text is a UUID as ILCD wants it: lower case."""
    return bool(text and _UUID.fullmatch(text))


def version_of(release: str) -> str:
    """Return a version as ILCD wants it, ``00.01.000`` for ``0.1.0``."""
    numbers = [int(n) for n in re.findall(r"\d+", release)[:3]]
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return f"{major:02d}.{minor:02d}.{patch:03d}"
