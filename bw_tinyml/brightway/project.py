"""Opening the Brightway project that the user named, and no other."""

from __future__ import annotations

from bw_tinyml.arguments import text
from bw_tinyml.brightway.stack import bw2data, is_legacy_project, quiet
from bw_tinyml.errors import ProjectError, UsageError
from bw_tinyml.suggestions import nearest_names


def refuse_blank(name: str) -> None:
    """Refuse an empty name of a project, which Brightway would create.

    Raises
    ------
    UsageError
        There is nothing but blanks in it, or it is not text.
    """
    if not text(name, "project").strip():
        raise UsageError(
            "the name of the project is empty",
            "name it; a shell variable that is not set is a frequent cause",
        )


def open_project(name: str, create: bool = False) -> None:
    """Make a project current.

    Parameters
    ----------
    name
        Name of the project.
    create
        Whether to create it where it does not exist.

    Raises
    ------
    ProjectError
        The project does not exist, or was made by the legacy stack.
    UsageError
        The name is empty.
    """
    refuse_blank(name)
    bd = bw2data()
    if not create and name not in bd.projects:
        known = sorted(project.name for project in bd.projects)
        near = nearest_names(name, known) or known
        raise ProjectError(
            f"there is no Brightway project '{name}'",
            f"`bw-tinyml install --project {name} --background open` creates it; existing "
            f"projects: {', '.join(near)}",
        )
    with quiet():
        bd.projects.set_current(name)
    if is_legacy_project():
        raise ProjectError(
            f"project '{name}' was made by the legacy stack (bw2data 3)",
            "copy it, then run bw2data.projects.migrate_project_25() in the copy; legacy "
            "software cannot open it afterwards",
        )
