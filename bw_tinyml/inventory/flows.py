"""Elementary flows: the list that Brightway calls biosphere3, read from bw2io's bundled file.

bw2io itself is not imported: it would set up a Brightway project, which checking tables must not.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bw_tinyml.errors import ProjectError

VERSION = "3.9"
_TAG = "{http://www.EcoInvent.org/EcoSpold02}"
_UNITS = {
    "kg": "kilogram",
    "kBq": "kilo Becquerel",
    "m2": "square meter",
    "m2*year": "square meter-year",
    "m3": "cubic meter",
    "MJ": "megajoule",
    "Sm3": "standard cubic meter",
    "m3*year": "cubic meter-year",
}
_EMISSIONS = ("air", "soil", "water")
#: compartment that ecoinvent dropped in 3.10
DEPRECATED_COMPARTMENT = "lower stratosphere + upper troposphere"


@dataclass(frozen=True)
class ElementaryFlow:
    """One elementary flow of the biosphere."""

    code: str
    name: str
    categories: tuple[str, ...]
    unit: str
    cas: str | None = None
    synonyms: tuple[str, ...] = field(default=(), repr=False)

    @property
    def compartment(self) -> str:
        """Compartment as written in the tables and in Excel: parts joined by ``::``."""
        return "::".join(self.categories)

    @property
    def type(self) -> str:
        """Brightway's node type: ``emission``, ``natural resource``, ..."""
        return "emission" if self.categories[0] in _EMISSIONS else self.categories[0]

    @property
    def deprecated(self) -> bool:
        """Whether ecoinvent 3.10 dropped the flow: lower stratosphere, or an ore by grade."""
        graded_ore = "%" in self.name and self.categories[0] == "natural resource"
        return DEPRECATED_COMPARTMENT in self.categories or graded_ore

    def as_dataset(self) -> dict[str, Any]:
        """Return the flow as a Brightway node."""
        return {
            "name": self.name,
            "code": self.code,
            "categories": self.categories,
            "unit": self.unit,
            "type": self.type,
            "CAS number": self.cas,
            "synonyms": list(self.synonyms),
            "exchanges": [],
        }


def bw2io_file(*parts: str) -> Path:
    """Return the path of a data file inside the installed bw2io, without importing it.

    Raises
    ------
    ProjectError
        bw2io is not installed, or its release has no such file.
    """
    spec = importlib.util.find_spec("bw2io")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or []:
        path = Path(folder, *parts)
        if path.is_file():
            return path
    raise ProjectError(
        f"the installed bw2io has no file {'/'.join(parts)}", "run `pip install -U bw2io`"
    )


@cache
def elementary_flows() -> dict[str, ElementaryFlow]:
    """Return all elementary flows by UUID."""
    from lxml import etree

    path = bw2io_file("data", "lci", f"ecoinvent elementary flows {VERSION}.xml")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    flows = {}
    for node in etree.parse(str(path), parser).getroot():
        parts = node.find(f"{_TAG}compartment")
        categories = [
            parts.find(f"{_TAG}compartment").text,
            parts.find(f"{_TAG}subcompartment").text,
        ]
        unit = node.findtext(f"{_TAG}unitName")
        flow = ElementaryFlow(
            code=node.get("id"),
            name=node.findtext(f"{_TAG}name"),
            categories=tuple(c for c in categories if c != "unspecified"),
            unit=_UNITS.get(unit, unit),
            cas=node.get("casNumber"),
            synonyms=tuple(
                s.text.strip() for s in node.findall(f"{_TAG}synonym") if (s.text or "").strip()
            ),
        )
        flows[flow.code] = flow
    return flows


@cache
def _by_name() -> dict[tuple[str, str], str]:
    return {(f.name, f.compartment): f.code for f in elementary_flows().values()}


def find_flow(name: str, compartment: str) -> str | None:
    """Return the UUID of the flow with exactly this name and compartment, or None."""
    return _by_name().get((name, compartment))


def search_flows(text: str, limit: int = 50) -> list[ElementaryFlow]:
    """Return the flows whose name, synonym, CAS number or UUID contains all words of a text.

    Exact names come first, then shorter names.
    """
    words = text.lower().split()

    def matches(flow: ElementaryFlow) -> bool:
        haystack = " ".join(
            (flow.name, flow.compartment, flow.code, flow.cas or "", *flow.synonyms)
        ).lower()
        return all(word in haystack for word in words)

    found = [f for f in elementary_flows().values() if not f.deprecated and matches(f)]
    found.sort(key=lambda f: (f.name.lower() != text.lower(), len(f.name), f.name, f.compartment))
    return found[:limit]
