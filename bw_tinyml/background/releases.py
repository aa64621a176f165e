"""Which release and system model of ecoinvent a database is, told by its activities.

Never by its name: people call theirs as they like. Releases differ by activities that came or
went; system models by activities that only they have. ``links/ecoinvent_markers.csv`` lists some
of each. Releases that no activity tells apart (3.10 and 3.10.1) are one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bw_tinyml.background.index import ActivityIndex, Label
from bw_tinyml.errors import BackgroundError
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.tables import Row

#: share of the markers that must fit for a changed database to be taken for a release at all
ENOUGH = 0.75
#: inputs per activity below which a database is taken for one of system processes
FEW_INPUTS = 0.5


def release_number(text: str) -> tuple[int, ...]:
    """Return ``"v3.10.1"`` as ``(3, 10, 1)``."""
    return tuple(int(part) for part in text.removeprefix("v").split("."))


@dataclass(frozen=True)
class Release:
    """A release and system model of ecoinvent.

    Attributes
    ----------
    names
        ``("v3.10", "v3.10.1")``: releases with the same activities; the last decides.
    system_model
        ``cutoff``, ``apos`` or ``consequential``.
    activities
        Number of activities; None where it is not known.
    """

    names: tuple[str, ...]
    system_model: str
    activities: int | None = None

    def __str__(self) -> str:
        numbers = " or ".join(name.removeprefix("v") for name in self.names)
        return f"ecoinvent {numbers}, {self.system_model}"

    def covers(self, row: Row) -> bool:
        """Return whether a row with since, until and system_models is for this release."""
        number = release_number(self.names[-1])
        return (
            (not row["since"] or number >= release_number(row["since"]))
            and (not row["until"] or number <= release_number(row["until"]))
            and (not row["system_models"] or self.system_model in row["system_models"].split(";"))
        )


@dataclass(frozen=True)
class Recognition:
    """What a database was recognised as.

    Attributes
    ----------
    release
        The release and system model.
    activities
        Number of activities of the database.
    markers
        Number of markers that were looked for.
    failed
        Markers that speak against it, in words; empty for an unchanged release.
    """

    release: Release
    activities: int
    markers: int
    failed: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether every marker fits."""
        return not self.failed

    def why(self) -> str:
        """Return in one or two sentences why the database was recognised so."""
        known = self.release.activities
        counted = (
            f"{self.activities} activities"
            if known is None
            else f"{self.activities} activities, as in the release"
            if known == self.activities
            else f"{self.activities} activities where the release has {known}"
        )
        fitting = self.markers - len(self.failed)
        text = f"{fitting} of {self.markers} marker activities fit; {counted}"
        if self.failed:
            shown = "; ".join(self.failed[:3]) + ("; ..." if len(self.failed) > 3 else "")
            text += f". The database was changed (premise, regionalised, edited?): {shown}"
        return text


def known_releases(inventory: Inventory) -> list[Release]:
    """Return the releases and system models that can be told apart."""
    markers = inventory.tables["links_ecoinvent_markers"]
    groups: dict[tuple[bool, ...], list[Release]] = {}
    for row in inventory.tables["links_ecoinvent_releases"]:
        count = int(row["activities"]) if row["activities"] else None
        release = Release((row["release"],), row["system_model"], count)
        groups.setdefault(tuple(release.covers(m) for m in markers), []).append(release)
    return [
        Release(
            tuple(name for r in same for name in r.names),
            same[-1].system_model,
            same[-1].activities,
        )
        for same in groups.values()
    ]


def recognise(index: ActivityIndex, inventory: Inventory, inputs: float) -> Recognition:
    """Return which release and system model a database is, or is nearest to.

    Parameters
    ----------
    index
        The activities of the database.
    inventory
        For the tables of markers and releases.
    inputs
        Mean number of inputs from the database itself per activity.

    Raises
    ------
    BackgroundError
        It is none; the message says in one sentence why.
    """
    database = index.database
    if len(index) == 0:
        raise BackgroundError(
            f"database '{database}' has no activities", "name the database of unit processes"
        )
    markers = inventory.tables["links_ecoinvent_markers"]
    found = [_label(marker) in index for marker in markers]
    best, failed = _nearest(known_releases(inventory), markers, found)
    share = 1 - len(failed) / max(1, len(markers))
    if not any(found) or share < ENOUGH:
        raise BackgroundError(
            f"database '{database}' is not ecoinvent 3.8 to 3.12: the nearest, {best}, fits in "
            f"{len(markers) - len(failed)} of {len(markers)} marker activities only",
            "name an ecoinvent database of unit processes, or use --background open",
        )
    if inputs < FEW_INPUTS:
        raise BackgroundError(
            f"database '{database}' holds system processes: it has the activities of {best}, but "
            "they have no inputs (the LCI version)",
            "import the unit processes of that release and name them",
        )
    return Recognition(best, len(index), len(markers), tuple(_told(m, index) for m in failed))


def _nearest(
    releases: Iterable[Release], markers: list[Row], found: list[bool]
) -> tuple[Release, list[Row]]:
    """Return the release with the fewest markers that speak against it, and those."""
    against = [
        (
            release,
            [m for m, there in zip(markers, found, strict=True) if release.covers(m) != there],
        )
        for release in releases
    ]
    return min(against, key=lambda pair: len(pair[1]))


def _label(marker: Row) -> Label:
    return marker["activity"], marker["product"], marker["location"]


def _told(marker: Row, index: ActivityIndex) -> str:
    state = "is there and should not be" if _label(marker) in index else "is missing"
    return f"'{marker['activity']}' [{marker['location']}] {state}"
