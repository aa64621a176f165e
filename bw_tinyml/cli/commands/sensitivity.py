"""``bw-tinyml sensitivity``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import parameter_option, progress_bar
from bw_tinyml.cli.output import echo_json, echo_table, inventories_option, json_option
from bw_tinyml.cli.scenario import scenario_project_option, stated_scenario


@click.command("sensitivity")
@click.argument("task", metavar="TASK|FILE.yaml")
@scenario_project_option
@click.option("--device", help="TinyML system.  [default: the first of the task]")
@click.option("--baseline", help="Cloud-IoT twin.  [default: the first of the file or task]")
@click.option("--category", default="Climate change", show_default=True, help="Impact category.")
@click.option("--location", help="Location of use.  [default: GLO]")
@click.option("--family", help="Family of LCIA methods.  [default: EF v3.1]")
@click.option(
    "--of",
    "of",
    type=click.Choice(["difference", "device", "baseline", "ratio"]),
    default="difference",
    show_default=True,
    help="What to rank by: device less twin, one side, or device over twin.",
)
@click.option("--top", default=15, show_default=True, help="List so many numbers.")
@click.option(
    "--sobol", is_flag=True, help="Estimate variance-based indices of the listed ones (SALib)."
)
@click.option("--samples", default=256, show_default=True, help="Base samples of --sobol.")
@click.option("--seed", type=int, help="Seed of the samples.  [default: 42]")
@parameter_option
@inventories_option
@json_option
def command(
    task: str,
    project: str | None,
    device: str | None,
    baseline: str | None,
    category: str,
    location: str | None,
    family: str | None,
    of: str,
    top: int,
    sobol: bool,
    samples: int,
    seed: int | None,
    parameters: tuple[str, ...],
    folder: str | None,
    as_json: bool,
) -> None:
    """Rank the uncertain numbers that decide a comparison.

    Takes the name of a task, or a scenario file, as `compare` does. Each parameter, and each
    exchange with an uncertainty of its own, goes to the 5th and the 95th percentile of its
    distribution, one at a time; the difference is the score of the device less that of its twin.
    With --sobol, the listed numbers are sampled together and the total index says which share of
    the variance each takes part in. --json has the same for the difference, both sides and the
    ratio.
    """
    from bw_tinyml.systems.sensitivity import rows, sensitivity_scenario

    options = {
        "project": project,
        "device": device,
        "baselines": (baseline,) if baseline else (),
        "location": location,
        "family": (family,) if family else (),
        "seed": seed,
    }
    result = sensitivity_scenario(
        stated_scenario(task, parameters, options),
        category=category,
        of=of,
        listed=top,
        sampled=top if sobol else 0,
        samples=samples,
        folder=folder,
        progress=progress_bar(),
    )
    if as_json:
        echo_json(result.as_dict())
        return
    titles = [system.title for system in result.case.systems]
    scores = [result.stated[side] for side in ("device", "baseline")]
    click.echo(
        f"{result.label} [{result.case.location}]: {titles[0]} {scores[0]:.3g}, {titles[1]} "
        f"{scores[1]:.3g} {result.unit}; difference {result.stated['difference']:.3g}, ratio "
        f"{result.stated['ratio']:.3g}\n"
    )
    headers, cells = rows(result, top)
    echo_table(cells, headers)
    if result.others:
        click.echo(f"\n{result.others} more uncertain numbers move the {of} less, to first order.")
    if of in result.explained:
        click.echo(f"\nFirst-order indices add up to {result.explained[of]:.0%} of the variance.")
