"""A bill of materials as a dataset of a model: what its score rests on, and how far it may vary.

The lines become inputs of one more dataset, which is solved and sampled as any other. The amount of
a line that was matched by rule is an estimate, with the spread that the rule states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log

import numpy as np
import pandas as pd

from bw_tinyml.devices.matches import Match
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.contributions import estimate_share
from bw_tinyml.impact.methods import Indicator
from bw_tinyml.impact.model import load_model
from bw_tinyml.impact.rows import ExchangeRow
from bw_tinyml.impact.solving import Solver
from bw_tinyml.inventory.uncertainty import STATS_ARRAYS_ID

#: node id of the bill; Brightway's are above 0
BILL = -1


class BillModel:
    """The model of all that a bill depends on, with the bill.

    Parameters
    ----------
    databases
        Databases of the project that are read in full.
    indicators
        LCIA methods.
    matches
        Lines of the bill.
    nodes
        Node ids by dataset; at least one.
    """

    def __init__(
        self,
        databases: Sequence[str],
        indicators: Sequence[Indicator],
        matches: Sequence[Match],
        nodes: Mapping[str, int],
    ) -> None:
        model = load_model(databases, list(nodes.values()))
        own = [_exchange(BILL, 1.0, 1.0, databases[0]), *_inputs(matches, nodes, databases[0])]
        model = replace(
            model,
            nodes=[*model.nodes, BILL],
            exchanges=[*model.exchanges, *own],
            products={**model.products, BILL: "bill of materials"},
        )
        self.solver = Solver(model, indicators)
        self.labels = [indicator.label for indicator in indicators]

    def estimates(self) -> pd.DataFrame:
        """Return which share of the score rests on estimates and proxies.

        Returns
        -------
        pandas.DataFrame
            As :func:`bw_tinyml.impact.contributions.estimate_share`.
        """
        amounts = np.array(self.solver.model.amounts(), dtype=float)[:, None]
        return estimate_share(self.solver, BILL, amounts)

    def intervals(self, iterations: int, seed: int) -> pd.DataFrame:
        """Return median, 5th and 95th percentile of sampled scores, as ``uncertainty`` does.

        Parameters
        ----------
        iterations, seed
            Number and seed of the samples.

        Returns
        -------
        pandas.DataFrame
            Index: indicators; columns ``p05``, ``median``, ``p95``.

        Raises
        ------
        UsageError
            The number of iterations makes no sense.
        """
        from bw_tinyml.engine.blocks import Workers, run_blocks
        from bw_tinyml.impact.sampled_scores import SampledScores
        from bw_tinyml.impact.sampling import BLOCK

        if not 2 <= iterations <= 1_000_000:
            raise UsageError(f"{iterations} iterations make no sense", "use 2 to 1000000")
        job = SampledScores(self.solver, BILL, {})
        blocks = run_blocks(job, iterations, seed, Workers(1, None), block=BLOCK)
        samples = np.concatenate([block["scores"] for block in blocks])
        found = np.quantile(samples, (0.05, 0.5, 0.95), axis=0).T
        index = pd.Index(self.labels, name="indicator")
        return pd.DataFrame(found, index=index, columns=["p05", "median", "p95"])


def _inputs(matches: Sequence[Match], nodes: Mapping[str, int], database: str) -> list[ExchangeRow]:
    return [
        _exchange(
            nodes[demand.dataset],
            -1.0,
            demand.amount,
            database,
            match.gsd,
            estimate=match.status == "estimated",
        )
        for match in matches
        for demand in match.demands
    ]


def _exchange(
    row: int, sign: float, amount: float, database: str, gsd: float = 1.0, estimate: bool = False
) -> ExchangeRow:
    spread = None
    if gsd > 1:
        spread = {
            "uncertainty_type": STATS_ARRAYS_ID["lognormal"],
            "loc": log(amount),
            "scale": log(gsd),
        }
    return ExchangeRow(
        column=BILL,
        row=row,
        kind="technosphere",
        sign=sign,
        amount=amount,
        formula=None,
        distribution=spread,
        label="bill of materials",
        database=database,
        estimate=estimate,
    )
