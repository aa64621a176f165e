"""What is exported and where to: databases, files, and files that are in the way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.errors import UsageError
from bw_tinyml.inventory.model import DATABASES


def chosen_databases(linked: LinkedInventory, databases: Sequence[str] | None) -> list[str]:
    """Return the databases to export, the background first.

    Raises
    ------
    UsageError
        A database is not known, or has no datasets.
    """
    for name in databases or ():
        if name not in DATABASES or not linked.of_database(name):
            raise UsageError(f"no database '{name}'", f"use one of: {', '.join(DATABASES)}")
    names = [name for name in reversed(list(DATABASES)) if name in (databases or DATABASES)]
    return [name for name in names if linked.of_database(name)]


def files_of(target: Path, names: Sequence[str], overwrite: bool) -> dict[str, Path]:
    """Return one file per database: ``tinyml.xlsx`` and ``tinyml-background.xlsx`` side by side.

    Raises
    ------
    UsageError
        A file exists and may not be replaced.
    """
    files = {}
    for name in names:
        suffix = name.removeprefix("tinyml")
        file = target if not suffix else target.with_name(f"{target.stem}{suffix}{target.suffix}")
        refuse_existing(file, overwrite)
        files[name] = file
    return files


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Refuse to replace a file that the user did not say may be replaced.

    Raises
    ------
    UsageError
        The file exists.
    """
    if path.is_dir():
        raise UsageError(f"'{path}' is a folder", "name a file")
    if path.exists() and not overwrite:
        raise UsageError(f"'{path}' exists", "add --overwrite, or choose another name")


def refuse_suffix(path: Path, suffix: str) -> None:
    """Refuse a name whose ending belongs to another format than the one that is written.

    Raises
    ------
    UsageError
        The ending is another.
    """
    if path.suffix.lower() != suffix:
        raise UsageError(
            f"'{path}' does not end in {suffix}, the format that is written",
            f"e.g. '{path.with_suffix(suffix).name}'" if path.name else f"name a {suffix} file",
        )
