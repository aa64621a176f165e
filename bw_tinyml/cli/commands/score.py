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
from bw_tinyml.errors import UsageError


@click.command("score")
@click.argument("name")
@project_option
@click.option("--location", help="Location code, where the name alone is not enough.")
@click.option("--amount", default=1.0, show_default=True, help="How much of the product.")
@click.option(
    "backgrounds",
    "--background",
    multiple=True,
    metavar="NAME[@PROJECT]",
    help="Score on this background, `open` or an ecoinvent database, without changing a project. "
    "Repeat it to see two or more side by side.",
)
@method_options
@parameter_option
@json_option
def command(
    name: str,
    project: str,
    location: str | None,
    amount: float,
    backgrounds: tuple[str, ...],
    families: tuple[str, ...],
    method: str | None,
    parameters: tuple[str, ...],
    as_json: bool,
) -> None:
    """Score a dataset in all categories of a family of LCIA methods.

    NAME is an activity name, a product, an identifier or a code, as `list` shows them.
    """
    if backgrounds:
        if method or parameters:
            raise UsageError(
                "--background cannot be combined with --method or --parameter",
                "name families of methods with --family",
            )
        _side_by_side(name, project, location, amount, backgrounds, families, as_json)
        return
    families = families or ("EF v3.1",)
    if not method and not parameters and _quick(name, project, location, amount, families, as_json):
        return
    from bw_tinyml.impact.results import score

    result = score(
        name,
        project=project,
        location=location,
        amount=amount,
        family=families,
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


def _quick(
    name: str,
    project: str,
    location: str | None,
    amount: float,
    families: tuple[str, ...],
    as_json: bool,
) -> bool:
    """Print scores without importing bw2data and pandas; return whether that was possible."""
    from bw_tinyml.brightway.reading import NotReadable
    from bw_tinyml.impact import wording
    from bw_tinyml.impact.quick import quick_scores

    try:
        found = quick_scores(name, project, location, families)
    except NotReadable:  # then bw2data must look at the project
        return False
    if as_json:
        echo_json(found.as_dict(amount))
        return True
    click.echo(wording.title(found.node, amount))
    echo_table(
        [
            (indicator.label, value * amount, indicator.unit)
            for indicator, value in zip(found.indicators, found.values, strict=True)
        ],
        ("category", "score", "unit"),
    )
    click.echo(f"\n{wording.footnote(found.provenance)}")
    return True


def _side_by_side(
    name: str,
    project: str,
    location: str | None,
    amount: float,
    backgrounds: tuple[str, ...],
    families: tuple[str, ...],
    as_json: bool,
) -> None:
    """Print scores on several backgrounds, and their ratios to the first."""
    from bw_tinyml.impact.backgrounds import compare_backgrounds

    result = compare_backgrounds(
        name,
        backgrounds,
        project=project,
        location=location,
        amount=amount,
        family=families or ("EF v3.1",),
    )
    if as_json:
        echo_json(result.as_dict())
        return
    click.echo(result.title())
    for label, recognised in result.recognised.items():
        click.echo(f"{label}: {recognised}")
    click.echo()
    labels = list(result.recognised)
    others = labels[1:]
    echo_table(
        [
            (
                row["label"],
                row["unit"],
                *(row[label] for label in labels),
                *(row[f"{label} / {labels[0]}"] for label in others),
            )
            for row in result.table.to_dict("records")
        ],
        ("category", "unit", *labels, *(f"{label} / {labels[0]}" for label in others)),
    )
