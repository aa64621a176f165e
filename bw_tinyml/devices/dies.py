"""A chip of which die area, node and package are known: how much wafer, test and package it needs.

The numbers are those of the inventory's parameters; the equations are in :mod:`physics`.
"""

from __future__ import annotations

import re

from bw_tinyml.devices.packages import WAFER_LEVEL
from bw_tinyml.devices.physics import wafer_area_per_die
from bw_tinyml.inventory.model import DATABASES, Inventory
from bw_tinyml.inventory.recipes import item_suffix

_FOREGROUND = next(iter(DATABASES))
_FAB = "TW"
_DEFAULT_NODE = "90 nm"


class DieRules:
    """Rules for chips by die area, with the parameters of an inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.values = inventory.values.get(_FOREGROUND, {})

    def node(self, text: str) -> str:
        """Return the node of the inventory that a text such as ``40nm`` or ``40`` means.

        Raises
        ------
        ValueError
            There is no such node.
        """
        items = self._items("node")
        wanted = re.sub(r"\s+", "", text.lower()) or item_suffix(_DEFAULT_NODE).lower()
        if wanted.isdigit():
            wanted += "nm"
        for item in items:
            if re.sub(r"\s+", "", item.lower()) == wanted:
                return item
        raise ValueError(f"node '{text[:40]}' is not known; one of: {', '.join(items)}")

    def package(self, die_area: float) -> str:
        """Return the smallest lead-frame package whose body is twice the die, or the largest."""
        areas = sorted(
            (self.values[f"package_area_{item_suffix(item)}"], item)
            for item in self._items("package")
        )
        fitting = [item for area, item in areas if area >= 2 * die_area]
        return f"packaging_qfn/{fitting[0] if fitting else areas[-1][1]}"

    def chip(
        self, die_area: float, node: str = "", package: str = ""
    ) -> tuple[list[tuple[str, float]], str]:
        """Return the demands of one chip and how they were made.

        Parameters
        ----------
        die_area
            mm2.
        node
            Node, as :meth:`node` reads it; 90 nm if not given.
        package
            Dataset of the package, or of the layers of a wafer-level package; by die area if not
            given.

        Raises
        ------
        ValueError
            The node is not known, or the die does not fit on its wafer.
        """
        item = self.node(node)
        suffix = item_suffix(item)
        test_yield = self.values["ic_test_yield"]
        wafer = wafer_area_per_die(
            die_area,
            self.values[f"wafer_diameter_{suffix}"],
            self.values[f"defect_density_{suffix}"],
            self.values["wafer_edge_exclusion"],
            self.values["die_saw_street"],
            self.values["die_edge_loss"],
        )
        backend, chosen = (
            (WAFER_LEVEL, "wlcsp_singulation_test")
            if package == WAFER_LEVEL
            else ("die_preparation", package or self.package(die_area))
        )
        demands = [
            (f"wafer_fabrication/{item}/{_FAB}", wafer / 1e6 / test_yield),
            (backend, die_area / 1e6 / test_yield),
            (chosen, 1 / test_yield),
        ]
        body = "wafer-level package" if package == WAFER_LEVEL else f"package {_item(chosen)}"
        said = [
            f"die of {die_area:g} mm2",
            f"node {item}" if node else f"node taken as {item}",
            body if package else f"{body} by die area",
        ]
        return demands, ", ".join(said)

    def _items(self, name: str) -> list[str]:
        found = self.inventory.sets[_FOREGROUND].get(name)
        return found.items if found else []


def _item(dataset: str) -> str:
    return dataset.partition("/")[2]
