"""``bw-tinyml install``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bw_tinyml.cli.options import links_options, parse_links, progress_bar, project_option
from bw_tinyml.cli.output import echo_json, inventories_option, json_option

if TYPE_CHECKING:
    from bw_tinyml.brightway.installed import Installation

#: changes of the user that are printed one by one
LISTED = 20


@click.command("install")
@project_option
@click.option(
    "--background",
    required=True,
    help="`open`: the background that comes with us; or the name of an ecoinvent database (3.8 or "
    "later, unit processes) of the project.",
)
@click.option("--biosphere", help="Biosphere database to use; found by itself if not given.")
@click.option(
    "--family",
    "families",
    multiple=True,
    help="Family of LCIA methods to install; may be repeated.  [default: EF v3.1, IPCC 2021, "
    "ReCiPe 2016 midpoint (H), CED, USEtox]",
)
@click.option(
    "--replace",
    is_flag=True,
    help="Replace databases of the same name. What you added to them or changed in them is lost; "
    "with --check, it is only listed.",
)
@click.option("--check", is_flag=True, help="Validate everything and write nothing.")
@click.option(
    "--locations",
    default="",
    metavar="CODE,...",
    help="Further locations of fabs, board makers and data centres, such as VN,TH.",
)
@click.option(
    "--values",
    is_flag=True,
    help="Amounts only, without formulas and parameters: what Activity Browser opens at once.",
)
@links_options
@inventories_option
@json_option
def command(
    project: str,
    background: str,
    biosphere: str | None,
    families: tuple[str, ...],
    replace: bool,
    check: bool,
    locations: str,
    values: bool,
    links_file: str | None,
    links: tuple[str, ...],
    folder: str | None,
    as_json: bool,
) -> None:
    """Install databases, biosphere and LCIA methods into a Brightway project.

    The project is created where it does not exist. Everything is validated before anything is
    written, and an interrupted installation leaves the project as it was. A second run changes
    nothing.
    """
    from bw_tinyml.brightway.install import install

    result = install(
        project,
        background,
        biosphere=biosphere,
        families=families or None,
        replace=replace,
        links=parse_links(links_file, links),
        locations=[code for part in locations.split(",") if (code := part.strip())],
        values=values,
        check_only=check,
        folder=folder,
        progress=progress_bar(),
    )
    if as_json:
        echo_json(result.as_dict())
        return
    echo_installation(result)
    if result.dropped_factors:
        click.echo(
            f"{result.dropped_factors} factors left out: '{result.biosphere}' lacks their flows"
        )


def echo_installation(result: Installation) -> None:
    """Print what was recognised, what stands in for what, and what was written."""
    if result.recognised:
        click.echo(f"recognised: '{result.background}' as {result.recognised}")
    if result.why:
        click.echo(f"            {result.why}")
    if result.entered:
        count = len(result.entered)
        click.echo(f"not in it:  {count} datasets of ours: {', '.join(result.entered)}")
    if result.proxies:
        click.echo(f"proxies:    {'; '.join(result.proxies)}")
    if result.renamed_flows:
        click.echo(f"renamed:    {result.renamed_flows} elementary flows, linked by UUID")
    if result.left_out_flows:
        click.echo(f"left out:   {', '.join(result.left_out_flows)} (younger than that release)")
    _echo_lost(result)
    if result.checked_only:
        click.echo("checked:    every key has a provider; nothing was written")
        return
    for name in result.written:
        click.echo(f"written:    {name}")
    for name in result.unchanged:
        click.echo(f"unchanged:  {name}")
    for name in result.renewed:
        click.echo(f"renewed:    arrays of {name}, which held ids of nodes that are gone")
    click.echo(f"biosphere:  {result.biosphere}; LCIA methods installed: {result.methods}")


def _echo_lost(result: Installation) -> None:
    """Print what of the user's is not in the databases any more, or would not be."""
    if not result.lost:
        return
    word = "would lose:" if result.checked_only else "lost:"
    for line in result.lost[:LISTED]:
        click.echo(f"{word:11} {line}")
        word = ""
    if result.lost[LISTED:]:
        click.echo(f"{'':11} and {len(result.lost) - LISTED} more; --json lists all")
