"""What is installed, what is missing or out of date, and how to mend it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import numpy as np

from bw_tinyml.background.open import OPEN
from bw_tinyml.brightway.biosphere import flow_ids
from bw_tinyml.brightway.changes import changes_of_user
from bw_tinyml.brightway.diagnosis import Diagnosis
from bw_tinyml.brightway.ids import stale_ids
from bw_tinyml.brightway.installed import install_command
from bw_tinyml.brightway.leftovers import leftovers
from bw_tinyml.brightway.methods import missing_methods
from bw_tinyml.brightway.stack import bw2data, bw2io, quiet
from bw_tinyml.inventory.families import families
from bw_tinyml.inventory.model import DATABASES, Inventory

#: so many arrays with stale ids are named one by one
FAULTS = 5


def examine(inventory: Inventory, current_hash: str) -> list[Diagnosis]:
    """Examine the current project.

    Parameters
    ----------
    inventory
        For the default method families.
    current_hash
        Hash of the tables that an installation would write now.
    """
    return [
        *leftovers(),
        *_databases(current_hash),
        *changes_of_user(inventory.folder, current_hash),
        *_stale_ids(),
        *_background(),
        *_biosphere(),
        *_methods(inventory),
        *_migrations(),
        *_uncertainty(),
        *_neighbours(),
    ]


def _project() -> str:
    return str(bw2data().projects.current)


def _databases(current_hash: str) -> Iterator[Diagnosis]:
    bd = bw2data()
    for name in DATABASES:
        if name not in bd.databases:
            yield Diagnosis(
                f"database {name}",
                "error",
                "is not installed",
                install_command(),
            )
            continue
        metadata = bd.databases[name]
        described = f"{metadata.get('number')} datasets, {metadata.get('format')}"
        if "table_hash" not in metadata:
            yield Diagnosis(
                f"database {name}",
                "error",
                f"{described}; it was not written by bw_tinyml",
                "use another project, or replace it with install --replace",
            )
        elif metadata["table_hash"] != current_hash:
            yield Diagnosis(
                f"database {name}",
                "warning",
                f"{described}; written from other tables than those at hand",
                f"{install_command()} --replace",
            )
        else:
            yield Diagnosis(f"database {name}", "ok", described)
        yield from _processed(name)


def _processed(name: str) -> Iterator[Diagnosis]:
    """Compare the ids in the processed arrays with those in the database."""
    bd = bw2data()
    if bd.databases[name].get("dirty"):
        yield Diagnosis(
            f"arrays of {name}",
            "warning",
            "will be derived anew on first use",
            "",
        )
        return
    ids = set(flow_ids(name).values())
    try:
        with quiet():
            package = bd.Database(name).datapackage()
        columns = {
            int(column)
            for resource in package.resources
            if resource.get("matrix") == "technosphere_matrix" and resource["kind"] == "indices"
            for column in np.unique(package.get_resource(resource["name"])[0]["col"])
        }
    except Exception as error:  # whatever is wrong with the file, it must be made anew
        yield Diagnosis(
            f"arrays of {name}",
            "error",
            f"cannot be read: {error}",
            f"bw2data.Database('{name}').process()",
        )
        return
    if columns != ids:
        yield Diagnosis(
            f"arrays of {name}",
            "error",
            "do not fit the datasets: a database was rewritten behind them",
            f"bw2data.Database('{name}').process()",
        )


def _stale_ids() -> Iterator[Diagnosis]:
    """Find arrays that refer to nodes which a rewrite gave other ids."""
    found = list(stale_ids())
    if not found:
        yield Diagnosis("ids in arrays", "ok", "all are those of the project's datasets and flows")
        return
    for fault in found[:FAULTS]:
        yield Diagnosis(
            f"ids of {fault.what}",
            "error",
            f"{fault.stale} of {fault.total} ids in its arrays do not exist: a database was "
            "rewritten behind it, and scores leave these out",
            fault.remedy,
        )
    if found[FAULTS:]:
        yield Diagnosis(
            "ids of others",
            "error",
            f"the same with {len(found) - FAULTS} more databases and methods",
            "derive their arrays anew, too; where that fails, write them again",
        )


def _background() -> Iterator[Diagnosis]:
    """Look whether the user's background is still the one that was linked."""
    bd = bw2data()
    metadata = bd.databases.get("tinyml", {})
    name = metadata.get("background", OPEN)
    if name == OPEN:
        return
    release = metadata.get("background_release", "")
    relink = f"bw-tinyml relink --project {_project()} --background {shlex.quote(name)}"
    if name not in bd.databases:
        yield Diagnosis(
            "background",
            "error",
            f"'{name}' ({release}) is no longer in the project",
            f"bw-tinyml relink --project {_project()} --background NAME",
        )
    elif bd.databases[name].get("modified", "") != metadata.get("background_modified"):
        yield Diagnosis(
            "background", "warning", f"'{name}' was written after it was linked", relink
        )
    else:
        yield Diagnosis("background", "ok", f"'{name}', {release}")


def _biosphere() -> Iterator[Diagnosis]:
    bd = bw2data()
    name = bd.databases.get("tinyml", {}).get("biosphere", bd.config.biosphere)
    count = len(flow_ids(name)) if name in bd.databases else 0
    if count:
        yield Diagnosis("biosphere", "ok", f"{name}, {count} elementary flows")
    else:
        yield Diagnosis(
            "biosphere",
            "error",
            f"'{name}' is missing or empty (bw2setup breaks with bw2data 4)",
            install_command(),
        )


def _methods(inventory: Inventory) -> Iterator[Diagnosis]:
    bd = bw2data()
    name = bd.databases.get("tinyml", {}).get("biosphere", bd.config.biosphere)
    for family in families(inventory, default_only=True):
        missing = missing_methods([family], name)
        if missing:
            yield Diagnosis(
                f"LCIA methods {family}",
                "error",
                f"{len(missing)} methods are missing or broken",
                install_command(),
            )
        else:
            yield Diagnosis(f"LCIA methods {family}", "ok", "complete")


def _migrations() -> Iterator[Diagnosis]:
    if "biosphere-2-3-categories" in bw2io().migrations:
        yield Diagnosis("data migrations", "ok", "present")
    else:
        yield Diagnosis(
            "data migrations",
            "warning",
            "missing: Activity Browser cannot import Excel files into this project",
            install_command(),
        )


def _uncertainty() -> Iterator[Diagnosis]:
    """Find lognormal exchanges whose median no longer is their amount."""
    bd = bw2data()
    from bw2data.backends.schema import ExchangeDataset

    stale = 0
    for name in (n for n in DATABASES if n in bd.databases):
        rows = ExchangeDataset.select(ExchangeDataset.data).where(
            ExchangeDataset.output_database == name
        )
        for (data,) in rows.tuples().iterator():
            if data.get("uncertainty type") == 2 and data["amount"]:
                stale += abs(data["loc"] - np.log(abs(data["amount"]))) > 1e-6
    if stale:
        yield Diagnosis(
            "uncertainty",
            "warning",
            f"{stale} lognormal exchanges have a median that is not their amount: bw2calc and "
            "Activity Browser would sample around the old value (bw_tinyml does not)",
            "set loc to log(amount) where you changed the amount",
        )


def _neighbours() -> Iterator[Diagnosis]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        browser = version("activity-browser")
    except PackageNotFoundError:
        return
    data = tuple(int(part) for part in version("bw2data").split(".")[:2])
    if browser.startswith("3.0.0b2026") and data >= (4, 8):
        yield Diagnosis(
            "Activity Browser",
            "warning",
            f"{browser} does not start with bw2data {version('bw2data')}",
            "pip install 'bw2data<4.8' in this environment",
        )


def environment() -> dict[str, Any]:
    """Return where Brightway keeps its data, and the projects there."""
    bd = bw2data()
    return {
        "data directory": str(bd.projects._base_data_dir),
        "projects": sorted(project.name for project in bd.projects),
    }
