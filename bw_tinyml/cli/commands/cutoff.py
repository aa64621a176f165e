"""``bw-tinyml cutoff``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import families_option, project_option
from bw_tinyml.cli.output import echo_json, echo_table, json_option


@click.command("cutoff")
@click.argument("sector")
@project_option
@click.option("--usd", default=1.0, show_default=True, help="Producer price in USD.")
@click.option(
    "--price-level",
    default=1.0,
    show_default=True,
    help="Price level of the price's year relative to that of the table (2013); the price is "
    "divided by it.",
)
@click.option("--database", help="The USEEIO database; found by itself if there is one only.")
@families_option()
@json_option
def command(
    sector: str,
    project: str,
    usd: float,
    price_level: float,
    database: str | None,
    families: tuple[str, ...],
    as_json: bool,
) -> None:
    """Estimate by price what a process inventory leaves out: services that a producer buys.

    SECTOR is the name or code of a sector of USEEIO, e.g. 334413 (semiconductors). The estimate
    stands apart from the scores of process inventories and is never added to them.
    """
    from bw_tinyml.impact.cutoff import cutoff_estimate

    result = cutoff_estimate(
        sector,
        usd,
        project=project,
        database=database,
        price_level=price_level,
        families=families or ("EF v3.1",),
    )
    if as_json:
        echo_json(result.as_dict())
        return
    click.echo(
        f"{result.usd:g} USD of {result.price_year} (producer price) of: {result.sector.name} "
        f"[{result.sector.location}]\n"
    )
    echo_table(
        [(r.label, r.per_usd, r.whole, r.services, r.unit) for r in result.table.itertuples()],
        ("category", "per USD", "whole chain", "of it: services", "unit"),
    )
    click.echo(
        f"\n{100 * result.services:.1f} % of the sector's turnover pays for services. An average "
        "of the whole sector in the United States, shown apart: not to be added to a score "
        "that counts the same chain. Capital goods are not included."
    )
