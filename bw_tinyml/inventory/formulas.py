"""Formulas in the tables: parsed against an allow-list, then evaluated on numbers or arrays.

A formula may hold numbers, parameter names, ``+ - * / **``, parentheses and the functions
``min, max, sqrt, exp, log``. Nothing else is ever evaluated: the syntax tree is walked by us, no
``eval``. All numbers are floats, so that ``9**9**9`` overflows at once instead of filling memory.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from bw_tinyml.errors import FormulaError

MAX_LENGTH = 1000
MAX_DEPTH = 60

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: lambda a: a,
    ast.USub: lambda a: -a,
}
_FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    # name: fewest arguments, most arguments, function
    "min": (2, 20, lambda *a: reduce(np.minimum, a)),
    "max": (2, 20, lambda *a: reduce(np.maximum, a)),
    "sqrt": (1, 1, np.sqrt),
    "exp": (1, 1, np.exp),
    "log": (1, 1, np.log),
}
FUNCTION_NAMES = frozenset(_FUNCTIONS)
#: not the exponent of a number: between the 1 and the e of 1e5 there is no word boundary
_IDENTIFIER = re.compile(r"\b[A-Za-z_]\w*")


@dataclass(frozen=True)
class Formula:
    """A checked formula.

    Parameters
    ----------
    text
        The formula as written, e.g. ``"masks * 0.25 / line_yield"``.

    Raises
    ------
    FormulaError
        On construction through :func:`parse`, when the formula is not allowed.
    """

    text: str

    @property
    def _tree(self) -> ast.expr:
        return _parse(self.text)[0]

    @property
    def names(self) -> frozenset[str]:
        """Names of the parameters that the formula uses."""
        return _parse(self.text)[1]

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Return the value for parameter values that are floats or arrays of one shape.

        Raises
        ------
        FormulaError
            A name has no value, or a result is not finite.
        """
        with np.errstate(all="ignore"):
            try:
                result = _walk(self._tree, values)
            except OverflowError:
                result = np.inf
            except KeyError as error:
                raise FormulaError(
                    f"formula '{self.text}' uses '{error.args[0]}', which is not a parameter",
                    "define it in parameters.csv or variants.csv, or correct the spelling",
                    "formula-unknown-name",
                ) from None
        one = not isinstance(result, np.ndarray) or result.ndim == 0
        if not (math.isfinite(result) if one else np.all(np.isfinite(result))):
            raise FormulaError(
                f"formula '{self.text}' does not give a finite number",
                "look for a division by zero, log or sqrt of a negative number, or an overflow",
                "not-finite",
            )
        return float(result) if one else result

    def renamed(self, names: Mapping[str, str]) -> Formula:
        """Return the formula with parameters renamed."""
        if self.names.isdisjoint(names):
            return self
        return Formula(_IDENTIFIER.sub(lambda m: names.get(m.group(), m.group()), self.text))

    def scaled(self, factor: float) -> Formula:
        """Return the formula multiplied by a number."""
        if factor == 1:
            return self
        text = self.text if self.text.isidentifier() else f"({self.text})"
        return Formula(f"{text} * {factor!r}")


def parse(text: str) -> Formula:
    """Return the formula, checked against the allow-list.

    Raises
    ------
    FormulaError
        The text is too long, is not a formula, or uses something that is not allowed.
    """
    formula = Formula(text.strip())
    formula._tree  # noqa: B018  (parsing is the check)
    return formula


@lru_cache(maxsize=100_000)
def _parse(text: str) -> tuple[ast.expr, frozenset[str]]:
    """Return the checked syntax tree, and the names of parameters in it."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"formula has {len(text)} characters, more than {MAX_LENGTH}",
            "split it over several parameters",
        )
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError(
            f"'{text[:60]}' is neither a number nor a formula",
            "use a decimal point, and + - * / ** ( ) min max sqrt exp log only",
        ) from None
    names: set[str] = set()
    _check(tree, text, MAX_DEPTH, names)
    return tree, frozenset(names)


def _check(node: ast.AST, text: str, depth: int, names: set[str]) -> None:
    """Check a node and what is below it; add the names of parameters."""
    if depth == 0:
        raise FormulaError(
            f"formula '{text[:60]}' is nested too deeply", "split it over parameters"
        )
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float()):
            return
        case ast.Name():
            if node.id in FUNCTION_NAMES:
                raise FormulaError(
                    f"formula '{text}' uses the function '{node.id}' as a name",
                    f"write {node.id}(...) or rename the parameter",
                )
            names.add(node.id)
            return
        case ast.UnaryOp() if type(node.op) in _UNARY:
            return _check(node.operand, text, depth - 1, names)
        case ast.BinOp(op=ast.BitXor()):
            raise FormulaError(f"formula '{text}' uses '^'", "a power is written **, not ^")
        case ast.BinOp() if type(node.op) in _BINARY:
            _check(node.left, text, depth - 1, names)
            return _check(node.right, text, depth - 1, names)
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _FUNCTIONS:
            fewest, most, _ = _FUNCTIONS[name]
            if not fewest <= len(node.args) <= most:
                raise FormulaError(
                    f"formula '{text}' gives {name} {len(node.args)} arguments",
                    f"{name} takes {fewest}" + (f" to {most}" if most > fewest else ""),
                )
            for argument in node.args:
                _check(argument, text, depth - 1, names)
            return None
    raise FormulaError(
        f"formula '{text[:60]}' uses {type(node).__name__}, which is not allowed",
        "use numbers, parameter names, + - * / ** ( ) and min max sqrt exp log only",
    )


def _walk(node: ast.expr, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant():
            return np.float64(node.value)  # type: ignore[arg-type]
        case ast.Name():
            value = values[node.id]
            return value if isinstance(value, np.ndarray) else np.float64(value)
        case ast.UnaryOp():
            return _UNARY[type(node.op)](_walk(node.operand, values))
        case ast.BinOp():
            return _BINARY[type(node.op)](_walk(node.left, values), _walk(node.right, values))
        case ast.Call(func=ast.Name(id=name)):
            return _FUNCTIONS[name][2](*(_walk(a, values) for a in node.args))
    raise FormulaError(f"{type(node).__name__} is not allowed")  # unreachable after _check


def as_number_or_formula(text: str) -> float | Formula:
    """Return a table cell as a float when it is one, else as a checked formula.

    Raises
    ------
    FormulaError
        The cell is neither a finite number nor an allowed formula.
    """
    text = text.strip()
    try:
        value = float(text)
    except ValueError:
        return parse(text)
    if "_" in text or not np.isfinite(value):
        raise FormulaError(f"'{text}' is not a finite number", "write a plain number such as 0.5")
    return value
