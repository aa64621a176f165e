"""What a user changed inside of our databases, which an installation anew would undo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bw_tinyml.brightway.diagnosis import Diagnosis
from bw_tinyml.brightway.installed import foreground_metadata, install_command
from bw_tinyml.brightway.lookup import nodes, without_copies
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.inventory.loading import load
from bw_tinyml.inventory.model import DATABASES, Inventory

#: so much of a value may be rounding
ROUNDING = 1e-9
#: so many are named one by one
LISTED = 5


class _Parameter(NamedTuple):
    """A database parameter as the project has it."""

    database: str
    name: str
    amount: float
    low: float | None
    high: float | None


def changes(inventory: Inventory, databases: Sequence[str] = tuple(DATABASES)) -> list[str]:
    """Return what is in our databases of the current project and not in the tables.

    Changes of exchanges are not looked for.

    Parameters
    ----------
    inventory
        The tables.
    databases
        Which of our databases to look at.

    Returns
    -------
    list of str
        Datasets that are not of the tables, and parameters with another value; in words.
    """
    added = [f"dataset '{n.name}' is new" for n in nodes(databases) if not n.is_original]
    return added + _changed(inventory, databases)


def changes_of_user(folder: Path, current_hash: str) -> Iterator[Diagnosis]:
    """Find copies and changed parameters in our databases of the current project.

    Parameters
    ----------
    folder
        The tables.
    current_hash
        Their hash; parameters of an installation from other tables are not compared.
    """
    yield from _copies()
    metadata = foreground_metadata()
    if metadata.get("table_hash") != current_hash or metadata.get("values"):
        return
    tables, _ = load(folder, str(metadata.get("locations", "")).split())
    changed, outside = _changed(tables, list(DATABASES)), _outside_of_range()
    found = []
    if changed:
        found.append(f"{len(changed)} differ from the tables: {_first(changed)}")
    if outside:
        found.append(f"{len(outside)} lie outside of their range: {_first(outside)}")
    if found:
        yield Diagnosis(
            "parameters",
            "warning",
            "; ".join(found),
            f"nothing, where you mean it; {install_command()} --replace gives back the tables' "
            "values, and loses all that you changed in our databases",
        )
    else:
        yield Diagnosis("parameters", "ok", "all are as in the tables")


def _copies() -> Iterator[Diagnosis]:
    """Find datasets that a user copied: they keep the identifier of the one they come from."""
    found = nodes([name for name in DATABASES if name in bw2data().databases])
    originals = {node.id for node in without_copies(found)}
    copies = [f"{n.identifier} (code {n.code})" for n in found if n.id not in originals]
    if copies:
        yield Diagnosis(
            "copies",
            "warning",
            f"{len(copies)} of your datasets kept the identifier of the one they were copied from, "
            f"which is what the identifier finds: {_first(copies)}",
            "name a copy by its code, or give it an identifier of its own",
        )


def _changed(inventory: Inventory, databases: Sequence[str]) -> list[str]:
    found = []
    for p in _parameters(databases):
        stated = inventory.values.get(p.database, {}).get(p.name)
        if stated is None:
            if not p.name.startswith("proxy_"):
                found.append(f"parameter {p.name} is not in the tables")
        elif abs(p.amount - stated) > ROUNDING * max(abs(stated), abs(p.amount)):
            found.append(f"parameter {p.name} is {p.amount:g}, in the tables {stated:g}")
    return found


def _outside_of_range() -> list[str]:
    found = []
    for p in _parameters(list(DATABASES)):
        slack = ROUNDING * abs(p.amount)
        if p.low is not None and p.amount < p.low - slack:
            found.append(f"{p.name} is {p.amount:g}, less than {p.low:g}")
        elif p.high is not None and p.amount > p.high + slack:
            found.append(f"{p.name} is {p.amount:g}, more than {p.high:g}")
    return found


def _parameters(databases: Sequence[str]) -> Iterator[_Parameter]:
    bw2data()
    from bw2data.parameters import DatabaseParameter as Rows

    # Tuples: to make an object of each of 14,000 parameters takes a second.
    rows = Rows.select(Rows.database, Rows.name, Rows.amount, Rows.data).where(
        Rows.database << list(databases)
    )
    for database, name, amount, kept in rows.order_by(Rows.name).tuples().iterator():
        data = kept or {}
        yield _Parameter(database, name, amount, data.get("lower bound"), data.get("upper bound"))


def _first(found: Sequence[str]) -> str:
    more = f", and {len(found) - LISTED} more" if found[LISTED:] else ""
    return "; ".join(found[:LISTED]) + more
