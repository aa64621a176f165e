"""``bw-tinyml sensitivity``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import parameter_option, parse_parameters, progress_bar, project_option
from bw_tinyml.cli.output import echo_json, echo_table, inventories_option, json_option


@click.command("sensitivity")
@click.argument("task")
@project_option
@click.option("--device", help="TinyML system.  [default: the first of the task]")
@click.option("--baseline", help="Cloud-IoT twin.  [default: the first of the task]")
@click.option("--category", default="Climate change", show_default=True, help="Impact category.")
@click.option("--location", help="Location of use.  [default: GLO]")
@click.option("--family", default="EF v3.1", show_default=True, help="Family of LCIA methods.")
@click.option("--top", default=15, show_default=True, help="List so many parameters.")
@click.option(
    "--sobol", is_flag=True, help="Estimate variance-based indices of the listed ones (SALib)."
)
@click.option("--samples", default=256, show_default=True, help="Base samples of --sobol.")
@click.option("--seed", default=42, show_default=True, help="Seed of the samples.")
@parameter_option
@inventories_option
@json_option
def command(
    task: str,
    project: str,
    device: str | None,
    baseline: str | None,
    category: str,
    location: str | None,
    family: str,
    top: int,
    sobol: bool,
    samples: int,
    seed: int,
    parameters: tuple[str, ...],
    folder: str | None,
    as_json: bool,
) -> None:
    """Rank the uncertain parameters that decide a comparison.

    Each parameter goes to the 5th and the 95th percentile of its distribution, one at a time; the
    ratio is the score of the device divided by that of its twin. With --sobol, the listed
    parameters are sampled together and the total index says which share of the variance each
    takes part in.
    """
    from bw_tinyml.systems.sensitivity import rows, sensitivity

    result = sensitivity(
        task,
        device,
        baseline,
        category=category,
        project=project,
        location=location,
        family=family,
        parameters=parse_parameters(parameters),
        sampled=top if sobol else 0,
        samples=samples,
        seed=seed,
        folder=folder,
        progress=progress_bar(),
    )
    if as_json:
        echo_json(result.as_dict())
        return
    device_title, twin_title = (system.title for system in result.case.systems)
    click.echo(
        f"{result.label}: {device_title} scores {result.ratio:.3g} times as much as "
        f"{twin_title} [{result.case.location}]\n"
    )
    headers, cells = rows(result, top)
    echo_table(cells, headers)
    if len(result.table) > top:
        click.echo(f"\n{len(result.table) - top} more parameters move the ratio less.")
    if result.explained is not None:
        click.echo(f"\nFirst-order indices add up to {result.explained:.0%} of the variance.")
    click.echo("Exchanges with an uncertainty of their own stay at their stated value.")
