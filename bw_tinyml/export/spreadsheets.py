"""What Excel and CSV share: the same databases, rows and report, one file per database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bw_tinyml.background.open import OPEN
from bw_tinyml.brightway.payload import Payload, as_values
from bw_tinyml.export.backgrounds import Prepared, prepare
from bw_tinyml.export.reporting import ExportReport, report_of
from bw_tinyml.export.selection import chosen_databases, files_of, refuse_suffix
from bw_tinyml.inventory.flows import elementary_flows


@dataclass(frozen=True)
class Spreadsheets:
    """An export into one file per database.

    Attributes
    ----------
    prepared
        The inventory and its background.
    files
        One file per database, in the order in which they must be imported.
    report
        What is known before writing; the files are added when they are written.
    values
        Whether formulas become values.
    """

    prepared: Prepared
    files: dict[str, Path]
    report: ExportReport
    values: bool

    def contents(self) -> Iterator[tuple[Path, Payload]]:
        """Iterate over the files and what belongs into them; count it in the report."""
        for name, file in self.files.items():
            content = self.prepared.payload(name)
            if self.values:
                content = as_values(content)
            self.report.count(name, content.datasets, len(content.parameters))
            yield file, content


def begin(
    path: Path,
    format_: str,
    suffix: str,
    *,
    databases: Sequence[str] | None = None,
    folder: Path | str | None = None,
    background: str = OPEN,
    project: str | None = None,
    biosphere: str | None = None,
    values: bool = False,
    overwrite: bool = False,
) -> Spreadsheets:
    """Link the inventory, choose databases and files, and refuse what is in the way.

    Parameters are those of :func:`bw_tinyml.export_excel`; ``format_`` is for the report,
    ``suffix`` the ending of the files.
    """
    refuse_suffix(path, suffix)
    prepared = prepare(background, project=project, biosphere=biosphere, folder=folder)
    names = chosen_databases(prepared.linked, databases)
    files = files_of(path, names, overwrite)
    report = report_of(format_, prepared.linked, names)
    report.background = prepared.background
    flows = elementary_flows()
    report.left_out += [
        f"{flows[code].name} ({flows[code].compartment}): {prepared.background} does not have it"
        for code in sorted(prepared.linked.left_out)
    ]
    if values:
        report.left_out.append("formulas and parameters: amounts are written as values")
    return Spreadsheets(prepared, files, report, values)
