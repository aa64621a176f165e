"""``bw-tinyml allocation``."""

from __future__ import annotations

import click

from bw_tinyml.cli.allocations import echo_allocations, factor_options
from bw_tinyml.cli.output import echo_json, echo_table, inventories_option, json_option
from bw_tinyml.errors import InventoryError, NotFoundError


@click.command("allocation")
@click.argument("identifier")
@click.option("--family", default="EF v3.1", show_default=True, help="Family of LCIA methods.")
@factor_options
@click.option("--materials", is_flag=True, help="List what is recovered.")
@inventories_option
@json_option
def command(
    identifier: str,
    family: str,
    share: float,
    quality: float,
    materials: bool,
    folder: str | None,
    as_json: bool,
) -> None:
    """Score a dataset by cut-off, by substitution and by the circular footprint formula.

    IDENTIFIER is a process identifier with its variants, such as `keyword_spotting/mcu-ble/GLO`.
    Credits for recovered material and energy stand in columns of their own. Straight from the
    tables, with the open background.
    """
    from bw_tinyml.background import link
    from bw_tinyml.impact.allocation import allocations
    from bw_tinyml.inventory import load
    from bw_tinyml.inventory.families import categories
    from bw_tinyml.suggestions import nearest_or

    inventory, report = load(folder)
    linked = link(inventory, report)
    if report.errors:
        raise InventoryError(
            f"the tables have {len(report.errors)} errors", "run `bw-tinyml check` first"
        )
    if identifier not in linked.datasets:
        raise NotFoundError(
            f"no dataset '{identifier}'",
            nearest_or(identifier, linked.datasets, "docs/datasets.md lists all"),
        )
    found, recovered = allocations(
        linked, identifier, categories(inventory, family), share=share, quality=quality
    )
    dataset = linked.datasets[identifier].dataset
    if as_json:
        echo_json(
            {
                "dataset": dataset.id,
                "unit": dataset.unit,
                "share": share,
                "quality": quality,
                "recovered": [r.__dict__ for r in recovered],
                "scores": [a.as_dict() for a in found],
            }
        )
        return
    click.echo(f"1 {dataset.unit} of {dataset.product}: {dataset.name} [{dataset.location}]\n")
    echo_allocations({a.category: a for a in found})
    if materials:
        click.echo()
        rows = [(r.kind, r.key, r.amount, r.unit) for r in recovered]
        echo_table(rows, ("kind", "recovered", "amount", ""))
    click.echo(
        "\nCut-off is the default of the databases. Scrap of production is credited nowhere: its "
        "recycling is outside of the system."
    )
