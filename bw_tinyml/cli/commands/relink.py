"""``bw-tinyml relink``."""

from __future__ import annotations

import click

from bw_tinyml.cli.commands.install import echo_installation
from bw_tinyml.cli.options import links_options, parse_links, progress_bar, project_option
from bw_tinyml.cli.output import echo_json, inventories_option, json_option


@click.command("relink")
@project_option
@click.option(
    "--background", required=True, help="`open`, or an ecoinvent database of the project."
)
@click.option("--biosphere", help="Biosphere database to use; found by itself if not given.")
@click.option("--replace", is_flag=True, help="Lose changes that were made in our databases.")
@links_options
@inventories_option
@json_option
def command(
    project: str,
    background: str,
    biosphere: str | None,
    replace: bool,
    links_file: str | None,
    links: tuple[str, ...],
    folder: str | None,
    as_json: bool,
) -> None:
    """Move an installation to another release, system model or background.

    Everything is validated before anything is written; after an error the project is as it was.
    Databases of yours that use ours keep working: node ids stay, and their arrays are made anew.
    """
    from bw_tinyml.brightway.relink import relink

    result = relink(
        project,
        background,
        biosphere=biosphere,
        replace=replace,
        links=parse_links(links_file, links),
        folder=folder,
        progress=progress_bar(),
    )
    if as_json:
        echo_json(result.as_dict())
        return
    if result.installation:
        echo_installation(result.installation)
    click.echo(f"relinked:   from '{result.before}' to '{result.after}'")
    for key, before, after in result.changed:
        click.echo(f"  {key}")
        click.echo(f"    - {'; '.join(before) or 'not used'}")
        click.echo(f"    + {'; '.join(after) or 'not used'}")
    click.echo(f"{len(result.changed)} keys changed, {result.unchanged} did not")
    click.echo(f"datasets of the open background: {len(result.came)} came, {len(result.went)} went")
    if result.reprocessed:
        click.echo(f"made anew:  arrays of {', '.join(result.reprocessed)}")
