"""``bw-tinyml import``."""
# ruff: noqa: N999  (a command is called as its module is)

from __future__ import annotations

import click

from bw_tinyml.cli.options import project_option
from bw_tinyml.cli.output import echo_json, json_option
from bw_tinyml.errors import ImportFileError


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False))
@project_option
@click.option("--name", help="Name of the database in the project.  [default: as in the file]")
@click.option("--replace", is_flag=True, help="Replace a database of the same name.")
@json_option
def command(file: str, project: str, name: str | None, replace: bool, as_json: bool) -> int | None:
    """Check FILE and write it into a Brightway project.

    FILE is an Excel workbook in Brightway's layout, such as `bw-tinyml export excel` writes. Every
    fault is listed with sheet and row, and then nothing is written.
    """
    from bw_tinyml.importing.workbook import import_workbook

    try:
        result = import_workbook(file, project, name=name, replace=replace)
    except ImportFileError as error:
        faults = list(error.findings or ())  # type: ignore[call-overload]
        if as_json:
            echo_json({"error": error.message, "faults": [f.as_dict() for f in faults]})
            return 2
        for fault in faults:
            click.echo(f"{fault.place}: {fault.message}", err=True)
            if fault.fix:
                click.echo(f"  -> {fault.fix}", err=True)
        raise
    if as_json:
        echo_json(result.as_dict())
        return None
    click.echo(
        f"imported: {result.database} ({result.datasets} datasets, {result.exchanges} exchanges, "
        f"{result.parameters} parameters)"
    )
    if result.recalculated:
        click.echo(f"{result.recalculated} amounts follow from changed parameters")
    return None
