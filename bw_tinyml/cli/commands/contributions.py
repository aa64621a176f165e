"""``bw-tinyml contributions``."""

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


@click.command("contributions")
@click.argument("name")
@project_option
@click.option("--location", help="Location code, where the name alone is not enough.")
@click.option(
    "--by",
    type=click.Choice(["stage", "component", "process", "flow"]),
    default="stage",
    show_default=True,
    help="What the score is split by.",
)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=8,
    show_default=True,
    help="List so many per category; the rest is one sum.",
)
@method_options
@parameter_option
@json_option
def command(
    name: str,
    project: str,
    location: str | None,
    by: str,
    top: int,
    families: tuple[str, ...],
    method: str | None,
    parameters: tuple[str, ...],
    as_json: bool,
) -> None:
    """Split the score of a dataset: by stage, component, process or elementary flow."""
    from bw_tinyml.impact.largest import largest
    from bw_tinyml.impact.results import contributions

    result = contributions(
        name,
        by=by,
        project=project,
        location=location,
        family=families or ("EF v3.1",),
        method=parse_method(method),
        parameters=parse_parameters(parameters),
    )
    if as_json:
        echo_json(result.as_dict(top))
        return
    click.echo(result.title())
    for label, unit in result.units.items():
        column = result.table[label]
        total = column.sum()
        found = largest(column, top)
        click.echo(f"\n{label}: {total:.4g} {unit}")
        rows = [
            (
                index if isinstance(index, str) else " / ".join(dict.fromkeys(index)),
                value,
                f"{value / total:.1%}" if total else "",
            )
            for index, value in found.parts.items()
        ]
        if found.others:
            share = f"{found.rest / total:.1%}" if total else ""
            rows.append((f"{found.others} others", found.rest, share))
        echo_table(rows, (by, "score", "share"))
    click.echo(f"\n{result.footnote()}")
