"""ecoinvent as the background: the user's own database answers the keys.

``links/ecoinvent.csv`` says which activity answers a key in which release and system model. What
ecoinvent lacks comes from datasets of ours, whose inputs are keys again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bw_tinyml.background.index import ActivityIndex
from bw_tinyml.background.providers import Activity, Product, Provider
from bw_tinyml.background.releases import Release
from bw_tinyml.background.rows import LinkRow, link_row, split_locations
from bw_tinyml.errors import LinkError, UnitError, UsageError
from bw_tinyml.inventory.keys import key_location, key_pattern
from bw_tinyml.inventory.model import Dataset, Inventory
from bw_tinyml.inventory.uncertainty import UncertaintyFactors, pedigree_scores
from bw_tinyml.units import SYMBOLS, conversion

FOREGROUND = "tinyml"


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
        self._given: dict[str, list[LinkRow]] = {}
        for override in overrides:
            self._given.setdefault(override.key, []).append(override)
        self._rows |= self._given
        self._younger_flows = {
            row["flow"]
            for row in inventory.tables["links_ecoinvent_flows"]
            if not release.covers(row)
        }
        self._answered_by = {row["process"]: row["key"] for row in inventory.tables["links"]}
        self._cache: dict[tuple[str, str], Provider | None] = {}

    def check_overrides(self) -> None:
        """Check that the database has the activities that the user named.

        Raises
        ------
        UsageError
            It lacks one; the message names the nearest.
        """
        for row in (row for rows in self._given.values() for row in rows if row.activity):
            where = [p for p in row.locations if not p.startswith("{")]
            if where == list(row.locations) and not any(
                (row.activity, row.product, place) in self._index for place in where
            ):
                label = " | ".join((row.activity, row.product, " > ".join(where)))
                near = self._index.nearest(row.activity, row.product)
                raise UsageError(
                    f"{row.place}: database '{self.name}' has no activity '{label}'",
                    f"nearest: {'; '.join(near)}" if near else "copy the name from the database",
                )

    def roots(self, inventory: Inventory) -> Iterable[Dataset]:
        """Return the foreground; of our background only what it needs follows."""
        return inventory.of_database(FOREGROUND)

    def provider(self, key: str, location: str) -> Provider | None:
        """Return what answers a key for a dataset in some location.

        Raises
        ------
        LinkError
            The activity cannot stand for the key: it counts something else, or treats a waste.
        """
        place = key_location(key) or location
        if (key, place) not in self._cache:
            row = self._keys[key]
            self._cache[key, place] = self._resolve(key, place, row["unit"], row.flag("waste"))
        return self._cache[key, place]

    def replacement(self, dataset: Dataset) -> Provider | None:
        """Return the activity of the database that makes what a dataset of ours makes, if any.

        A dataset of the open background names others directly. Where ecoinvent has what one of
        them makes, because a row says so or because it answers a key in the open background,
        the activity is taken instead.
        """
        if dataset.database == FOREGROUND:
            return None
        key = self._answered_by.get(dataset.id)
        if key:
            found = self.provider(key, dataset.location)
        else:
            symbol = next(
                s for s, (name, factor) in SYMBOLS.items() if name == dataset.unit and factor == 1
            )
            waste = dataset.product_type == "waste"
            found = self._resolve(dataset.id, dataset.location, symbol, waste)
        return found if found and isinstance(found.product, Activity) else None

    def rows(self, key: str) -> list[LinkRow]:
        """Return the rows of a key (or dataset of ours), in the order in which they are tried."""
        return self._rows.get(key) or self._rows.get(key_pattern(key)) or []

    def _resolve(self, key: str, location: str, symbol: str, waste: bool) -> Provider | None:
        for row in self.rows(key):
            unit = row.unit or symbol
            if row.process:
                dataset = self._inventory.datasets.get(row.process)
                if dataset is None:
                    raise LinkError(f"'{row.process}' ({row.place}) is not a dataset of ours")
                return self._provider(row, dataset, unit)
            for place in row.places(location, self._regions.get(location, ())):
                activity = self._index.find(row.activity, row.product, place)
                if activity:
                    return self._external(row, activity, unit, waste)
        return None

    def _external(self, row: LinkRow, activity: Activity, symbol: str, waste: bool) -> Provider:
        """Return a provider; a waste with negative production is consumed in negative amounts."""
        if activity.production < 0 and not waste:
            raise LinkError(
                f"'{activity.id}' treats a waste, and '{row.key}' is not one ({row.place})",
                "link it to an activity that makes the product",
            )
        found = self._provider(row, activity, symbol)
        return replace(found, factor=-found.factor) if activity.production < 0 else found

    def _provider(self, row: LinkRow, product: Product, symbol: str) -> Provider:
        try:
            factor = row.factor * conversion(symbol, product.unit)
        except UnitError:
            raise LinkError(
                f"'{product.id}' is counted in {product.unit}, and the row for '{row.key}' "
                f"({row.place}) says {symbol}",
                "give a row with the unit and a factor in a file: --links FILE",
            ) from None
        scores = pedigree_scores(row.pedigree)
        sigma = self._factors.sigma(scores, 1.0) if scores else 0.0
        return Provider(product, factor, row.proxy, row.remark, sigma)

    def lacks(self, flow: str) -> bool:
        """Return whether the release is older than an elementary flow."""
        return flow in self._younger_flows

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
