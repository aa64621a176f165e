"""What is needed to read processes, and what forbids the import of a package."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bw_tinyml.ilcd.content import NAME_PARTS, name_part, own_note
from bw_tinyml.ilcd.findings import Finding
from bw_tinyml.ilcd.package import DataSet, Package
from bw_tinyml.importing.ilcd.flows import Flows
from bw_tinyml.importing.ilcd.parameters import Parameters
from bw_tinyml.importing.ilcd.report import ImportReport

Key = tuple[str, str]
COPRODUCTS = ("refuse", "cut-off", "substitution")
MISSING = ("refuse", "placeholder")
_PLACE = "processInformation/geography/locationOfOperationSupplyOrProduction"


@dataclass(frozen=True)
class Fault:
    """Why a package cannot be imported as it is: place, reason, and the option that decides."""

    place: str
    message: str
    fix: str

    @classmethod
    def of(cls, finding: Finding) -> Fault:
        """Return a fault that the checker found."""
        return cls(finding.place, finding.message, finding.fix)


@dataclass
class Reading:
    """What is needed to read processes.

    Attributes
    ----------
    database
        Name of the database to write.
    coproducts, missing
        What to do with products beside the reference flow, and with inputs without provider.
    faults
        What forbids the import.
    """

    package: Package
    database: str
    flows: Flows
    report: ImportReport
    coproducts: str
    missing: str
    parameters: Parameters = field(default_factory=Parameters)
    faults: list[Fault] = field(default_factory=list)
    placeholders: dict[str, dict[str, Any]] = field(default_factory=dict)

    def key(self, code: str) -> Key:
        """Return the Brightway key of a process."""
        return self.database, code

    def fault(self, dataset: DataSet, line: int, message: str, fix: str) -> None:
        """Record what forbids the import."""
        self.faults.append(Fault(f"{dataset.path}:{line} <exchange>", message, fix))


def process_name(process: DataSet) -> str:
    """Return the name of a process: all its parts, but not the location once more."""
    if own_note(process, "dataset"):
        return name_part(process, "baseName")
    found = [name_part(process, part) for part in NAME_PARTS]
    return ", ".join(p for p in found if p and p != location_of(process)) or process.uuid.lower()


def location_of(process: DataSet) -> str:
    """Return the location of a process: the one our writer noted, or ILCD's code."""
    node = process.find(_PLACE)
    stated = "" if node is None else node.get("location") or ""
    return safe_location(own_note(process, "dataset").get("location") or stated)


def safe_location(text: str) -> str:
    """Return a location without parentheses: bw2data runs one that has them as Python."""
    return text.replace("(", "[").replace(")", "]").strip() or "GLO"
