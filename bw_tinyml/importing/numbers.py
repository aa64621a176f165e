"""Numbers of a workbook: amounts, formulas, uncertainty, pedigree; checked, then evaluated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bw_tinyml.errors import FormulaError
from bw_tinyml.importing.faults import Faults
from bw_tinyml.importing.layout import Item
from bw_tinyml.inventory.formulas import FUNCTION_NAMES, Formula, parse
from bw_tinyml.inventory.parameters import evaluate
from bw_tinyml.inventory.uncertainty import INDICATORS
from bw_tinyml.suggestions import nearest

#: uncertainty type -> what it is called and which fields it needs
DISTRIBUTIONS: dict[int, tuple[str, tuple[str, ...]]] = {
    0: ("none", ()),
    1: ("none", ()),
    2: ("lognormal", ("scale",)),
    3: ("normal", ("scale",)),
    4: ("uniform", ("minimum", "maximum")),
    5: ("triangular", ("minimum", "maximum")),
}
_TOLERANCE = 1e-6


def number(item: Item, name: str, faults: Faults, required: bool = False) -> float | None:
    """Return a field as a finite number; None, with a fault, where it is none."""
    value = item.get(name)
    if value is None and not required:
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            faults.add(
                item.sheet, item.row, f"{name} '{value}' is not a number",
                "write a number with the decimal sign of your spreadsheet program, not as text",
            )  # fmt: skip
            return None
    if value is None or isinstance(value, bool) or not math.isfinite(value):
        faults.add(item.sheet, item.row, f"{name} is missing or not finite", "write a number")
        return None
    return float(value)


def parameter_values(items: Sequence[Item], faults: Faults) -> dict[str, float]:
    """Return the values of the database parameters, formulas evaluated.

    Parameters
    ----------
    items
        Rows of the section "Database parameters".
    faults
        Receives names and formulas that are not allowed.
    """
    given: dict[str, float | Formula] = {}
    rows: dict[str, Item] = {}
    for item in items:
        name = item.text("name")
        if not name.isidentifier() or name in FUNCTION_NAMES or name in ("pi", "e"):
            faults.add(
                item.sheet, item.row, f"'{name}' is no name for a parameter",
                "use letters, digits and underscores; not the name of a function or constant",
            )  # fmt: skip
            continue
        if name in given:
            faults.add(
                item.sheet, item.row, f"parameter '{name}' is also in row {rows[name].row}",
                "give it another name",
            )  # fmt: skip
            continue
        rows[name] = item
        formula = formula_of(item, faults)
        amount = number(item, "amount", faults, required=formula is None)
        if formula is not None:
            given[name] = formula
        elif amount is not None:
            given[name] = amount
    for name, value in given.items():
        if isinstance(value, Formula):
            _unknown_names(value, rows[name], rows, faults)
    if faults.found:
        return {}
    try:
        return {name: float(value) for name, value in evaluate(given).items()}
    except FormulaError as error:
        at = rows.get(error.parameter)
        faults.add(at.sheet if at else "", at.row if at else 0, error.message, error.hint)
        return {}


def formula_of(item: Item, faults: Faults) -> Formula | None:
    """Return the formula of a row, checked against the allow-list."""
    text = item.text("formula")
    if not text:
        return None
    try:
        return parse(text)
    except FormulaError as error:
        faults.add(item.sheet, item.row, error.message, error.hint)
        return None


def amount_of(
    item: Item, values: Mapping[str, float], known: Mapping[str, Any], faults: Faults
) -> tuple[float | None, Formula | None]:
    """Return amount and formula of an exchange; a formula gives the amount.

    Parameters
    ----------
    item
        Row of the exchange.
    values
        Values of the parameters; empty where they have faults.
    known
        Names of the parameters.
    faults
        Receives what is wrong.
    """
    had = len(faults.found)
    formula = formula_of(item, faults)
    if formula is None:
        return number(item, "amount", faults, required=len(faults.found) == had), None
    _unknown_names(formula, item, known, faults)
    if len(faults.found) > had or not formula.names <= values.keys():
        return None, formula
    try:
        return float(formula.evaluate(values)), formula
    except FormulaError as error:
        faults.add(item.sheet, item.row, error.message, error.hint)
        return None, formula


def _unknown_names(formula: Formula, item: Item, known: Mapping[str, Any], faults: Faults) -> None:
    for name in sorted(formula.names - known.keys()):
        faults.add(
            item.sheet, item.row,
            f"formula '{formula.text}' uses '{name}', which is no database parameter"
            + nearest(name, known),
            "correct the name, or add the parameter to the section 'Database parameters'",
        )  # fmt: skip


def uncertainty_of(
    item: Item, amount: float | None, formula: Formula | None, faults: Faults
) -> dict[str, Any]:
    """Return the fields of a distribution, as Brightway stores them.

    A missing ``loc`` is filled in; one that does not fit the amount is a fault, because Monte Carlo
    would then sample another number than the one that is shown.
    """
    kind = number(item, "uncertainty type", faults) or 0.0
    if kind not in DISTRIBUTIONS:
        faults.add(
            item.sheet, item.row, f"uncertainty type {kind:g} is not supported",
            "use " + ", ".join(f"{k} ({name})" for k, (name, _) in DISTRIBUTIONS.items()),
        )  # fmt: skip
        return {}
    name, needed = DISTRIBUTIONS[int(kind)]
    if name == "none":
        fields: dict[str, Any] = {"uncertainty type": int(kind)}
        return fields | ({"loc": amount} if kind == 1 else {})
    if formula is not None:
        faults.add(
            item.sheet, item.row, "a row with a formula has an uncertainty of its own",
            "set uncertainty type to 0; give the uncertainty to the parameters of the formula",
        )  # fmt: skip
        return {}
    found = {field: number(item, field, faults, required=True) for field in needed}
    if name in ("lognormal", "normal"):  # where it is cut, if it is
        ends = {field: number(item, field, faults) for field in ("minimum", "maximum")}
        found |= {field: end for field, end in ends.items() if end is not None}
    if amount is None or None in found.values():
        return {}
    if "scale" in found and found["scale"] is not None and found["scale"] <= 0:
        faults.add(item.sheet, item.row, "scale is not above 0", "use uncertainty type 0 for none")
        return {}
    return _located(item, name, int(kind), amount, found, faults)


def _located(
    item: Item,
    name: str,
    kind: int,
    amount: float,
    found: Mapping[str, float | None],
    faults: Faults,
) -> dict[str, Any]:
    if name == "lognormal" and amount == 0:
        faults.add(item.sheet, item.row, "a lognormal amount is 0", "use another distribution")
        return {}
    expected = math.log(abs(amount)) if name == "lognormal" else amount
    loc = number(item, "loc", faults)
    tolerance = _TOLERANCE * max(1.0, abs(expected))
    if loc is not None and name != "uniform" and abs(loc - expected) > tolerance:
        what = "the logarithm of the amount" if name == "lognormal" else "the amount"
        faults.add(
            item.sheet, item.row, f"loc is {loc:g}, but {what} is {expected:g}",
            "clear the cell 'loc'; it is then filled in",
        )  # fmt: skip
    low, high = found.get("minimum"), found.get("maximum")
    if low is not None and high is not None and (low == high or not low <= amount <= high):
        faults.add(
            item.sheet, item.row, f"amount {amount:g} is not between {low:g} and {high:g}",
            "correct minimum, maximum or amount",
        )  # fmt: skip
    fields: dict[str, Any] = {"uncertainty type": kind, **found}
    if name != "uniform":
        fields["loc"] = expected
    if name == "lognormal":
        fields["negative"] = amount < 0
    return fields


def pedigree_of(item: Item, faults: Faults) -> dict[str, int] | None:
    """Return the five scores of ``2::3::1::2::3`` by indicator."""
    text = item.text("pedigree")
    if not text:
        return None
    scores = text.split("::")
    if len(scores) not in (5, 6) or any(s not in ("1", "2", "3", "4", "5") for s in scores[:5]):
        faults.add(
            item.sheet, item.row, f"pedigree '{text}' is not five scores from 1 to 5",
            "write them joined by '::', e.g. 2::3::1::2::3",
        )  # fmt: skip
        return None
    return {name: int(score) for name, score in zip(INDICATORS, scores, strict=False)}
