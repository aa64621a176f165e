"""Scores of all products of some datapackages, kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bw_tinyml.engine.cache import Cache

if TYPE_CHECKING:
    import scipy.sparse as sp

    from bw_tinyml.engine.structure import Order

#: relative error that scores may have
TOLERANCE = 1e-11


@dataclass(frozen=True)
class Units:
    """Scores of one unit of products.

    Attributes
    ----------
    products
        Ids.
    values, bounds
        Scores, and bounds of their absolute numerical errors, shape (products, methods).
    """

    products: np.ndarray
    values: np.ndarray
    bounds: np.ndarray


def all_units(packages: Sequence[Path], methods: Sequence[Path], cache: Cache) -> Units:
    """Return the scores of all products, from the cache where they are there.

    Parameters
    ----------
    packages
        Processed datapackages of databases; later ones count where two give an element.
    methods
        Those of LCIA methods.

    Raises
    ------
    ProjectError
        A package cannot be read, or the technosphere has no unique solution.
    """
    packages, methods = list(packages), list(methods)

    def make() -> dict[str, np.ndarray]:
        from bw_tinyml.engine.arrays import load_system
        from bw_tinyml.engine.scoring import score_products

        system = load_system(packages)
        factors = system.factors(_tables(methods, cache))
        found = score_products(
            system,
            system.products,
            factors,
            order=_order(packages, cache, system.technosphere),
            direction="adjoint",
            tolerance=TOLERANCE,
        )
        return {"products": system.products, "values": found.values, "bounds": found.bounds}

    key = cache.key("units", [*packages, *methods], len(packages), TOLERANCE)
    return Units(**cache.made(key, make))


def some_units(
    packages: Sequence[Path],
    methods: Sequence[Path],
    products: Sequence[int],
    cache: Cache,
    foreground: Sequence[int] = (),
) -> Units:
    """Return the scores of some products: quicker than all, where there are many methods.

    Parameters
    ----------
    products
        Their ids.
    foreground
        Places, in ``packages``, of those that nothing else uses.
    packages, methods, cache
        As for :func:`all_units`.
    """
    packages, methods = list(packages), list(methods)
    wanted = sorted({int(product) for product in products})

    def make() -> dict[str, np.ndarray]:
        from bw_tinyml.engine.arrays import load_system
        from bw_tinyml.engine.scoring import score_products

        system = load_system(packages)
        order = _order(packages, cache, system.technosphere)
        factors = system.factors(_tables(methods, cache))
        found = score_products(
            system, wanted, factors, order=order, foreground=foreground, tolerance=TOLERANCE
        )
        ids = np.array(wanted, dtype=np.int64)
        return {"products": ids, "values": found.values, "bounds": found.bounds}

    files = [*packages, *methods]
    key = cache.key("some", files, len(packages), TOLERANCE, wanted, list(foreground))
    return Units(**cache.made(key, make))


def _order(packages: list[Path], cache: Cache, technosphere: sp.csr_matrix) -> Order:
    from bw_tinyml.engine import structure

    def make() -> dict[str, np.ndarray]:
        return dict(vars(structure.order(technosphere)))

    return structure.Order(**cache.made(cache.key("order", packages), make))


def _tables(methods: list[Path], cache: Cache) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the factors of methods, read from one file where that is kept."""

    def make() -> dict[str, np.ndarray]:
        from bw_tinyml.engine.arrays import load_factors

        tables = [load_factors(path) for path in methods]
        return {
            "starts": np.cumsum([0, *(ids.size for ids, _ in tables)]),
            "ids": np.concatenate([np.zeros(0, np.int64), *(ids for ids, _ in tables)]),
            "values": np.concatenate([np.zeros(0), *(values for _, values in tables)]),
        }

    stacked = cache.made(cache.key("factors", methods), make)
    starts = stacked["starts"]
    return [(stacked["ids"][a:b], stacked["values"][a:b]) for a, b in pairwise(starts)]
