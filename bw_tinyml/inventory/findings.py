"""Faults found in the tables: one object for the terminal, JSON, the report page and the tests.

A check never raises for a fault in the data. It adds a :class:`Finding` with a stable code, the
file and row at fault, why it matters and how to mend it, to a :class:`Report`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from bw_tinyml.inventory.rules import RULES


@dataclass(frozen=True, order=True)
class Finding:
    """One fault in one place.

    Attributes
    ----------
    file
        Path of the table, relative to the inventory folder.
    row
        Line of the file, the header being line 1; 0 when the whole file is meant.
    code
        Stable code of the rule, see :data:`bw_tinyml.inventory.rules.RULES`.
    message
        What is wrong, with the value at fault.
    """

    file: str
    row: int
    code: str
    message: str

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        return RULES[self.code].severity

    @property
    def why(self) -> str:
        """Why it matters."""
        return RULES[self.code].why

    @property
    def fix(self) -> str:
        """How to mend it."""
        return RULES[self.code].fix

    @property
    def place(self) -> str:
        """``file:row`` as editors and terminals understand it."""
        return f"{self.file}:{self.row}" if self.row else self.file

    def as_dict(self) -> dict[str, Any]:
        """Return the finding with severity, reason and remedy, ready for JSON."""
        return {**asdict(self), "severity": self.severity, "why": self.why, "fix": self.fix}


class Ruled(Protocol):
    """A fault that breaks a rule."""

    @property
    def code(self) -> str:
        """Rule that is broken."""

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""

    def __lt__(self, other: Any, /) -> bool:
        """Stand before another, in the order of files and places."""


F = TypeVar("F", bound=Ruled)


@dataclass
class Findings(Generic[F]):
    """Faults of tables, or of a file that others made."""

    findings: list[F] = field(default_factory=list)

    @property
    def errors(self) -> list[F]:
        """Faults that make results wrong or impossible."""
        return [f for f in self if f.severity == "error"]

    @property
    def warnings(self) -> list[F]:
        """Faults that deserve a look and stop nothing."""
        return [f for f in self if f.severity == "warning"]

    @property
    def codes(self) -> set[str]:
        """Codes of the rules that were broken."""
        return {f.code for f in self.findings}

    def __iter__(self) -> Iterator[F]:
        """Iterate in the order of files and places."""
        return iter(sorted(self.findings))

    def __len__(self) -> int:
        return len(self.findings)


@dataclass
class Report(Findings[Finding]):
    """All findings of a check."""

    def add(self, code: str, file: str, row: int, message: str) -> None:
        """Record a fault. ``code`` must be a known rule."""
        if code not in RULES:
            raise KeyError(f"no such rule: {code}")
        self.findings.append(Finding(file=file, row=row, code=code, message=message))

    def as_dict(self) -> dict[str, Any]:
        """Return counts and findings, ready for JSON."""
        return {
            "errors": len(self.errors),
            "warnings": len(self.warnings),
            "findings": [f.as_dict() for f in self],
        }
