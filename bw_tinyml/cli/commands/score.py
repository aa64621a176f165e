"""``bw-tinyml score``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import (
    method_options,
    parameter_option,
    parse_method,
    parse_parameters,
    project_option,
)
from bw_tinyml.cli.output import echo_json, echo_table, json_option


@click.command("score")
@click.argument("name")
@project_option
@click.option("--location", help="Location code, where the name alone is not enough.")
@click.option("--amount", default=1.0, show_default=True, help="How much of the product.")
@method_options
@parameter_option
@json_option
def command(
    name: str,
    project: str,
    location: str | None,
    amount: float,
    families: tuple[str, ...],
    method: str | None,
    parameters: tuple[str, ...],
    as_json: bool,
) -> None:
    """Score a dataset in all categories of a family of LCIA methods.

    NAME is an activity name, a product, an identifier or a code, as `list` shows them.
    """
    from bw_tinyml.impact.results import score

    result = score(
        name,
        project=project,
        location=location,
        amount=amount,
        family=families or ("EF v3.1",),
        method=parse_method(method),
        parameters=parse_parameters(parameters),
    )
    if as_json:
        echo_json(result.as_dict())
        return
    click.echo(result.title())
    echo_table(
        [(row.label, row.score, row.unit) for row in result.table.itertuples()],
        ("category", "score", "unit"),
    )
    click.echo(f"\n{result.footnote()}")
