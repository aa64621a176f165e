"""Monte Carlo samples as a file: CSV, or Parquet for many of them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bw_tinyml.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd


def write_samples(target: Path | str) -> Callable[[pd.DataFrame], None]:
    """Return a function that writes samples, one row per iteration.

    Whether it can is examined here, before anything is calculated.

    Parameters
    ----------
    target
        A file; ``.csv`` or ``.parquet``.

    Raises
    ------
    UsageError
        The ending is another, the folder does not exist, or a library for Parquet is missing.
    """
    path = Path(target)
    kind = path.suffix.lower()
    if kind not in (".csv", ".parquet"):
        raise UsageError(f"samples cannot be written as '{path.name}'", "use .csv or .parquet")
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} does not exist", "make it, or name another")
    if kind == ".parquet" and find_spec("pyarrow") is None:
        raise UsageError(
            "Parquet needs pyarrow, which is not installed",
            "pip install 'bw_tinyml[parquet]', or write .csv",
        )

    def write(samples: pd.DataFrame) -> None:
        if kind == ".csv":
            samples.to_csv(path, index_label="iteration")
        else:
            samples.rename_axis("iteration").reset_index().to_parquet(path, index=False)

    return write
