"""A parametrised product system on a synthetic background, as both stacks write it.

Seeded, and no number in it is about the world. It is imported by our side and, in an environment of
its own, by :mod:`benchmarks.algebraic_peer`: so it knows of numpy and what both bw2data have alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.synthetic import FIRST_FLOW, FLOWS, Elements, generate

BIOSPHERE, BACKGROUND, FOREGROUND = "biosphere", "background", "foreground"
METHODS = 16
PARAMETERS = 20
DATASETS = 20
INPUTS = 60
#: uncertainty types of stats_arrays
LOGNORMAL, NORMAL, UNIFORM = 2, 3, 4
#: what people write: yields, shares, scales, areas, decays
FORMULAS = (
    "{c} * {x} * {y}",
    "{c} * {x} / {y}",
    "{c} * {x} * (1 + {y} / {z})",
    "{c} * ({x} + {y} * {z})",
    "{c} * {x} / ({y} + {z})",
    "{c} * sqrt({x} * {y})",
    "{c} * {x} ** 0.8",
    "{c} * {x} * exp(-{y} / 10)",
)


def case(size: int, iterations: int, seed: int = 1) -> dict[str, Any]:
    """Return the description of a background and of what is built on it, ready for JSON.

    Parameters
    ----------
    size
        About how many activities the background has.
    iterations
        Number of values of each parameter.

    Returns
    -------
    dict
        ``flows``, codes; ``activities``, exchanges as (type, database, code, amount) by code;
        ``methods``, factors as (flow, factor); ``parameters``, fields of stats_arrays and
        ``amount`` by name; ``datasets``, inputs as (database, code, formula) by code; ``product``,
        the code that is demanded; ``samples``, values by name of the parameter.
    """
    rng = np.random.default_rng(seed)
    data = generate(size=size, datasets=1, methods=METHODS, seed=seed)
    activities = _activities(data.technosphere, data.biosphere)
    parameters = _parameters(rng)
    # Waste is treated, not bought; its credits could cancel what is compared.
    bought = [
        code
        for code, exchanges in activities.items()
        if all(amount > 0 for kind, *_, amount in exchanges if kind == "production")
    ]
    datasets = _datasets(rng, bought, list(parameters))
    return {
        "flows": [str(flow) for flow in range(FIRST_FLOW, FIRST_FLOW + FLOWS)],
        "activities": activities,
        "methods": [
            [(str(flow), float(factor)) for flow, factor in zip(*method, strict=True)]
            for method in data.methods
        ],
        "parameters": parameters,
        "datasets": datasets,
        "product": next(iter(datasets)),
        "samples": {n: _drawn(rng, p, iterations).tolist() for n, p in parameters.items()},
    }


def _activities(technosphere: Elements, biosphere: Elements) -> dict[str, list[tuple[Any, ...]]]:
    """Return exchanges by activity, one per element of a matrix.

    Several would be added in single precision by one stack, and in double precision by the other.
    """
    found: dict[str, dict[tuple[str, str, str], float]] = {}
    e = technosphere
    for row, column, amount, flip in zip(e.row, e.column, e.amount, e.flip, strict=True):
        element = float(-amount if flip else amount)
        own = found.setdefault(str(column), {})
        key = ("production" if row == column else "technosphere", BACKGROUND, str(row))
        own[key] = own.get(key, 0.0) + (element if row == column else -element)
    for row, column, amount in zip(biosphere.row, biosphere.column, biosphere.amount, strict=True):
        own = found[str(column)]
        key = ("biosphere", BIOSPHERE, str(row))
        own[key] = own.get(key, 0.0) + float(amount)
    return {code: [(*key, amount) for key, amount in own.items()] for code, own in found.items()}


def _parameters(rng: np.random.Generator) -> dict[str, dict[str, float]]:
    found = {}
    for k in range(PARAMETERS):
        amount = float(np.exp(rng.normal(0, 0.5)))
        kind = (LOGNORMAL, NORMAL, UNIFORM)[k % 3]
        spread = {
            LOGNORMAL: {"loc": float(np.log(amount)), "scale": float(rng.uniform(0.05, 0.3))},
            NORMAL: {"loc": amount, "scale": float(rng.uniform(0.02, 0.06)) * amount},
            UNIFORM: {"minimum": 0.7 * amount, "maximum": 1.3 * amount},
        }[kind]
        found[f"p{k:02d}"] = {"amount": amount, "uncertainty type": kind, **spread}
    return found


def _drawn(rng: np.random.Generator, parameter: dict[str, float], size: int) -> np.ndarray:
    kind = parameter["uncertainty type"]
    if kind == LOGNORMAL:
        return rng.lognormal(parameter["loc"], parameter["scale"], size)
    if kind == NORMAL:
        return rng.normal(parameter["loc"], parameter["scale"], size)
    return rng.uniform(parameter["minimum"], parameter["maximum"], size)


def _datasets(
    rng: np.random.Generator, activities: list[str], names: list[str]
) -> dict[str, list[tuple[str, str, str]]]:
    """Return datasets that are all part of the first, each with some of the background inputs."""

    def formula(size: float) -> str:
        x, y, z = rng.choice(names, 3, replace=False)
        # Six digits, so that both sides read the same number whatever they print in between.
        factor = f"{np.exp(rng.normal(size, 1.0)):.6g}"
        return str(rng.choice(FORMULAS)).format(c=factor, x=x, y=y, z=z)

    codes = [f"d{k:02d}" for k in range(DATASETS)]
    found: dict[str, list[tuple[str, str, str]]] = {code: [] for code in codes}
    for k in range(1, DATASETS):
        users = rng.choice(k, 2 if k > 1 and rng.random() < 0.3 else 1, replace=False)
        for user in users:
            found[codes[user]].append((FOREGROUND, codes[k], formula(-1.0)))
    for activity in rng.choice(activities, INPUTS, replace=False):
        for code in rng.choice(codes, 2 if rng.random() < 0.5 else 1, replace=False):
            found[code].append((BACKGROUND, str(activity), formula(-2.0)))
    return found


def method(k: int) -> tuple[str, str, str]:
    """Return the name of a method; lca_algebraic wants three parts."""
    return "synthetic", "method", f"{k:02d}"


def write_background(bd: Any, described: dict[str, Any]) -> None:
    """Write biosphere, background and methods with the bw2data of one stack or the other."""
    bd.Database(BIOSPHERE).write(
        {
            (BIOSPHERE, flow): {
                "name": f"flow {flow}",
                "unit": "kilogram",
                "type": "emission",
                "categories": ("air",),
                "exchanges": [],
            }
            for flow in described["flows"]
        }
    )
    bd.Database(BACKGROUND).write(
        {
            (BACKGROUND, code): {
                "name": f"activity {code}",
                "reference product": f"product {code}",
                "unit": "kilogram",
                "location": "GLO",
                "type": "process",
                "exchanges": [
                    {"type": kind, "input": (database, other), "amount": amount}
                    for kind, database, other, amount in exchanges
                ],
            }
            for code, exchanges in described["activities"].items()
        }
    )
    for k, factors in enumerate(described["methods"]):
        table = bd.Method(method(k))
        table.register(unit="points")
        table.write([((BIOSPHERE, flow), factor) for flow, factor in factors])
