"""The biosphere: find the database of elementary flows that a project has, or install it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bw_tinyml.brightway.payload import Payload
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import ProjectError
from bw_tinyml.inventory.flows import VERSION, elementary_flows

DEFAULT = "biosphere3"


def find_biosphere(
    needed: Iterable[str], name: str | None = None, of_background: Sequence[str] = ()
) -> str | None:
    """Return the name of the biosphere database of the current project.

    Candidates are, in this order: the name given, the project's own setting, ``biosphere3`` and
    databases called ``ecoinvent-...-biosphere`` or the like. The first that has all needed flows
    is taken.

    Parameters
    ----------
    needed
        UUIDs of the flows that our datasets use.
    name
        Name given by the user.
    of_background
        Databases that the user's background takes its elementary flows from; only these come into
        question then, because ours must meet the background's flows in the same LCIA methods.

    Returns
    -------
    str or None
        None where the project has no biosphere (or an empty one, left by a broken
        ``bw2setup``), so that one must be installed.

    Raises
    ------
    ProjectError
        The named database does not exist, or every biosphere lacks flows.
    """
    bd = bw2data()
    if name is not None and name not in bd.databases:
        raise ProjectError(
            f"the project has no database '{name}'",
            f"its databases: {', '.join(sorted(bd.databases)) or 'none'}",
        )
    candidates = [name] if name else list(of_background) or _candidates()
    wanted = set(needed)
    lacking: dict[str, int] = {}
    for candidate in candidates:
        codes = flow_ids(candidate)
        missing = wanted - codes.keys()
        if not missing:
            return candidate
        if codes:
            lacking[candidate] = len(missing)
    if not lacking and not of_background:
        return None
    described = ", ".join(f"'{n}' lacks {count}" for n, count in lacking.items()) or "none"
    if DEFAULT not in lacking and name is None and not of_background:
        return None  # there is room for biosphere3 beside what the project has
    raise ProjectError(
        f"no biosphere database of the project has all {len(wanted)} elementary flows: {described}",
        "name another one with --biosphere, or use a new project",
    )


def _candidates() -> list[str]:
    bd = bw2data()
    names = [bd.config.biosphere, DEFAULT]
    names += sorted(n for n in bd.databases if "biosphere" in n.lower() and "tinyml" not in n)
    return [n for n in dict.fromkeys(names) if n in bd.databases]


def flow_ids(name: str) -> dict[str, int]:
    """Return the node ids of a biosphere database by code (UUID)."""
    bw2data()
    from bw2data.backends.schema import ActivityDataset

    rows = ActivityDataset.select(ActivityDataset.code, ActivityDataset.id).where(
        ActivityDataset.database == name
    )
    return dict(rows.tuples())


def renamed_flows(needed: Iterable[str], biosphere: str) -> dict[str, tuple[str, str]]:
    """Return the needed flows that a biosphere calls otherwise than we: UUID to both names.

    Flows are linked by UUID, so this is for information only: ecoinvent 3.10 and later renamed
    flows and kept their UUIDs.
    """
    bw2data()
    from bw2data.backends.schema import ActivityDataset

    ours = elementary_flows()
    rows = ActivityDataset.select(ActivityDataset.code, ActivityDataset.name).where(
        ActivityDataset.database == biosphere
    )
    wanted = set(needed)
    return {
        code: (ours[code].name, name)
        for code, name in rows.tuples()
        if code in wanted and ours[code].name != name
    }


def flow_labels_of(biosphere: str) -> dict[str, tuple[str, str]]:
    """Return name and unit of the flows (UUIDs) that a biosphere labels otherwise than we."""
    bd = bw2data()
    ours = elementary_flows()
    labels = {
        node["code"]: (str(node["name"]), str(node["unit"]))
        for node in bd.Database(biosphere)
        if node["code"] in ours
    }
    return {c: label for c, label in labels.items() if label != (ours[c].name, ours[c].unit)}


def biosphere_payload() -> Payload:
    """Return biosphere3 with the elementary flows that bw2io bundles."""
    return Payload(
        name=DEFAULT,
        datasets=[
            {**flow.as_dataset(), "database": DEFAULT} for flow in elementary_flows().values()
        ],
        metadata={"format": "Ecoinvent XML", "version": f"v{VERSION}"},
    )
