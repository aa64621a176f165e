"""The import report: what was brought in, how flows were matched, what had to be decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bw_tinyml.ilcd.findings import Finding


@dataclass
class ImportReport:
    """What an import did.

    Attributes
    ----------
    file, project, database
        What was imported, and where to.
    biosphere
        The project's database of elementary flows.
    flows_database
        Database with elementary flows that have no counterpart; empty where there are none.
    processes, exchanges, parameters
        Counts.
    noted
        Elementary flows (UUIDs) of which our own writer noted the ecoinvent flow.
    matched
        Further elementary flows found in the biosphere by their UUID.
    mapped
        Elementary flows of EF 3.1 that became one of ecoinvent: names, and how many it could be.
    created
        Elementary flows without counterpart: created in ``flows_database``.
    placeholders
        Inputs without provider, for which an empty dataset stands.
    coproducts
        Products that a process delivers beside its reference flow, and what was done with them.
    notes
        Formulas that could not be kept, spreads that make no sense, signs that were turned.
    warnings
        Faults of the package that do not change results.
    methods
        LCIA methods that were imported.
    factors_left_out
        Characterisation factors whose flow the biosphere lacks: by method.
    """

    file: str
    project: str
    database: str
    biosphere: str = ""
    flows_database: str = ""
    processes: int = 0
    exchanges: int = 0
    parameters: int = 0
    noted: set[str] = field(default_factory=set)
    matched: int = 0
    mapped: list[dict[str, Any]] = field(default_factory=list)
    created: list[dict[str, Any]] = field(default_factory=list)
    placeholders: list[dict[str, str]] = field(default_factory=list)
    coproducts: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    methods: list[tuple[str, ...]] = field(default_factory=list)
    factors_left_out: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        fields = dict(vars(self))
        fields["noted"] = len(self.noted)
        fields["warnings"] = [w.as_dict() for w in self.warnings]
        fields["methods"] = [list(name) for name in self.methods]
        return fields
