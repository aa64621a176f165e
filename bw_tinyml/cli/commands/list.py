"""``bw-tinyml list``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import project_option
from bw_tinyml.cli.output import echo_json, echo_table, json_option


@click.command("list")
@project_option
@click.option("--database", help="List this database only.  [default: all of bw_tinyml]")
@click.option("--stage", help="List this life-cycle stage or sector only.")
@click.option(
    "--search", help="List datasets whose identifier, name or product contains this text."
)
@json_option
def command(
    project: str, database: str | None, stage: str | None, search: str | None, as_json: bool
) -> None:
    """List the datasets in a project.

    Other commands take any of what is listed: the identifier, the name or the product. Datasets of
    your own, copies as well, are listed with their code.
    """
    from bw_tinyml.brightway.lookup import installed_databases, nodes, without_copies
    from bw_tinyml.brightway.project import open_project
    from bw_tinyml.errors import NotFoundError
    from bw_tinyml.suggestions import nearest, nearest_or

    open_project(project)
    installed = installed_databases()
    if database and database not in installed:
        raise NotFoundError(
            f"project '{project}' has no bw_tinyml database '{database}'",
            f"it has: {', '.join(installed)}",
        )
    known = nodes([database] if database else installed)
    stages = sorted({node.stage for node in known if node.stage})
    if stage and stage not in stages:
        raise NotFoundError(
            f"no dataset has the stage '{stage}'{nearest(stage, stages)}",
            f"stages: {', '.join(stages)}",
        )
    found = [
        node
        for node in known
        if (not stage or node.stage == stage)
        and (
            not search
            or search.lower() in f"{node.identifier}\n{node.name}\n{node.product}".lower()
        )
    ]
    if as_json:
        echo_json([node.as_dict() for node in found])
        return
    if search and not found:
        names = [text for n in known for text in (n.name, n.product, n.identifier)]
        raise NotFoundError(
            f"no dataset contains '{search}'", nearest_or(search, names, "search for another word")
        )
    own = {node.id for node in without_copies(known) if node.identifier}
    echo_table(
        [
            (
                n.identifier if n.id in own else n.code,
                n.name,
                n.location,
                n.product,
                n.unit,
                n.stage,
            )
            for n in found
        ],
        ("identifier", "name", "location", "product", "unit", "stage"),
    )
    click.echo(f"\n{len(found)} datasets")
