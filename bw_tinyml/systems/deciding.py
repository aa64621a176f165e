"""One number at a time, and many together: how two sides of a comparison move.

The calculation behind :mod:`bw_tinyml.systems.sensitivity`, which see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bw_tinyml.errors import UsageError
from bw_tinyml.systems.case import Case
from bw_tinyml.systems.inputs import (
    EXCHANGE,
    PARAMETER,
    Input,
    columns,
    quantiles,
    screen,
    titles,
    uncertain_inputs,
)

Progress = Callable[[str, int, int], None]
#: what is explained: device less twin, each side, device over twin
QUANTITIES = ("difference", "device", "baseline", "ratio")
#: columns of amounts evaluated and solved at a time
BLOCK = 256
#: changes below this share of the scores are noise of the arithmetic
SMALLEST = 1e-9


@dataclass(frozen=True)
class TwoSides:
    """Two sides in one category as a function of uncertain numbers."""

    case: Case
    given: Mapping[str, float]
    column: int
    progress: Progress | None

    def quantities(
        self,
        values: Mapping[str, np.ndarray],
        amounts: Mapping[int, np.ndarray],
        size: int,
        title: str = "",
    ) -> dict[str, np.ndarray]:
        """Return the quantities for columns of parameter values and exchange amounts."""
        scores = np.empty((size, 2))
        for start in range(0, size, BLOCK):
            some = slice(start, min(start + BLOCK, size))
            scores[some] = self.case.paired.scores(
                {**self.given, **{name: v[some] for name, v in values.items()}},
                some.stop - start,
                {e: v[some] for e, v in amounts.items()},
            )[:, :, self.column]
            if self.progress and title:
                self.progress(title, some.stop, size)
        return _quantities(scores[:, 0], scores[:, 1])


def _quantities(device: np.ndarray, baseline: np.ndarray) -> dict[str, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (device - baseline, device, baseline, device / baseline)
    return dict(zip(QUANTITIES, found, strict=True))


def leading(model: TwoSides, of: str, listed: int) -> tuple[list[Input], int]:
    """Return the numbers that lead to first order, twice as many as are listed, and the rest."""
    inputs = uncertain_inputs(model.case, model.given)
    changes = screen(model.case, inputs, model.given, model.column)
    device, baseline = model.case.paired.scores(model.given)[0, :, model.column]
    moved = _quantities(device + changes[:, 0] / 2, baseline + changes[:, 1] / 2)[of]
    other = _quantities(device - changes[:, 0] / 2, baseline - changes[:, 1] / 2)[of]
    swing = np.nan_to_num(np.abs(moved - other))
    noise = SMALLEST * (1.0 if of == "ratio" else abs(device) + abs(baseline))
    order = [int(i) for i in np.argsort(-swing, kind="stable") if swing[i] > noise]
    chosen = order[: 2 * listed]
    return [inputs[i] for i in chosen], max(0, len(order) - listed)


def tornado(model: TwoSides, inputs: Sequence[Input], of: str) -> pd.DataFrame:
    """Return the quantities with one number low, then high, the others as stated."""
    values, amounts = columns(inputs)
    found = model.quantities(values, amounts, 2 * len(inputs), "one at a time")
    table = pd.DataFrame(
        {
            "place": range(len(inputs)),
            "kind": [i.kind for i in inputs],
            "value": [i.value for i in inputs],
            "low": [i.low for i in inputs],
            "high": [i.high for i in inputs],
            "unit": [unit for _, unit in titles(model.case, inputs)],
            "estimate": [i.estimate for i in inputs],
            **{f"{q}_low": v[::2] for q, v in found.items()},
            **{f"{q}_high": v[1::2] for q, v in found.items()},
        },
        index=pd.Index([name for name, _ in titles(model.case, inputs)], name="input"),
    )
    swing = (table[f"{of}_high"] - table[f"{of}_low"]).abs()
    return table.iloc[np.argsort(-swing.to_numpy(), kind="stable")]


def sobol(
    model: TwoSides, table: pd.DataFrame, inputs: Sequence[Input], of: str, samples: int, seed: int
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the table with Sobol indices of its first numbers, and what they explain."""
    try:
        from SALib.analyze import sobol as analyser
        from SALib.sample import sobol as sampler
    except ImportError:
        raise UsageError(
            "variance-based indices need the package SALib",
            "pip install 'bw_tinyml[sensitivity]', or leave out --sobol",
        ) from None
    size = len(inputs)
    problem = {
        "num_vars": size, "names": [str(i) for i in range(size)], "bounds": [[0.0, 1.0]] * size,
    }  # fmt: skip
    shares = sampler.sample(problem, samples, calc_second_order=False, seed=seed)
    # the first point of the sequence may be 0, where unbounded distributions have no value
    shares = np.clip(shares, 1e-6, 1 - 1e-6)
    drawn = [quantiles([i.distribution], shares[:, k])[0] for k, i in enumerate(inputs)]
    found = model.quantities(
        {str(i.key): v for i, v in zip(inputs, drawn, strict=True) if i.kind == PARAMETER},
        {int(i.key): v for i, v in zip(inputs, drawn, strict=True) if i.kind == EXCHANGE},
        len(shares),
        "sampled together",
    )
    explained = {}
    table = table.copy()
    for name, sampled in found.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            output = np.log(sampled) if name == "ratio" else sampled
        if not np.all(np.isfinite(output)) or np.ptp(output) == 0:
            continue
        indices = analyser.analyze(
            problem, output, calc_second_order=False, seed=seed, print_to_console=False
        )
        for column, key in (
            ("first_order", "S1"), ("total", "ST"), ("total_confidence", "ST_conf"),
        ):  # fmt: skip
            padded = np.full(len(table), np.nan)
            padded[:size] = indices[key]
            table[f"{name}_{column}"] = padded
        explained[name] = float(np.sum(indices["S1"]))
    if f"{of}_total" in table:
        key = table[f"{of}_total"].fillna(-1.0).to_numpy()
        table = table.iloc[np.argsort(-key, kind="stable")]
    return table, explained
