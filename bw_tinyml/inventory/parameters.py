"""Values of parameters that depend on each other."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from bw_tinyml.errors import FormulaError
from bw_tinyml.inventory.formulas import Formula


def evaluation_order(formulas: Mapping[str, Formula]) -> list[str]:
    """Return the names of the formulas such that each comes after those that it uses.

    Raises
    ------
    FormulaError
        Formulas depend on each other in a circle.
    """
    graph = {name: formula.names & formulas.keys() for name, formula in formulas.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = error.args[1]
        raise FormulaError(
            f"parameters depend on each other in a circle: {' -> '.join(circle)}",
            "break the circle",
            "formula-cycle",
            circle[0],
        ) from None


def evaluate(
    values: Mapping[str, float | Formula], given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the value of every parameter.

    Parameters
    ----------
    values
        Number or formula of each parameter.
    given
        Values (numbers or arrays of one shape) that replace those of some parameters, for
        scenarios and Monte Carlo. A replaced formula is not evaluated.

    Raises
    ------
    FormulaError
        A circle, an unknown name, or a result that is not finite.
    """
    given = given or {}
    formulas = {
        name: value
        for name, value in values.items()
        if isinstance(value, Formula) and name not in given
    }
    results: dict[str, Any] = {n: v for n, v in values.items() if n not in formulas} | dict(given)
    for name in evaluation_order(formulas):
        try:
            results[name] = formulas[name].evaluate(results)
        except FormulaError as error:
            error.parameter = name
            raise
    return results
