"""``bw-tinyml compare``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import families_option, parameter_option, progress_bar, system_options
from bw_tinyml.cli.output import echo_json, echo_table, inventories_option, json_option
from bw_tinyml.cli.scenario import scenario_project_option, stated_scenario


@click.command("compare")
@click.argument("task", metavar="TASK|FILE.yaml")
@scenario_project_option
@system_options
@families_option()
@parameter_option
@click.option("--iterations", type=int, help="Number of Monte Carlo samples.  [default: 1000]")
@click.option("--seed", type=int, help="Seed of the samples.  [default: 42]")
@click.option(
    "--break-even",
    "break_even",
    multiple=True,
    metavar="NAME",
    help="Seek the break-even in this word of the task (rate, lifetime, payload, units sold), in "
    "'grid intensity', or in a parameter; may be repeated.  [default: all words]",
)
@click.option(
    "--background-uncertainty/--no-background-uncertainty",
    default=None,
    help="Whether the numbers of the open background are sampled, too.  [default: they are]",
)
@click.option(
    "--allocation",
    type=click.Choice(["cut-off", "substitution", "shared"]),
    help="Show the ratios under other allocations of recycling as well; the samples stay those of "
    "cut-off.  [default: cut-off]",
)
@click.option(
    "--brief",
    is_flag=True,
    help="Print the functional unit, and per twin the verdict and the ratio in climate change.",
)
@inventories_option
@json_option
def command(
    task: str,
    project: str | None,
    device: str | None,
    baselines: tuple[str, ...],
    location: str | None,
    families: tuple[str, ...],
    parameters: tuple[str, ...],
    iterations: int | None,
    seed: int | None,
    break_even: tuple[str, ...],
    background_uncertainty: bool | None,
    allocation: str | None,
    brief: bool,
    folder: str | None,
    as_json: bool,
) -> None:
    """Compare a TinyML device with cloud-IoT twins on one functional unit.

    Takes the name of a task, or a scenario file (docs/scenarios.md); options count more than what
    the file says. Prints scores with 90 % intervals, a verdict per category and twin under paired
    sampling, the break-evens at which the answer in climate change flips, with their intervals,
    and how much of each stage rests on estimates; --json has those of all categories.
    """
    from bw_tinyml.systems import compare_scenario
    from bw_tinyml.systems.text import (
        SCORES,
        allocation_rows,
        break_even_rows,
        brief_lines,
        climate_label,
        comparison_tables,
        footnotes,
        stage_estimate_rows,
        verdict_tables,
    )

    options = {
        "project": project,
        "device": device,
        "baselines": baselines,
        "location": location,
        "family": families,
        "iterations": iterations,
        "seed": seed,
        "background_uncertainty": background_uncertainty,
        "allocation": allocation,
    }
    scenario = stated_scenario(task, parameters, options)
    result = compare_scenario(
        scenario, folder=folder, progress=progress_bar(), break_even=break_even or None
    )
    if as_json:
        echo_json(result.as_dict())
        return
    if scenario.title:
        click.echo(f"{scenario.title}\n")
    click.echo(f"{result.functional_unit}\nLocation of use: {result.location}")
    if brief:
        for line in brief_lines(result):
            click.echo(line)
        return
    tables = [comparison_tables(result)[0], *verdict_tables(result)]
    category = climate_label(result)
    tables.append((f"Break-even in {category}", *break_even_rows(result, category)))
    estimates = f"Share of the score by stage, and what of it rests on estimates, in {category}"
    tables.append((estimates, *stage_estimate_rows(result, category)))
    if result.allocations is not None:
        for twin in result.systems[1:]:
            title = f"Ratio to {twin.title} by allocation of recycling"
            tables.append((title, *allocation_rows(result, twin.name)))
    for title, headers, rows in tables:
        click.echo(f"\n{title}\n")
        echo_table(rows, headers)
        if title == SCORES and (note := result.quote_note()):
            click.echo(f"\n{note}")
    for line in footnotes(result):
        click.echo(f"\n{line}")
