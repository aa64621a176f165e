"""``bw-tinyml score``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bw_tinyml.arguments import finite
from bw_tinyml.cli.allocations import echo_allocations, factor_options
from bw_tinyml.cli.options import (
    method_options,
    parameter_option,
    parse_method,
    parse_parameters,
    project_option,
)
from bw_tinyml.cli.output import echo_json, echo_table, inventories_option, json_option
from bw_tinyml.errors import UsageError

if TYPE_CHECKING:
    from pandas import DataFrame

    from bw_tinyml.impact.allocation import Allocation
    from bw_tinyml.impact.results import Result

#: stages with a smaller share of the score are not printed
SHOWN_SHARE = 0.005
#: a score alone says nothing of its spread
ABOUT_INTERVALS = (
    "Intervals: `bw-tinyml uncertainty NAME`; the stated value often lies below the median of the "
    "samples."
)


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
@click.option(
    "--stages",
    is_flag=True,
    help="Show the share of each life-cycle stage, and how much of it rests on estimates.",
)
@click.option(
    "--allocation",
    is_flag=True,
    help="Show credits for recovered material and energy beside the score: cut-off, substitution "
    "and the circular footprint formula.",
)
@factor_options
@inventories_option
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
    stages: bool,
    allocation: bool,
    share: float,
    quality: float,
    folder: str | None,
    as_json: bool,
) -> None:
    """Score a dataset in all categories of a family of LCIA methods.

    NAME is an activity name, a product, an identifier or a code, as `list` shows them.
    """
    finite(amount, "--amount")
    if backgrounds:
        if method or parameters or stages or allocation:
            raise UsageError(
                "--background cannot be combined with --method, --parameter, --stages or "
                "--allocation",
                "name families of methods with --family",
            )
        _side_by_side(name, project, location, amount, backgrounds, families, as_json)
        return
    families = families or ("EF v3.1",)
    plain = not (method or parameters or stages or allocation)
    if plain and _quick(name, project, location, amount, families, as_json):
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
    split = _stages(result, project, method, folder) if stages else None
    credited = _allocated(result, project, method, share, quality, folder) if allocation else None
    if as_json:
        data = result.as_dict()
        if split is not None:
            data["stages"] = split.reset_index().to_dict(orient="records")
        if credited is not None:
            data["allocation"] = {
                "share": share,
                "quality": quality,
                "scores": [{"label": k, **a.as_dict()} for k, a in credited.items()],
            }
        echo_json(data)
        return
    click.echo(result.title())
    echo_table(
        [(row.label, row.score, row.unit) for row in result.table.itertuples()],
        ("category", "score", "unit"),
    )
    if split is not None:
        _echo_stages(split)
    if credited is not None:
        click.echo("\nBy allocation (see `bw-tinyml allocation --help`):\n")
        echo_allocations(credited)
    click.echo(f"\n{ABOUT_INTERVALS}\n{result.footnote()}")


def _stages(result: Result, project: str, method: str | None, folder: str | None) -> DataFrame:
    """Return the stages of what was scored."""
    from bw_tinyml.impact.stage_estimates import scored_stages

    found = scored_stages(
        result.node.code,
        project=project,
        families=_families(result),
        method=parse_method(method),
        parameters=result.provenance["parameters"],
        folder=folder,
    )
    return found.assign(score=found["score"] * result.amount)


def _echo_stages(split: DataFrame) -> None:
    """Print the stages of each category, without those below 0.5 %."""
    click.echo("\nBy stage, and how much of it rests on estimates:\n")
    echo_table(
        [
            (label, stage, row["share"], row["emission"], row["path"])
            for label, group in split.groupby(level="indicator", sort=False)
            for (stage, _), row in group.map("{:.1%}".format).iterrows()
            if abs(group.loc[(stage, label), "share"]) >= SHOWN_SHARE
        ],
        ("category", "stage", "share", "emission is an estimate", "an estimate on the way"),
    )


def _allocated(
    result: Result,
    project: str,
    method: str | None,
    share: float,
    quality: float,
    folder: str | None,
) -> dict[str, Allocation]:
    """Return what was scored under three allocations."""
    from bw_tinyml.impact.allocated import allocated, linked_tables
    from bw_tinyml.impact.session import Session

    if method:
        raise UsageError("--allocation needs a family of methods", "name it with --family")
    linked = linked_tables(Session(project, folder), result.provenance["parameters"])
    per_unit = result.table.set_index("label")["score"] / result.amount
    found = allocated(
        linked, result.node.identifier, per_unit, _families(result), share=share, quality=quality
    )
    return {label: a.scaled(result.amount) for label, a in found.items()}


def _families(result: Result) -> list[str]:
    """Families that were scored, in order."""
    return list(dict.fromkeys(method[-3] for method in result.methods.values()))


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
    click.echo(f"\n{ABOUT_INTERVALS}\n{wording.footnote(found.provenance)}")
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
