"""Loading the inventory folder: tables -> rows -> parameters and datasets.

Loading never raises for a fault in the data: faults become findings, and what is at fault is left
out, so that one check shows all faults at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bw_tinyml.errors import FormulaError, InventoryError
from bw_tinyml.inventory.building import Builder
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.model import DATABASES, Inventory
from bw_tinyml.inventory.parameters import evaluate
from bw_tinyml.inventory.regional import check_locations, regional_items, regional_keys
from bw_tinyml.inventory.schema import Table, link_kind, read_schemas
from bw_tinyml.inventory.tables import Row, read_table
from bw_tinyml.inventory.uncertainty import UncertaintyFactors

#: tables at the top of the inventory folder
TOP_TABLES = (
    "sources",
    "keys",
    "locations",
    "composition",
    "bands",
    "pedigree",
    "basic_uncertainty",
    "systems",
    "scenarios",
    "scenario_words",
    "projections",
    "fleet_timing",
    "methods",
    "parts",
    "cells",
    "industries",
)
#: tables of a topic folder
TOPIC_TABLES = ("processes", "exchanges", "parameters", "variants", "assertions")
REQUIRED = ("sources", "keys", "locations", "pedigree", "basic_uncertainty")


def default_folder() -> Path:
    """Return the folder of the tables that come with the package.

    In an installed package they lie inside it; in a clone of the repository, beside it.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "inventories", package.parent / "inventories"):
        if (folder / "sources.csv").is_file():
            return folder
    raise InventoryError(
        f"no inventory tables in or beside {package}", "reinstall bw_tinyml: `pip install .`"
    )


def load(
    folder: Path | str | None = None, locations: Sequence[str] = ()
) -> tuple[Inventory, Report]:
    """Read an inventory folder.

    Parameters
    ----------
    folder
        The inventory folder; by default the one that comes with the package.
    locations
        Further locations for which recipes over sites get datasets.

    Returns
    -------
    Inventory
        What could be understood.
    Report
        Faults of single cells, formulas and references inside the tables. The checks of
        :func:`bw_tinyml.inventory.check` add those that need the whole.

    Raises
    ------
    InventoryError
        The folder does not exist or holds no tables.
    UsageError
        A location is not in ``locations.csv``.
    """
    root = _existing(folder)
    schemas = _schemas(root)
    report = Report()
    inventory = Inventory(root)
    for name in TOP_TABLES:
        inventory.tables[name] = _top_table(root, name, schemas[name], report)
    known = inventory.tables["locations"]
    check_locations(locations, known)
    inventory.tables["keys"] += regional_keys(inventory.tables["keys"], locations)
    inventory.tables |= _link_tables(root, schemas, report)
    factors = UncertaintyFactors(
        inventory.tables["pedigree"], inventory.tables["basic_uncertainty"]
    )
    for database, base in DATABASES.items():
        topics = _topics(root, base, schemas, report)
        rows = [row for topic in topics.values() for row in topic["variants"]]
        for row in regional_items(rows, known, locations):
            topics[Path(row.file).parent.name]["variants"].append(row)
        for name in TOPIC_TABLES:
            inventory.tables.setdefault(name, []).extend(
                row for topic in topics.values() for row in topic[name]
            )
        builder = Builder(database, topics, factors, report)
        inventory.sets[database] = builder.sets
        inventory.parameters[database] = builder.parameters()
        for dataset in builder.datasets():
            earlier = inventory.datasets.setdefault(dataset.id, dataset)
            if earlier is not dataset:
                report.add(
                    "duplicate-row",
                    dataset.file,
                    dataset.line,
                    f"process '{dataset.id}' stands in {earlier.file}:{earlier.line} too",
                )
        inventory.values[database] = _values(inventory, database, report)
    return inventory, report


def load_lists(folder: Path | str | None = None) -> Inventory:
    """Read only the lists that calculations in a project need; the rest is empty.

    Raises
    ------
    InventoryError
        The folder does not exist or holds no tables.
    """
    root = _existing(folder)
    schemas = _schemas(root)
    names = ("systems", "scenarios", "scenario_words", "projections", "fleet_timing", "methods")
    return Inventory(root, {n: _top_table(root, n, schemas[n], Report()) for n in names})


def _existing(folder: Path | str | None) -> Path:
    root = Path(folder) if folder is not None else default_folder()
    if not (root / "sources.csv").is_file():
        raise InventoryError(
            f"'{root}' is not an inventory folder: it has no sources.csv",
            "name a folder with the layout of docs/format.md",
        )
    return root


def _schemas(root: Path) -> dict[str, Table]:
    """Schemas of the folder, else of the package: a user's folder needs no copy of them."""
    schemas = read_schemas(root)
    return schemas if schemas else read_schemas(default_folder())


def _top_table(root: Path, name: str, schema: Table, report: Report) -> list[Row]:
    path = root / f"{name}.csv"
    if not path.is_file():
        if name in REQUIRED:
            report.add("missing-file", path.name, 0, f"{path.name} is missing")
        return []
    return read_table(root, path, schema, report)


def _link_tables(root: Path, schemas: dict[str, Table], report: Report) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {kind: [] for kind in schemas if kind.startswith("links")}
    for path in sorted((root / "links").glob("*.csv")):
        kind = link_kind(path.stem)
        if kind in schemas:
            tables[kind] = read_table(root, path, schemas[kind], report)
        else:
            file = path.relative_to(root).as_posix()
            report.add("file-unexpected", file, 0, f"'{path.name}' is not a link table")
    return tables


def _topics(
    root: Path, base: str, schemas: dict[str, Table], report: Report
) -> dict[str, dict[str, list[Row]]]:
    topics = {}
    for folder in _topic_folders(root / base):
        topics[folder.name] = {
            name: read_table(root, path, schemas[name], report)
            if (path := folder / f"{name}.csv").is_file()
            else []
            for name in TOPIC_TABLES
        }
        for path in sorted(folder.iterdir()):
            known = path.suffix == ".md" or (path.stem in TOPIC_TABLES and path.suffix == ".csv")
            if not known and not path.name.startswith((".", "~")):
                report.add(
                    "file-unexpected",
                    path.relative_to(root).as_posix(),
                    0,
                    f"'{path.name}' is not a table of a topic",
                )
    return topics


def _topic_folders(base: Path) -> Iterator[Path]:
    if base.is_dir():
        yield from (p for p in sorted(base.iterdir()) if p.is_dir() and p.name[0] not in "._")


def _values(inventory: Inventory, database: str, report: Report) -> dict[str, float]:
    """Evaluate the parameters; go on after each fault, so that all are found at once."""
    values = {name: p.value for name, p in inventory.parameters[database].items()}
    while True:
        try:
            return evaluate(values)
        except FormulaError as error:
            place = inventory.parameters[database][error.parameter].provenance
            report.add(error.code, place.file, place.line, f"{error.parameter}: {error.message}")
            values[error.parameter] = 1.0  # harmless; the inventory is refused anyway
