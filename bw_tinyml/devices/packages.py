"""A circuit of which only the package is known: the dataset whose body is nearest in area.

Rows of ``parts.csv`` say which family a footprint belongs to. The body that the footprint states
(``BGA-64_9.0x9.0mm``) chooses among the datasets of that family and scales the one that is nearest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import log

from bw_tinyml.inventory.model import DATABASES, Inventory
from bw_tinyml.inventory.recipes import item_suffix

_FOREGROUND = next(iter(DATABASES))
#: recipe of circuits in a package -> set of its packages, name of their area, of their family
_RECIPES = {
    "integrated_circuit_unspecified": ("package", "package_area", "package_family"),
    "integrated_circuit_unspecified_laminate": (
        *("laminate_package", "laminate_area", "laminate_family"),
    ),
}
#: recipe -> its packages without die
BODIES = {
    "integrated_circuit_unspecified": "packaging_qfn",
    "integrated_circuit_unspecified_laminate": "packaging_lga",
}
#: layers of a package that is its die; its body is the die
WAFER_LEVEL = "packaging_wlcsp"
#: bodies are alike up to this ratio of their areas
_ALIKE = 1.1
#: how far a dataset is scaled
_FARTHEST = 5.0
_BODY = re.compile(r"(?<![A-Z0-9.])(\d+(?:\.\d+)?)(?: ?MM)? ?X ?(\d+(?:\.\d+)?)")


def body_of(texts: Sequence[str]) -> float | None:
    """Return the area in mm2 of the body that texts in upper case state, or None.

    The first measures count; those of an exposed pad or a layout follow letters (``EP2.6X2.6``).
    """
    for text in texts:
        for found in _BODY.finditer(text):
            sides = float(found[1]), float(found[2])
            if all(0.3 <= side <= 50 for side in sides):
                return sides[0] * sides[1]
    return None


class PackageRules:
    """Rules for circuits by their package, with the packages of an inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self.values = inventory.values.get(_FOREGROUND, {})
        self.sets = inventory.sets.get(_FOREGROUND, {})

    def nearest(self, dataset: str, area: float) -> tuple[str, float] | None:
        """Return the dataset of a family that is nearest in area, and how much of it.

        Parameters
        ----------
        dataset
            A dataset of the family; it counts if its body is alike.
        area
            Of the body, mm2.

        Returns
        -------
        tuple or None
            None where none is near.
        """
        recipe, _, own = dataset.partition("/")
        name, parameter, family = _RECIPES[recipe]
        texts = self.sets[name].texts
        areas = {
            item: self.values[f"{parameter}_{item_suffix(item)}"]
            for item in self.sets[name].items
            if texts.get((item, family)) == texts.get((own, family))
        }
        if abs(log(areas[own] / area)) <= log(_ALIKE):
            return dataset, 1.0
        item = min(areas, key=lambda i: abs(log(areas[i] / area)))
        share = area / areas[item]
        if not 1 / _FARTHEST <= share <= _FARTHEST:
            return None
        alike = abs(log(share)) <= log(_ALIKE)
        return f"{recipe}/{item}", 1.0 if alike else share
