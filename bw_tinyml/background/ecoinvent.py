"""ecoinvent as the background: the user's own database answers the keys.

``links/ecoinvent.csv`` says which activity answers a key in which release and system model. What
ecoinvent lacks comes from datasets of ours, whose inputs are keys again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bw_tinyml.background.index import ActivityIndex
from bw_tinyml.background.providers import Activity, Provider
from bw_tinyml.background.releases import Release
from bw_tinyml.background.rows import LinkRow, key_location, key_pattern, link_row, split_locations
from bw_tinyml.errors import LinkError, UnitError
from bw_tinyml.inventory.model import Dataset, Inventory
from bw_tinyml.inventory.uncertainty import UncertaintyFactors, pedigree_scores
from bw_tinyml.units import conversion


class EcoinventBackground:
    """Answers keys with activities of an ecoinvent database.

    Parameters
    ----------
    inventory
        The inventory.
    index
        The activities of the database.
    release
        Its release and system model.
    overrides
        Rows of the user that replace ours.
    """

    def __init__(
        self,
        inventory: Inventory,
        index: ActivityIndex,
        release: Release,
        overrides: Iterable[LinkRow] = (),
    ) -> None:
        self.name = index.database
        self.release = release
        self._inventory = inventory
        self._index = index
        self._keys = {row["key"]: row for row in inventory.tables["keys"]}
        self._regions = {
            row["location"]: split_locations(row["regions"])
            for row in inventory.tables["links_regions"]
        }
        self._factors = UncertaintyFactors(
            inventory.tables["pedigree"], inventory.tables["basic_uncertainty"]
        )
        self._rows: dict[str, list[LinkRow]] = {}
        for row in inventory.tables["links_ecoinvent"]:
            if release.covers(row):
                self._rows.setdefault(row["key"], []).append(link_row(row))
        given: dict[str, list[LinkRow]] = {}
        for override in overrides:
            given.setdefault(override.key, []).append(override)
        self._rows |= given
        self._answered_by = {row["process"]: row["key"] for row in inventory.tables["links"]}
        self._cache: dict[tuple[str, str], Provider | None] = {}

    def roots(self, inventory: Inventory) -> Iterable[Dataset]:
        """Return the foreground; of our background only what it needs follows."""
        return inventory.of_database("tinyml")

    def provider(self, key: str, location: str) -> Provider | None:
        """Return what answers a key for a dataset in some location.

        Raises
        ------
        LinkError
            The activity cannot stand for the key: it counts something else, or treats a waste.
        """
        place = key_location(key) or location
        if (key, place) not in self._cache:
            self._cache[key, place] = self._resolve(key, place)
        return self._cache[key, place]

    def rows(self, key: str) -> list[LinkRow]:
        """Return the rows of a key, in the order in which they are tried."""
        return self._rows.get(key) or self._rows.get(key_pattern(key)) or []

    def _resolve(self, key: str, location: str) -> Provider | None:
        for row in self.rows(key):
            if row.process:
                dataset = self._inventory.datasets.get(row.process)
                if dataset is None:
                    raise LinkError(f"'{row.process}' ({row.place}) is not a dataset of ours")
                factor = row.factor * self._conversion(row, key, dataset.unit)
                return Provider(dataset, factor, row.proxy, row.remark, self._sigma(row))
            for activity in self._candidates(row, location):
                return self._provider(row, key, activity)
        return None

    def _candidates(self, row: LinkRow, location: str) -> Iterator[Activity]:
        for place in row.places(location, self._regions.get(location, ())):
            found = self._index.find(row.activity, row.product, place)
            if found:
                yield found

    def _provider(self, row: LinkRow, key: str, activity: Activity) -> Provider:
        waste = self._keys[key].flag("waste")
        if activity.production < 0 and not waste:
            raise LinkError(
                f"'{activity.id}' treats a waste, and '{key}' is not one ({row.place})",
                "link the key to an activity that makes the product",
            )
        # A waste with negative production is consumed in negative amounts.
        sign = -1.0 if activity.production < 0 else 1.0
        factor = sign * row.factor * self._conversion(row, key, activity.unit)
        return Provider(activity, factor, row.proxy, row.remark, self._sigma(row))

    def _conversion(self, row: LinkRow, key: str, unit: str) -> float:
        """Return how many units of the product one unit of the row is."""
        symbol = row.unit or self._keys[key]["unit"]
        try:
            return conversion(symbol, unit)
        except UnitError:
            raise LinkError(
                f"database '{self.name}' counts '{row.product or row.process}' in {unit}, and the "
                f"row for '{key}' ({row.place}) in {symbol}",
                "give a row with the unit and a factor in a file: --links FILE",
            ) from None

    def _sigma(self, row: LinkRow) -> float:
        scores = pedigree_scores(row.pedigree)
        return self._factors.sigma(scores, 1.0) if scores else 0.0

    def replaces(self, dataset: Dataset) -> str:
        """Return the key that the database answers instead of a dataset of ours, if it does."""
        key = self._answered_by.get(dataset.id, "")
        if not key:
            return ""
        found = self.provider(key, dataset.location)
        return key if found and isinstance(found.product, Activity) else ""

    def missing(self, key: str, location: str) -> str:
        """Return what was looked for, and which activities of the database are near."""
        rows = self.rows(key)
        if not rows:
            return f"has no row in links/ecoinvent.csv for {self.release}"
        place = key_location(key) or location
        looked = "; ".join(
            f"'{row.activity} | {row.product}' in "
            + (", ".join(row.places(place, self._regions.get(place, ()))) or "no location")
            for row in rows
        )
        near = self._index.nearest(rows[0].activity, rows[0].product)
        text = f"is not in '{self.name}': looked for {looked}"
        return text + (f"; nearest: {'; '.join(near)}" if near else "")
