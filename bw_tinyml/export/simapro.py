"""SimaPro CSV: processes with products, inputs and elementary flows, as SimaPro exports them.

Formulas are written as their values. Elementary flows carry their ecoinvent names, CAS numbers and
SimaPro's sub-compartments; SimaPro's own names differ for many, so the export report lists every
flow to check after the import.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bw_tinyml.brightway.payload import payload
from bw_tinyml.errors import InventoryError
from bw_tinyml.export.reporting import ExportReport, report_of
from bw_tinyml.export.selection import chosen_databases, refuse_existing, refuse_suffix
from bw_tinyml.inventory.flows import ElementaryFlow, elementary_flows

ENCODING = "cp1252"
#: SimaPro breaks lines inside a cell with this character
LINE_BREAK = "\x7f"
_BLOCKS = ("Resources", "Emissions to air", "Emissions to water", "Emissions to soil")
_LISTS = ("Raw materials", "Airborne emissions", "Waterborne emissions", "Emissions to soil")
_COMPARTMENTS = {
    "natural resource": "Resources", "air": "Emissions to air", "water": "Emissions to water",
    "soil": "Emissions to soil",
}  # fmt: skip
_SUBCOMPARTMENTS = {
    "urban air close to ground": "high. pop.",
    "non-urban air or from high stacks": "low. pop.",
    "low population density, long-term": "low. pop., long-term",
    "lower stratosphere + upper troposphere": "stratosphere + troposphere",
    "surface water": "river",
    "ground-": "groundwater",
    "ground-, long-term": "groundwater, long-term",
}
_UNITS = {
    "kilogram": "kg", "unit": "p", "kilowatt hour": "kWh", "megajoule": "MJ",
    "ton kilometer": "tkm", "square meter": "m2", "cubic meter": "m3", "hour": "hr",
    "year": "year", "kilometer": "km", "meter": "m", "kilo Becquerel": "kBq",
    "square meter-year": "m2a", "cubic meter-year": "m3a", "standard cubic meter": "m3",
    "gigabyte": "p",
}  # fmt: skip
_HEADER = """\
{{SimaPro 9.5.0.2}}
{{processes}}
{{Date: 01/01/2020}}
{{Time: 00:00:00}}
{{Project: {project}}}
{{CSV Format version: 9.0.0}}
{{CSV separator: Semicolon}}
{{Decimal separator: .}}
{{Date separator: /}}
{{Short date format: dd/MM/yyyy}}
{{Export platform IDs: No}}
{{Skip empty fields: No}}
{{Convert expressions to constants: Yes}}
{{Selection: Selection(1)}}
{{Related objects (system descriptions, substances, units, etc.): Yes}}
{{Include sub product stages and processes: No}}

"""
Row = list[Any]


def export_simapro(
    path: Path | str, *, folder: Path | str | None = None, overwrite: bool = False
) -> ExportReport:
    """Write both databases as one SimaPro CSV file.

    Parameters
    ----------
    path
        The file (``.csv``), encoded in Windows-1252 as SimaPro expects.
    folder
        Inventory folder; by default the one that comes with the package.
    overwrite
        Whether an existing file may be replaced.

    Raises
    ------
    UsageError
        The file exists, or has another ending.
    InventoryError
        The tables have errors, or two products would have the same name.
    """
    from bw_tinyml.brightway.install import linked_inventory

    target = Path(path)
    refuse_suffix(target, ".csv")
    refuse_existing(target, overwrite)
    linked = linked_inventory(folder)
    names = chosen_databases(linked, None)
    report = report_of("SimaPro CSV", linked, names)
    report.left_out += [
        "formulas and parameters: amounts are written as values",
        "the ranges that cut some lognormals",
        "codes, pedigree and labels: SimaPro's format has no place for them",
    ]
    report.conversions.append("data volume is counted in pieces (p) of 1 GB; no unit for it")
    datasets = []
    for name in names:
        content = payload(linked, name, "biosphere3")
        report.count(name, content.datasets, len(content.parameters))
        datasets += content.datasets
    stream = io.StringIO()
    stream.write(_HEADER.format(project="bw_tinyml"))
    csv.writer(stream, delimiter=";", lineterminator="\r\n").writerows(_rows(datasets, report))
    target.parent.mkdir(parents=True, exist_ok=True)
    text = stream.getvalue()
    lost = sorted({c for c in text if not _encodable(c)})
    if lost:
        report.conversions.append(f"characters that Windows-1252 lacks became '?': {''.join(lost)}")
    target.write_bytes(text.encode(ENCODING, errors="replace"))
    report.files.append(target)
    report.write(target)
    return report


def _encodable(character: str) -> bool:
    try:
        character.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def product_name(dataset: Mapping[str, Any]) -> str:
    """Return the name of a product, which SimaPro links by: product, place and process."""
    return f"{dataset['reference product']} {{{dataset['location']}}}| {dataset['name']}"


def _rows(datasets: list[dict[str, Any]], report: ExportReport) -> Iterator[Row]:
    products = {(d["database"], d["code"]): product_name(d) for d in datasets}
    seen: dict[str, str] = {}
    used: dict[str, ElementaryFlow] = {}
    for dataset in datasets:
        name = product_name(dataset)
        if name in seen:
            raise InventoryError(
                f"{dataset['identifier']} and {seen[name]} would both be '{name}'",
                "give them different names, products or locations",
            )
        seen[name] = dataset["identifier"]
        yield from _process(dataset, products, used)
    flows = sorted(used.values(), key=lambda flow: (flow.name, flow.compartment))
    for block, title in zip(_BLOCKS, _LISTS, strict=True):
        listed = {
            f.name: [f.name, _UNITS[f.unit], f.cas or "", ""]
            for f in flows
            if _COMPARTMENTS[f.categories[0]] == block
        }
        yield from ([title], *listed.values(), [], ["End"], [])
    report.flows_unmapped = [f"{flow.name} ({flow.compartment})" for flow in flows]
    report.flows_mapped = 0


def _process(
    dataset: Mapping[str, Any],
    products: Mapping[tuple[str, str], str],
    used: dict[str, ElementaryFlow],
) -> Iterator[Row]:
    name = products[dataset["database"], dataset["code"]]
    yield from (["Process"], [])
    for key, value in (
        ("Category type", "material"),
        ("Process identifier", dataset["identifier"]),
        ("Type", "Unit process"),
        ("Process name", dataset["name"]),
        ("Infrastructure", "No"),
        ("Date", "01/01/2020"),
        ("Comment", _text(dataset["comment"])),
    ):
        yield from ([key], [value], [])
    category = f"{dataset['database']}\\{dataset['stage']}"
    yield ["Products"]
    yield [name, _UNITS[dataset["unit"]], 1, 100, "not defined", category, ""]
    yield []
    blocks: dict[str, list[Row]] = {block: [] for block in _BLOCKS}
    inputs = []
    for exchange in dataset["exchanges"]:
        tail = [*_spread(exchange), _text(exchange.get("comment", ""))]
        unit, amount = _UNITS[exchange["unit"]], exchange["amount"]
        if exchange["type"] == "technosphere":
            inputs.append([products[exchange["input"]], unit, amount, *tail])
        elif exchange["type"] == "biosphere":
            flow = elementary_flows()[exchange["input"][1]]
            used[flow.code] = flow
            head, *sub = flow.categories
            inner = _SUBCOMPARTMENTS.get(sub[0], sub[0]) if sub else ""
            blocks[_COMPARTMENTS[head]].append([flow.name, inner, unit, amount, *tail])
    yield from (["Resources"], *blocks["Resources"], [])
    yield from (["Materials/fuels"], *inputs, [])
    for block in _BLOCKS[1:]:
        yield from ([block], *blocks[block], [])
    yield from (["End"], [])


def _spread(exchange: Mapping[str, Any]) -> Row:
    """Return kind and three fields; of a lognormal the square of the geometric deviation."""
    kind = exchange.get("uncertainty type", 0)
    if kind == 2:
        return ["Lognormal", math.exp(2 * exchange["scale"]), 0, 0]
    if kind in (4, 5):
        name = "Uniform" if kind == 4 else "Triangle"
        return [name, 0, exchange["minimum"], exchange["maximum"]]
    return ["Undefined", 0, 0, 0]


def _text(text: str) -> str:
    return text.replace("\n", LINE_BREAK)
