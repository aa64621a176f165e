"""Values of parameters that depend on each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from bw_tinyml.errors import FormulaError, UsageError
from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.suggestions import nearest


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


def ancestors(values: Mapping[str, float | Formula], names: Iterable[str]) -> set[str]:
    """Return some parameters, and all that their formulas depend on.

    Parameters
    ----------
    values
        Number or formula of each parameter; other names are left out.
    names
        Names of parameters.
    """
    found: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name not in found and name in values:
            found.add(name)
            value = values[name]
            queue += value.names if isinstance(value, Formula) else ()
    return found


def refuse_unknown(names: Iterable[str], known: Collection[str]) -> None:
    """Refuse names that are no parameters.

    Raises
    ------
    UsageError
        A name is not known.
    """
    for name in names:
        if name not in known:
            raise UsageError(
                f"'{name}' is not a parameter of the databases{nearest(name, known)}",
                "`bw-tinyml show NAME` lists the parameters of a dataset",
            )


def evaluate_given(formula: Formula, values: Mapping[str, Any]) -> Any:
    """Return the value of a formula; if there is none, the parameters that were given are to blame.

    Raises
    ------
    UsageError
        The result is not finite.
    """
    try:
        return formula.evaluate(values)
    except FormulaError as error:
        raise blamed(error, {}) from None


def blamed(error: FormulaError, given: Mapping[str, Any]) -> UsageError:
    """Return what to tell of a formula that fails with given values of parameters."""
    stated = [f"{n} = {v:g}" for n, v in given.items() if isinstance(v, int | float)]
    return UsageError(
        f"with {', '.join(stated) or 'these parameters'}, {error.message}",
        "choose other values: a formula divides by zero, or has no value there",
    )
