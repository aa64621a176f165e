"""``bw-tinyml export``."""

from __future__ import annotations

from pathlib import Path

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


@command.command("ilcd")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--flows",
    type=click.Choice(["ef", "ecoinvent"]),
    default="ef",
    show_default=True,
    help="UUIDs of elementary flows: those of EF 3.1, or of ecoinvent.",
)
@click.option(
    "--family",
    "families",
    multiple=True,
    help="Family of LCIA methods to include; may be repeated.  [default: EF v3.1]",
)
@click.option("--no-methods", is_flag=True, help="Include no LCIA methods.")
@click.option(
    "--model",
    "model_locations",
    multiple=True,
    metavar="LOCATION",
    help="Location for which systems get a life cycle model; may be repeated.  [default: GLO]",
)
@click.option(
    "--project",
    help="Export the databases of this Brightway project, as they are there, and not the tables.",
)
@click.option(
    "--aggregate",
    is_flag=True,
    help="With --project: write inputs from other databases as LCI results. You state that the "
    "licence of those databases allows you to pass these on.",
)
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@inventories_option
@json_option
def ilcd(
    file: str,
    flows: str,
    families: tuple[str, ...],
    no_methods: bool,
    model_locations: tuple[str, ...],
    project: str | None,
    aggregate: bool,
    overwrite: bool,
    folder: str | None,
    as_json: bool,
) -> None:
    """Write an ILCD package for openLCA, SimaPro and others.

    FILE is a zip with processes, flows, LCIA methods and life cycle models. An export report is
    written beside it: what was mapped, converted and cut. The same tables give the same bytes.
    """
    from bw_tinyml.export.ilcd import DEFAULT_FAMILY, export_ilcd, report_path

    report = export_ilcd(
        file,
        folder=folder,
        project=project,
        flows=flows,
        families=() if no_methods else families or (DEFAULT_FAMILY,),
        model_locations=model_locations or ("GLO",),
        aggregate=aggregate,
        overwrite=overwrite,
    )
    if as_json:
        echo_json(report.as_dict())
        return
    counts = ", ".join(f"{count} {kind}" for kind, count in report.datasets.items())
    click.echo(f"wrote {file}: {counts}")
    click.echo(f"wrote {report_path(Path(file))}")
    for title, found in (
        ("elementary flows without EF counterpart keep ecoinvent's UUID", report.unmapped),
        ("elementary flows have no factor in the methods", report.without_factor),
        ("inputs have no process in the package: choose providers", report.references),
        ("inputs are aggregated", report.aggregated),
    ):
        if found:
            click.echo(f"{len(found)} {title}")
