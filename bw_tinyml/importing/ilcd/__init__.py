"""ILCD packages, ours and others', into a Brightway project.

Everything is read, checked and linked in memory; then all is written at once, or nothing.
``docs/ilcd.md`` says how each part arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bw_tinyml._version import __version__
from bw_tinyml.brightway.biosphere import DEFAULT, biosphere_payload, find_biosphere, flow_ids
from bw_tinyml.brightway.methods import install_methods
from bw_tinyml.brightway.payload import Payload
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.brightway.writing import write_databases
from bw_tinyml.errors import ImportFileError, OverwriteError, UsageError
from bw_tinyml.ilcd.checks import check
from bw_tinyml.ilcd.names import PROCESS
from bw_tinyml.ilcd.package import Package, read_package
from bw_tinyml.importing.ilcd.flows import Flows
from bw_tinyml.importing.ilcd.methods import read_methods
from bw_tinyml.importing.ilcd.processes import read_processes
from bw_tinyml.importing.ilcd.reading import COPRODUCTS, MISSING, Fault, Reading
from bw_tinyml.importing.ilcd.report import ImportReport
from bw_tinyml.inventory.flows import elementary_flows

Progress = Callable[[str, int, int], None]


def import_ilcd(
    path: Path | str,
    project: str,
    database: str,
    *,
    biosphere: str | None = None,
    coproducts: str = "refuse",
    missing: str = "refuse",
    methods: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import an ILCD package into a Brightway project.

    Parameters
    ----------
    path
        The zip file.
    project
        Name of the project; created where it does not exist.
    database
        Name of the database to write.
    biosphere
        Name of the project's database of elementary flows; found by itself if None, installed
        where the project has none.
    coproducts
        What to do with products that a process delivers beside its reference flow, and that the
        package does not allocate: ``refuse`` the import, ``cut-off`` (no credit) or
        ``substitution`` (each replaces its provider in the package).
    missing
        What to do with inputs that no process of the package delivers: ``refuse`` the import, or
        a ``placeholder``, an empty dataset that you link later.
    methods
        Whether to import LCIA methods as well.
    replace
        Whether a database of that name may be replaced.
    progress
        Called with a title, a count and a total.

    Returns
    -------
    ImportReport
        What was imported, how flows were matched, what had to be decided.

    Raises
    ------
    UntrustedError
        The file is damaged or could do harm.
    ImportFileError
        The package has faults that would give wrong results; each with file, element and reason.
    OverwriteError
        The database exists, and ``replace`` is not set.
    """
    _check_options(coproducts, missing, database)
    package = read_package(path)
    if not package.of(PROCESS):
        raise ImportFileError(
            f"'{package.name}' holds no process data set",
            "there is nothing to make a database of; flows alone are in the biosphere already",
        )
    findings = check(package)
    if findings.errors:
        _refuse(package, [Fault.of(finding) for finding in findings.errors])
    report = ImportReport(Path(path).name, project, database, warnings=findings.warnings)
    flows, install_biosphere = _flows(package, report, biosphere)
    reading = Reading(package, database, flows, report, coproducts, missing)
    datasets = read_processes(reading)
    if reading.faults:
        _refuse(package, reading.faults)
    found = read_methods(package, flows) if methods else []
    payloads = _payloads(reading, datasets)
    open_project(project, create=True)
    _refuse_overwriting([p.name for p in payloads], replace)
    if install_biosphere:
        write_databases([biosphere_payload()], replace=True, progress=progress)
    write_databases(payloads, replace=replace, progress=progress)
    install_methods(found, report.biosphere, progress)
    report.methods = [method.name for method in found]
    _count(report, reading, datasets)
    return report


def _check_options(coproducts: str, missing: str, database: str) -> None:
    for given, known in ((coproducts, COPRODUCTS), (missing, MISSING)):
        if given not in known:
            raise UsageError(f"'{given}' is not a choice", f"use one of: {', '.join(known)}")
    if not database.strip():
        raise UsageError("the database needs a name", "e.g. --name my-database")


def _refuse(package: Package, faults: Sequence[Fault]) -> None:
    first = faults[0]
    more = f" (and {len(faults) - 1} more faults)" if len(faults) > 1 else ""
    raise ImportFileError(
        f"'{package.name}' is refused: {first.place}: {first.message}{more}",
        f"{first.fix}. Nothing was written",
        list(faults),
    )


def _flows(package: Package, report: ImportReport, biosphere: str | None) -> tuple[Flows, bool]:
    """Return the flows of a package seen from the project, and whether a biosphere is missing.

    The project is not created yet where it does not exist: the import may still be refused.
    """
    found = None
    if report.project in bw2data().projects or biosphere is not None:
        open_project(report.project)
        found = find_biosphere([], biosphere)
        if found is not None and not flow_ids(found):
            found = None
    report.biosphere = found or DEFAULT
    if found is None:
        units = {code: flow.unit for code, flow in elementary_flows().items()}
    else:
        units = _units(found)
    return Flows(package, report.biosphere, units, f"{report.database}-flows", report), not found


def _units(biosphere: str) -> dict[str, str]:
    bw2data()
    from bw2data.backends.schema import ActivityDataset

    rows = ActivityDataset.select(ActivityDataset.code, ActivityDataset.data).where(
        ActivityDataset.database == biosphere
    )
    return {code: data.get("unit", "") for code, data in rows.tuples().iterator()}


def _payloads(reading: Reading, datasets: list[dict[str, Any]]) -> list[Payload]:
    metadata = {
        "format": f"ILCD, read by bw_tinyml {__version__}",
        "imported from": reading.package.name,
        "biosphere": reading.report.biosphere,
    }
    payloads = []
    if reading.flows.created:
        reading.report.flows_database = reading.flows.database
        created = list(reading.flows.created.values())
        payloads.append(Payload(reading.flows.database, created, metadata=dict(metadata)))
    rows = list(reading.parameters.rows.values())
    return [*payloads, Payload(reading.database, datasets, rows, metadata)]


def _refuse_overwriting(names: Sequence[str], replace: bool) -> None:
    bd = bw2data()
    existing = [name for name in names if name in bd.databases]
    if existing and not replace:
        raise OverwriteError(
            f"database '{existing[0]}' exists in project '{bd.projects.current}'",
            "add --replace (replace=True) to replace it, or choose another name",
        )


def _count(report: ImportReport, reading: Reading, datasets: list[dict[str, Any]]) -> None:
    report.processes = len(datasets)
    report.exchanges = sum(len(d["exchanges"]) for d in datasets)
    report.parameters = len(reading.parameters.rows)
    report.notes += reading.parameters.notes


__all__ = ["ImportReport", "import_ilcd"]
