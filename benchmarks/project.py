"""A database of a Brightway project: all of its datasets, and samples of foreground and background.

``python -m benchmarks.project PROJECT DATABASE [--json]``. ``make bench`` runs it on our databases
(foreground on the open background) and, where ``BW_TINYML_USEEIO`` names the file of USEEIO 1.2,
on that: a small, dense system. Both sides start from the same processed arrays, in the categories
of EF v3.1.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np

from benchmarks.databases import opened
from benchmarks.measuring import Claim, compare, largest_difference, report
from bw_tinyml.brightway.reading import project_files
from bw_tinyml.engine.arrays import load_factors, load_system
from bw_tinyml.engine.cache import Cache
from bw_tinyml.engine.elements import load_elements
from bw_tinyml.engine.montecarlo import sample, whole_job
from bw_tinyml.engine.units import some_units
from bw_tinyml.impact.session import Session

SAMPLES = 256


def main() -> None:
    project, database = [a for a in sys.argv[1:] if not a.startswith("--")]
    methods = [indicator.method for indicator in Session(project).indicators()]
    files = project_files(project)
    packages = files.packages(database)
    tables = [files.method_package(method) for method in methods]
    system = load_system(packages)
    products = system.products[system.package == len(packages) - 1]

    def ours() -> np.ndarray:
        return some_units(packages, tables, products, Cache(None)).values

    def peer(direction: str, **more: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from bw2calc.fast_scores import FastScoresOnlyMultiLCA

            return FastScoresOnlyMultiLCA(
                demands={str(i): {int(i): 1.0} for i in products},
                method_config={"impact_categories": methods},
                data_objs=opened([*packages, *tables]),
                direction=direction,
                **more,
            )

    def theirs() -> np.ndarray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = peer("adjoint").calculate()
        names = [str(method) for method in methods]
        ordered: np.ndarray = found.sel(LCIA=names, processes=[str(i) for i in products]).values.T
        return ordered

    def difference(a: np.ndarray, b: np.ndarray) -> float:
        # What scores nothing by one way may score 1e-30 by the other.
        return largest_difference(*(np.where(np.abs(b) > 1e-25, x, 1.0) for x in (a, b)))

    ours()
    size = f"{database}: {products.size} datasets of {system.products.size} x {len(methods)}"
    claims: list[Claim] = [
        compare(f"{size}, against FastScoresOnlyMultiLCA adjoint", ours, theirs, 3, None, None,
                difference)
    ]  # fmt: skip
    uncertain = load_elements(packages, "technosphere_matrix").records["uncertainty_type"] > 1
    if uncertain.any():
        job = whole_job(packages, products, [load_factors(t) for t in tables],
                        [len(packages) - 1])  # fmt: skip
        sample(job, 1, 1)
        lca = peer("forward", use_distributions=True)

        def step() -> None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                next(lca)

        step()
        claims.append(
            compare(
                f"{size}, {SAMPLES} samples of foreground and background, against "
                "FastScoresOnlyMultiLCA (1 measured and scaled up)",
                lambda: sample(job, SAMPLES, 1),
                step,
                3,
                None,
                None,
                None,
                SAMPLES,
            )
        )
    report(claims)


if __name__ == "__main__":
    main()
