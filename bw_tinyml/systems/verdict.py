"""The verdict: which side is lower in each category, how sure that is, and where it is a trade.

Words for the probability that the device is lower: ``lower`` from 95 %, ``probably lower`` from
80 %, ``undecided`` above 20 %, ``probably higher`` above 5 %, else ``higher``. Where 90 % of the
ratios lie within 1 % of one, the verdict is ``equal``, however sure the sign of the difference is.

A category is marked as a trade-off where it points in the direction opposite to climate change, and
both are decided, at least probably: whoever decides by carbon alone pays there.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

DECIDED = 0.95
PROBABLE = 0.80
#: ratios within this distance of one make no difference for a decision
EQUAL = 0.01
CLIMATE = "climate"
WORDS = ("lower", "probably lower", "equal", "undecided", "probably higher", "higher")


def word(probability: float, ratio_low: float, ratio_high: float) -> str:
    """Return the word for the probability that the device is lower.

    Parameters
    ----------
    probability
        That the device is lower; ties count half.
    ratio_low, ratio_high
        Interval of the ratio of device to twin; nan where it does not exist.
    """
    if ratio_low >= 1 - EQUAL and ratio_high <= 1 + EQUAL:
        return "equal"
    for limit, prefix in ((DECIDED, ""), (PROBABLE, "probably ")):
        if probability >= limit:
            return f"{prefix}lower"
        # 5 % is as decided as 95 %, up to rounding
        if 1 - probability >= limit - 1e-12:
            return f"{prefix}higher"
    return "undecided"


def direction(verdict: str) -> int:
    """Return -1 where the device is lower, +1 where it is higher, 0 where nothing is decided."""
    return {"lower": -1, "higher": 1}.get(verdict.rpartition(" ")[2], 0)


def verdict_table(
    pairs: pd.DataFrame, estimates: pd.DataFrame, device: str, labels: Sequence[str]
) -> pd.DataFrame:
    """Return the verdict of each twin and category.

    Parameters
    ----------
    pairs
        As of :func:`bw_tinyml.systems.pairs.pair_table`.
    estimates
        Share of each score that rests on estimates; index (system, indicator), columns
        ``emission`` and ``path``.
    device
        Short name of the device.
    labels
        Labels of the indicators, in order.

    Returns
    -------
    pandas.DataFrame
        Index (baseline, indicator). Columns ``verdict``, ``probability_lower``, ``ratio_median``,
        ``ratio_p05``, ``ratio_p95``, ``difference_median``, ``difference_p05``,
        ``difference_p95``, ``estimates_device`` and ``estimates_baseline`` (share whose
        emission is an estimate), ``path_device`` and ``path_baseline`` (share with an estimate on
        its way), and ``trade_off``.
    """
    rows = {}
    for baseline in dict.fromkeys(pairs.index.get_level_values("baseline")):
        words = {
            label: word(
                *(
                    float(pairs.loc[(baseline, label), name])
                    for name in ("probability_lower", "ratio_p05", "ratio_p95")
                )
            )
            for label in labels
        }
        climate = next((label for label in labels if CLIMATE in label.lower()), "")
        towards = direction(words[climate]) if climate else 0
        for label in labels:
            pair = pairs.loc[(baseline, label)]
            own, other = estimates.loc[(device, label)], estimates.loc[(baseline, label)]
            rows[baseline, label] = {
                "verdict": words[label],
                **{
                    name: float(pair[name])
                    for name in pairs.columns
                    if name.endswith(("_p05", "_median", "_p95")) or name == "probability_lower"
                },
                "estimates_device": float(own["emission"]),
                "estimates_baseline": float(other["emission"]),
                "path_device": float(own["path"]),
                "path_baseline": float(other["path"]),
                "trade_off": direction(words[label]) * towards < 0,
            }
    index = pd.MultiIndex.from_tuples(list(rows) or [], names=["baseline", "indicator"])
    return pd.DataFrame(list(rows.values()), index=index)


def summary(table: pd.DataFrame, baseline: str) -> str:
    """Return the verdict against one twin in a sentence."""
    own = table.loc[baseline]
    counts = own["verdict"].value_counts()
    parts = [f"{name} in {counts[name]}" for name in WORDS if name in counts]
    trades = list(own.index[own["trade_off"]])
    against = f"; against the direction of climate change: {', '.join(trades)}" if trades else ""
    return f"{', '.join(parts)} of {len(own)} categories{against}"
