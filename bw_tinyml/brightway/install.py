"""Installing: from tables to a project in which everything works, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

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
from bw_tinyml.brightway.changes import changes
from bw_tinyml.brightway.installed import (
    Installation,
    complete_installation,
    foreground_metadata,
    outdated_databases,
    refuse_after_interruption,
    remember_families,
)
from bw_tinyml.brightway.lcia_bundle import bundled_methods
from bw_tinyml.brightway.methods import install_methods, missing_methods
from bw_tinyml.brightway.payload import as_values, payload, table_hash
from bw_tinyml.brightway.project import open_project, refuse_blank
from bw_tinyml.brightway.stack import bw2data, bw2io, quiet
from bw_tinyml.brightway.writing import write_databases
from bw_tinyml.errors import InventoryError, ProjectError, UsageError
from bw_tinyml.inventory.checks import run
from bw_tinyml.inventory.families import families as listed_families
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.flows import elementary_flows
from bw_tinyml.inventory.loading import default_folder, load, load_lists
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.suggestions import nearest

Progress = Callable[[str, int, int], None]


def linked_inventory(folder: Path | str | None = None) -> LinkedInventory:
    """Return the inventory of a folder, checked and linked to the open background.

    The result is shared by all who ask for it while the tables stay as they are: do not change it.

    Raises
    ------
    InventoryError
        The tables have errors; the exception holds the report.
    """
    root = Path(folder).resolve() if folder is not None else default_folder()
    return _linked_inventory(root, table_hash(root))


@lru_cache(maxsize=2)
def _linked_inventory(folder: Path, _tables: str) -> LinkedInventory:
    """Load, check and link; once for each content of the tables, as it takes seconds."""
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
    values: bool = False,
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
        Whether databases of other content, but the same name, may be replaced. What the user
        changed in them is lost; the result names datasets and parameters, a check as well.
    links
        Links of the user that replace those of the tables.
    locations
        Further locations, for which fabs, board makers and data centres get datasets.
    values
        Whether amounts are written without formulas and parameters: for Activity Browser, whose
        page of parameters takes minutes to list all formulas.
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
    refuse_blank(project)
    root = Path(folder) if folder is not None else default_folder()
    wanted = _families(load_lists(root), families)
    choice = Choice(background, tuple(links), tuple(dict.fromkeys(locations)), values)
    if not choice.is_open:
        _open_existing(project, background)
    earlier = complete_installation(project, root, biosphere, wanted, choice)
    if earlier and not replace and not check_only:
        return earlier
    inventory = checked_inventory(root, choice.locations)
    if check_only and project not in bw2data().projects:
        result = Installation(project, background, DEFAULT)
        return _described(result, link_to(choice, inventory), True)
    open_project(project, create=True)
    refuse_after_interruption(project)
    linked = link_to(choice, inventory)
    flows = {e.flow for d in linked.inventory.datasets.values() for e in d.exchanges if e.flow}
    sources = [] if choice.is_open else biosphere_of(background)
    found = find_biosphere(flows, biosphere, sources)
    result = Installation(project, background, found or DEFAULT)
    result.renamed_flows = len(renamed_flows(flows, found)) if found else 0
    _described(result, linked, check_only)
    state = choice.state()
    outdated = outdated_databases(linked.inventory, result, state, replace)
    result.lost = changes(inventory, [name for name in outdated if name in bw2data().databases])
    if check_only:
        return result
    if found is None:
        result.renewed += write_databases([biosphere_payload()], True, progress)
        result.written.append(result.biosphere)
    missing = missing_methods(wanted, result.biosphere)
    result.methods = len(missing)
    result.dropped_factors = install_methods(missing, result.biosphere, progress)
    result.migrations = _create_migrations(progress)
    if outdated:
        payloads = [payload(linked.inventory, name, result.biosphere) for name in outdated]
        if values:
            payloads = [as_values(content) for content in payloads]
        for content in payloads:
            content.metadata |= state | {"method families": wanted}
            if linked.recognition:
                content.metadata["background_release"] = str(linked.recognition.release)
        result.renewed += write_databases(payloads, replace, progress)
        result.written += outdated
    elif set(wanted) - set(foreground_metadata().get("method families", [])):
        remember_families(wanted)
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
    known = elementary_flows()
    result.left_out_flows = sorted(known[flow].name for flow in linked.inventory.left_out)
    exchanges = [e for d in linked.inventory.datasets.values() for e in d.exchanges]
    result.proxies = sorted({e.key for e in exchanges if e.proxy and e.key})
    return result


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
