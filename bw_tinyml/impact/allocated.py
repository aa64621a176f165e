"""Scores of a project under other allocations: credits beside what the project says.

What is recovered is recorded in the tables and not in the project, since secondary material leaves
free of burden there. So the credits come from the tables, with the parameters of the calculation,
and are shown only where the tables give the same cut-off score as the project.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bw_tinyml.background import link
from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.brightway.payload import table_hash
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.allocation import Allocation, allocations
from bw_tinyml.impact.session import DEFAULT_FAMILY, Session
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.loading import load
from bw_tinyml.inventory.overrides import with_parameters

OPEN = "open"
#: how far scores of the tables and of the project may be apart: single precision of the arrays
TOLERANCE = 1e-3


def linked_tables(
    session: Session, parameters: Mapping[str, float] | None = None
) -> LinkedInventory:
    """Return the tables that a project was made from, linked, with given parameters.

    Parameters
    ----------
    session
        The project.
    parameters
        Values of database parameters, instead of those of the tables.

    Raises
    ------
    UsageError
        The project has another background, or was made from other tables; a name is not a
        parameter.
    """
    background = session.metadata.get("background")
    if background != OPEN:
        raise UsageError(
            f"credits need the open background, and this project has '{background}'",
            "`bw-tinyml allocation IDENTIFIER` shows them straight from the tables",
        )
    inventory, report = load(session.folder)
    if table_hash(inventory.folder) != session.metadata.get("table_hash"):
        raise UsageError(
            "the project was made from other tables than these, so their credits do not fit",
            "`bw-tinyml install --replace` brings the project up to date, or name its tables "
            "with --inventories",
        )
    return link(with_parameters(inventory, parameters or {}), report)


def allocated(
    linked: LinkedInventory,
    identifier: str,
    cut_off: Mapping[str, float],
    families: Sequence[str] = (DEFAULT_FAMILY,),
    share: float = 0.5,
    quality: float = 1.0,
) -> dict[str, Allocation]:
    """Return the scores of one unit of a dataset under three allocations, by category label.

    Parameters
    ----------
    linked
        From :func:`linked_tables`.
    identifier
        The dataset.
    cut_off
        Scores of one unit in the project, by the label of the category; what the tables say has
        to agree with them.
    families
        Families of LCIA methods.
    share, quality
        As for :func:`bw_tinyml.impact.allocation.allocations`.

    Raises
    ------
    UsageError
        Datasets or parameters were changed in the project, so that the tables say something else;
        a factor is not between 0 and 1.
    """
    found: dict[str, Allocation] = {}
    for family in families:
        listed = categories(linked.inventory, family)
        rows, _ = allocations(linked, identifier, listed, share=share, quality=quality)
        for row in rows:
            # with several families, labels carry the family, as those of the project do
            label = f"{family}: {row.category}" if families[1:] else row.category
            if not np.isclose(row.cut_off, cut_off[label], rtol=TOLERANCE, atol=0):
                raise UsageError(
                    f"{label} of '{identifier}' is {cut_off[label]:.4g} in the project and "
                    f"{row.cut_off:.4g} by the tables: something was changed in the project",
                    "give changes with --parameter, or install again with --replace",
                )
            found[label] = row
    return found
