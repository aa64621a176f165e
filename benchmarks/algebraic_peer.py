"""lca_algebraic's side of :mod:`benchmarks.algebraic`: runs in an environment of its own.

``build/algebraic/env/bin/python -m benchmarks.algebraic_peer FOLDER`` reads ``case.json`` there,
writes databases with bw2data 3 where BRIGHTWAY2_DIR says, and then does a job for each line that
says which. It times itself, so that neither pipe nor files count, answers with its times as JSON,
and leaves the scores in ``JOB.npy``, samples x methods.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.algebraic_case import (
    BACKGROUND,
    FOREGROUND,
    LOGNORMAL,
    NORMAL,
    UNIFORM,
    method,
    write_background,
)


def write_foreground(case: dict[str, Any]) -> Any:
    """Write the product system as a user of lca_algebraic does; return the demanded product."""
    import lca_algebraic as alg
    import sympy

    kinds = alg.DistributionType
    alg.resetDb(FOREGROUND)
    alg.setBackground(BACKGROUND)
    known = {}
    for name, p in case["parameters"].items():
        distribution = {
            LOGNORMAL: {"distrib": kinds.LOGNORMAL, "std": p.get("scale")},
            NORMAL: {"distrib": kinds.NORMAL, "std": p.get("scale")},
            UNIFORM: {"distrib": kinds.LINEAR, "min": p.get("minimum"), "max": p.get("maximum")},
        }[p["uncertainty type"]]
        known[name] = alg.newFloatParam(name, p["amount"], dbname=FOREGROUND, **distribution)
    made: dict[str, Any] = {}
    for code, inputs in reversed(case["datasets"].items()):  # parts before what they are part of
        exchanges = {
            made[other] if database == FOREGROUND else alg.getActByCode(database, other): (
                sympy.parse_expr(formula, local_dict=known)
            )
            for database, other, formula in inputs
        }
        made[code] = alg.newActivity(FOREGROUND, code, "kilogram", exchanges)
    return made[case["product"]]


def jobs(case: dict[str, Any], product: Any) -> dict[str, Callable[[], np.ndarray]]:
    """Return what can be asked for, by name."""
    import lca_algebraic as alg
    from lca_algebraic.lca import _preMultiLCAAlgebric

    methods = [method(k) for k in range(len(case["methods"]))]
    samples = {name: np.array(values) for name, values in case["samples"].items()}

    def impacts() -> np.ndarray:
        return alg.compute_impacts(product, methods, **samples).to_numpy()

    kept: list[tuple[Callable[..., Any], dict[str, np.ndarray]]] = []

    def functions() -> np.ndarray:
        if not kept:
            # No public call gives the functions of all methods. The docstring of this one offers
            # it "for fast computation on a model that does not change".
            expressions = [each.expr for each in _preMultiLCAAlgebric(product, methods)]
            alg.LambdaWithParamNames.use_sympy_cse(True)  # not the default, and 4 times faster
            for expression in expressions:
                found = alg.LambdaWithParamNames(expression)
                own = {name: samples[name] for name in found.expanded_params}
                kept.append((found.lambd, own))
        return np.array([function(**own)["_all_"] for function, own in kept]).T

    return {"compute_impacts": impacts, "functions": functions}


def main() -> None:
    """Set up, then answer."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # standard output is for answers; what Brightway says there is not one
    folder = Path(sys.argv[1])
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    import bw2data as bd

    bd.projects.set_current("algebraic")
    write_background(bd, case)
    known = jobs(case, write_foreground(case))
    print("ready", file=answers, flush=True)
    for asked in sys.stdin:
        name = asked.strip()
        start, used = time.perf_counter(), time.process_time()
        scores = known[name]()
        times = {"seconds": time.perf_counter() - start, "processor": time.process_time() - used}
        np.save(folder / f"{name}.npy", scores)
        print(json.dumps(times), file=answers, flush=True)


if __name__ == "__main__":
    main()
