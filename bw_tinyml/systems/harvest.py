"""A supply from light: how large a panel and a store a load needs at a site."""

from __future__ import annotations

from dataclasses import dataclass

from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.recipes import item_suffix
from bw_tinyml.systems.load import Load

HOURS_PER_DAY = 24.0
CM2_PER_M2 = 1e4


@dataclass(frozen=True)
class Site:
    """Light of a place.

    Attributes
    ----------
    wh_per_m2_day
        Light on a surface on a poor day.
    efficiency
        Efficiency of the panel in that light.
    """

    name: str
    wh_per_m2_day: float
    efficiency: float


@dataclass(frozen=True)
class Panel:
    """The panel and store that a load needs at a site.

    Attributes
    ----------
    area_cm2
        Cell area that covers the mean power.
    store_wh
        Energy that bridges the days without light.
    reasons
        Why it is not feasible; empty where it is.
    """

    site: str
    area_cm2: float
    store_wh: float
    reasons: tuple[str, ...]

    @property
    def feasible(self) -> bool:
        """Whether a panel of the size can be mounted."""
        return not self.reasons


def size_panel(
    load: Load, site: Site, efficiency: float, maximum_cm2: float = 150.0, dark_days: float = 2.0
) -> Panel:
    """Return panel and store for a load: ``A = P x 24 h / (light x cell x converter)``.

    Parameters
    ----------
    load
        The device.
    site
        Light of the place.
    efficiency
        Energy into the device per energy of the panel: charger, store and converter.
    maximum_cm2
        Area for which the device has room.
    dark_days
        Days without light that the store bridges.
    """
    daily_wh = load.mean_mw / 1000 * HOURS_PER_DAY
    area = daily_wh / (site.wh_per_m2_day * site.efficiency * efficiency) * CM2_PER_M2
    reasons = [f"events take {load.busy_share:.0%} of the day"] if load.busy_share > 1 else []
    if area > maximum_cm2:
        reasons.append(f"{area:.3g} cm2 of cells, room for {maximum_cm2:g} cm2")
    return Panel(site.name, area, daily_wh * dark_days / efficiency, tuple(reasons))


def sites(inventory: Inventory) -> list[Site]:
    """Return the sites of the tables."""
    values = inventory.values["tinyml"]
    return [
        Site(
            item,
            values[f"site_wh_m2_day_{item_suffix(item)}"],
            values[f"site_efficiency_{item_suffix(item)}"],
        )
        for item in inventory.sets["tinyml"]["pv_site"].items
    ]
