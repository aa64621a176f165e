"""What an interrupted installation left in a project: found, and removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bw_tinyml.brightway.diagnosis import Diagnosis
from bw_tinyml.brightway.ids import can_be_derived, renew_arrays
from bw_tinyml.brightway.journal import journal_path
from bw_tinyml.brightway.stack import bw2data, quiet
from bw_tinyml.brightway.writing import STAGED
from bw_tinyml.inventory.model import DATABASES


def leftovers() -> Iterator[Diagnosis]:
    """Find what an interrupted installation left in the current project."""
    mending = f"bw-tinyml doctor --project {bw2data().projects.current} --mend"
    journal = journal_path()
    if journal.is_file():
        yield Diagnosis(
            "interrupted installation",
            "error",
            f"an installation was killed: {journal.read_text(encoding='utf-8')}. Earlier databases "
            "still give their scores",
            f"{mending}, then install again",
        )
    staged = sorted(p.name for p in _staged_files())
    if staged:
        yield Diagnosis(
            "staged files",
            "warning",
            f"left by an interrupted installation: {', '.join(staged)}",
            mending,
        )
    orphans = _orphan_rows()
    if orphans:
        yield Diagnosis(
            "orphan rows",
            "warning",
            "datasets without a registered database: "
            + ", ".join(f"{count} of '{name}'" for name, count in orphans.items()),
            mending,
        )


def _staged_files() -> list[Path]:
    return list((Path(bw2data().projects.dir) / "processed").glob(f"*{STAGED}"))


def _orphan_rows() -> dict[str, int]:
    """Count rows of our databases that are not registered."""
    bd = bw2data()
    from bw2data.backends.schema import ActivityDataset

    found = {}
    for name in DATABASES:
        if name not in bd.databases:
            count = ActivityDataset.select().where(ActivityDataset.database == name).count()
            if count:
                found[name] = count
    return found


def mend() -> list[str]:
    """Remove what an interrupted installation left in the current project.

    The databases that were there before are not touched, except that arrays which may be out of
    date are derived anew.

    Returns
    -------
    list of str
        What was done.
    """
    bd = bw2data()
    from bw2data.backends.schema import ActivityDataset, ExchangeDataset

    done = []
    for path in _staged_files():
        path.unlink()
        done.append(f"removed {path.name}")
    for name, count in _orphan_rows().items():
        ExchangeDataset.delete().where(ExchangeDataset.output_database == name).execute()
        ActivityDataset.delete().where(ActivityDataset.database == name).execute()
        done.append(f"removed {count} datasets of the unregistered database '{name}'")
    for name in DATABASES:
        if name in bd.databases and bd.databases[name].get("dirty") and can_be_derived(name):
            with quiet():
                bd.Database(name).process()
            done.append(f"derived the arrays of '{name}' anew")
    for name in renew_arrays():
        done.append(f"derived the arrays of '{name}' anew: it held ids of nodes that are gone")
    if journal_path().is_file():
        journal_path().unlink()
        done.append("removed the journal of the interrupted installation")
    return done
