"""``bw-tinyml show``."""

from __future__ import annotations

from typing import Any

import click

from bw_tinyml.cli.options import project_option
from bw_tinyml.cli.output import echo_json, echo_table, json_option
from bw_tinyml.inventory.quality import ASPECTS


@click.command("show")
@click.argument("name")
@project_option
@click.option("--location", help="Location code, where the name alone is not enough.")
@click.option("--sources", is_flag=True, help="Print where each number comes from.")
@json_option
def command(name: str, project: str, location: str | None, sources: bool, as_json: bool) -> None:
    """Show a dataset: its exchanges, formulas, parameters and sources.

    NAME is an activity name, a product, an identifier or a code, as `list` shows them.
    """
    from bw_tinyml.brightway.lookup import find
    from bw_tinyml.brightway.project import open_project
    from bw_tinyml.brightway.stack import bw2data

    open_project(project)
    node = find(name, location)
    activity = bw2data().get_activity(node.key)
    rated = _quality(activity)
    exchanges = [_exchange(e) for e in activity.exchanges() if e["type"] != "production"]
    parameters = _parameters(node.database, exchanges)
    if as_json:
        echo_json(
            {
                **node.as_dict(),
                "comment": node.comment,
                "quality": rated,
                "exchanges": exchanges,
                "parameters": parameters,
            }
        )
        return
    click.echo(f"{node.name} [{node.location}]")
    click.echo(f"1 {node.unit} of {node.product}; {node.stage}; {node.identifier}; {node.code}\n")
    click.echo(f"{node.comment}\n")
    if rated:
        click.echo(f"{_rating(rated)}\n")
    echo_table(
        [
            (
                e["type"],
                e["name"],
                e["location"] or ", ".join(e["categories"]),
                e["amount"],
                e["unit"],
                e["kind"],
                e["formula"],
            )
            for e in exchanges
        ],
        ("type", "input or flow", "location or compartment", "amount", "unit", "kind", "formula"),
    )
    if parameters:
        click.echo("\nParameters")
        echo_table(
            [(p["name"], p["amount"], p["unit"], p["kind"], p["formula"]) for p in parameters],
            ("parameter", "amount", "unit", "kind", "formula"),
        )
    if sources:
        click.echo("\nWhere the numbers come from")
        for e in exchanges:
            click.echo(f"- {e['name']}: {e['comment']}")
        for p in parameters:
            click.echo(f"- {p['name']}: {p['comment']}")


def _rating(rated: dict[str, Any]) -> str:
    aspects = ", ".join(
        f"{name} {'not assessed' if rated[name] is None else format(rated[name], 'g')}"
        for name in ASPECTS
    )
    total = rated["class"] + ("" if rated["rating"] is None else f", {rated['rating']:g}")
    return (
        f"Data quality, rated in the manner of PEF: {total} (1 best, 5 worst): {aspects}; "
        f"{rated['assessed']:.0%} of {rated['numbers']} numbers have a pedigree, "
        f"{rated['estimates']:.0%} are estimates; {rated['proxies']:.0%} of the exchanges are "
        "proxies"
    )


def _quality(activity: Any) -> dict[str, Any]:
    """Return the data quality that the installation stored; empty for what it did not rate."""
    if "rated numbers" not in activity:
        return {}

    def number(field: str) -> float | None:
        return float(activity[field]) if field in activity else None

    return {
        "rating": number("data quality rating"),
        "class": activity["data quality class"],
        **{name: number(f"data quality, {name}") for name in ASPECTS},
        "assessed": number("data quality, share assessed") or 0.0,
        "estimates": float(activity["share of estimates"]),
        "proxies": float(activity["share of proxies"]),
        "numbers": int(activity["rated numbers"]),
    }


def _exchange(exchange: Any) -> dict[str, Any]:
    data = exchange.as_dict()
    return {
        "type": data["type"],
        "name": data.get("name", ""),
        "product": data.get("reference product", ""),
        "location": data.get("location", ""),
        "categories": list(data.get("categories", ())),
        "amount": float(data["amount"]),
        "unit": data.get("unit", ""),
        "formula": data.get("formula", ""),
        "label": data.get("label", ""),
        "kind": data.get("kind", ""),
        "source": data.get("source", ""),
        "proxy": bool(data.get("proxy")),
        "comment": data.get("comment", ""),
        "uncertainty type": int(data.get("uncertainty type") or 0),
        "scale": data.get("scale"),
        "minimum": data.get("minimum"),
        "maximum": data.get("maximum"),
    }


def _parameters(database: str, exchanges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Parameters that the formulas use, also through other parameters."""
    from bw2data.parameters import DatabaseParameter

    from bw_tinyml.inventory.formulas import parse

    rows = {
        p.name: p for p in DatabaseParameter.select().where(DatabaseParameter.database == database)
    }
    used: dict[str, None] = {}
    queue = sorted({n for e in exchanges if e["formula"] for n in parse(e["formula"]).names})
    while queue:
        name = queue.pop(0)
        if name in used or name not in rows:
            continue
        used[name] = None
        if rows[name].formula:
            queue += sorted(parse(rows[name].formula).names)
    return [
        {
            "name": name,
            "amount": float(rows[name].amount),
            "formula": rows[name].formula or "",
            "unit": rows[name].data.get("unit", ""),
            "kind": rows[name].data.get("kind", ""),
            "source": rows[name].data.get("source", ""),
            "comment": rows[name].data.get("comment", ""),
        }
        for name in used
    ]
