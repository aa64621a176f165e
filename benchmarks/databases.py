"""The databases that are measured on: datapackages of the synthetic one, and bw2calc's view."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.synthetic import generate, write
from bw_tinyml.engine.packages import read_groups

#: where the runner keeps what all scripts share
FOLDER = "BW_TINYML_BENCH"


@dataclass(frozen=True)
class Files:
    """Datapackages: a background, a foreground on it, methods."""

    background: Path
    foreground: Path
    methods: list[Path]

    @property
    def packages(self) -> list[Path]:
        return [self.background, self.foreground]

    def datasets(self) -> np.ndarray:
        """Ids of the products of the foreground, sorted."""
        groups = read_groups([self.foreground], "technosphere_matrix")
        return np.unique(np.concatenate([g.row[g.reference] for g in groups]))

    def tables(self, methods: int | None = None) -> list[tuple[np.ndarray, np.ndarray]]:
        """Ids of flows and their factors, of the first methods or of all."""
        from bw_tinyml.engine.arrays import load_factors  # brings SciPy; a cached score does not

        return [load_factors(path) for path in self.methods[:methods]]


def dimensions(small: bool) -> tuple[int, int, int]:
    """Return activities, methods and datasets of a foreground: as of ecoinvent, or a tenth."""
    return (2_000, 60, 60) if small else (23_500, 762, 300)


def synthetic(size: int = 23_500, methods: int = 762, datasets: int = 300) -> Files:
    """Return a synthetic database, made once per run of the benchmarks."""
    import tempfile

    root = os.environ.get(FOLDER) or tempfile.mkdtemp(prefix="bw-tinyml-bench-")
    folder = Path(root) / f"synthetic-{size}-{methods}-{datasets}"
    if not (folder / "done").is_file():
        write(generate(size=size, methods=methods, datasets=datasets), folder)
        (folder / "done").touch()
    found = sorted(folder.glob("method*.zip"))
    return Files(folder / "background.zip", folder / "foreground.zip", found)


def opened(paths: list[Path]) -> list[Any]:
    """Open datapackages as bw2data hands them to bw2calc."""
    import bw_processing as bwp
    from fsspec.implementations.zip import ZipFileSystem

    return [bwp.load_datapackage(ZipFileSystem(str(path))) for path in paths]


def names(count: int) -> list[tuple[str, str]]:
    """Return the names of the first methods."""
    return [("synthetic", f"{k:03d}") for k in range(count)]


def multi(kind: str, files: Files, methods: int, datasets: np.ndarray, **more: Any) -> Any:
    """Return a calculation of bw2calc for many demands and methods."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import bw2calc as bc

        return getattr(bc, kind)(
            demands={str(i): {int(i): 1.0} for i in datasets},
            method_config={"impact_categories": names(methods)},
            data_objs=opened([*files.packages, *files.methods[:methods]]),
            **more,
        )


def fast_scores(files: Files, methods: int, datasets: np.ndarray, direction: str) -> np.ndarray:
    """Return scores by FastScoresOnlyMultiLCA, datasets x methods."""
    from bw2calc.fast_scores import FastScoresOnlyMultiLCA  # noqa: F401

    lca = multi("FastScoresOnlyMultiLCA", files, methods, datasets, direction=direction)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = lca.calculate()
    return _ordered(found, methods, datasets)


def _ordered(found: Any, methods: int, datasets: np.ndarray) -> np.ndarray:
    labels = [str(name) for name in names(methods)]
    ordered: np.ndarray = found.sel(LCIA=labels, processes=[str(i) for i in datasets]).values.T
    return ordered
