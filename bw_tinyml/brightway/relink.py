"""Moving an installation to another background: all or nothing, with a report of what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bw_tinyml.background.open import OPEN
from bw_tinyml.background.rows import LinkRow
from bw_tinyml.brightway.changes import changes
from bw_tinyml.brightway.install import Progress, install
from bw_tinyml.brightway.installed import Installation
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data, quiet
from bw_tinyml.errors import OverwriteError, ProjectError
from bw_tinyml.inventory.loading import load
from bw_tinyml.inventory.model import DATABASES, Inventory

#: how a report calls a provider: name, product, location and database
Provider = str


@dataclass
class Relinking:
    """What a change of background changed.

    Attributes
    ----------
    before, after
        Names of the backgrounds.
    changed
        Key, providers before, providers after; of keys whose providers differ.
    unchanged
        Number of keys with the same providers as before.
    came, went
        Datasets of the open background that are now in the project, and that no longer are.
    reprocessed
        Databases of the user that use ours, whose arrays were made anew.
    installation
        What was recognised and written.
    """

    before: str
    after: str
    changed: list[tuple[str, list[Provider], list[Provider]]] = field(default_factory=list)
    unchanged: int = 0
    came: list[str] = field(default_factory=list)
    went: list[str] = field(default_factory=list)
    reprocessed: list[str] = field(default_factory=list)
    installation: Installation | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        changed = [{"key": k, "before": b, "after": a} for k, b, a in self.changed]
        return {**asdict(self), "changed": changed}


def relink(
    project: str,
    background: str,
    *,
    biosphere: str | None = None,
    links: Sequence[LinkRow] = (),
    replace: bool = False,
    folder: Path | str | None = None,
    progress: Progress | None = None,
) -> Relinking:
    """Move the databases of a project to another background.

    Parameters
    ----------
    project
        The project, with bw_tinyml installed.
    background
        ``"open"``, or the name of an ecoinvent database of the project.
    biosphere, links, folder, progress
        As for :func:`bw_tinyml.install`.
    replace
        Whether changes that the user made inside of our databases may be lost.

    Raises
    ------
    OverwriteError
        The user changed our databases, and ``replace`` is not set; nothing was changed.
    ProjectError
        bw_tinyml is not installed there, or a database of the user uses a dataset of the open
        background that would vanish.
    BackgroundError, LinkError, UsageError
        As for :func:`bw_tinyml.install`; nothing was changed.
    """
    open_project(project)
    bd = bw2data()
    if "tinyml" not in bd.databases:
        raise ProjectError(
            f"bw_tinyml is not installed in project '{project}'",
            f"bw-tinyml install --project {project} --background {background}",
        )
    metadata = bd.databases["tinyml"]
    locations = str(metadata.get("locations", "")).split()
    if not replace:
        _refuse_to_lose_changes(load(folder, locations)[0])
    families = metadata.get("method families") or None
    result = Relinking(str(metadata.get("background", OPEN)), background)
    before, datasets = current_links(), _datasets()
    result.installation = install(
        project,
        background,
        biosphere=biosphere,
        families=families,
        links=links,
        locations=locations,
        values=bool(metadata.get("values")),
        replace=True,
        folder=folder,
        progress=progress,
    )
    after = current_links()
    for key in sorted(before.keys() | after.keys()):
        old, new = sorted(before.get(key, ())), sorted(after.get(key, ()))
        if old == new:
            result.unchanged += 1
        else:
            result.changed.append((key, old, new))
    result.came = sorted(_datasets() - datasets)
    result.went = sorted(datasets - _datasets())
    result.reprocessed = _reprocess_dependents()
    return result


def current_links() -> dict[str, set[Provider]]:
    """Return the providers of each background key, as the databases of the project have them."""
    bw2data()
    from bw2data.backends.schema import ExchangeDataset as Exchanges

    found: dict[str, set[Provider]] = {}
    rows = Exchanges.select(Exchanges.data, Exchanges.input_database).where(
        Exchanges.output_database << list(DATABASES), Exchanges.type == "technosphere"
    )
    for data, database in rows.tuples().iterator():
        if "background key" in data:
            label = (data.get("name"), data.get("reference product"), data.get("location"))
            provider = f"{' | '.join(map(str, label))} ({database})"
            found.setdefault(data["background key"], set()).add(provider)
    return found


def _datasets() -> set[str]:
    """Identifiers of the datasets of the open background that are in the project."""
    bw2data()
    from bw2data.backends.schema import ActivityDataset as Nodes

    rows = Nodes.select(Nodes.data).where(Nodes.database == "tinyml-background")
    return {str(data.get("identifier", "")) for (data,) in rows.tuples()}


def _refuse_to_lose_changes(inventory: Inventory) -> None:
    """Refuse when the user added datasets to our databases or changed their parameters."""
    what = changes(inventory)
    if what:
        raise OverwriteError(
            f"our databases were changed in the project ({'; '.join(what[:3])}"
            + (f"; and {len(what) - 3} more)" if len(what) > 3 else ")"),
            "keep your changes in a database of your own, or add --replace to lose them",
        )


def _reprocess_dependents() -> list[str]:
    """Make the arrays of the user's databases that use ours anew; node ids may have changed."""
    bd = bw2data()
    names = [
        name
        for name in bd.databases
        if name not in DATABASES and set(DATABASES) & set(bd.databases[name].get("depends", []))
    ]
    for name in names:
        with quiet():
            bd.Database(name).process()
    return names
