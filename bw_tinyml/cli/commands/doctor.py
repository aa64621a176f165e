"""``bw-tinyml doctor``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import PROJECT
from bw_tinyml.cli.output import echo_json, echo_table, inventories_option, json_option


@click.command("doctor")
@click.option(
    "--project",
    type=PROJECT,
    envvar="BW_TINYML_PROJECT",
    show_envvar=True,
    help="Brightway project to examine.",
)
@click.option(
    "--mend",
    is_flag=True,
    help="Remove what an interrupted installation left; derive arrays anew that hold ids of nodes "
    "that are gone.",
)
@inventories_option
@json_option
def command(project: str | None, mend: bool, folder: str | None, as_json: bool) -> int:
    """Print versions and projects; examine a project and say how to mend it.

    Exits with 1 when something in the project would fail.
    """
    from bw_tinyml.brightway.diagnosis import Diagnosis
    from bw_tinyml.brightway.doctor import environment, examine
    from bw_tinyml.brightway.leftovers import mend as mend_project
    from bw_tinyml.brightway.payload import table_hash
    from bw_tinyml.brightway.project import open_project
    from bw_tinyml.brightway.stack import versions
    from bw_tinyml.inventory.loading import default_folder, load_lists

    found: list[Diagnosis] = []
    done: list[str] = []
    if project:
        open_project(project)
        if mend:
            done = mend_project()
        inventory = load_lists(folder)
        found = examine(inventory, table_hash(inventory.folder))
    about = {"versions": versions(), "tables": str(folder or default_folder()), **environment()}
    failing = [d for d in found if d.state == "error"]
    if as_json:
        echo_json({**about, "mended": done, "diagnoses": [d.as_dict() for d in found]})
        return 1 if failing else 0
    for package, version in about["versions"].items():
        click.echo(f"{package:15} {version}")
    click.echo(f"{'tables':15} {about['tables']}")
    click.echo(f"{'data directory':15} {about['data directory']}")
    click.echo(f"{'projects':15} {', '.join(about['projects'])}")
    for line in done:
        click.echo(f"mended: {line}")
    if found:
        click.echo(f"\nProject '{project}'\n")
        remedies = [f"\n-> {d.remedy}" if d.remedy else "" for d in found]
        rows = [(d.state, d.what, d.finding + r) for d, r in zip(found, remedies, strict=True)]
        echo_table(rows, ("", "what", "finding"))
    return 1 if failing else 0
