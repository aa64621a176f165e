"""Datapackages as they are read: what counts, what is refused, and what is damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bw_processing as bwp
import numpy as np
import pytest
from fsspec.implementations.zip import ZipFileSystem

from bw_tinyml.engine.packages import read_groups
from bw_tinyml.errors import ProjectError

MATRIX = "biosphere_matrix"


def write(
    path: Path,
    data: Any,
    row: Any = None,
    column: Any = None,
    *,
    more: dict[str, np.ndarray] | None = None,
    **metadata: Any,
) -> Path:
    """Write one group as bw_processing does, by default in the cells (0, 0), (1, 1) and so on."""
    data = np.asarray(data)
    indices = np.zeros(data.size, dtype=bwp.INDICES_DTYPE)
    indices["row"] = np.arange(data.size) if row is None else row
    indices["col"] = np.arange(data.size) if column is None else column
    package = bwp.create_datapackage(fs=ZipFileSystem(str(path), mode="w"), name="p", **metadata)
    package.add_persistent_vector(
        matrix=MATRIX, name="g", indices_array=indices, data_array=data,
        **{f"{kind}_array": array for kind, array in (more or {}).items()},
    )  # fmt: skip
    package.finalize_serialization()
    return path


def test_a_package_that_adds_to_others_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "adds.zip", [1.0, 2.0], sum_inter_duplicates=True)
    with pytest.raises(ProjectError, match=r"adds\.zip.*sum_inter_duplicates"):
        read_groups([path], MATRIX)
    assert read_groups([path], "technosphere_matrix") == []
