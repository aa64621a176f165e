"""``bw-tinyml uncertainty``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import (
    method_options,
    parameter_option,
    parse_method,
    parse_parameters,
    progress_bar,
    project_option,
    sampling_options,
    worker_options,
)
from bw_tinyml.cli.output import echo_json, echo_table, json_option


@click.command("uncertainty")
@click.argument("name")
@project_option
@click.option("--location", help="Location code, where the name alone is not enough.")
@method_options
@parameter_option
@sampling_options
@click.option(
    "--samples",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write all samples to this file: .csv, .xlsx or .parquet.",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing file of --samples.")
@click.option(
    "--background-samples",
    default=0,
    show_default=True,
    help="Draws of a background other than the open one, in which samples take turns; 0 keeps it "
    "at its stated numbers.",
)
@worker_options
@json_option
def command(
    name: str,
    project: str,
    location: str | None,
    families: tuple[str, ...],
    method: str | None,
    parameters: tuple[str, ...],
    iterations: int,
    seed: int,
    samples: str | None,
    overwrite: bool,
    background_samples: int,
    workers: int,
    scheduler: str | None,
    resume: bool,
    as_json: bool,
) -> None:
    """Sample the score of a dataset (Monte Carlo over parameters, exchanges and background)."""
    from bw_tinyml.export.bigtable import table_writer
    from bw_tinyml.impact.uncertainty import uncertainty

    write = table_writer(samples, "iteration", iterations, overwrite) if samples else None
    result = uncertainty(
        name,
        project=project,
        location=location,
        family=families or ("EF v3.1",),
        method=parse_method(method),
        parameters=parse_parameters(parameters),
        iterations=iterations,
        seed=seed,
        background_samples=background_samples,
        workers=workers,
        scheduler=scheduler,
        resume=resume,
        progress=progress_bar(),
    )
    if write:
        write(result.samples)
    if as_json:
        echo_json(result.as_dict())
        return
    click.echo(result.title())
    echo_table(
        [
            (row.label, row.score, row.median, row.p05, row.p95, row.unit)
            for row in result.table.itertuples()
        ],
        ("category", "score", "median", "5 %", "95 %", "unit"),
    )
    click.echo(f"\n{result.footnote()}")
