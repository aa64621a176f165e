"""The same tables with other values of some parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.parameters import evaluate, refuse_unknown


def with_parameters(inventory: Inventory, given: Mapping[str, float]) -> Inventory:
    """Return an inventory with other values of some parameters.

    Parameters
    ----------
    inventory
        The inventory; it stays as it is.
    given
        Values by the name of the parameter.

    Raises
    ------
    UsageError
        A name is not a parameter.
    """
    if not given:
        return inventory
    known = {name for found in inventory.parameters.values() for name in found}
    refuse_unknown(given, known)
    values = {
        database: evaluate(
            {name: parameter.value for name, parameter in found.items()},
            {name: value for name, value in given.items() if name in found},
        )
        for database, found in inventory.parameters.items()
    }
    return replace(inventory, values=values, _amounts={})
