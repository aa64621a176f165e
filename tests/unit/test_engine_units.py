"""Scores of products by the files of a project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.synthetic import generate, write
from bw_tinyml.engine.cache import Cache
from bw_tinyml.engine.units import all_units, some_units
from bw_tinyml.errors import ProjectError


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    case = generate(size=1_000, datasets=8, inputs=10, methods=2, seed=5)
    return write(case, tmp_path_factory.mktemp("packages"))


@pytest.mark.parametrize("kept", [True, False])
def test_some_scores_are_those_of_all(
    files: dict[str, list[Path]], tmp_path: Path, kept: bool
) -> None:
    cache = Cache(tmp_path if kept else None)
    packages, methods = files["background"] + files["foreground"], files["methods"]
    every = all_units(packages, methods, cache)
    wanted = every.products[[7, 3, 3]]
    for _ in range(2):
        some = some_units(packages, methods, wanted, cache, foreground=[1])
        assert some.products.tolist() == sorted(set(wanted.tolist()))
        expected = every.values[
            [int(np.flatnonzero(every.products == p)[0]) for p in some.products]
        ]
        assert some.values == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kept", [True, False])
def test_no_methods_give_no_columns(
    files: dict[str, list[Path]], tmp_path: Path, kept: bool
) -> None:
    cache = Cache(tmp_path if kept else None)
    packages = files["background"] + files["foreground"]
    for _ in range(2):
        every = all_units(packages, [], cache)
        assert every.values.shape == every.bounds.shape == (every.products.size, 0)
        some = some_units(packages, [], every.products[:3], cache, foreground=[1])
        assert some.values.shape == some.bounds.shape == (3, 0)


@pytest.mark.parametrize("product", [12345, 2**63, -(2**63) - 1])
def test_an_unknown_product_is_refused(
    files: dict[str, list[Path]], tmp_path: Path, product: int
) -> None:
    packages = files["background"] + files["foreground"]
    with pytest.raises(ProjectError, match="not in the technosphere"):
        some_units(packages, files["methods"], [product], Cache(tmp_path))
