"""``bw-tinyml fleet``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import parameter_option, parse_parameters, project_option
from bw_tinyml.cli.output import echo_json, echo_table, inventories_option, json_option


@click.command("fleet")
@click.argument("task")
@project_option
@click.option("--device", help="System, TinyML or twin.  [default: the first of the task]")
@click.option("--sales", default=1e6, show_default=True, help="Devices sold in the first year.")
@click.option("--first-year", default=2026, show_default=True, help="Year of the first sales.")
@click.option("--years", default=10, show_default=True, help="Number of years with sales.")
@click.option(
    "--growth",
    type=click.Choice(["constant", "linear", "exponential"]),
    default="constant",
    show_default=True,
    help="How sales grow.",
)
@click.option(
    "--rate",
    default=0.0,
    show_default=True,
    help="Growth a year: devices (linear), or continuous share (exponential).",
)
@click.option(
    "--horizon",
    type=int,
    help="Years to go on after the last sales.  [default: three mean lives]",
)
@click.option("--lifetime", type=float, help="Mean life in years.  [default: that of the task]")
@click.option(
    "--shape",
    default=2.0,
    show_default=True,
    help="Shape of the Weibull distribution of the life; 'inf': all serve the mean life.",
)
@click.option("--category", default="Climate change", show_default=True, help="Category shown.")
@click.option("--location", help="Location of use.  [default: GLO]")
@click.option("--family", default="EF v3.1", show_default=True, help="Family of LCIA methods.")
@parameter_option
@inventories_option
@json_option
def command(
    task: str,
    project: str,
    device: str | None,
    sales: float,
    first_year: int,
    years: int,
    growth: str,
    rate: float,
    horizon: int | None,
    lifetime: float | None,
    shape: float,
    category: str,
    location: str | None,
    family: str,
    parameters: tuple[str, ...],
    folder: str | None,
    as_json: bool,
) -> None:
    """Follow a fleet of devices: impacts, used electronics and metals, year by year.

    Devices are made when they are sold, draw electricity and services as long as they work, and
    are treated when they retire. --json has all categories and metals.
    """
    from bw_tinyml.errors import NotFoundError
    from bw_tinyml.suggestions import nearest
    from bw_tinyml.systems.fleet import fleet_impacts

    result = fleet_impacts(
        task,
        device,
        sales=sales,
        first_year=first_year,
        years=years,
        growth=growth,
        rate=rate,
        horizon=horizon,
        lifetime=lifetime,
        shape=shape,
        project=project,
        location=location,
        family=family,
        parameters=parse_parameters(parameters),
        folder=folder,
    )
    if as_json:
        echo_json(result.as_dict())
        return
    if category not in result.units:
        raise NotFoundError(
            f"there is no category '{category}'{nearest(category, result.units)}",
            f"categories: {'; '.join(result.units)}",
        )
    scores = result.impacts[category]
    rows = []
    for i, year in enumerate(result.devices.years):
        own = scores.loc[int(year)]
        rows.append(
            [
                int(year),
                float(result.devices.sold[i]),
                float(result.devices.stock[i]),
                *(float(own[timing]) for timing in own.index),
                float(own.sum()),
                float(result.materials.loc[(int(year), "retired"), "mass"]) / 1000,
            ]
        )
    click.echo(
        f"{result.system.title} [{result.location}], mean life {result.lifetimes.mean:g} a; "
        f"{category} in {result.units[category]}\n"
    )
    headers = ["year", "sold", "in stock", "making", "use", "end of life", "all", "e-waste, t"]
    echo_table(rows, headers)
    sums = result.materials.xs("retired", level="what").sum()
    metals = [
        [name, float(mass)]
        for name, mass in sums.drop("mass").sort_values(ascending=False).items()
        if mass
    ]
    click.echo("\nMetals in retired devices over all years\n")
    echo_table(metals, ["metal", "kg"])
    click.echo(f"\nAll years: {float(scores.sum()):.4g} {result.units[category]}")
