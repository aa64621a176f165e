"""Installing: from tables to a project in which everything works, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bw_tinyml.background.linking import LinkedInventory, link
from bw_tinyml.background.open import OPEN
from bw_tinyml.background.rows import LinkRow
from bw_tinyml.brightway.background import Choice, Linked, biosphere_of, link_to
from bw_tinyml.brightway.biosphere import (
    DEFAULT,
    biosphere_payload,
    find_biosphere,
    renamed_flows,
)
from bw_tinyml.brightway.lcia_bundle import bundled_methods
from bw_tinyml.brightway.methods import install_methods, methods_have_files, missing_methods
from bw_tinyml.brightway.payload import payload, table_hash
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data, bw2io, quiet
from bw_tinyml.brightway.writing import journal_path, write_databases
from bw_tinyml.errors import InventoryError, OverwriteError, ProjectError, UsageError
from bw_tinyml.inventory.checks import run
from bw_tinyml.inventory.families import families as listed_families
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.loading import default_folder, load, load_lists
from bw_tinyml.inventory.model import DATABASES, Inventory
from bw_tinyml.suggestions import nearest

Progress = Callable[[str, int, int], None]


@dataclass
class Installation:
    """What an installation did.

    Attributes
    ----------
    written, unchanged
        Databases that were written, and those that were already as they should be.
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
    checked_only
        Whether nothing was written because only a check was asked for.
    """

    project: str
    background: str
    biosphere: str
    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    methods: int = 0
    dropped_factors: int = 0
    migrations: bool = False
    recognised: str = ""
    why: str = ""
    entered: list[str] = field(default_factory=list)
    proxies: list[str] = field(default_factory=list)
    renamed_flows: int = 0
    checked_only: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return dict(vars(self))


def linked_inventory(folder: Path | str | None = None) -> LinkedInventory:
    """Return the inventory of a folder, checked and linked to the open background.

    Raises
    ------
    InventoryError
        The tables have errors; the exception holds the report.
    """
    inventory, report = load(folder)
    run(inventory, report)
    linked = link(inventory, report)
    _refuse_errors(report)
    return linked


def checked_inventory(folder: Path | str | None = None, locations: Sequence[str] = ()) -> Inventory:
    """Return the inventory of a folder with further locations, checked and not yet linked.

    Raises
    ------
    InventoryError
        The tables have errors; the exception holds the report.
    UsageError
        A location is not known.
    """
    if not locations:
        return linked_inventory(folder).inventory
    inventory, report = load(folder, locations)
    run(inventory, report)
    _refuse_errors(report)
    return inventory


def _refuse_errors(report: Report) -> None:
    if report.errors:
        first = sorted(report.errors)[0]
        raise InventoryError(
            f"the inventory tables have {len(report.errors)} errors; the first: {first.place}: "
            f"{first.message}",
            f"{first.fix}; `bw-tinyml check` lists all. Nothing was written",
            report,
        )


def install(
    project: str,
    background: str = OPEN,
    *,
    biosphere: str | None = None,
    families: Sequence[str] | None = None,
    replace: bool = False,
    links: Sequence[LinkRow] = (),
    locations: Sequence[str] = (),
    check_only: bool = False,
    folder: Path | str | None = None,
    progress: Progress | None = None,
) -> Installation:
    """Install the databases, the biosphere and LCIA methods into a Brightway project.

    Everything is validated before anything is written. A second call changes nothing.

    Parameters
    ----------
    project
        Name of the project; created where it does not exist.
    background
        ``"open"``: the open background that comes with the package. Or the name of an ecoinvent
        database of the project, whose release and system model are recognised by its activities.
    biosphere
        Name of the biosphere database to use; found by itself if None.
    families
        Families of LCIA methods; by default those marked so in ``methods.csv``.
    replace
        Whether databases of other content, but the same name, may be replaced.
    links
        Links of the user that replace those of the tables.
    locations
        Further locations, for which fabs, board makers and data centres get datasets.
    check_only
        Validate everything, and write nothing.
    folder
        Inventory folder; by default the one that comes with the package.
    progress
        Called with a title, a count and a total.

    Raises
    ------
    InventoryError
        The tables have errors.
    BackgroundError
        The background is not in the project, or is none that the keys can be linked to.
    LinkError
        A key has no provider in the background; nothing is written.
    OverwriteError
        A database of the same name and other content exists, and ``replace`` is not set.
    ProjectError
        The project cannot be used as it is.
    UsageError
        An argument makes no sense.
    """
    root = Path(folder) if folder is not None else default_folder()
    wanted = _families(load_lists(root), families)
    choice = Choice(background, tuple(links), tuple(dict.fromkeys(locations)))
    if not choice.is_open:
        _open_existing(project, background)
    earlier = _installed(project, root, biosphere, wanted, choice)
    if earlier and not replace and not check_only:
        return earlier
    inventory = checked_inventory(root, choice.locations)
    if check_only and project not in bw2data().projects:
        result = Installation(project, background, DEFAULT)
        return _described(result, link_to(choice, inventory), True)
    open_project(project, create=True)
    _refuse_after_interruption(project)
    linked = link_to(choice, inventory)
    flows = {e.flow for d in linked.inventory.datasets.values() for e in d.exchanges if e.flow}
    sources = [] if choice.is_open else biosphere_of(background)
    found = find_biosphere(flows, biosphere, sources)
    result = Installation(project, background, found or DEFAULT)
    result.renamed_flows = len(renamed_flows(flows, found)) if found else 0
    _described(result, linked, check_only)
    state = choice.state()
    outdated = _outdated(linked.inventory, result, state, replace)
    if check_only:
        return result
    if found is None:
        write_databases([biosphere_payload()], replace=True, progress=progress)
        result.written.append(result.biosphere)
    missing = missing_methods(wanted, result.biosphere)
    result.methods = len(missing)
    result.dropped_factors = install_methods(missing, result.biosphere, progress)
    result.migrations = _create_migrations(progress)
    if outdated:
        payloads = [payload(linked.inventory, name, result.biosphere) for name in outdated]
        for content in payloads:
            content.metadata |= state | {"method families": wanted}
            if linked.recognition:
                content.metadata["background_release"] = str(linked.recognition.release)
        write_databases(payloads, replace=replace, progress=progress)
        result.written += outdated
    elif set(wanted) - set(_metadata().get("method families", [])):
        _remember_families(wanted)
    return result


def _open_existing(project: str, background: str) -> None:
    """Open the project that must hold the user's background."""
    if project not in bw2data().projects:
        raise ProjectError(
            f"there is no Brightway project '{project}' that could have the database "
            f"'{background}'",
            "name the project with your ecoinvent database, or use --background open",
        )
    open_project(project)


def _described(result: Installation, linked: Linked, check_only: bool) -> Installation:
    """Say in the result what the background was recognised as, and what it does not have."""
    result.checked_only = check_only
    if linked.recognition:
        result.recognised = str(linked.recognition.release)
        result.why = linked.recognition.why()
        own = linked.inventory.of_database("tinyml-background")
        result.entered = sorted(found.dataset.id for found in own)
    exchanges = [e for d in linked.inventory.datasets.values() for e in d.exchanges]
    result.proxies = sorted({e.key for e in exchanges if e.proxy and e.key})
    return result


def _metadata() -> dict[str, Any]:
    """Metadata of the foreground database; empty where it is not installed."""
    return dict(bw2data().databases.get("tinyml", {}))


def _remember_families(families: Sequence[str]) -> None:
    bd = bw2data()
    known = list(_metadata().get("method families", []))
    bd.databases["tinyml"]["method families"] = list(dict.fromkeys([*known, *families]))
    bd.databases.flush(signal=False)


def _installed(
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
    _refuse_after_interruption(project)
    metadata = _metadata()
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


def _refuse_after_interruption(project: str) -> None:
    if journal_path().is_file():
        raise ProjectError(
            f"an earlier installation into project '{project}' was interrupted",
            f"bw-tinyml doctor --project {project} --mend",
        )


def _families(inventory: Inventory, families: Sequence[str] | None) -> list[str]:
    if families is None:
        return listed_families(inventory, default_only=True)
    known = sorted({method.family for method in bundled_methods().values()})
    for family in families:
        if family not in known:
            raise UsageError(
                f"bw2io bundles no method family '{family}'{nearest(family, known)}",
                f"use one of: {', '.join(n for n in known if not n.endswith('no LT'))}",
            )
    return list(families)


def _outdated(
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


def _create_migrations(progress: Progress | None) -> bool:
    """Create bw2io's data migrations where they are missing; Activity Browser needs them."""
    bi = bw2io()
    if "biosphere-2-3-categories" in bi.migrations:
        return False
    if progress:
        progress("data migrations of bw2io", 0, 1)
    with quiet():
        bi.create_core_migrations()
    if progress:
        progress("data migrations of bw2io", 1, 1)
    return True
