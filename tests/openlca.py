"""Small openLCA archives for tests, in versions 1 and 2, and what is read from them."""

from __future__ import annotations

import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

from bw_tinyml.adapters.adapting import read_source
from bw_tinyml.adapters.assembling import Assembler
from bw_tinyml.adapters.coverage import Coverage
from bw_tinyml.inventory.flows import elementary_flows

AIR = "Elementary flows/emission/air"
GROUND = "Elementary flows/resource/in ground"


def uid(name: str) -> str:
    """UUID for a name, the same each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def flow(name: str, kind: str = "PRODUCT_FLOW", category: str = "", **more: Any) -> dict[str, Any]:
    """A flow document."""
    return {
        "@type": "Flow",
        "@id": uid(name),
        "name": name,
        "flowType": kind,
        "category": category,
        **more,
    }


def nature(name: str, category: str = AIR, **more: Any) -> dict[str, Any]:
    """An elementary flow document."""
    return flow(name, "ELEMENTARY_FLOW", category, **more)


def exchange(name: str, amount: Any, unit: str = "kg", **more: Any) -> dict[str, Any]:
    """An exchange of version 2; an input unless ``isInput`` says otherwise."""
    return {
        "@type": "Exchange",
        "amount": amount,
        "flow": {"@type": "Flow", "@id": uid(name), "name": name},
        "unit": {"@type": "Unit", "@id": uid(unit), "name": unit},
        "isInput": True,
        **more,
    }


def output(name: str, amount: Any, unit: str = "kg", **more: Any) -> dict[str, Any]:
    """An exchange that leaves the process."""
    return exchange(name, amount, unit, isInput=False, **more)


def product(name: str, amount: Any = 1.0, unit: str = "kg") -> dict[str, Any]:
    """The quantitative reference."""
    return output(name, amount, unit, isQuantitativeReference=True)


def process(name: str, *exchanges: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A process document of version 2."""
    return {
        "@type": "Process",
        "@id": uid(f"process {name}"),
        "name": name,
        "processType": "UNIT_PROCESS",
        "location": {"@type": "Location", "@id": uid("US"), "name": "US"},
        "exchanges": list(exchanges),
        **more,
    }


def archive(
    path: Path,
    processes: list[dict[str, Any]],
    flows: list[dict[str, Any]],
    raw: dict[str, bytes] | None = None,
    **folders: list[dict[str, Any]],
) -> Path:
    """Write an archive; ``raw`` adds members as they are."""
    documents = {"processes": processes, "flows": flows, **folders}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("olca-schema.json", '{"version": 2}')
        for folder, rows in documents.items():
            for number, row in enumerate(rows):
                name = f"{folder}/{row.get('@id', number)}.json"
                file.writestr(name, json.dumps(row))
        for name, content in (raw or {}).items():
            file.writestr(name, content)
    return path


def steel(path: Path) -> Path:
    """Two processes that can be calculated by hand: 1 kg steel causes 2 + 0.5 x 0.6 kg CO2."""
    return archive(
        path,
        [
            process(
                "steel making",
                product("steel "),
                exchange("electricity", 1.8, "MJ"),
                output("Carbon dioxide ", 2000.0, "g"),
            ),
            process(
                "power plant",
                product("electricity", 1.0, "kWh"),
                output("Carbon dioxide ", 0.6),
                output("Unheard-of gas", 1.0),
                exchange("CUTOFF Coal", 0.4),
            ),
        ],
        [
            flow("steel "),
            flow("electricity"),
            flow("CUTOFF Coal"),
            nature("Carbon dioxide "),
            nature("Unheard-of gas"),
        ],
    )


def datasets(path: Path) -> tuple[dict[str, dict[str, Any]], Coverage]:
    """What the adapter makes of an archive: datasets by product, and the coverage."""
    assembler = Assembler(read_source(path), "db", "biosphere3", set(elementary_flows()))
    found = {d["reference product"]: d for d in assembler.datasets()}
    return found, assembler.coverage


def amounts(dataset: dict[str, Any]) -> dict[str, float]:
    """Amounts by product or flow."""
    return {
        e.get("reference product", e["name"]): e["amount"]
        for e in dataset["exchanges"]
        if e["type"] != "production"
    }
