"""The user's own background in the current project: its activities, inputs and biosphere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bw_tinyml.background.ecoinvent import EcoinventBackground
from bw_tinyml.background.index import ActivityIndex
from bw_tinyml.background.linking import LinkedInventory, link
from bw_tinyml.background.open import OPEN, OpenBackground
from bw_tinyml.background.providers import Background
from bw_tinyml.background.releases import Recognition, recognise
from bw_tinyml.background.rows import LinkRow, check_overrides
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import BackgroundError, LinkError
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.model import DATABASES, Inventory
from bw_tinyml.suggestions import nearest

#: node types that make a product
PROCESS_TYPES = ("process", "processwithreferenceproduct", None, "")


@dataclass(frozen=True)
class Choice:
    """The background that the user chose.

    Attributes
    ----------
    name
        ``open``, or the name of a database of the project.
    overrides
        Links of the user that replace ours.
    locations
        Further locations for which there are datasets.
    values
        Whether databases get amounts only, without formulas and parameters.
    """

    name: str = OPEN
    overrides: tuple[LinkRow, ...] = ()
    locations: tuple[str, ...] = ()
    values: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it is the open background."""
        return self.name == OPEN

    def state(self) -> dict[str, str]:
        """Return what metadata remember of it: whether links must be made anew follows from it."""
        links = hashlib.sha256(repr(self.overrides).encode()).hexdigest() if self.overrides else ""
        written = "" if self.is_open else str(bw2data().databases[self.name].get("modified", ""))
        return {
            "background": self.name,
            "links": links,
            "locations": " ".join(self.locations),
            "background_modified": written,
            "values": "yes" if self.values else "",
        }


@dataclass(frozen=True)
class Linked:
    """A linked inventory, and what its background was recognised as."""

    inventory: LinkedInventory
    recognition: Recognition | None = None


def link_to(choice: Choice, inventory: Inventory) -> Linked:
    """Link a checked inventory to the chosen background of the current project.

    Raises
    ------
    BackgroundError
        The database is not one that keys can be linked to.
    LinkError
        A key has no provider there; the message names the nearest activities.
    UsageError
        An override names no key, or a provider that does not exist.
    """
    check_overrides(choice.overrides, inventory)
    report = Report()
    background: Background
    recognition = None
    if choice.is_open:
        background = OpenBackground(inventory, report, choice.overrides)
    else:
        index = read_index(choice.name)
        inputs = inputs_per_activity(choice.name, len(index))
        recognition = recognise(index, inventory, inputs)
        background = EcoinventBackground(inventory, index, recognition.release, choice.overrides)
        background.check_overrides()
    linked = link(inventory, report, background)
    if report.errors:
        messages = [finding.message for finding in sorted(report.errors)]
        seen = ""
        if recognition:
            doubt = "" if recognition.exact else f": {recognition.why()}"
            seen = f" (recognised as {recognition.release}{doubt})"
        more = f"; and {len(messages) - 1} more" if len(messages) > 1 else ""
        raise LinkError(
            f"'{choice.name}'{seen} cannot be linked: {messages[0]}{more}",
            'name a provider with --link "KEY=NAME|PRODUCT|LOCATION" or in a file (--links FILE). '
            "Nothing was written",
        )
    return Linked(linked, recognition)


def read_index(name: str) -> ActivityIndex:
    """Return the activities of a database of the current project.

    Raises
    ------
    BackgroundError
        The project has no database of that name, or it is one of ours.
    """
    bd = bw2data()
    if name not in bd.databases:
        others = sorted(set(bd.databases) - set(DATABASES))
        raise BackgroundError(
            f"project '{bd.projects.current}' has no database '{name}'{nearest(name, others)}",
            f"its databases: {', '.join(others) or 'none'}; or --background open",
        )
    if name in DATABASES:
        raise BackgroundError(
            f"'{name}' is a database of ours, not a background",
            "name the ecoinvent database, or use --background open",
        )
    from bw2data.backends.schema import ActivityDataset as Nodes

    rows = Nodes.select(Nodes.name, Nodes.product, Nodes.location, Nodes.code, Nodes.type)
    entries = [
        ((label or "", product or label or "", location or ""), code)
        for label, product, location, code, kind in rows.where(Nodes.database == name).tuples()
        if kind in PROCESS_TYPES
    ]
    return ActivityIndex(name, entries, lambda code: _unit_and_production(name, code))


def _unit_and_production(database: str, code: str) -> tuple[str, float]:
    """Return the unit of an activity, and the amount of its production exchange."""
    from bw2data.backends.schema import ActivityDataset as Nodes
    from bw2data.backends.schema import ExchangeDataset as Exchanges

    node = Nodes.get(Nodes.database == database, Nodes.code == code).data
    production = Exchanges.select(Exchanges.data).where(
        Exchanges.output_database == database,
        Exchanges.output_code == code,
        Exchanges.input_database == database,
        Exchanges.input_code == code,
        Exchanges.type == "production",
    )
    amounts = [float(data["amount"]) for (data,) in production.tuples()]
    return str(node.get("unit", "")), sum(amounts) if amounts else 1.0


def inputs_per_activity(name: str, activities: int) -> float:
    """Return how many inputs an activity has in the mean, counting up to one each."""
    from bw2data.backends.schema import ExchangeDataset as Exchanges

    some = (
        Exchanges.select(Exchanges.id)
        .where(Exchanges.output_database == name, Exchanges.type == "technosphere")
        .limit(max(1, activities))
    )
    return some.count() / max(1, activities)


def biosphere_of(name: str) -> list[str]:
    """Return the databases that a background takes elementary flows from, most used first."""
    bd = bw2data()
    from bw2data.backends.schema import ExchangeDataset as Exchanges

    found = [n for n in bd.databases[name].get("depends", []) if n in bd.databases]
    if found:
        return found
    rows = (
        Exchanges.select(Exchanges.input_database)
        .where(Exchanges.output_database == name, Exchanges.type == "biosphere")
        .limit(1000)
        .tuples()
    )
    counted: dict[str, int] = {}
    for (database,) in rows:
        counted[database] = counted.get(database, 0) + 1
    return sorted(counted, key=lambda n: -counted[n])
