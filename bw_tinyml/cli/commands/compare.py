"""``bw-tinyml compare``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import (
    parameter_option,
    parse_parameters,
    progress_bar,
    project_option,
    sampling_options,
)
from bw_tinyml.cli.output import echo_json, echo_table, inventories_option, json_option


@click.command("compare")
@click.argument("task")
@project_option
@click.option("--device", help="TinyML system.  [default: the first of the task]")
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    help="Cloud-IoT twin; may be repeated.  [default: all]",
)
@click.option("--location", help="Location of use.  [default: GLO]")
@click.option(
    "--family",
    "families",
    multiple=True,
    help="Family of LCIA methods; may be repeated.  [default: EF v3.1]",
)
@parameter_option
@sampling_options
@inventories_option
@json_option
def command(
    task: str,
    project: str,
    device: str | None,
    baselines: tuple[str, ...],
    location: str | None,
    families: tuple[str, ...],
    parameters: tuple[str, ...],
    iterations: int,
    seed: int,
    folder: str | None,
    as_json: bool,
) -> None:
    """Compare a TinyML device with cloud-IoT twins on one functional unit.

    Prints scores with 90 % intervals, the probability that the device is lower under paired
    sampling, and the rate at which the answer flips.
    """
    from bw_tinyml.systems import compare
    from bw_tinyml.systems.text import comparison_tables, footnotes

    result = compare(
        task,
        device,
        baselines or None,
        project=project,
        location=location,
        family=families or ("EF v3.1",),
        parameters=parse_parameters(parameters),
        iterations=iterations,
        seed=seed,
        folder=folder,
        progress=progress_bar(),
    )
    if as_json:
        echo_json(result.as_dict())
        return
    click.echo(f"{result.task.functional_unit}\nLocation of use: {result.location}")
    for title, headers, rows in comparison_tables(result):
        click.echo(f"\n{title}\n")
        echo_table(rows, headers)
    for line in footnotes(result):
        click.echo(f"\n{line}")
