# ruff: noqa: N999  (the command is called so; its module is imported by name)
"""``bw-tinyml import``: one function per format, chosen by what is in the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import click

from bw_tinyml.cli.options import progress_bar, project_option
from bw_tinyml.cli.output import echo_json, json_option


@dataclass(frozen=True)
class _Request:
    """What the user asked for."""

    file: str
    project: str
    name: str | None
    biosphere: str | None
    coproducts: str
    missing: str
    methods: bool
    replace: bool
    as_json: bool


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False))
@project_option
@click.option(
    "--name", help="Name of the database to write; needed for ILCD.  [workbook: as in the file]"
)
@click.option("--biosphere", help="Database of elementary flows.  [default: the project's]")
@click.option(
    "--coproducts",
    type=click.Choice(["refuse", "cut-off", "substitution"]),
    default="refuse",
    show_default=True,
    help="ILCD: products beside the reference flow that are not allocated.",
)
@click.option(
    "--missing",
    type=click.Choice(["refuse", "placeholder"]),
    default="refuse",
    show_default=True,
    help="ILCD: inputs that no process of the package delivers.",
)
@click.option("--methods", is_flag=True, help="ILCD: import LCIA methods as well.")
@click.option("--replace", is_flag=True, help="Replace a database of that name.")
@json_option
def command(
    file: str,
    project: str,
    name: str | None,
    biosphere: str | None,
    coproducts: str,
    missing: str,
    methods: bool,
    replace: bool,
    as_json: bool,
) -> int | None:
    """Import a file of another tool into a Brightway project.

    FILE is an ILCD package (zip), ours or others', or an Excel workbook in Brightway's layout, such
    as `bw-tinyml export excel` writes and somebody edited. It is checked first; every fault is
    named by file and element, or sheet and row, and then nothing is written.
    """
    from bw_tinyml.importing.detecting import detect

    return _READERS[detect(file)](
        _Request(file, project, name, biosphere, coproducts, missing, methods, replace, as_json)
    )


def _ilcd(request: _Request) -> None:
    from bw_tinyml.errors import UsageError
    from bw_tinyml.importing.ilcd import import_ilcd

    if request.name is None:
        raise UsageError("an ILCD package does not name a database", "add --name NAME")
    report = import_ilcd(
        request.file,
        request.project,
        request.name,
        biosphere=request.biosphere,
        coproducts=request.coproducts,
        missing=request.missing,
        methods=request.methods,
        replace=request.replace,
        progress=progress_bar(),
    )
    if request.as_json:
        echo_json(report.as_dict())
        return
    click.echo(
        f"wrote database '{report.database}' into project '{report.project}': {report.processes} "
        f"processes, {report.exchanges} exchanges, {report.parameters} parameters"
    )
    if report.mapped:
        several = sum(1 for m in report.mapped if m["candidates"] > 1)
        click.echo(
            f"{len(report.mapped)} flows of EF 3.1 became flows of '{report.biosphere}', "
            f"{several} of them by choice among several"
        )
    if report.created:
        click.echo(
            f"{len(report.created)} elementary flows have no counterpart in '{report.biosphere}' "
            f"and no characterisation factors; they are in '{report.flows_database}'"
        )
    for title, found in (
        ("inputs without provider, now empty placeholders", report.placeholders),
        ("coproducts", report.coproducts),
        ("notes", report.notes),
        ("warnings", report.warnings),
    ):
        if found:
            click.echo(f"{len(found)} {title}: --json lists them")
    if request.methods:
        click.echo(f"{len(report.methods)} LCIA methods")


def _excel(request: _Request) -> int | None:
    from bw_tinyml.errors import ImportFileError
    from bw_tinyml.importing.workbook import import_workbook

    try:
        result = import_workbook(
            request.file, request.project, name=request.name, replace=request.replace
        )
    except ImportFileError as error:
        faults = list(error.findings or ())  # type: ignore[call-overload]
        if request.as_json:
            echo_json({"error": error.message, "faults": [f.as_dict() for f in faults]})
            return 2
        for fault in faults:
            click.echo(f"{fault.place}: {fault.message}", err=True)
            if fault.fix:
                click.echo(f"  -> {fault.fix}", err=True)
        if not faults:
            raise
        click.echo(
            f"Error: {len(faults)} faults in '{request.file}'; nothing was written", err=True
        )
        return 2
    if request.as_json:
        echo_json(result.as_dict())
        return None
    click.echo(
        f"imported: {result.database} ({result.datasets} datasets, {result.exchanges} exchanges, "
        f"{result.parameters} parameters)"
    )
    if result.recalculated:
        click.echo(f"{result.recalculated} amounts follow from changed parameters")
    return None


_READERS: dict[str, Callable[[_Request], int | None]] = {"ilcd": _ilcd, "excel": _excel}
