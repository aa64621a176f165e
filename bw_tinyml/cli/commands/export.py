"""``bw-tinyml export``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bw_tinyml.cli.options import PROJECT
from bw_tinyml.cli.output import echo_json, inventories_option, json_option

if TYPE_CHECKING:
    from bw_tinyml.export.reporting import ExportReport


@click.group("export")
def command() -> None:
    """Export databases for other tools."""


def background_options(function: Any) -> Any:
    """Add the options by which a background is named."""
    for option in (
        click.option(
            "--biosphere",
            help="Name of the biosphere database where the file will be imported.  [default: "
            "biosphere3, or that of the background]",
        ),
        click.option(
            "--project",
            type=PROJECT,
            help="Brightway project that holds the database named with --background.",
        ),
        click.option(
            "--background",
            default="open",
            show_default=True,
            help="Background that exchanges name: 'open'; a release and system model of ecoinvent "
            "such as ecoinvent-3.10-cutoff; or, with --project, a database there.",
        ),
    ):
        function = option(function)
    return function


def database_options(function: Any) -> Any:
    """Add the options that all exports of databases share."""
    for option in (
        json_option,
        inventories_option,
        click.option("--overwrite", is_flag=True, help="Replace existing files."),
        click.option(
            "--values",
            is_flag=True,
            help="Write formulas as their values, without parameters: imports in seconds.",
        ),
        click.option(
            "--database",
            "databases",
            multiple=True,
            help="Export this database only; may be repeated.  [default: all]",
        ),
    ):
        function = option(function)
    return function


def tell(report: ExportReport, as_json: bool) -> None:
    """Print what an export did."""
    if as_json:
        echo_json(report.as_dict())
        return
    for path in report.files:
        click.echo(f"wrote {path}")
    for name, counts in report.databases.items():
        click.echo(f"  {name}: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
    if report.flows_mapped:
        click.echo(
            f"  elementary flows: {report.flows_mapped} mapped, {len(report.flows_unmapped)} "
            f"not, {len(report.flows_without_factor)} without a factor in {report.family}"
        )
    for title, items in (
        ("converted", report.conversions),
        ("truncated", report.truncations),
        ("left out", report.left_out),
    ):
        for item in items[:5]:
            click.echo(f"  {title}: {item}")
        if len(items) > 5:
            click.echo(f"  {title}: {len(items) - 5} more, see the export report")


def _run(export: Callable[..., ExportReport], target: str, options: dict[str, Any]) -> None:
    as_json = options.pop("as_json")
    options["databases"] = options["databases"] or None
    tell(export(target, **options), as_json)


@command.command("excel")
@click.argument("file", type=click.Path(dir_okay=False))
@background_options
@database_options
def excel(file: str, **options: Any) -> None:
    """Write Excel workbooks in Brightway's layout.

    FILE gets the foreground; the background goes to a file beside it. Both import with
    bw2io.ExcelImporter and with Activity Browser, the background first. The same tables give the
    same bytes. An export report (JSON) is written beside them.

    With --background ecoinvent-3.10-cutoff and the like, exchanges name activities of that
    release, for people who have it; with --project as well, those of a database of yours, and the
    sheet of results holds scores on it.
    """
    from bw_tinyml.export.excel import export_excel

    _run(export_excel, file, options)


@command.command("csv")
@click.argument("file", type=click.Path(dir_okay=False))
@background_options
@database_options
def csv(file: str, **options: Any) -> None:
    """Write CSV files in Brightway's layout.

    The same content as the Excel workbooks, for bw2io.CSVImporter and for version control. No
    cell can become a formula in a spreadsheet program.
    """
    from bw_tinyml.export.csvfile import export_csv

    _run(export_csv, file, options)


@command.command("scenarios")
@click.argument("directory", type=click.Path(file_okay=False))
@click.option("--task", help="Write the files of this task only.  [default: all]")
@click.option("--location", help="Location of the systems that the scenarios change.")
@background_options
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@inventories_option
@json_option
def scenarios(directory: str, as_json: bool, **options: Any) -> None:
    """Write scenario files for Activity Browser into DIRECTORY.

    Per task: systems (TinyML against each cloud baseline), locations of use, end-of-life routes,
    and parameters such as lifetimes.
    """
    from bw_tinyml.export.scenarios import export_scenarios

    tell(export_scenarios(directory, **options), as_json)


def package_options(function: Any) -> Any:
    """Add the options of exports that write everything into one file."""
    for option in (
        json_option,
        inventories_option,
        click.option("--overwrite", is_flag=True, help="Replace an existing file."),
    ):
        function = option(function)
    return function


@command.command("openlca")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--family", default="EF v3.1", show_default=True, help="LCIA methods to add.")
@package_options
def openlca(file: str, as_json: bool, **options: Any) -> None:
    """Write a JSON-LD package for openLCA 2.

    FILE holds both databases, parameters, and the LCIA methods of a family.
    """
    from bw_tinyml.export.openlca import export_openlca

    tell(export_openlca(file, **options), as_json)


@command.command("datapackage")
@click.argument("directory", type=click.Path(file_okay=False))
@click.option("--family", default="EF v3.1", show_default=True, help="LCIA methods to add.")
@package_options
def datapackage(directory: str, as_json: bool, **options: Any) -> None:
    """Write matrices for programmers into DIRECTORY, as datapackages of bw_processing."""
    from bw_tinyml.export.datapackage import export_datapackage

    tell(export_datapackage(directory, **options), as_json)


@command.command("simapro")
@click.argument("file", type=click.Path(dir_okay=False))
@package_options
def simapro(file: str, as_json: bool, **options: Any) -> None:
    """Write a SimaPro CSV file with both databases; amounts as values, without formulas."""
    from bw_tinyml.export.simapro import export_simapro

    tell(export_simapro(file, **options), as_json)


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
    type=PROJECT,
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
