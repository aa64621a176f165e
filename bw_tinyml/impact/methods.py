"""The LCIA methods of a calculation: which ones of the project, and their factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bw_tinyml.brightway.methods import project_methods
from bw_tinyml.brightway.stack import bw2data, quiet
from bw_tinyml.errors import NotFoundError, ProjectError
from bw_tinyml.inventory.families import Category, Method, categories, pick
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.suggestions import nearest_or


@dataclass(frozen=True)
class Indicator:
    """An LCIA method of the project, with its label."""

    method: Method
    label: str
    unit: str

    def factors(self) -> dict[int, float]:
        """Return the characterisation factors by node id of the flow.

        They are read from the processed arrays, as bw2calc reads them (in single precision), so
        that scores are the same. Factors for single locations are left out, as in bw2calc.

        Raises
        ------
        ProjectError
            The processed arrays of the method cannot be read.
        """
        bd = bw2data()
        try:
            with quiet():
                package = bd.Method(self.method).datapackage()
            found: dict[int, float] = {}
            for resource in package.resources:
                if resource["kind"] != "indices":
                    continue
                group = resource["group"]
                indices, _ = package.get_resource(f"{group}.indices")
                values, _ = package.get_resource(f"{group}.data")
                world = resource.get("global_index")
                for (row, column), value in zip(indices, values, strict=True):
                    if world is None or column == world:
                        found[int(row)] = found.get(int(row), 0.0) + float(value)
        except Exception as error:  # whatever is wrong with its files
            raise ProjectError(
                f"the LCIA method {self.method} cannot be read: {error}",
                "write it again: bw-tinyml install mends the methods that it brought",
            ) from error
        return found


def family_indicators(inventory: Inventory, family: str, biosphere: str) -> list[Indicator]:
    """Return the headline indicators of a family, as the project has them.

    A family that ``methods.csv`` does not list, but the project has, gives all its methods.

    Parameters
    ----------
    inventory
        For the list of families and their headline categories.
    family
        Name of the family, e.g. ``"EF v3.1"``.
    biosphere
        Name of the biosphere database; methods of another one are not used.

    Raises
    ------
    NotFoundError
        The family is not known, or the project lacks categories of it.
    """
    try:
        wanted = categories(inventory, family)
    except NotFoundError:
        others = sorted(project_methods(biosphere, [family]))
        if not others:
            raise
        return [Indicator(m, " | ".join(m[-2:]), _unit(m)) for m in others]
    present = project_methods(biosphere, [wanted[0].family])
    found = [(category, pick(category, present)) for category in wanted]
    missing = [category.label for category, method in found if method is None]
    if missing:
        raise NotFoundError(
            f"the project lacks {len(missing)} of {len(wanted)} categories of "
            f"{wanted[0].family}, e.g. {missing[0]}",
            f'install them: bw-tinyml install ... --family "{wanted[0].family}"',
        )
    return [_indicator(category, method) for category, method in found if method]


def _indicator(category: Category, method: Method) -> Indicator:
    return Indicator(method, category.label, _unit(method))


def _unit(method: Method) -> str:
    return str(bw2data().methods[method].get("unit", ""))


def named_indicator(parts: Sequence[str]) -> Indicator:
    """Return one method of the project by its name, given in full or by its last parts.

    Raises
    ------
    NotFoundError
        No method, or more than one, is called so.
    """
    wanted = tuple(parts)
    known = list(bw2data().methods)
    found = [m for m in known if m == wanted] or [m for m in known if m[-len(wanted) :] == wanted]
    if len(found) == 1:
        return Indicator(found[0], " | ".join(found[0][1:]), _unit(found[0]))
    called = " | ".join(wanted)
    if found:
        names = "; ".join(" | ".join(m) for m in found[:4])
        raise NotFoundError(f"more than one method is called '{called}'", f"such as: {names}")
    families = dict.fromkeys(m[-3] for m in known if len(m) >= 3)
    raise NotFoundError(
        f"no method of the project is called '{called}'",
        nearest_or(
            called,
            [" | ".join(m) for m in known],
            f"give the parts of its name; families of the project: {', '.join(families)}",
        ),
    )


def factor_matrix(indicators: Sequence[Indicator], flows: Sequence[int]) -> np.ndarray:
    """Return the factors of indicators for flows, shape (flows, indicators)."""
    row = {identifier: i for i, identifier in enumerate(flows)}
    matrix = np.zeros((len(flows), len(indicators)))
    for column, indicator in enumerate(indicators):
        for identifier, value in indicator.factors().items():
            if identifier in row:
                matrix[row[identifier], column] = value
    return matrix
