"""The engine: reading packages, pairing, order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from benchmarks.synthetic import generate, write
from bw_tinyml.engine import structure
from bw_tinyml.engine.arrays import System, load_factors, load_system
from bw_tinyml.errors import ProjectError


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    data = generate(size=1000, datasets=20, inputs=12, methods=4, seed=3)
    return write(data, tmp_path_factory.mktemp("synthetic"))


@pytest.fixture(scope="module")
def system(packages: dict[str, list[Path]]) -> System:
    return load_system(packages["background"] + packages["foreground"])


def test_the_matrices_are_those_of_bw2calc(packages: dict[str, list[Path]], system: System) -> None:
    import bw2calc as bc
    import bw_processing as bwp
    from fsspec.implementations.zip import ZipFileSystem

    opened = [
        bwp.load_datapackage(ZipFileSystem(str(path)))
        for path in packages["background"] + packages["foreground"]
    ]
    lca = bc.LCA({int(system.products[0]): 1}, data_objs=opened)
    lca.load_lci_data()
    rows = [lca.dicts.product[i] for i in system.products]
    columns = [lca.dicts.activity[i] for i in system.activities]
    theirs = lca.technosphere_matrix[rows][:, columns].T
    assert abs(theirs - system.technosphere).max() < 1e-6 * abs(theirs).max()
    flows = [lca.dicts.biosphere[i] for i in system.flows]
    theirs = lca.biosphere_matrix[flows][:, columns].T
    assert abs(theirs - system.biosphere).max() < 1e-6 * abs(theirs).max()
    again = load_system(opened)
    assert (again.technosphere != system.technosphere).nnz == 0


def test_separate_products_are_paired_by_reference_flags() -> None:
    packages = _Package(
        row=[100, 101, 100, 101],
        column=[1, 2, 2, 1],
        data=[1.0, 1.0, 0.5, 0.25],
        flip=[False, False, True, True],
        reference=[True, True, False, False],
    )
    found = load_system([packages])
    assert dict(zip(found.activities, found.products, strict=True)) == {1: 100, 2: 101}
    assert found.technosphere.toarray().tolist() == [[1.0, -0.25], [-0.5, 1.0]]


def test_without_flags_products_are_matched() -> None:
    packages = _Package(row=[7, 8, 7], column=[1, 1, 2], data=[0.5, 1.0, 1.0], flip=[True, False,
                        False], reference=None)  # fmt: skip
    found = load_system([packages])
    assert dict(zip(found.activities, found.products, strict=True)) == {1: 8, 2: 7}


def test_an_activity_without_product_is_named() -> None:
    packages = _Package(row=[7, 7], column=[1, 2], data=[1.0, 1.0], flip=None, reference=None)
    with pytest.raises(ProjectError, match="not square: 1 products, 2 activities"):
        load_system([packages])


def test_a_damaged_package_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(b"PK no zip")
    with pytest.raises(ProjectError, match=r"broken\.zip cannot be read"):
        load_factors(path)


def test_factors_of_flows_that_nobody_emits_are_left_out(system: System) -> None:
    ids = np.array([system.flows[3], 10**9])
    factors = system.factors([(ids, np.array([2.0, 5.0]))])
    assert factors.sum() == 2.0 and factors[3, 0] == 2.0


def test_an_unknown_product_is_refused(system: System) -> None:
    assert system.products[system.places([system.products[5]])[0]] == system.products[5]
    with pytest.raises(ProjectError, match=r"id 12345$"):
        system.places([12345])
    for large in (2**63, -(2**63) - 1):
        with pytest.raises(ProjectError, match="not in the technosphere"):
            system.places([system.products[5], large])
    with pytest.raises(ProjectError, match="not in the technosphere"):
        system.places(np.array([2**63], dtype=np.uint64))


def test_suppliers_come_first_where_there_is_no_cycle() -> None:
    rng = np.random.default_rng(0)
    lower = sp.eye(300) - sp.tril(sp.random(300, 300, 0.02, rng=rng), -1)
    shuffle = rng.permutation(300)
    found = structure.order(lower.tocsr()[shuffle][:, shuffle])
    ordered = lower.tocsr()[shuffle][:, shuffle][found.sequence][:, found.sequence]
    assert sp.triu(ordered, 1).nnz == 0
    assert not found.cyclic.any()


def test_few_links_point_back(system: System) -> None:
    found = structure.order(system.technosphere)
    assert sorted(found.sequence) == list(range(system.products.size))
    ordered = system.technosphere[found.sequence][:, found.sequence].tocoo()
    forward = ordered.col > ordered.row
    segment = np.searchsorted(found.segments, np.arange(system.products.size), side="right")
    # No link leads ahead out of a cycle, and inside of them few do.
    assert (segment[ordered.row[forward]] == segment[ordered.col[forward]]).all()
    assert np.count_nonzero(forward) < 0.15 * ordered.nnz
    assert found.cyclic.any()


def test_the_plain_loop_gives_the_same_order(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = structure.order(system.technosphere).sequence
    monkeypatch.setattr(structure, "_eades", structure._eades.__wrapped__)
    assert (structure.order(system.technosphere).sequence == compiled).all()


def test_suppliers_are_all_that_is_reached(system: System) -> None:
    start = system.places(system.products[[1, 2]])
    reached = structure.suppliers(system.technosphere, start)
    inner = system.technosphere[reached]
    assert set(inner.indices) <= set(reached)
    assert set(start) <= set(reached)
    part = structure.restrict(structure.order(system.technosphere), reached)
    assert sorted(part.sequence) == list(range(reached.size))
    assert part.segments[-1] == reached.size and part.cyclic.size == part.segments.size - 1


class _Package:
    """A package of bw_processing with one technosphere, in memory."""

    def __init__(self, row, column, data, flip, reference) -> None:
        indices = np.array(
            list(zip(row, column, strict=True)), dtype=[("row", "i8"), ("col", "i8")]
        )
        arrays = {
            "indices": indices,
            "data": np.array(data),
            "flip": None if flip is None else np.array(flip),
            "reference": None if reference is None else np.array(reference),
        }
        self.arrays = {kind: array for kind, array in arrays.items() if array is not None}
        self.metadata = {
            "name": "memory",
            "resources": [
                {
                    "matrix": "technosphere_matrix",
                    "group": "g",
                    "kind": kind,
                    "name": kind,
                    "category": "vector",
                }
                for kind in self.arrays
            ],
        }

    def get_resource(self, name: str):
        return self.arrays[name], {}
