"""What a link cannot carry: systems whose data exceed its rate or duty cycle are refused.

The tables say it with a parameter of each system, ``delivered_share_...``: 1 where all messages get
through, less where the link allows no more and the node would leave out the rest. A score with less
than 1 is that of another, smaller task, so nothing is compared on it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bw_tinyml.errors import FormulaError, UsageError
from bw_tinyml.impact.model import Model
from bw_tinyml.inventory.parameters import ancestors, blamed, evaluate

PREFIX = "delivered_share_"
#: rounding of the formulas, not a message that is lost
ROUNDING = 1e-9


def delivered(
    model: Model, product: int, given: Mapping[str, float | np.ndarray] | None = None
) -> float | np.ndarray:
    """Return the share of the messages of a product that its link carries.

    Parameters
    ----------
    model
        Holds the product.
    product
        Node id.
    given
        Values of parameters (numbers, or arrays of one length) that replace those of the project.

    Returns
    -------
    float or numpy.ndarray
        The smallest share among the parameters ``delivered_share_...`` that its own exchanges
        depend on; 1 without any.
    """
    share: float | np.ndarray = 1.0
    for database, parameters in model.parameters.items():
        own_names = [
            name
            for e in model.exchanges
            if e.column == product and e.database == database and e.formula is not None
            for name in e.formula.names
        ]
        used = ancestors({n: p.value for n, p in parameters.items()}, own_names)
        shares = [name for name in used if name.startswith(PREFIX)]
        if shares:
            own = {n: v for n, v in (given or {}).items() if n in used}
            try:
                values = evaluate({n: parameters[n].value for n in used}, own)
            except FormulaError as error:
                raise blamed(error, own) from None
            share = np.minimum(share, np.min([values[n] for n in shares], axis=0))
    return share


def overloaded(
    model: Model, product: int, given: Mapping[str, float | np.ndarray] | None = None
) -> bool | np.ndarray:
    """Return whether the link of a product carries less than all of its messages."""
    return delivered(model, product, given) < 1 - ROUNDING


def refuse_overloaded(
    model: Model, products: Mapping[str, int], given: Mapping[str, float] | None = None
) -> None:
    """Refuse products whose link cannot carry their data.

    Parameters
    ----------
    model
        Holds the products.
    products
        Node ids by the name to show.
    given
        Values of parameters that replace those of the project.

    Raises
    ------
    UsageError
        Names the products, and the share of their messages that gets through.
    """
    shares = {name: float(delivered(model, i, given)) for name, i in products.items()}
    lost = [
        f"{name} delivers {share:.2g} of its messages"
        for name, share in shares.items()
        if share < 1 - ROUNDING
    ]
    if lost:
        raise UsageError(
            f"with these parameters a link cannot carry the data: {'; '.join(lost)}, so the task "
            "would not be performed",
            "choose a lower rate or smaller data, or leave these systems out (compare: name the "
            "others with --baseline)",
        )
