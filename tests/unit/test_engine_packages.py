"""Datapackages as they are read: what counts, what is refused, and what is damaged."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bw_processing as bwp
import numpy as np
import pytest
from fsspec.implementations.zip import ZipFileSystem

from bw_tinyml.engine.arrays import load_system
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


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(array), allow_pickle=True)
    return file.getvalue()


def header(text: str) -> bytes:
    """Return an npy file of 64 bytes with some header."""
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + bytes(64)


def promise(shape: str) -> bytes:
    return header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}")


def described(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    """Return a function that changes the description of every resource."""

    def changed(content: bytes) -> bytes:
        found = json.loads(content)
        for resource in found["resources"]:
            change(resource)
        return json.dumps(found).encode()

    return changed


def test_a_package_that_adds_to_others_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "adds.zip", [1.0, 2.0], sum_inter_duplicates=True)
    with pytest.raises(ProjectError, match=r"adds\.zip.*sum_inter_duplicates"):
        read_groups([path], MATRIX)
    assert read_groups([path], "technosphere_matrix") == []


DATA, INDICES, FLIP, JSON = "g.data.npy", "g.indices.npy", "g.flip.npy", "datapackage.json"
IDS = [("row", "i8"), ("col", "i8")]
DAMAGES: dict[str, tuple[str, bytes | Callable[[bytes], bytes]]] = {
    "no array": (DATA, b"PK"),
    "objects": (DATA, npy(np.array([{}] * 8))),
    "texts": (DATA, npy(["1"] * 8)),
    "dates": (DATA, npy(np.ones(8, "M8[s]"))),
    "truth values": (DATA, npy(np.ones(8, bool))),
    "complex numbers": (DATA, npy(np.ones(8, complex))),
    "one number": (DATA, npy(1.0)),
    "a table": (DATA, npy(np.ones((8, 1)))),
    "too few": (DATA, npy(np.ones(1))),
    "too many": (DATA, npy(np.ones(9))),
    "large promise": (DATA, promise("(1000000000000000,)")),
    "larger promise": (DATA, promise("(10000000000000000000000000,)")),
    "negative promise": (DATA, promise("(-1,)")),
    "open bracket": (DATA, header("{'descr': (")),
    "no dictionary": (DATA, header("{[]: 1}")),
    "deep header": (DATA, header("[" * 9000)),
    "one flip": (FLIP, npy(np.ones(1, bool))),
    "flips that are numbers": (FLIP, npy(np.ones(8))),
    "indices without fields": (INDICES, npy(np.ones(8, int))),
    "indices without column": (INDICES, npy(np.ones(8, IDS[:1]))),
    "indices that are no integers": (INDICES, npy(np.ones(8, [("row", "f8"), ("col", "f8")]))),
    "one index": (INDICES, npy(np.ones(1, IDS))),
    "a list": (JSON, b"[]"),
    "nothing": (JSON, b"null"),
    "no resources": (JSON, b'{"resources": null}'),
    "names only": (JSON, b'{"resources": ["a"]}'),
    "deep brackets": (JSON, b"[" * 200_000),
    "no text": (JSON, b"\xff\xfe{"),
    "path of none": (JSON, described(lambda resource: resource.update(path=None))),
    "path of many": (JSON, described(lambda resource: resource.update(path=["a"]))),
    "no kind": (JSON, described(lambda resource: resource.pop("kind"))),
    "group of many": (JSON, described(lambda resource: resource.update(group=["a"]))),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_part_is_refused(tmp_path: Path, damage: str) -> None:
    files = unpacked(write(tmp_path / "a.zip", np.ones(8), more={"flip": np.ones(8, bool)}))
    name, new = DAMAGES[damage]
    assert name in files
    files[name] = new if isinstance(new, bytes) else new(files[name])
    with pytest.raises(ProjectError, match=r"biosphere_matrix of the datapackage b\.zip cannot"):
        read_groups([packed(tmp_path / "b.zip", files)], MATRIX)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_no_flipped_bit_gives_another_error(tmp_path: Path, method: int) -> None:
    files = unpacked(write(tmp_path / "a.zip", np.ones(8)))
    content = packed(tmp_path / "b.zip", files, method).read_bytes()
    rng = np.random.default_rng(1)
    for place in rng.integers(0, 8 * len(content), 400):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << (place % 8)
        path = tmp_path / "c.zip"
        path.write_bytes(changed)
        try:
            read_groups([path], MATRIX)
        except ProjectError:
            continue


def test_distributions_need_their_fields(tmp_path: Path) -> None:
    spread = np.zeros(2, dtype=bwp.UNCERTAINTY_DTYPE)
    spread["uncertainty_type"] = 3
    path = write(tmp_path / "a.zip", np.ones(2), more={"distributions": spread})
    files = unpacked(path) | {"g.distributions.npy": npy(np.ones(2, [("loc", "f8")]))}
    damaged = packed(tmp_path / "b.zip", files)
    assert read_groups([path], MATRIX, distributions=True)[0].distributions.size == 2
    assert read_groups([damaged], MATRIX)[0].distributions is None
    with pytest.raises(ProjectError, match=r"b\.zip cannot be read"):
        read_groups([damaged], MATRIX, distributions=True)


@pytest.mark.parametrize("kind", ["uint8", "int8", "int64", "float16", ">f4", ">f8", "longdouble"])
def test_any_numbers_are_widened_before_their_sign_is_turned(tmp_path: Path, kind: str) -> None:
    flip = np.array([True, False, False])
    path = write(tmp_path / "a.zip", np.array([2, 100, 100], kind), [1, 2, 2], [1, 2, 2],
                 more={"flip": flip})  # fmt: skip
    found = read_groups([path], MATRIX)[0]
    assert found.data.tolist() == [-2.0, 200.0]
    assert found.data.dtype == float


def test_a_technosphere_without_elements_is_refused(tmp_path: Path) -> None:
    files = unpacked(write(tmp_path / "a.zip", np.zeros(0)))
    files[JSON] = files[JSON].replace(b"biosphere", b"technosphere")
    empty = packed(tmp_path / "b.zip", files)
    with pytest.raises(ProjectError, match="no technosphere"):
        load_system([empty, write(tmp_path / "c.zip", [1.0])])


def bomb(path: Path, size: int) -> Path:
    """Return a package whose data are ``size`` zeros."""
    files = unpacked(write(path.with_name("a.zip"), np.zeros(8)))
    start = promise(f"({size},)")[:-64]
    return packed(path, files | {DATA: start + bytes(8 * size)}, zipfile.ZIP_DEFLATED)


def test_what_unpacks_to_far_more_than_its_size_is_refused(tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.zip", 3_000_000)
    with pytest.raises(ProjectError, match=r"would unpack to 24\d{6}$"):
        read_groups([path], MATRIX)


def test_no_more_is_unpacked_than_an_archive_says(tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.zip", 3_000_000)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(DATA).file_size.to_bytes(4, "little")
    path.write_bytes(content.replace(size, (200).to_bytes(4, "little")))
    tracemalloc.start()
    with pytest.raises(ProjectError, match=r"bomb\.zip cannot be read"):
        read_groups([path], MATRIX)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5_000_000


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_a_limit_are_refused(tmp_path: Path, method: int) -> None:
    files = unpacked(write(tmp_path / "a.zip", np.ones(8)))
    with pytest.raises(ProjectError, match="another method than deflate"):
        read_groups([packed(tmp_path / "b.zip", files, method)], MATRIX)


@pytest.mark.parametrize("way", ["plain", "up", "absolute", "link"])
def test_a_folder_is_not_left(tmp_path: Path, way: str) -> None:
    folder, secret = tmp_path / "folder", tmp_path / "secret.npy"
    folder.mkdir()
    np.save(secret, np.full(8, 7.0))
    for name, content in unpacked(write(tmp_path / "a.zip", np.ones(8))).items():
        (folder / name).write_bytes(content)
    assert read_groups([folder], MATRIX)[0].data.tolist() == [1.0] * 8
    names = {"plain": DATA, "up": "../secret.npy", "absolute": str(secret), "link": "link.npy"}
    (folder / "link.npy").symlink_to(secret)
    text = (folder / JSON).read_text(encoding="utf-8")
    (folder / JSON).write_text(text.replace(DATA, names[way]), encoding="utf-8")
    if way == "plain":
        assert read_groups([folder], MATRIX)
        return
    with pytest.raises(ProjectError, match="is not in its folder"):
        read_groups([folder], MATRIX)


NAN = np.nan


def theirs(paths: list[Path]) -> dict[tuple[int, int], float]:
    """Return the cells of the matrix that bw2calc makes of some packages."""
    from matrix_utils import MappedMatrix

    opened = [bwp.load_datapackage(ZipFileSystem(str(path))) for path in paths]
    made = MappedMatrix(packages=opened, matrix=MATRIX)
    rows, columns = made.row_mapper.to_dict(), made.col_mapper.to_dict()
    full = made.matrix.toarray()
    cells = {(r, c): full[rows[r], columns[c]] for r in rows for c in columns}
    return {cell: value for cell, value in cells.items() if value}


def ours(paths: list[Path]) -> dict[tuple[int, int], float]:
    found: dict[tuple[int, int], float] = {}
    for group in read_groups(paths, MATRIX):
        for row, column, value in zip(group.row, group.column, group.data, strict=True):
            found[int(row), int(column)] = float(value)
    return {cell: value for cell, value in found.items() if value}


@pytest.mark.parametrize("sums", [True, False])
@pytest.mark.parametrize(
    "data",
    [[NAN, 5.0, NAN, 6.0], [4.0, NAN, NAN, NAN], [NAN, NAN, 5.0, NAN], [NAN] * 4, [3.0] * 4],
)
def test_nan_stands_for_no_value_as_in_bw2calc(
    tmp_path: Path, data: list[float], sums: bool
) -> None:
    first = write(tmp_path / "first.zip", np.array([1.0, 2.0, 3.0], np.float32), 7, [1, 2, 3])
    flip = np.array([False, True, False, True])
    later = write(tmp_path / "later.zip", data, 7, [1, 2, 2, 3], more={"flip": flip},
                  sum_intra_duplicates=sums)  # fmt: skip
    assert ours([first, later]) == theirs([first, later])


@pytest.mark.parametrize("sums", [True, False])
def test_all_about_a_missing_value_is_left_out(tmp_path: Path, sums: bool) -> None:
    spread = np.zeros(4, dtype=bwp.UNCERTAINTY_DTYPE)
    spread["uncertainty_type"], spread["loc"] = 3, [1, 2, 3, 4]
    marks = np.array([True, False, False, True])
    path = write(tmp_path / "a.zip", [1.0, NAN, 3.0, 4.0], [1, 2, 2, 4], 5,
                 more={"distributions": spread, "flip": marks, "reference": marks},
                 sum_intra_duplicates=sums)  # fmt: skip
    found = read_groups([path], MATRIX, distributions=True)[0]
    left = [0, 3] if sums else [0, 2, 3]
    assert found.row.tolist() == np.array([1, 2, 2, 4])[left].tolist()
    assert found.column.tolist() == [5] * len(left)
    assert found.data.tolist() == np.array([-1.0, NAN, 3.0, -4.0])[left].tolist()
    assert found.distributions["loc"].tolist() == np.array([1, 2, 3, 4])[left].tolist()
    assert found.flip.tolist() == found.reference.tolist() == marks[left].tolist()


@pytest.mark.parametrize("amounts", [[1.0, np.inf], [-np.inf, 1.0], [3e38, 3e38]])
def test_infinite_amounts_are_refused(tmp_path: Path, amounts: list[float]) -> None:
    path = write(tmp_path / "a.zip", np.array(amounts, np.float32), 1, 1)
    with pytest.raises(ProjectError, match=r"biosphere_matrix .* a\.zip .* infinite amounts"):
        read_groups([path], MATRIX)
