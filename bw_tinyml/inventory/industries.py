"""Industries of datasets: classes of ISIC Rev. 4, by topic and process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bw_tinyml.inventory.model import Dataset, Inventory

#: what ecoinvent, Activity Browser and others call the classification
SYSTEM = "ISIC rev.4 ecoinvent"


class Industries:
    """The classes of ``industries.csv``.

    Parameters
    ----------
    inventory
        Its table ``industries`` may be empty: no dataset has a class then.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._classes = {
            (row["stage"], row["process"]): f"{row['isic']}:{row['title']}"
            for row in inventory.tables.get("industries", [])
        }

    def of(self, dataset: Dataset) -> str:
        """Return code and title of the class of a dataset: that of its process, or of its stage.

        Empty where it has none.
        """
        own = self._classes.get((dataset.stage, dataset.process))
        return own or self._classes.get((dataset.stage, ""), "")


def stated(node: Mapping[str, Any]) -> str:
    """Return code and title of the class that a Brightway node states; empty where it does not."""
    for entry in node.get("classifications") or ():
        if isinstance(entry, tuple | list) and len(entry) == 2 and entry[0] == SYSTEM:
            return str(entry[1])
    return ""
