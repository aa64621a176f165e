"""``bw-tinyml links``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import PROJECT, links_options, parse_links
from bw_tinyml.cli.output import echo_json, echo_table, inventories_option, json_option
from bw_tinyml.errors import UsageError


@click.command("links")
@click.option("--background", default="open", show_default=True, help="`open`, or a database.")
@click.option(
    "--project",
    type=PROJECT,
    envvar="BW_TINYML_PROJECT",
    help="Project that has the database; not for `open`.",
)
@click.option("--key", "wanted", help="Only keys that contain this text.")
@links_options
@inventories_option
@json_option
def command(
    background: str,
    project: str | None,
    wanted: str | None,
    links_file: str | None,
    links: tuple[str, ...],
    folder: str | None,
    as_json: bool,
) -> None:
    """List which provider answers each background key, and where it is used.

    Nothing is written: this is what an installation with that background would link.
    """
    from bw_tinyml.background.listing import list_links
    from bw_tinyml.brightway.background import Choice, link_to
    from bw_tinyml.brightway.install import linked_inventory
    from bw_tinyml.brightway.project import open_project

    choice = Choice(background, tuple(parse_links(links_file, links)))
    if not choice.is_open:
        if project is None:
            raise UsageError(
                f"the database '{background}' must be looked up in a project", "add --project NAME"
            )
        open_project(project)
    linked = link_to(choice, linked_inventory(folder).inventory)
    found = [
        link
        for link in list_links(linked.inventory)
        if wanted is None or wanted.lower() in link.key.lower()
    ]
    if as_json:
        echo_json([link.as_dict() for link in found])
        return
    if linked.recognition:
        click.echo(f"'{background}' recognised as {linked.recognition.release}")
    rows = [
        (
            link.key,
            f"{link.name} [{link.location}]",
            link.database,
            link.factor,
            link.unit,
            "proxy" if link.proxy else "",
            f"{link.used_by[0]}" + (f" + {len(link.used_by) - 1}" if link.used_by[1:] else ""),
        )
        for link in found
    ]
    echo_table(rows, ("key", "provider", "database", "factor", "unit", "", "used by"))
