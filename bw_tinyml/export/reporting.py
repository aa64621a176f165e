"""The export report: what went into the files, and what could not go as it was."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.brightway.lcia_bundle import bundled_methods
from bw_tinyml.inventory.flows import elementary_flows


@dataclass
class ExportReport:
    """What an export did.

    Attributes
    ----------
    format
        Name of the format.
    background
        Background to which the inputs are linked.
    files
        The files, in the order in which they must be imported.
    databases
        Number of datasets, exchanges and parameters by database.
    flows_mapped
        Number of elementary flows that the format identifies.
    flows_unmapped
        Elementary flows that it does not; they are in the files all the same.
    flows_without_factor
        Elementary flows that no method of the family characterises: they count nowhere.
    family
        That family of LCIA methods.
    conversions
        What was written in another way than the tables have it.
    truncations
        Texts that were cut.
    left_out
        What the format has no place for.
    """

    format: str
    background: str
    files: list[Path] = field(default_factory=list)
    databases: dict[str, dict[str, int]] = field(default_factory=dict)
    flows_mapped: int = 0
    flows_unmapped: list[str] = field(default_factory=list)
    flows_without_factor: list[str] = field(default_factory=list)
    family: str = ""
    conversions: list[str] = field(default_factory=list)
    truncations: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return {**vars(self), "files": [path.as_posix() for path in self.files]}

    def write(self, target: Path) -> Path:
        """Write the report beside an exported file, or into an exported folder; return its path.

        Files are named without their folder, so that the same export gives the same bytes.
        """
        folder = target.is_dir()
        name = "export-report.json" if folder else f"{target.name}.report.json"
        path = target / name if folder else target.with_name(name)
        content = {**self.as_dict(), "files": [file.name for file in self.files]}
        text = json.dumps(content, indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        return path

    def count(self, database: str, datasets: list[dict[str, Any]], parameters: int) -> None:
        """Count the datasets and exchanges of a database."""
        self.databases[database] = {
            "datasets": len(datasets),
            "exchanges": sum(len(d["exchanges"]) for d in datasets),
            "parameters": parameters,
        }


def report_of(
    format_: str, linked: LinkedInventory, databases: list[str], family: str = "EF v3.1"
) -> ExportReport:
    """Return a report with what is known before writing: the elementary flows.

    Parameters
    ----------
    format_
        Name of the format.
    linked
        The linked inventory.
    databases
        Databases that are exported.
    family
        Family of LCIA methods that flows are compared with.
    """
    used = {
        exchange.flow
        for name in databases
        for found in linked.of_database(name)
        for exchange in found.exchanges
        if exchange.flow
    }
    characterised = {
        code
        for method in bundled_methods().values()
        if method.family == family
        for code, _ in method.factors
    }
    flows = elementary_flows()
    missing = sorted(
        f"{flows[code].name} ({flows[code].compartment})" for code in used - characterised
    )
    return ExportReport(
        format_,
        linked.background,
        flows_mapped=len(used),
        flows_without_factor=missing,
        family=family,
    )
