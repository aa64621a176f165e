"""Published lists of names that bw2io and randonneur_data bring, read where they are installed.

They translate names of SimaPro and of ecoinvent 2, which US data sets use, and products of US LCI
that were renamed.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

from bw_tinyml.errors import ProjectError
from bw_tinyml.inventory.flows import bw2io_file, elementary_flows

#: randonneur_data (CC BY 4.0): names of other nomenclatures with the UUID of the ecoinvent flow
_LISTS = (
    "simapro-biosphere-2024-ecoinvent-3.9-biosphere.gz",
    "ecoinvent-2.2-biosphere-ecoinvent-3.12-biosphere-transitive.gz",
)


@cache
def flow_names() -> dict[tuple[str, str], str]:
    """Return the name in biosphere3 by name elsewhere (lower case) and medium.

    Names that stand for more than one flow of a medium are left out.

    Raises
    ------
    ProjectError
        randonneur_data is not installed, or too old.
    """
    found: dict[tuple[str, str], str] = {}
    flows = elementary_flows()
    for file in _LISTS:
        names: dict[tuple[str, str], set[str]] = {}
        for row in _read(file)["update"]:
            flow = flows.get(row["target"].get("identifier", ""))
            if flow and row.get("conversion_factor", 1.0) == 1.0:
                key = (row["source"]["name"].strip().lower(), flow.categories[0])
                names.setdefault(key, set()).add(flow.name)
        found = {k: next(iter(v)) for k, v in names.items() if len(v) == 1} | found
    return found


def _read(file: str) -> dict[str, Any]:
    spec = importlib.util.find_spec("randonneur_data")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder, "data", file)
        if path.is_file():
            content: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
            return content
    raise ProjectError(
        f"the installed randonneur_data has no file {file}", "run `pip install -U randonneur_data`"
    )


@cache
def renamed_products() -> dict[str, str]:
    """Return products of US LCI by an earlier name, both in lower case; empty without the list."""
    try:
        content = json.loads(bw2io_file("data", "us-lci.json").read_text(encoding="utf-8"))
    except ProjectError:
        return {}
    return {old.strip().lower(): new.strip().lower() for old, new in content.items()}
