"""From the linked inventory to what Brightway stores: nodes, exchanges, parameters, metadata.

Everything is computed and checked in memory; nothing is written here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bw_tinyml._version import __version__
from bw_tinyml.background.linking import LinkedDataset, LinkedExchange, LinkedInventory
from bw_tinyml.inventory.flows import elementary_flows
from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.industries import SYSTEM, Industries
from bw_tinyml.inventory.model import Dataset, Inventory, Parameter, Provenance
from bw_tinyml.inventory.quality import Quality, quality
from bw_tinyml.inventory.uncertainty import INDICATORS

#: what a database is, for those who meet it in a project or a workbook
DESCRIPTIONS = {
    "tinyml": "Life cycle inventories of machine learning on microcontrollers (TinyML): silicon, "
    "chips, boards, batteries, devices, networks, use, end of life, and systems by task.",
    "tinyml-background": "Unit processes of materials, energy, transport and waste treatment that "
    "the database tinyml is made with.",
}
#: as in CITATION.cff, which is not in the package
AUTHOR = "bw_tinyml contributors"
TITLE = "bw_tinyml: open life cycle inventory database for machine learning on microcontrollers"
CITATION = (
    f"{AUTHOR}: {TITLE}, version {__version__}. Please cite bw_tinyml, and the sources of the "
    "numbers that decide your result."
)


@dataclass
class Payload:
    """One database, ready to be written.

    Attributes
    ----------
    name
        Name of the database.
    datasets
        Nodes with their exchanges, as Brightway stores them.
    parameters
        Database parameters: name, amount, formula and further fields.
    metadata
        Metadata of the database.
    """

    name: str
    datasets: list[dict[str, Any]]
    parameters: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)


def as_values(content: Payload) -> Payload:
    """Return a database without parameters: formulas replaced by their values.

    Importers need minutes to bring thousands of formulas to life, and Activity Browser to list
    them; both take seconds without.
    """
    datasets = [
        {
            **dataset,
            "exchanges": [
                {key: value for key, value in exchange.items() if key != "formula"}
                for exchange in dataset["exchanges"]
            ],
        }
        for dataset in content.datasets
    ]
    return Payload(content.name, datasets, [], content.metadata)


def table_hash(folder: Path) -> str:
    """Return the SHA-256 of all tables in an inventory folder, names and contents."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.csv")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def payload(linked: LinkedInventory, database: str, biosphere: str) -> Payload:
    """Return one database of a linked inventory.

    Parameters
    ----------
    linked
        The linked inventory.
    database
        ``tinyml`` or ``tinyml-background``.
    biosphere
        Name of the biosphere database in the project.
    """
    inventory = linked.inventory
    industries = Industries(inventory)
    return Payload(
        name=database,
        datasets=[
            _node(found, linked, biosphere, industries.of(found.dataset))
            for found in linked.of_database(database)
        ],
        parameters=[
            _parameter(p, inventory.values[database][p.name])
            for p in inventory.parameters[database].values()
        ],
        metadata={
            "format": f"bw_tinyml {__version__}",
            "version": f"v{__version__}",
            "table_hash": table_hash(inventory.folder),
            "background": linked.background,
            "biosphere": biosphere,
            "licence": "CC BY 4.0",
            "description": DESCRIPTIONS[database],
            "author": AUTHOR,
            "citation": CITATION,
        },
    )


def _node(
    found: LinkedDataset, linked: LinkedInventory, biosphere: str, industry: str
) -> dict[str, Any]:
    dataset = found.dataset
    return {
        "database": dataset.database,
        "code": dataset.code,
        "name": dataset.name,
        "reference product": dataset.product,
        "unit": dataset.unit,
        "location": dataset.location,
        "production amount": 1.0,
        "type": "process",
        "comment": _comment(dataset, linked.inventory),
        "stage": dataset.stage,
        "identifier": dataset.id,
        "role": dataset.role,
        "product type": dataset.product_type,
        **({"classifications": [(SYSTEM, industry)]} if industry else {}),
        **quality_fields(quality(linked.inventory, dataset)),
        "exchanges": [
            _production(dataset),
            *(_exchange(e, dataset, linked.inventory, biosphere) for e in found.exchanges),
        ],
    }


def quality_fields(rated: Quality) -> dict[str, Any]:
    """Return the data quality of a dataset as flat fields, which every exporter can carry."""
    if not rated.numbers:
        return {}
    total = {} if rated.rating is None else {"data quality rating": round(rated.rating, 2)}
    return {
        **total,
        "data quality class": rated.label,
        **{f"data quality, {name}": round(value, 2) for name, value in rated.aspects.items()},
        "data quality, share assessed": round(rated.assessed, 3),
        "share of estimates": round(rated.kinds.get("estimate", 0.0), 3),
        "share of proxies": round(rated.proxies, 3),
        "rated numbers": rated.numbers,
    }


def _production(dataset: Dataset) -> dict[str, Any]:
    return {
        "input": dataset.key,
        "output": dataset.key,
        "type": "production",
        "amount": 1.0,
        "name": dataset.name,
        "reference product": dataset.product,
        "unit": dataset.unit,
        "location": dataset.location,
        "uncertainty type": 0,
    }


def _exchange(
    exchange: LinkedExchange, dataset: Dataset, inventory: Inventory, biosphere: str
) -> dict[str, Any]:
    amount = inventory.amount(dataset, exchange.value)
    place = exchange.origin.provenance
    fields: dict[str, Any] = {
        "output": dataset.key,
        "type": exchange.type,
        "amount": amount,
        "label": exchange.label,
        "comment": provenance_text(place, exchange),
        "source": place.source,
        "kind": place.kind,
    }
    if exchange.provider:
        provider = exchange.provider
        fields |= {
            "input": provider.key,
            "name": provider.name,
            "reference product": provider.product,
            "unit": provider.unit,
            "location": provider.location,
        }
        if exchange.key:
            fields["background key"] = exchange.key
    else:
        flow = elementary_flows()[exchange.flow]
        fields |= {
            "input": (biosphere, flow.code),
            "name": flow.name,
            "unit": flow.unit,
            "categories": flow.categories,
        }
    if place.proxy or exchange.proxy:
        fields["proxy"] = True
    if place.pedigree:
        fields["pedigree"] = dict(zip(INDICATORS, place.pedigree, strict=True))
    if isinstance(exchange.value, Formula):
        # No uncertainty here: it comes from the parameters, so that it moves with them.
        return {**fields, "formula": exchange.value.text, "uncertainty type": 0}
    return fields | exchange.distribution.as_stats_arrays(amount)


def _parameter(parameter: Parameter, value: float) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": parameter.name,
        "amount": value,
        "unit": parameter.unit,
        "comment": f"{parameter.description}. {provenance_text(parameter.provenance)}".strip(),
        "source": parameter.provenance.source,
        "kind": parameter.provenance.kind,
    }
    if parameter.provenance.proxy:
        fields["proxy"] = True
    if parameter.minimum is not None:
        fields["lower bound"] = parameter.minimum
    if parameter.maximum is not None:
        fields["upper bound"] = parameter.maximum
    if isinstance(parameter.value, Formula):
        return {**fields, "formula": parameter.value.text}
    return fields | parameter.distribution.as_stats_arrays(value)


def provenance_text(place: Provenance, exchange: LinkedExchange | None = None) -> str:
    """Return in one sentence where a number comes from."""
    cited = f"{place.source}, {place.page}" if place.page else place.source
    parts = [f"{place.kind}: {cited}" if cited else place.kind, place.remark]
    if place.proxy:
        parts.append("Proxy.")
    if exchange and exchange.proxy:
        parts.append(f"Proxy for '{exchange.key}': {exchange.link_remark}")
    return _safe(". ".join(part.rstrip(".") for part in parts if part))


def _comment(dataset: Dataset, inventory: Inventory) -> str:
    sources = {row["source"]: row["citation"] for row in inventory.tables["sources"]}
    cited = sorted(
        {source for source in (e.provenance.source for e in dataset.exchanges) if source in sources}
    )
    parts: Iterable[str] = (
        dataset.comment,
        f"Technology: {dataset.technology}" if dataset.technology else "",
        f"Period: {dataset.period}" if dataset.period else "",
        f"Not balanced: {dataset.balance_note}" if dataset.balance_note else "",
        "Sources: " + "; ".join(f"[{key}] {sources[key]}" for key in cited) if cited else "",
    )
    return _safe("\n".join(part for part in parts if part))


def _safe(text: str) -> str:
    """Keep text from being taken for a tuple when it comes back from a spreadsheet."""
    return text.replace("::", " / ")
