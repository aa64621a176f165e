"""``bw-tinyml install``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import progress_bar, project_option
from bw_tinyml.cli.output import echo_json, inventories_option, json_option


@click.command("install")
@project_option
@click.option("--background", required=True, help="`open`: the background that comes with us.")
@click.option("--biosphere", help="Biosphere database to use; found by itself if not given.")
@click.option(
    "--family",
    "families",
    multiple=True,
    help="Family of LCIA methods to install; may be repeated.  [default: EF v3.1, IPCC 2021, "
    "ReCiPe 2016 midpoint (H), CED, USEtox]",
)
@click.option("--replace", is_flag=True, help="Replace databases of the same name.")
@inventories_option
@json_option
def command(
    project: str,
    background: str,
    biosphere: str | None,
    families: tuple[str, ...],
    replace: bool,
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
        folder=folder,
        progress=progress_bar(),
    )
    if as_json:
        echo_json(result.as_dict())
        return
    for name in result.written:
        click.echo(f"written:   {name}")
    for name in result.unchanged:
        click.echo(f"unchanged: {name}")
    click.echo(f"biosphere: {result.biosphere}; LCIA methods installed: {result.methods}")
    if result.dropped_factors:
        click.echo(f"{result.dropped_factors} factors left out: '{biosphere}' lacks their flows")
