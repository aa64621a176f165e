"""``bw-tinyml stages``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import (
    parameter_option,
    parse_parameters,
    project_option,
    sampling_options,
)
from bw_tinyml.cli.output import echo_json, echo_table, json_option


@click.command("stages")
@click.argument("name")
@project_option
@click.option("--location", help="Location code, where the name alone is not enough.")
@click.option("--family", "families", multiple=True, help="Family of LCIA methods.")
@click.option("--stage", "only", multiple=True, help="Only this stage; may be repeated.")
@parameter_option
@sampling_options
@json_option
def command(
    name: str,
    project: str,
    location: str | None,
    families: tuple[str, ...],
    only: tuple[str, ...],
    parameters: tuple[str, ...],
    iterations: int,
    seed: int,
    as_json: bool,
) -> None:
    """Show which stage leads in each category, and how sure that is.

    NAME is a system or device, such as `keyword_spotting/mcu-ble/GLO`. Shares are taken within
    each Monte Carlo sample; `leads` is the share of samples in which the stage is the largest.
    """
    from bw_tinyml.impact.stages import stages

    found = stages(
        name,
        project=project,
        location=location,
        families=families or None,
        parameters=parse_parameters(parameters),
        iterations=iterations,
        seed=seed,
    )
    table = found.table
    if only:
        table = table[table["stage"].isin(only)]
    if as_json:
        echo_json(
            {
                "activity": found.activity,
                "iterations": found.iterations,
                "stages": table.to_dict(orient="records"),
            }
        )
        return
    click.echo(f"{found.activity}: shares of stages, {found.iterations} samples\n")
    shown = table[(table["p95"] >= 0.005) | (table["share"] >= 0.005)]
    echo_table(
        [
            (
                row.category,
                row.stage,
                f"{row.share:.1%}",
                f"{row.median:.1%}",
                f"{row.p05:.1%} to {row.p95:.1%}",
                f"{row.leads:.0%}",
            )
            for row in shown.itertuples()
        ],
        ("category", "stage", "share", "median", "5th to 95th percentile", "leads"),
    )
