"""Datapackages of bw_processing: matrices for programmers, without a Brightway project."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.errors import UsageError
from bw_tinyml.export.reporting import ExportReport, report_of
from bw_tinyml.export.selection import chosen_databases
from bw_tinyml.impact.preview import bundled
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.flows import elementary_flows

_MOMENT = (2020, 1, 1, 0, 0, 0)
_NODE_COLUMNS = (
    "id", "kind", "database", "code", "identifier", "name", "product", "unit", "location",
    "categories",
)  # fmt: skip
#: exchange as row: provider or flow, user, amount, fields of its distribution
Entry = tuple[int, int, float, dict[str, Any]]


def export_datapackage(
    path: Path | str,
    *,
    folder: Path | str | None = None,
    family: str = "EF v3.1",
    overwrite: bool = False,
) -> ExportReport:
    """Write matrices as datapackages into a folder.

    ``inventory.zip`` holds technosphere and biosphere with their distributions, one further zip
    per impact category the factors, and ``nodes.csv`` says which id is which dataset or flow::

        bw2calc.LCA({id: 1}, data_objs=[inventory, category])

    Parameters
    ----------
    path
        The folder.
    folder
        Inventory folder; by default the one that comes with the package.
    family
        Family of LCIA methods.
    overwrite
        Whether existing files may be replaced.

    Raises
    ------
    UsageError
        The folder holds an export.
    InventoryError
        The tables have errors.
    """
    from bw_tinyml.brightway.install import linked_inventory

    target = Path(path)
    if (target / "inventory.zip").exists() and not overwrite:
        raise UsageError(f"'{target}' holds an export", "add --overwrite, or name another folder")
    linked = linked_inventory(folder)
    report = report_of("bw_processing", linked, chosen_databases(linked, None), family)
    report.left_out.append("formulas and parameters: matrices hold their values")
    ids = {identifier: number for number, identifier in enumerate(linked.datasets, start=1)}
    flows = _flows(linked, family)
    flow_ids = {code: len(ids) + number for number, code in enumerate(flows, start=1)}
    technosphere, biosphere = _entries(linked, ids, flow_ids)
    target.mkdir(parents=True, exist_ok=True)
    report.files.append(target / "inventory.zip")
    _write(
        target / "inventory.zip",
        "bw_tinyml",
        {"technosphere_matrix": technosphere, "biosphere_matrix": biosphere},
    )
    for category in categories(linked.inventory, family):
        method = bundled(category)
        factors: list[Entry] = [(flow_ids[c], 0, v, {}) for c, v in method.factors if c in flow_ids]
        name = "".join(c if c.isalnum() else "-" for c in category.label.lower())
        file = target / f"{name}.zip"
        _write(file, name, {"characterization_matrix": factors})
        report.files.append(file)
    (target / "nodes.csv").write_text(_nodes(linked, ids, flow_ids), encoding="utf-8")
    report.files.append(target / "nodes.csv")
    report.write(target)
    return report


def _flows(linked: LinkedInventory, family: str) -> list[str]:
    used = {e.flow for d in linked.datasets.values() for e in d.exchanges if e.flow}
    for category in categories(linked.inventory, family):
        used |= {code for code, _ in bundled(category).factors}
    return sorted(used & elementary_flows().keys())


def _entries(
    linked: LinkedInventory, ids: dict[str, int], flow_ids: dict[str, int]
) -> tuple[list[Entry], list[Entry]]:
    technosphere: list[Entry] = [(i, i, 1.0, {"production": True}) for i in ids.values()]
    biosphere: list[Entry] = []
    for identifier, found in linked.datasets.items():
        column = ids[identifier]
        for exchange in found.exchanges:
            amount = linked.inventory.amount(found.dataset, exchange.value)
            fixed = isinstance(exchange.value, float | int)
            spread = exchange.distribution.as_stats_arrays(amount) if fixed and amount else {}
            if exchange.provider:
                technosphere.append((ids[exchange.provider.id], column, amount, spread))
            else:
                biosphere.append((flow_ids[exchange.flow], column, amount, spread))
    return technosphere, biosphere


def _write(path: Path, name: str, matrices: dict[str, list[Entry]]) -> None:
    """Write a datapackage such that the same content gives the same bytes."""
    import bw_processing as bwp
    from fsspec.implementations.dirfs import DirFileSystem
    from fsspec.implementations.local import LocalFileSystem

    with tempfile.TemporaryDirectory() as folder:
        package = bwp.create_datapackage(
            fs=DirFileSystem(path=folder, fs=LocalFileSystem()),
            name=name, id_=name, sum_intra_duplicates=True,
        )  # fmt: skip
        for matrix, entries in matrices.items():
            package.add_persistent_vector(matrix=matrix, name=matrix, **_arrays(matrix, entries))
        package.finalize_serialization()
        described = Path(folder) / "datapackage.json"
        metadata = json.loads(described.read_text(encoding="utf-8"))
        metadata["created"] = "2020-01-01T00:00:00+00:00Z"
        described.write_text(json.dumps(metadata, indent=2), encoding="utf-8")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(Path(folder).iterdir()):
                member = zipfile.ZipInfo(file.name, _MOMENT)
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, file.read_bytes())


def _arrays(matrix: str, entries: Sequence[Entry]) -> dict[str, Any]:
    import bw_processing as bwp

    # A characterisation matrix is diagonal: bw2calc ignores its columns, but they must repeat.
    characterisation = matrix == "characterization_matrix"
    indices = [(row, row if characterisation else column) for row, column, _, _ in entries]
    arrays: dict[str, Any] = {
        "indices_array": np.array(indices, dtype=bwp.INDICES_DTYPE),
        "data_array": np.array([amount for _, _, amount, _ in entries], dtype=float),
    }
    if matrix == "technosphere_matrix":
        arrays["flip_array"] = np.array([not fields.get("production") for *_, fields in entries])
    if not characterisation:
        arrays["distributions_array"] = np.array(
            [_distribution(amount, fields) for _, _, amount, fields in entries],
            dtype=bwp.UNCERTAINTY_DTYPE,
        )
    return arrays


def _distribution(amount: float, fields: dict[str, Any]) -> tuple[Any, ...]:
    names = ("loc", "scale", "shape", "minimum", "maximum")
    values = [float("nan") if fields.get(n) is None else float(fields[n]) for n in names]
    kind = fields.get("uncertainty type", 0)
    if kind in (0, 1):
        values[0] = amount
    return (kind, *values, bool(fields.get("negative", amount < 0)))


def _nodes(linked: LinkedInventory, ids: dict[str, int], flow_ids: dict[str, int]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_NODE_COLUMNS)
    for identifier, number in ids.items():
        d = linked.datasets[identifier].dataset
        writer.writerow(
            [number, "process", *d.key, d.id, d.name, d.product, d.unit, d.location, ""]
        )
    for code, number in flow_ids.items():
        flow = elementary_flows()[code]
        writer.writerow(
            [number, "flow", "biosphere3", code, "", flow.name, "", flow.unit, "", flow.compartment]
        )
    return stream.getvalue()
