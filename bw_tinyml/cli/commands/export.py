"""``bw-tinyml export``."""

from __future__ import annotations

import click

from bw_tinyml.cli.output import echo_json, inventories_option, json_option


@click.group("export")
def command() -> None:
    """Export databases for other tools."""


@command.command("excel")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--database",
    "databases",
    multiple=True,
    help="Export this database only; may be repeated.  [default: all]",
)
@click.option(
    "--biosphere",
    default="biosphere3",
    show_default=True,
    help="Name of the biosphere database where the file will be imported.",
)
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@inventories_option
@json_option
def excel(
    file: str,
    databases: tuple[str, ...],
    biosphere: str,
    overwrite: bool,
    folder: str | None,
    as_json: bool,
) -> None:
    """Write Excel workbooks in Brightway's layout.

    FILE gets the foreground; the background goes to a file beside it. Both import with
    bw2io.ExcelImporter and with Activity Browser, the background first. The same tables give the
    same bytes.
    """
    from bw_tinyml.export.excel import export_excel

    files = export_excel(
        file,
        databases=databases or None,
        folder=folder,
        biosphere=biosphere,
        overwrite=overwrite,
    )
    if as_json:
        echo_json({"files": [str(path) for path in files]})
        return
    for path in files:
        click.echo(f"wrote {path}")
