"""``bw-tinyml report``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import (
    families_option,
    parameter_option,
    parse_parameters,
    progress_bar,
    project_option,
    sampling_options,
    system_options,
)
from bw_tinyml.cli.output import echo_json, inventories_option, json_option


@click.command("report")
@click.argument("file", type=click.Path(dir_okay=False))
@project_option
@click.option("--task", default="keyword spotting", show_default=True, help="Task.")
@system_options
@families_option("all that are installed by default")
@parameter_option
@sampling_options
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@inventories_option
@json_option
def command(
    file: str,
    project: str,
    task: str,
    device: str | None,
    baselines: tuple[str, ...],
    location: str | None,
    families: tuple[str, ...],
    parameters: tuple[str, ...],
    iterations: int,
    seed: int,
    overwrite: bool,
    folder: str | None,
    as_json: bool,
) -> None:
    """Write a comparison as one HTML page that opens offline."""
    from bw_tinyml.report.page import write_report

    result = write_report(
        file,
        task,
        device,
        baselines or None,
        project=project,
        location=location,
        family=families or None,
        parameters=parse_parameters(parameters),
        iterations=iterations,
        seed=seed,
        folder=folder,
        overwrite=overwrite,
        progress=progress_bar(),
    )
    if as_json:
        echo_json({"file": file, **result.as_dict()})
    else:
        click.echo(f"wrote {file}")
