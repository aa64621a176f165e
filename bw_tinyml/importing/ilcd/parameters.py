"""Parameters: those of single processes become parameters of the database.

ILCD has parameters per process. Equal ones of several processes become one; where processes give
the same name to different things, a number is added to the name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bw_tinyml.errors import FormulaError
from bw_tinyml.ilcd.content import Exchange, Variable
from bw_tinyml.ilcd.formulas import from_ilcd
from bw_tinyml.importing.ilcd.spread import CERTAIN, Stated, distribution_of
from bw_tinyml.inventory.formulas import FUNCTION_NAMES, Formula
from bw_tinyml.inventory.parameters import evaluate, evaluation_order

_NAME = re.compile(r"[A-Za-z_]\w*")
_TOLERANCE = 1e-6


@dataclass
class Parameters:
    """Parameters of the database while processes are read.

    Attributes
    ----------
    rows
        By name, as Brightway stores them.
    notes
        Why a process keeps fixed amounts.
    """

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add_process(
        self, name: str, variables: Mapping[str, Variable], exchanges: list[Exchange]
    ) -> dict[str, Formula]:
        """Add the parameters of a process; return formulas of its exchanges by their id.

        The formulas are in the unit of the variable, so that they must still be scaled. A process
        whose formulas cannot be evaluated, or do not give the numbers that stand beside them, keeps
        fixed amounts.
        """
        if not variables:
            return {}
        try:
            formulas = {n: from_ilcd(v.formula) for n, v in variables.items() if v.formula}
            _check(variables, formulas)
            order = evaluation_order(formulas)
        except FormulaError as error:
            self.notes.append(f"{name}: {error.message}; its amounts are fixed")
            return {}
        used = {n for formula in formulas.values() for n in formula.names}
        inline = {
            e.variable: formulas[e.variable]
            for e in exchanges
            if e.variable in formulas and e.variable not in used
        }
        names: dict[str, str] = {}
        for variable in (*(n for n in variables if n not in formulas), *order):
            if variable not in inline:
                formula = formulas.get(variable)
                row = _row(variables[variable], formula.renamed(names) if formula else None)
                names[variable] = self._add(row)
        found = {}
        for exchange in exchanges:
            if exchange.variable in inline:
                found[exchange.id] = inline[exchange.variable].renamed(names)
            elif exchange.variable in names:
                found[exchange.id] = Formula(names[exchange.variable])
        return found

    def _add(self, row: dict[str, Any]) -> str:
        base = row["name"] if row["name"] not in _reserved() else f"{row['name']}_"
        name, count = base, 1
        while name in self.rows and not _same(self.rows[name], row):
            count += 1
            name = f"{base}_{count}"
        self.rows.setdefault(name, {**row, "name": name})
        return name


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return {**one, "name": ""} == {**other, "name": ""}


@cache
def _reserved() -> frozenset[str]:
    """Names that mean something else in Brightway's formulas, such as ``pi`` and ``sum``."""
    from bw2parameters.interpreter import Interpreter

    return frozenset(Interpreter().symtable) | FUNCTION_NAMES


def _check(variables: Mapping[str, Variable], formulas: Mapping[str, Formula]) -> None:
    """Refuse names that are none, and formulas that do not give the value beside them."""
    values: dict[str, float | Formula] = {}
    for name, variable in variables.items():
        if not _NAME.fullmatch(name):
            raise FormulaError(f"'{name}' is not a name that formulas can use")
        if name in formulas:
            values[name] = formulas[name]
        elif variable.value is None:
            raise FormulaError(f"parameter '{name}' has no value")
        else:
            values[name] = variable.value
    results = evaluate(values)
    for name in formulas:
        stated = variables[name].value
        if stated is not None and not math.isclose(
            stated, results[name], rel_tol=_TOLERANCE, abs_tol=1e-15
        ):
            raise FormulaError(
                f"the formula of '{name}' gives {results[name]!r}, {stated!r} stands beside it"
            )


def _row(variable: Variable, formula: Formula | None) -> dict[str, Any]:
    row: dict[str, Any] = {"name": variable.name, "comment": variable.comment}
    unit = variable.own.get("unit", "")
    if unit and variable.comment.startswith(f"[{unit}]"):
        row["comment"] = variable.comment.removeprefix(f"[{unit}]").strip()
    for note in ("unit", "kind", "source"):
        if variable.own.get(note):
            row[note] = variable.own[note]
    if formula is not None:
        return {**row, "amount": float(variable.value or 0.0), "formula": formula.text}
    amount = float(variable.value or 0.0)
    scale = variable.own.get("scale")
    stated = Stated(
        variable.distribution,
        variable.spread,
        variable.minimum,
        variable.maximum,
        amount,
        float(scale) if scale else None,
    )
    return {**row, "amount": amount, **(distribution_of(stated, amount) or CERTAIN)}
