"""Faults of a package: one object for the writer, the reader, the terminal and the tests."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bw_tinyml.inventory.findings import Findings

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Rule:
    """What a rule demands: its severity on reading, why it matters, and how to mend it.

    Our writer treats every finding as an error.
    """

    severity: str
    fix: str


RULES: dict[str, Rule] = {
    "uuid": Rule(ERROR, "write UUIDs in lower case, as 8-4-4-4-12 hexadecimal digits"),
    "file-name": Rule(WARNING, "name the file <uuid>_<version>.xml: openLCA finds it by its name"),
    "root-folder": Rule(WARNING, "put the folders into ILCD/: other tools than openLCA want it"),
    "superseded": Rule(WARNING, "keep only the highest version of a data set in a package"),
    "dangling-flow": Rule(ERROR, "add the data set to the package; amounts mean nothing without"),
    "dangling": Rule(WARNING, "add the data set to the package, or remove the reference"),
    "orphan": Rule(WARNING, "remove it, or refer to it"),
    "reference-flow": Rule(ERROR, "name the exchange that the process delivers or treats"),
    "reference-property": Rule(ERROR, "name the flow property that amounts are in, with value 1"),
    "reference-unit": Rule(ERROR, "name a unit of the group as reference unit, with value 1"),
    "flow-type": Rule(
        ERROR,
        "a treated waste is an Input of type 'Waste flow', a product an Output of type "
        "'Product flow'; otherwise openLCA loses the link without a word",
    ),
    "waste-sign": Rule(
        ERROR, "write waste that leaves as a positive Output, and waste treated as positive Input"
    ),
    "waste-credit": Rule(
        WARNING, "a negative Output of waste is a credit for waste avoided; make sure it is meant"
    ),
    "direction": Rule(ERROR, "write exchangeDirection Input or Output"),
    "exchange-id": Rule(ERROR, "number the exchanges of a process, each once"),
    "amount": Rule(ERROR, "write finite numbers; resultingAmount is meanAmount times variable"),
    "unit": Rule(
        ERROR, "convert the amount to the reference unit: 1 kWh is written as 3.6 MJ"
    ),
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Finding:
    """One fault in one place.

    Attributes
    ----------
    file
        Path of the data set in the package.
    line
        Line of the file, 0 where the whole file is meant.
    element
        Element at fault.
    code
        Rule that is broken, see :data:`RULES`.
    message
        What is wrong, with the value at fault.
    """

    file: str
    line: int
    element: str
    code: str
    message: str

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        return RULES[self.code].severity

    @property
    def fix(self) -> str:
        """How to mend it."""
        return RULES[self.code].fix

    @property
    def place(self) -> str:
        """File, line and element."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where} <{self.element}>" if self.element else where

    def as_dict(self) -> dict[str, Any]:
        """Return the finding with severity and fix, ready for JSON."""
        return {**asdict(self), "severity": self.severity, "fix": self.fix}


class PackageFindings(Findings[Finding]):
    """All faults of a package; the warnings are what other tools complain about."""

    def add(self, code: str, file: str, element: str, message: str, line: int = 0) -> None:
        """Record a fault. ``code`` must be a known rule."""
        if code not in RULES:
            raise KeyError(f"no such rule: {code}")
        self.findings.append(Finding(file, line, element, code, message))
