"""The data package descriptor: lists every table with its schema (Frictionless Data Package).

``python -m bw_tinyml.inventory.datapackage`` writes ``inventories/datapackage.json`` anew; the
check reports when it does not fit the folder.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bw_tinyml._version import __version__
from bw_tinyml.inventory.model import DATABASES
from bw_tinyml.inventory.schema import link_kind


def descriptor(folder: Path) -> dict[str, Any]:
    """Return the descriptor for the tables in a folder."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "bw-tinyml-inventories",
        "title": "Life cycle inventories of TinyML hardware, and their background",
        "version": __version__,
        "licenses": [
            {
                "name": "CC-BY-4.0",
                "path": "https://creativecommons.org/licenses/by/4.0/",
                "title": "Creative Commons Attribution 4.0",
            }
        ],
        "resources": [_resource(folder, path) for path in _tables(folder)],
    }


def _tables(folder: Path) -> list[Path]:
    patterns = (
        "*.csv",
        "links/*.csv",
        "adapters/*.csv",
        *(f"{base}/*/*.csv" for base in DATABASES.values()),
    )
    return sorted(path for pattern in patterns for path in folder.glob(pattern))


def _resource(folder: Path, path: Path) -> dict[str, Any]:
    relative = path.relative_to(folder)
    kinds = {"links": link_kind(path.stem), "adapters": f"adapter_{path.stem}"}
    kind = kinds.get(relative.parts[0], path.stem)
    return {
        "name": re.sub(r"[^a-z0-9]+", "-", relative.with_suffix("").as_posix().lower()),
        "path": relative.as_posix(),
        "type": "table",
        "encoding": "utf-8",
        "schema": f"schemas/{kind}.json",
    }


def as_text(folder: Path) -> str:
    """Return the descriptor as it stands in the file."""
    return json.dumps(descriptor(folder), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the descriptor of the default inventory folder."""
    from bw_tinyml.inventory.loading import default_folder

    folder = default_folder()
    (folder / "datapackage.json").write_text(as_text(folder), encoding="utf-8")
    print(f"wrote {folder / 'datapackage.json'}")


if __name__ == "__main__":
    main()
