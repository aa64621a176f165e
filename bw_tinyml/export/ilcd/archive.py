"""The zip file: manifest, category systems, data sets; the same bytes for the same content."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bw_tinyml._version import __version__
from bw_tinyml.export.ilcd.documents import Library

if TYPE_CHECKING:
    from lxml import etree

_CATEGORIES = "http://lca.jrc.it/ILCD/Categories"
_METHODOLOGIES = "http://lca.jrc.it/ILCD/LCIAMethodologies"
_LOCATIONS = "http://lca.jrc.it/ILCD/Locations"
_TIME = (2020, 1, 1, 0, 0, 0)
_FILES = {
    "bw_tinyml": "bw_tinyml_classification.xml",
    "ecoinvent": "ecoinvent_flow_categories.xml",
}
_MANIFEST = f"Manifest-Version: 1.0\nILCD-Version: 1.1\nCreated-By: bw_tinyml {__version__}\n"


def documents_of(library: Library) -> dict[str, bytes]:
    """Return all files of the package by path."""
    documents = {"META-INF/MANIFEST.MF": _MANIFEST.encode(), **library.documents}
    for name, file in _FILES.items():
        systems = {data: paths for (own, data), paths in library.classes.items() if own == name}
        if systems:
            documents[f"ILCD/{file}"] = _category_system(name, systems)
    methodologies = library.classes.get(("methodologies", "LCIAMethod"))
    if methodologies:
        documents["ILCD/ILCDLCIAMethodologies.xml"] = _methodology_list(methodologies)
    places = library.classes.get(("locations", "Location"), set())
    codes = sorted({"GLO", *(code for (code,) in places)})
    documents["ILCD/ILCDLocations.xml"] = _location_list(codes, library.locations)
    return documents


def _location_list(codes: Sequence[str], names: Mapping[str, str]) -> bytes:
    from lxml import etree

    root = etree.Element(f"{{{_LOCATIONS}}}ILCDLocations", nsmap={None: _LOCATIONS})
    for code in codes:
        node = etree.SubElement(root, f"{{{_LOCATIONS}}}location", value=code)
        node.text = names.get(code, code)
    return _bytes(root)


def _category_system(name: str, systems: Mapping[str, set[tuple[str, ...]]]) -> bytes:
    from lxml import etree

    root = etree.Element(f"{{{_CATEGORIES}}}CategorySystem", name=name, nsmap={None: _CATEGORIES})
    for data in sorted(systems):
        top = etree.SubElement(root, f"{{{_CATEGORIES}}}categories", dataType=data)
        nodes: dict[tuple[str, ...], etree._Element] = {(): top}
        for path in sorted(systems[data]):
            for depth in range(1, len(path) + 1):
                part = path[:depth]
                if part not in nodes:
                    parent = nodes[part[:-1]]
                    prefix = parent.get("id") if depth > 1 else data
                    nodes[part] = etree.SubElement(
                        parent,
                        f"{{{_CATEGORIES}}}category",
                        id=f"{prefix}.{len(parent) + 1}",
                        name=part[-1],
                    )
    return _bytes(root)


def _methodology_list(names: set[tuple[str, ...]]) -> bytes:
    from lxml import etree

    space = _METHODOLOGIES
    root = etree.Element(f"{{{space}}}ILCDLCIAMethodologies", nsmap={None: space})
    for (name,) in sorted(names):
        etree.SubElement(root, f"{{{space}}}methodology", name=name)
    return _bytes(root)


def _bytes(root: etree._Element) -> bytes:
    from lxml import etree

    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def write_zip(path: Path, documents: Mapping[str, bytes]) -> None:
    """Write the package: all or nothing, files in order of their paths, with fixed times."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name in sorted(documents, key=lambda n: (not n.startswith("META-INF"), n)):
                member = zipfile.ZipInfo(name, _TIME)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = 0o644 << 16
                member.create_system = 3
                archive.writestr(member, documents[name])
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
