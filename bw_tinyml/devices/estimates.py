"""How much of the score of a bill of materials rests on estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bw_tinyml.devices.matching import Match
from bw_tinyml.impact.contributions import shares_of_estimates
from bw_tinyml.impact.methods import Indicator
from bw_tinyml.impact.model import load_model
from bw_tinyml.impact.solving import Solver


def bill_estimates(
    databases: Sequence[str],
    indicators: Sequence[Indicator],
    matches: Sequence[Match],
    nodes: Mapping[str, int],
) -> pd.DataFrame:
    """Return which share of the score of a bill rests on estimates and proxies.

    Parameters
    ----------
    databases
        Databases of the project that are read in full.
    indicators
        LCIA methods.
    matches
        Lines of the bill. The amount of what is matched by rule is an estimate itself.
    nodes
        Node ids by dataset.

    Returns
    -------
    pandas.DataFrame
        As :func:`bw_tinyml.impact.contributions.estimate_share`.
    """
    labels = pd.Index([i.label for i in indicators], name="indicator")
    if not nodes:
        return pd.DataFrame(0.0, index=labels, columns=["emission", "path"])
    model = load_model(databases, list(nodes.values()))
    solver = Solver(model, indicators)
    amounts = np.array(model.amounts(), dtype=float)[:, None]
    demand = np.zeros((1, len(model.nodes), 1))
    solid = np.zeros_like(demand)
    for match in matches:
        for wanted in match.demands:
            row = model.index[nodes[wanted.dataset]]
            demand[0, row, 0] += wanted.amount
            solid[0, row, 0] += wanted.amount if match.status == "matched" else 0.0
    return shares_of_estimates(solver, amounts, demand, solid)
