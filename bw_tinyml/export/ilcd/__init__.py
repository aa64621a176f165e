"""ILCD: a package of processes, flows, LCIA methods and life cycle models, for openLCA and others.

The package is checked before it is written; ``docs/ilcd.md`` says what it holds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bw_tinyml.brightway.lcia_bundle import bundled_methods
from bw_tinyml.errors import ExportError, UsageError
from bw_tinyml.export.ilcd.archive import documents_of, write_zip
from bw_tinyml.export.ilcd.content import Content, describe, from_tables
from bw_tinyml.export.ilcd.documents import Library
from bw_tinyml.export.ilcd.flows import NOMENCLATURES, write_product_flow
from bw_tinyml.export.ilcd.methods import methods_of, write_methods
from bw_tinyml.export.ilcd.models import write_model
from bw_tinyml.export.ilcd.processes import Context, write_process
from bw_tinyml.export.ilcd.report import ExportReport
from bw_tinyml.export.ilcd.sources import write_contact, write_source, write_stub_sources
from bw_tinyml.export.selection import refuse_suffix
from bw_tinyml.ilcd.checks import check
from bw_tinyml.ilcd.nomenclature import to_ef
from bw_tinyml.ilcd.package import package_of

DEFAULT_FAMILY = "EF v3.1"


def export_ilcd(
    path: Path | str,
    *,
    folder: Path | str | None = None,
    project: str | None = None,
    flows: str = "ef",
    families: Sequence[str] = (DEFAULT_FAMILY,),
    model_locations: Sequence[str] = ("GLO",),
    aggregate: bool = False,
    overwrite: bool = False,
) -> ExportReport:
    """Write our databases as an ILCD package, and an export report beside it.

    The package comes from the tables, not from a project, unless one is named: the same tables give
    the same bytes.

    Parameters
    ----------
    path
        The zip file. The report is written beside it, as ``<name>.report.json``.
    folder
        Inventory folder; by default the one that comes with the package.
    project
        Brightway project whose databases are exported as they are there. What they use of other
        databases becomes a reference: a flow without a process.
    flows
        List of elementary flows: ``ef`` (EF 3.1, where ecoinvent's flow has a counterpart) or
        ``ecoinvent``.
    families
        Families of LCIA methods to include; none for no methods.
    model_locations
        Locations for which systems get a life cycle model.
    aggregate
        With ``project``: write what our databases use of other databases as LCI results. Only for
        those whose licence of that database allows to pass on aggregated results.
    overwrite
        Whether existing files may be replaced.

    Returns
    -------
    ExportReport
        What was written, converted and cut, and what has no counterpart.

    Raises
    ------
    UsageError
        The file exists or has another ending, or an argument makes no sense.
    InventoryError
        The tables have errors.
    ExportError
        The package would have faults; nothing was written.
    """
    target = Path(path)
    refuse_suffix(target, ".zip")
    beside = report_path(target)
    for file in (target, beside):
        if file.exists() and not overwrite:
            raise UsageError(f"'{file}' exists", "add --overwrite, or choose another name")
    if flows not in NOMENCLATURES:
        raise UsageError(
            f"there is no list of elementary flows '{flows}'",
            f"use one of: {', '.join(NOMENCLATURES)}",
        )
    content = _content(folder, project, aggregate, families, model_locations)
    report = ExportReport(target.name, flows)
    documents = documents_of(make(content, report))
    _refuse_faults(target.name, documents)
    write_zip(target, documents)
    beside.write_text(json.dumps(report.as_dict(), indent=2, ensure_ascii=False) + "\n", "utf-8")
    return report


def report_path(path: Path) -> Path:
    """Return where the report of an export is written."""
    return path.with_name(f"{path.stem}.report.json")


def _content(
    folder: Path | str | None,
    project: str | None,
    aggregate: bool,
    families: Sequence[str],
    model_locations: Sequence[str],
) -> Content:
    if project is None:
        if aggregate:
            raise UsageError(
                "there is nothing to aggregate: the tables use no other database",
                "name a project with --project, or leave --aggregate out",
            )
        content, inventory = from_tables(folder)
    else:
        from bw_tinyml.export.ilcd.project import from_project
        from bw_tinyml.inventory.loading import load

        content = from_project(project, aggregate)
        inventory, _ = load(folder)
    describe(content, inventory, families, model_locations)
    return content


def make(content: Content, report: ExportReport) -> Library:
    """Write all data sets of a package in memory.

    Parameters
    ----------
    content
        What is exported.
    report
        Receives what there is to tell.
    """
    library = Library(report, locations=content.locations)
    context = Context(library, content.datasets, report.flows, content.parameters, content.sources)
    write_contact(library)
    write_stub_sources(library)
    for source in content.cited():
        write_source(library, content.sources[source])
    for key, dataset in content.datasets.items():
        write_product_flow(library, dataset, content.masses.get(key))
        if not dataset.get("reference only"):
            write_process(context, dataset)
    methods = methods_of(bundled_methods(), content.categories) if content.categories else []
    write_methods(library, methods, report.flows, context.used)
    _tell_others(content, report)
    if report.references:
        report.notes.append(
            "no life cycle models: they would be cut off where inputs have no process"
        )
    else:
        for dataset, description in content.systems:
            write_model(library, dataset, content.datasets, description)
    _tell_flows(context)
    return library


def _tell_others(content: Content, report: ExportReport) -> None:
    """Report which inputs come from databases that are not exported."""
    for (database, code), dataset in content.datasets.items():
        if dataset.get("other database"):
            place = {
                "database": database,
                "code": code,
                "name": dataset["name"],
                "product": dataset["reference product"],
                "location": dataset["location"],
            }
            target = report.references if dataset.get("reference only") else report.aggregated
            target.append(place)


def _tell_flows(context: Context) -> None:
    """Report which elementary flows of the inventory have a counterpart, and which share one."""
    report = context.library.report
    sharing: dict[str, list[str]] = {}
    for code, (flow, target) in sorted(context.used.items()):
        text = f"{flow['name']}, {'::'.join(flow['categories'])}"
        sharing.setdefault(target.uuid, []).append(text)
        if report.flows != "ef":
            continue
        if code in to_ef():
            report.mapped += 1
        else:
            compartment = "::".join(flow["categories"])
            report.unmapped.append({"name": flow["name"], "compartment": compartment, "uuid": code})
    names = {target.uuid: target.name for _, target in context.used.values()}
    report.merged = [
        {"flow": names[uuid], "uuid": uuid, "stands for": found}
        for uuid, found in sorted(sharing.items())
        if len(found) > 1
    ]


def _refuse_faults(name: str, documents: dict[str, bytes]) -> None:
    findings = check(package_of(name, documents.items()))
    if len(findings):
        first = next(iter(findings))
        raise ExportError(
            f"the package would have {len(findings)} faults; the first: {first.place}: "
            f"{first.message}",
            f"{first.fix}. Nothing was written; please report it if the inventory is ours",
            findings,
        )


__all__ = ["DEFAULT_FAMILY", "ExportReport", "export_ilcd", "make", "report_path"]
