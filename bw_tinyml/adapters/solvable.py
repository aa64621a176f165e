"""Has the system a solution? Asked before anything is written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from bw_tinyml.errors import UntrustedError

_HINT = "export the whole data set again, or mend these processes; nothing was written"
_SHOWN = 3
#: scaled solutions beyond this say that a loop feeds itself almost completely
_LARGE = 1e12


def check(datasets: Sequence[dict[str, Any]]) -> None:
    """Refuse datasets whose technosphere matrix is not square or is singular.

    Raises
    ------
    UntrustedError
        The message names the processes at fault.
    """
    row = {(d["database"], d["code"]): i for i, d in enumerate(datasets)}
    entries: list[tuple[float, int, int]] = []
    for column, dataset in enumerate(datasets):
        produced = [e for e in dataset["exchanges"] if e["type"] == "production"]
        if len(produced) != 1 or produced[0]["input"] != (dataset["database"], dataset["code"]):
            raise UntrustedError(
                f"process '{dataset['name']}' has {len(produced)} products where one is needed: "
                "the system would not be square",
                _HINT,
            )
        for e in dataset["exchanges"]:
            if not math.isfinite(e["amount"]):
                raise UntrustedError(
                    f"process '{dataset['name']}': the amount of '{e['name']}' is too large", _HINT
                )
            if e["type"] == "biosphere":
                continue
            if e["input"] not in row:
                raise UntrustedError(
                    f"process '{dataset['name']}' takes '{e.get('name')}', which is not there",
                    _HINT,
                )
            sign = 1.0 if e["type"] == "production" else -1.0
            entries.append((sign * e["amount"], row[e["input"]], column))
    values, rows, columns = zip(*entries, strict=True)
    size = len(datasets)
    matrix = sp.csc_matrix((values, (rows, columns)), shape=(size, size))
    if not _solves(matrix):
        raise UntrustedError(
            "the processes have no unique solution; at fault: "
            + "; ".join(f"'{datasets[i]['name']}'" for i in _culprits(matrix)[:_SHOWN]),
            "a process takes all of its own product, directly or in a circle. " + _HINT,
        )


def _solves(matrix: sp.csc_matrix) -> bool:
    """Return whether a matrix has an inverse of reasonable size, whatever the units."""
    scale = np.abs(matrix.diagonal())
    if not np.all(scale > 0):
        return False
    scaled = (matrix @ sp.diags(1 / scale)).tocsc()
    try:
        solved = splu(scaled).solve(np.ones(matrix.shape[0]))
    except RuntimeError:
        return False
    # Rows have different units, so only a loop that amplifies without end is judged.
    return bool(np.all(np.isfinite(solved)) and np.abs(solved).max() < _LARGE)


def _culprits(matrix: sp.csc_matrix) -> list[int]:
    """Return the columns of the circles that cannot be solved by themselves."""
    zero = np.flatnonzero(np.abs(matrix.diagonal()) == 0)
    if len(zero):
        return [int(i) for i in zero]
    count, labels = connected_components(matrix, directed=True, connection="strong")
    for label in range(count):
        members = np.flatnonzero(labels == label)
        if not _solves(matrix[members][:, members].tocsc()):
            return [int(i) for i in members]
    return list(range(matrix.shape[0]))
