"""``bw-tinyml preview``."""

from __future__ import annotations

from typing import NamedTuple

import click

from bw_tinyml.cli.output import echo_json, echo_table, inventories_option, json_option
from bw_tinyml.errors import InventoryError, NotFoundError


class Result(NamedTuple):
    """Score of one unit in one category, and its largest contributions."""

    category: str
    score: float
    unit: str
    contributions: list[tuple[str, float]]


@click.command("preview")
@click.argument("identifier")
@click.option("--family", default="EF v3.1", show_default=True, help="Family of LCIA methods.")
@click.option("--top", default=0, help="List so many of the largest contributions per category.")
@inventories_option
@json_option
def command(identifier: str, family: str, top: int, folder: str | None, as_json: bool) -> None:
    """Score one unit of a dataset straight from the tables.

    IDENTIFIER is a process identifier with its variants, such as `wafer_fabrication/40 nm/TW`,
    or a background key. Nothing is written: this is for people who work on the tables.
    """
    from bw_tinyml.background import link
    from bw_tinyml.impact.preview import bundled, contributions, matrices
    from bw_tinyml.inventory import load
    from bw_tinyml.inventory.families import categories
    from bw_tinyml.suggestions import nearest_or

    inventory, report = load(folder)
    linked = link(inventory, report)
    if report.errors:
        raise InventoryError(
            f"the tables have {len(report.errors)} errors", "run `bw-tinyml check` first"
        )
    by_key = {row["key"]: row["process"] for row in inventory.tables["links"]}
    identifier = by_key.get(identifier, identifier)
    if identifier not in linked.datasets:
        raise NotFoundError(
            f"no dataset '{identifier}'",
            nearest_or(identifier, [*linked.datasets, *by_key], "docs/datasets.md lists all"),
        )
    system = matrices(linked)
    results = []
    for category in categories(inventory, family):
        method = bundled(category)
        scores = system.unit_scores(method)
        parts = contributions(linked, identifier, method, scores)[:top] if top else []
        results.append(Result(category.label, scores[identifier], method.unit, parts))
    dataset = linked.datasets[identifier].dataset
    if as_json:
        rows = [r._asdict() for r in results]
        echo_json({"dataset": dataset.id, "unit": dataset.unit, "scores": rows})
        return
    click.echo(f"1 {dataset.unit} of {dataset.product}: {dataset.name} [{dataset.location}]\n")
    echo_table([(r.category, r.score, r.unit) for r in results], ("category", "score", ""))
    for result in results if top else []:
        click.echo(f"\n{result.category}")
        total = result.score or 1.0
        shares = [(label, score, f"{score / total:.1%}") for label, score in result.contributions]
        echo_table(shares, ("input or flow", "score", "share"))
