"""LCIA methods: find those that a project has, install those that are missing.

bw2io's own ``bw2setup`` breaks at this point with bw2data 4 (brightway2-io issue 277), so the
bundled methods are written from their data file, with integer ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bw_tinyml.brightway.biosphere import flow_ids
from bw_tinyml.brightway.lcia_bundle import BundledMethod, MethodName, bundled_methods
from bw_tinyml.brightway.stack import bw2data, quiet

Progress = Callable[[str, int, int], None]


def project_methods(biosphere: str, families: Iterable[str] | None = None) -> list[MethodName]:
    """Return the methods of the project whose factors are for flows of this biosphere.

    A method that was registered and never written (left by a broken ``bw2setup``) does not
    count, nor does one of another biosphere.

    Parameters
    ----------
    biosphere
        Name of the biosphere database.
    families
        Families to look at; all if None. The family is the third-last part of a name, so that a
        leading ``ecoinvent-3.x`` does not matter.
    """
    bd = bw2data()
    ids = set(flow_ids(biosphere).values())
    wanted = None if families is None else set(families)
    return [
        name
        for name in bd.methods
        if len(name) >= 3 and (wanted is None or name[-3] in wanted) and _flows(name) & ids
    ]


def _flows(name: MethodName) -> set[int]:
    """Ids of some flows that a method has factors for; empty where it has none or is broken."""
    bd = bw2data()
    try:
        factors = bd.Method(name).load()
    except Exception:  # whatever is wrong with its files, the method cannot be used
        return set()
    return {found for row in factors[:20] if (found := _flow_id(row[0])) is not None}


def _is_in_use(name: MethodName) -> bool:
    """Return whether a method has flows that the project still has."""
    from bw2data.backends.schema import ActivityDataset

    found: bool = ActivityDataset.select().where(ActivityDataset.id << list(_flows(name))).exists()
    return found


def _flow_id(flow: object) -> int | None:
    if isinstance(flow, int):
        return flow
    from bw2data.backends.schema import get_id

    try:
        return int(get_id(tuple(flow)))  # type: ignore[arg-type]
    except Exception:  # a flow that no longer exists
        return None


def methods_have_files(families: Iterable[str]) -> bool:
    """Return whether the methods of some families have their files: quick, without reading them.

    Each family must have a method, and each method its factors and its processed arrays.
    """
    bd = bw2data()
    folder = Path(bd.projects.dir)
    wanted = set(families)
    methods = [name for name in bd.methods if len(name) >= 3 and name[-3] in wanted]
    return {name[-3] for name in methods} == wanted and all(
        (folder / "intermediate" / f"{bd.Method(name).filename}.pickle").is_file()
        and bd.Method(name).filepath_processed().is_file()
        for name in methods
    )


def missing_methods(families: Iterable[str], biosphere: str) -> list[BundledMethod]:
    """Return the bundled methods of some families that the project lacks.

    A category that the project has from another source, with an indicator called otherwise, is
    not missing: indicators were renamed between releases of ecoinvent.
    """
    families = list(families)
    bundle = bundled_methods()
    present = {tuple(name[-3:]) for name in project_methods(biosphere, families)}

    def is_missing(name: MethodName) -> bool:
        same_category = {other for other in present if other[:2] == name[:2]}
        return name not in same_category and same_category <= bundle.keys()

    return [m for m in bundle.values() if m.family in families and is_missing(m.name)]


def install_methods(
    methods: list[BundledMethod], biosphere: str, progress: Progress | None = None
) -> int:
    """Write methods into the current project; return how many factors had no flow there.

    A method of that name which belongs to another biosphere is left alone; ours then gets the
    biosphere as a first part of its name. A method is registered and written in one go; if that
    is interrupted, the next installation finds it broken and writes it again.
    """
    bd = bw2data()
    ids = flow_ids(biosphere)
    dropped = 0
    for number, method in enumerate(methods, start=1):
        factors = [(ids[code], value) for code, value in method.factors if code in ids]
        dropped += len(method.factors) - len(factors)
        taken = method.name in bd.methods and _is_in_use(method.name)
        name = (biosphere, *method.name) if taken else method.name
        with quiet():
            target = _method(name)
            if name not in bd.methods:
                target.register(
                    unit=method.unit, description=method.description, filename=method.filename
                )
            target.metadata["unit"] = method.unit
            target.write(factors)
        if progress:
            progress("LCIA methods", number, len(methods))
    return dropped


def _method(name: MethodName) -> Any:
    """Return a method that does not look up each flow again when it is processed.

    bw2data makes one query per factor, to see whether the flow exists; ours come from the
    database a moment before.
    """
    bd = bw2data()
    from bw2data.utils import as_uncertainty_dict

    world = bd.geomapping[bd.config.global_location]

    class MethodOfKnownFlows(bd.Method):  # type: ignore[name-defined]
        def process_row(self, row: tuple[int, float]) -> dict[str, Any]:
            return {**as_uncertainty_dict(row[1]), "row": row[0], "col": world}

    return MethodOfKnownFlows(name)
