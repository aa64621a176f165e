"""Device against each twin under paired sampling: ratios, differences, and who is lower."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

QUANTILES = (0.05, 0.5, 0.95)
_NAMES = ("p05", "median", "p95")


def pair_table(
    names: Sequence[str], labels: Sequence[str], point: np.ndarray, samples: np.ndarray
) -> pd.DataFrame:
    """Return what the samples say about the first system and each other.

    Parameters
    ----------
    names
        Short names of the systems, the device first.
    labels
        Labels of the indicators.
    point
        Deterministic scores, shape (systems, indicators).
    samples
        Sampled scores, shape (iterations, systems, indicators).

    Returns
    -------
    pandas.DataFrame
        Index (baseline, indicator). Columns ``ratio`` (device over twin) and ``difference`` (device
        less twin), deterministic; their ``_p05``, ``_median`` and ``_p95``; and
        ``probability_lower``, the share of samples in which the device is lower, where ties
        count half.
    """
    rows = {}
    for k in range(1, len(names)):
        device, twin = samples[:, 0], samples[:, k]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = np.quantile(device / twin, QUANTILES, axis=0)
            ratio = point[0] / point[k]
        difference = point[0] - point[k]
        differences = np.quantile(device - twin, QUANTILES, axis=0)
        lower = (device < twin).mean(axis=0) + 0.5 * (device == twin).mean(axis=0)
        for j, label in enumerate(labels):
            rows[names[k], label] = (
                ratio[j], *ratios[:, j], difference[j], *differences[:, j], lower[j],
            )  # fmt: skip
    columns = [
        "ratio", *(f"ratio_{n}" for n in _NAMES),
        "difference", *(f"difference_{n}" for n in _NAMES),
        "probability_lower",
    ]  # fmt: skip
    index = pd.MultiIndex.from_tuples(list(rows) or [], names=["baseline", "indicator"])
    return pd.DataFrame(list(rows.values()), index=index, columns=columns)
