"""Exporting what a project holds: our databases as they are there, the rest by reference.

The data of other databases (ecoinvent) are never exported. What ours use of them becomes a flow
without a process, or, where the user states that the licence allows it, an LCI result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bw_tinyml.brightway.installed import refuse_incomplete
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2calc, bw2data, quiet
from bw_tinyml.errors import ProjectError
from bw_tinyml.export.ilcd.content import Content
from bw_tinyml.inventory.model import DATABASES

Key = tuple[str, str]
#: amounts smaller than this share of the largest are numerical noise of the solver
_NOISE = 1e-18


def from_project(project: str, aggregate: bool = False) -> Content:
    """Return the content of our databases in a project.

    Parameters
    ----------
    project
        Name of the project.
    aggregate
        Whether inputs from other databases become LCI results.

    Raises
    ------
    ProjectError
        The project does not exist, has none of our databases, or lacks what they depend on.
    """
    open_project(project)
    bd = bw2data()
    names = [name for name in reversed(list(DATABASES)) if name in bd.databases]
    if not names:
        raise ProjectError(
            f"project '{project}' has none of our databases",
            f"bw-tinyml install --project {project} --background open",
        )
    refuse_incomplete()
    content = Content(datasets={}, parameters={}, sources={})
    for name in names:
        content.parameters[name] = _parameters(name)
        for dataset in _datasets(name):
            content.datasets[dataset["database"], dataset["code"]] = dataset
    _add_others(content, aggregate)
    return content


def _datasets(database: str) -> list[dict[str, Any]]:
    bd = bw2data()
    found = []
    for node in bd.Database(database):
        exchanges = [_exchange(e) for e in node.exchanges()]
        production = [e for e in exchanges if e["type"] == "production"]
        if not production:
            key = (database, node["code"])
            exchanges.insert(0, {"input": key, "output": key, "type": "production", "amount": 1.0})
        dataset = dict(node.as_dict())
        found.append({**dataset, "database": database, "exchanges": exchanges})
    return found


def _exchange(exchange: Any) -> dict[str, Any]:
    fields = dict(exchange.as_dict())
    fields["input"] = tuple(fields["input"])
    if fields["type"] == "biosphere":
        flow = exchange.input
        fields |= {
            "name": flow["name"],
            "unit": flow["unit"],
            "categories": tuple(flow.get("categories") or ("unspecified",)),
        }
    return fields


def _parameters(database: str) -> dict[str, Mapping[str, Any]]:
    bw2data()
    from bw2data.parameters import DatabaseParameter

    rows = DatabaseParameter.select().where(DatabaseParameter.database == database)
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        fields = {**(row.data or {}), "name": row.name, "amount": row.amount}
        if row.formula:
            fields["formula"] = row.formula
        found[row.name] = fields
    return found


def _add_others(content: Content, aggregate: bool) -> None:
    """Add what our datasets use of other databases, and turn the signs of Brightway's wastes."""
    bd = bw2data()
    others: dict[Key, dict[str, Any]] = {}
    for dataset in list(content.datasets.values()):
        for exchange in dataset["exchanges"]:
            key = exchange["input"]
            if exchange["type"] != "technosphere" or key in content.datasets:
                continue
            if key not in others:
                others[key] = _other(bd.get_node(database=key[0], code=key[1]))
            if others[key]["product type"] == "waste":
                _turn(exchange)
    if aggregate and others:
        _aggregate(others)
    content.datasets |= others


def _other(node: Any) -> dict[str, Any]:
    """Return a dataset of another database as a reference."""
    production = next((e["amount"] for e in node.production()), 1.0)
    database, code = node.key
    return {
        "database": database,
        "code": code,
        "other database": True,
        "name": node["name"],
        "reference product": node.get("reference product") or node["name"],
        "unit": node["unit"],
        "location": node.get("location") or "GLO",
        "stage": "other databases",
        "product type": "waste" if production < 0 else "good",
        "reference only": True,
        "exchanges": [],
    }


def _turn(exchange: dict[str, Any]) -> None:
    """Make a waste that is sent to treatment positive: Brightway writes a negative input."""
    exchange["amount"] = -exchange["amount"]
    if exchange.get("formula"):
        exchange["formula"] = f"-({exchange['formula']})"
    low, high = exchange.get("minimum"), exchange.get("maximum")
    if low is not None and high is not None:
        exchange["minimum"], exchange["maximum"] = -high, -low
    if int(exchange.get("uncertainty type") or 0) == 5 and exchange.get("loc") is not None:
        exchange["loc"] = -exchange["loc"]


def _aggregate(others: dict[Key, dict[str, Any]]) -> None:
    """Give references the elementary flows of their whole supply chain."""
    bd, bc = bw2data(), bw2calc()
    nodes = {key: bd.get_node(database=key[0], code=key[1]) for key in others}
    first = next(iter(nodes.values()))
    with quiet():
        lca = bc.LCA({first.key: 1.0})
        lca.lci(factorize=True)
        flows: dict[int, Any] = {}
        for key, node in nodes.items():
            waste = others[key]["product type"] == "waste"
            lca.lci(demand={node.id: -1.0 if waste else 1.0})
            totals = lca.inventory.sum(axis=1).A1
            limit = abs(totals).max() * _NOISE
            others[key]["exchanges"] = [
                _own_production(others[key], key),
                *(
                    _flow(flows, bd, identifier, float(totals[row]), key)
                    for identifier, row in lca.dicts.biosphere.items()
                    if abs(totals[row]) > limit
                ),
            ]
            others[key]["aggregated"] = True
            del others[key]["reference only"]


def _own_production(dataset: Mapping[str, Any], key: Key) -> dict[str, Any]:
    return {"input": key, "output": key, "type": "production", "amount": 1.0}


def _flow(
    flows: dict[int, Any], bd: Any, identifier: int, amount: float, key: Key
) -> dict[str, Any]:
    if identifier not in flows:
        flows[identifier] = bd.get_node(id=identifier)
    flow = flows[identifier]
    return {
        "input": flow.key,
        "output": key,
        "type": "biosphere",
        "amount": amount,
        "name": flow["name"],
        "unit": flow["unit"],
        "categories": tuple(flow.get("categories") or ("unspecified",)),
    }
