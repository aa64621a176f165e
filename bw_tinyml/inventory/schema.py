"""Table schemas: read from ``inventories/schemas/`` (Frictionless Table Schema).

The same files let others validate the tables with the Frictionless framework, and make the
format page of the documentation. We read the few constraints that they use ourselves, because
the framework would bring its many dependencies into the environment of Activity Browser.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Column:
    """One column of a table: its type and what its cells must satisfy."""

    name: str
    type: str
    description: str
    required: bool = False
    unique: bool = False
    enum: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None

    def fault(self, text: str) -> tuple[str, str] | None:
        """Return ``(rule, message)`` when the text breaks the column's constraints."""
        if not text:
            return ("missing-value", f"{self.name} is empty") if self.required else None
        if self.enum and text not in self.enum:
            return "bad-value", f"{self.name} is '{text}', not one of: {', '.join(self.enum)}"
        if self.pattern and not re.fullmatch(self.pattern, text):
            return "bad-value", f"{self.name} is '{text}', which does not match {self.pattern}"
        if self.type in ("number", "integer"):
            return self._number_fault(text)
        return None

    def _number_fault(self, text: str) -> tuple[str, str] | None:
        try:
            value = float(int(text)) if self.type == "integer" else float(text)
        except ValueError:
            return "bad-number", f"{self.name} is '{text}', not {self._article()}"
        if value - value != 0:  # nan or infinite
            return "bad-number", f"{self.name} is '{text}', not a finite number"
        for bad, sign, bound in (
            (self.minimum is not None and value < self.minimum, ">=", self.minimum),
            (self.maximum is not None and value > self.maximum, "<=", self.maximum),
            (
                self.exclusive_minimum is not None and value <= self.exclusive_minimum,
                ">",
                self.exclusive_minimum,
            ),
        ):
            if bad:
                return "bad-value", f"{self.name} is {text}, it must be {sign} {bound:g}"
        return None

    def _article(self) -> str:
        return "a whole number" if self.type == "integer" else "a number"


@dataclass(frozen=True)
class Table:
    """The schema of one kind of table."""

    name: str
    description: str
    columns: tuple[Column, ...]

    @property
    def unique_columns(self) -> tuple[str, ...]:
        """Columns in which no value may occur twice."""
        return tuple(c.name for c in self.columns if c.unique)


def link_kind(stem: str) -> str:
    """Return the schema, and name in ``Inventory.tables``, of the file of that stem in links/.

    ``open.csv`` is the table ``links``; others are of their own kind, such as
    ``links_ecoinvent``.
    """
    return "links" if stem == "open" else f"links_{stem}"


def read_schemas(folder: Path) -> dict[str, Table]:
    """Return the schemas in ``folder/schemas``, by table name."""
    return {path.stem: _read(path) for path in sorted((folder / "schemas").glob("*.json"))}


def _read(path: Path) -> Table:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    columns = []
    for field in content["fields"]:
        rules = field.get("constraints", {})
        columns.append(
            Column(
                name=field["name"],
                type=field["type"],
                description=field["description"],
                required=rules.get("required", False),
                unique=rules.get("unique", False),
                enum=tuple(rules.get("enum", ())),
                pattern=rules.get("pattern"),
                minimum=rules.get("minimum"),
                maximum=rules.get("maximum"),
                exclusive_minimum=rules.get("exclusiveMinimum"),
            )
        )
    return Table(path.stem, content["description"], tuple(columns))
