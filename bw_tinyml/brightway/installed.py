"""What a project has of an installation: is it complete, and is it the one that is wanted?"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.background.open import OPEN
from bw_tinyml.brightway.background import Choice
from bw_tinyml.brightway.journal import journal_path
from bw_tinyml.brightway.methods import methods_have_files
from bw_tinyml.brightway.payload import table_hash
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data, bw2io
from bw_tinyml.errors import OverwriteError, ProjectError
from bw_tinyml.inventory.model import DATABASES


@dataclass
class Installation:
    """What an installation did.

    Attributes
    ----------
    written, unchanged
        Databases that were written, and those that were already as they should be.
    renewed
        Databases that use a written one and held ids of nodes that are gone: their arrays were
        derived anew.
    lost
        Datasets and changed parameters of the user in a database that was (or, in a check, would
        be) replaced.
    methods
        Number of LCIA methods that were installed.
    dropped_factors
        Characterisation factors left out because the project's biosphere lacks their flows.
    recognised, why
        Release and system model that the user's background was recognised as, and by what.
    entered
        Datasets of the open background that stand in for what the user's background lacks.
    proxies
        Keys that are answered by something else that is near.
    renamed_flows
        Elementary flows that the project calls otherwise than we; they are linked by UUID.
    left_out_flows
        Elementary flows that the background's release does not know yet.
    checked_only
        Whether nothing was written because only a check was asked for.
    """

    project: str
    background: str
    biosphere: str
    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    methods: int = 0
    dropped_factors: int = 0
    migrations: bool = False
    recognised: str = ""
    why: str = ""
    entered: list[str] = field(default_factory=list)
    proxies: list[str] = field(default_factory=list)
    renamed_flows: int = 0
    left_out_flows: list[str] = field(default_factory=list)
    checked_only: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return dict(vars(self))


def foreground_metadata() -> dict[str, Any]:
    """Metadata of the foreground database; empty where it is not installed."""
    return dict(bw2data().databases.get("tinyml", {}))


def install_command() -> str:
    """Return the command that installs what is installed, anew."""
    metadata = foreground_metadata()
    project = shlex.quote(str(bw2data().projects.current))
    background = shlex.quote(str(metadata.get("background", OPEN)))
    values = " --values" if metadata.get("values") else ""
    return f"bw-tinyml install --project {project} --background {background}{values}"


def refuse_incomplete() -> None:
    """Refuse a project in which a database is missing that ours depend on.

    Raises
    ------
    ProjectError
        It was deleted after the installation.
    """
    bd = bw2data()
    for user in (name for name in DATABASES if name in bd.databases):
        for name in bd.databases[user].get("depends", []):
            if name not in bd.databases:
                project = shlex.quote(str(bd.projects.current))
                relink = f"bw-tinyml relink --project {project} --background NAME"
                external = name == foreground_metadata().get("background")
                raise ProjectError(
                    f"database {name} is not installed in project '{bd.projects.current}', and "
                    f"{user} depends on it",
                    f"restore it, or {relink}" if external else install_command(),
                )


def remember_families(families: Sequence[str]) -> None:
    """Note in the metadata that the methods of some families are complete."""
    bd = bw2data()
    known = list(foreground_metadata().get("method families", []))
    bd.databases["tinyml"]["method families"] = list(dict.fromkeys([*known, *families]))
    bd.databases.flush(signal=False)


def complete_installation(
    project: str, folder: Path, biosphere: str | None, families: Sequence[str], choice: Choice
) -> Installation | None:
    """Return that nothing is to be done, where everything was installed from these tables.

    The quick way: tables are compared by their hash, LCIA methods by the families that an
    installation completed and by the files that they must have.
    """
    bd = bw2data()
    if project not in bd.projects:
        return None
    open_project(project)
    refuse_after_interruption(project)
    metadata = foreground_metadata()
    used = str(metadata.get("biosphere", ""))
    names = [n for n in reversed(list(DATABASES)) if n in bd.databases]
    complete = (
        metadata.get("table_hash") == table_hash(folder)
        and all(name in bd.databases for name in metadata.get("depends", []))
        and all(bd.databases[n].get("table_hash") == metadata["table_hash"] for n in names)
        and set(families) <= set(metadata.get("method families", []))
        and used in bd.databases
        and biosphere in (None, used)
        and all(metadata.get(n, "") == v for n, v in _state(choice).items())
        and methods_have_files(families)
        and "biosphere-2-3-categories" in bw2io().migrations
    )
    if not complete:
        return None
    recognised = str(metadata.get("background_release", ""))
    return Installation(project, choice.name, used, unchanged=names, recognised=recognised)


def _state(choice: Choice) -> dict[str, str]:
    """State of the chosen background; one that cannot be had fits nothing."""
    if not choice.is_open and choice.name not in bw2data().databases:
        return {"background": choice.name}
    return choice.state()


def refuse_after_interruption(project: str) -> None:
    """Refuse a project in which an earlier installation was killed.

    Raises
    ------
    ProjectError
        Its journal is still there.
    """
    if journal_path().is_file():
        raise ProjectError(
            f"an earlier installation into project '{project}' was interrupted",
            f"bw-tinyml doctor --project {project} --mend",
        )


def outdated_databases(
    linked: LinkedInventory, result: Installation, state: dict[str, str], replace: bool
) -> list[str]:
    """Return the databases to write, background first.

    A database is up to date when it was written by this version from the same tables for the
    same biosphere and background.
    """
    bd = bw2data()
    names = [name for name in reversed(list(DATABASES)) if linked.of_database(name)]
    current = table_hash(linked.inventory.folder)

    def fits(name: str) -> bool:
        metadata = bd.databases.get(name, {})
        same_tables = metadata.get("table_hash") == current
        same_background = all(metadata.get(n, "") == v for n, v in state.items())
        same_biosphere = metadata.get("biosphere") == result.biosphere
        return same_tables and same_background and same_biosphere

    if replace:
        return names
    result.unchanged = [name for name in names if fits(name)]
    other = [name for name in names if name in bd.databases and name not in result.unchanged]
    if other:
        linked_to = bd.databases[other[0]].get("background", "")
        if linked_to and linked_to != result.background:
            raise OverwriteError(
                f"project '{result.project}' has '{other[0]}' linked to background '{linked_to}'",
                f"bw-tinyml relink --project {result.project} --background "
                f"{result.background}, or use another project",
            )
        raise OverwriteError(
            f"project '{result.project}' has a database '{other[0]}' of other content",
            "add --replace to replace it (your own changes to it are lost), or use another project",
        )
    return [name for name in names if name not in result.unchanged]
