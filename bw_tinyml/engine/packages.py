"""Reading processed datapackages without the libraries that wrote them.

A datapackage is a zip file (or a folder) with ``datapackage.json`` and NumPy arrays, as
bw_processing writes them. Reading these few files directly takes milliseconds; importing
bw_processing and bw2data takes seconds.
"""

from __future__ import annotations

import io
import json
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.lib import format as npy

from bw_tinyml.errors import ProjectError


class InMemory(Protocol):
    """What is needed of a datapackage of bw_processing that is already open."""

    metadata: dict[str, Any]

    def get_resource(self, name: str) -> tuple[Any, dict[str, Any]]:
        """Return a resource and its description."""


Source = Path | str | InMemory
SMALL = 1_000_000
#: an archive may unpack to this many bytes, and to this many times its own size more
ALLOWANCE, EXPANSION = 16 << 20, 100

#: what reading a damaged archive, the arrays in it or their description may raise
DAMAGED = (
    OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
    MemoryError, RuntimeError, SyntaxError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
#: the kinds (of numpy.dtype) that arrays may have, or the fields of their records
KINDS = {
    "indices": {"row": "iu", "col": "iu"},
    "data": {"": "iuf"},
    "flip": {"": "b"},
    "reference": {"": "b"},
    "distributions": {"uncertainty_type": "u", "negative": "b"}
    | dict.fromkeys(("loc", "scale", "shape", "minimum", "maximum"), "f"),
}


@dataclass(frozen=True)
class Group:
    """The elements of one matrix that one package brings.

    Attributes
    ----------
    package
        Number of the package, in the order given.
    row, column
        Ids, int64.
    data
        Amounts, widened to float64, with the sign that they have in the matrix.
    reference
        Marks the production exchanges; None where the package does not say.
    distributions
        Records of stats_arrays; None where all numbers are certain or they were not asked for.
    flip
        Marks the elements whose sign was turned; distributions keep the sign of the data.
    """

    package: int
    row: np.ndarray
    column: np.ndarray
    data: np.ndarray
    reference: np.ndarray | None
    distributions: np.ndarray | None
    flip: np.ndarray | None


def read_groups(
    sources: list[Source] | tuple[Source, ...], matrix: str, distributions: bool = False
) -> list[Group]:
    """Return what some packages bring to a matrix.

    Elements for single locations are left out of a characterisation matrix, as in bw2calc, and so
    is NaN, which stands for "no value here": that of an earlier package counts. If a package does
    not sum its duplicates, the last one counts.

    Parameters
    ----------
    sources
        Zip files, folders, or open packages of bw_processing.
    matrix
        Such as ``technosphere_matrix``.
    distributions
        Whether to read distributions, too. Elements of one cell are then not added up.

    Raises
    ------
    ProjectError
        A package is damaged, or has values that are not plain vectors of finite numbers.
    """
    found: list[Group] = []
    for number, source in enumerate(sources):
        try:
            found += _groups(source, number, matrix, distributions)
        except DAMAGED as error:
            reason = error if isinstance(error, (OSError, ValueError)) else repr(error)
            raise ProjectError(
                f"the {matrix} of the datapackage {_name(source)} cannot be read: {reason}",
                "derive it anew: bw2data.Database(NAME).process(), or Method(NAME).process()",
            ) from error
    return found


def _name(source: Source) -> str:
    if isinstance(source, (str, Path)):
        return Path(source).name
    return str(source.metadata.get("name", "in memory"))


def _groups(source: Source, number: int, matrix: str, distributions: bool) -> Iterator[Group]:
    metadata, read = _open(source)
    kinds: dict[str, dict[str, dict[str, Any]]] = {}
    for resource in metadata["resources"]:
        if resource.get("matrix") == matrix:
            kinds.setdefault(resource["group"], {})[resource["kind"]] = resource
    if kinds and metadata.get("sum_inter_duplicates"):
        raise ValueError("it adds its values to those of other packages (sum_inter_duplicates)")
    for group, resources in kinds.items():
        described = resources["data"]
        if described.get("category") != "vector" or described.get("profile") == "interface":
            raise ValueError(f"'{group}' is not a vector of numbers, but scenarios or an interface")
        if "rescale" in resources:
            raise ValueError(f"'{group}' rescales its values")
        if not distributions:
            resources.pop("distributions", None)
        arrays = {kind: np.asarray(read(resources[kind])) for kind in KINDS if kind in resources}
        _check(group, arrays)
        indices, flip = arrays["indices"], arrays.get("flip")
        row, column = indices["row"].astype(np.int64), indices["col"].astype(np.int64)
        # Single precision stays for sums (below); whole numbers could overflow, or have no sign.
        single = arrays["data"].dtype.type is np.float32
        data: np.ndarray = arrays["data"].astype(np.float32 if single else np.float64, copy=False)
        if flip is not None:
            data = np.where(flip, -data, data)
        made = Group(number, row, column, data, arrays.get("reference"),
                     arrays.get("distributions"), flip)  # fmt: skip
        sums = metadata.get("sum_intra_duplicates", True)
        made = _counting(made, resources["indices"].get("global_index"), sums)
        made = made if distributions else _summed(made)
        if not np.isfinite(made.data).all():
            raise ValueError(f"'{group}' holds infinite amounts")
        yield replace(made, data=made.data.astype(np.float64))


def _check(group: str, arrays: dict[str, np.ndarray]) -> None:
    """Refuse arrays that are not vectors of one length, or do not hold what they should."""
    size = arrays["data"].size
    for name, array in arrays.items():
        if array.shape != (size,):
            raise ValueError(f"'{group}' has {size} numbers and {name} of shape {array.shape}")
        for field, kinds in KINDS[name].items():
            held = array.dtype[field] if field else array.dtype
            if held.kind not in kinds:
                raise ValueError(f"the {name} of '{group}' hold {array.dtype}")


def _summed(group: Group) -> Group:
    """Add up the elements of one cell, in the precision in which they are stored, as bw2calc does.

    Summing in double precision would be finer, and differ from bw2calc in the eighth digit.
    """
    if group.row.size < 2 or ((group.row[1:] > group.row[:-1]).all() and _constant(group.column)):
        return group  # an LCIA method, as it is mostly stored
    rows, row = indexed(group.row)
    columns, column = indexed(group.column)
    cells = row * columns.size + column
    ordered = np.sort(cells)
    if not (ordered[1:] == ordered[:-1]).any():
        return group
    import scipy.sparse as sp

    shape = (max(rows.size, columns.size),) * 2
    total = sp.coo_matrix((group.data, (row, column)), shape=shape).tocsr().tocoo()
    reference = None
    if group.reference is not None:
        flagged = np.unique(cells[group.reference])
        reference = np.isin(total.row * np.int64(columns.size) + total.col, flagged)
    return Group(group.package, rows[total.row], columns[total.col], total.data, reference, None,
                 None)  # fmt: skip


def _constant(ids: np.ndarray) -> bool:
    return bool((ids == ids[0]).all())


def _part(group: Group, keep: np.ndarray) -> Group:
    """Return some elements of a group."""
    kept = {
        name: value[keep] for name, value in vars(group).items() if isinstance(value, np.ndarray)
    }
    return replace(group, **kept)


def _counting(group: Group, world: int | None, sums: bool) -> Group:
    """Return the elements that count: of the whole world, with a value, the last of each cell."""
    if world is not None:
        group = _part(group, np.flatnonzero(group.column == world))
    absent = np.isnan(group.data)
    if absent.any():  # no value is stated here; in bw2calc, no sum with it is, either
        cells = _cells(group)
        group = _part(group, ~(np.isin(cells, cells[absent]) if sums else absent))
    if not sums:
        _, last = np.unique(_cells(group)[::-1], return_index=True)
        group = _part(group, np.sort(group.row.size - 1 - last))
    return group


def _cells(group: Group) -> np.ndarray:
    """Return a number for each element, the same for those of one cell."""
    _, row = indexed(group.row)
    columns, column = indexed(group.column)
    return row * columns.size + column


def _open(source: Source) -> tuple[dict[str, Any], Callable[[dict[str, Any]], np.ndarray]]:
    """Return the description of a package, and a function that reads its arrays."""
    if not isinstance(source, (str, Path)):
        return source.metadata, lambda resource: source.get_resource(resource["name"])[0]
    content = _contents(Path(source))
    return json.loads(content("datapackage.json")), lambda r: _array(content(r["path"]))


def _contents(path: Path) -> Callable[[str], bytes]:
    """Return a function that reads a file of a package, and nothing beyond the package."""
    if path.is_dir():
        return lambda name: _inside(path.resolve(), name).read_bytes()
    # Small files are read in one go; of large ones, what is needed.
    size = path.stat().st_size
    archive = zipfile.ZipFile(io.BytesIO(path.read_bytes()) if size < SMALL else path)
    unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > ALLOWANCE + EXPANSION * size:
        raise ValueError(f"its {size} bytes would unpack to {unpacked}")

    def content(name: str) -> bytes:
        member = archive.getinfo(name)
        # Other methods unpack without a limit.
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"'{name}' is packed by another method than deflate")
        with archive.open(member) as file:
            return file.read(member.file_size)

    return content


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise ValueError(f"'{name}' is not in its folder")
    return path


def _array(content: bytes) -> np.ndarray:
    """Return the vector in an npy file; nothing is allocated for what its header promises."""
    file = io.BytesIO(content)
    old = npy.read_magic(file) == (1, 0)
    shape, _, dtype = (npy.read_array_header_1_0 if old else npy.read_array_header_2_0)(file)
    found: np.ndarray = np.frombuffer(content, dtype, offset=file.tell())
    if shape != found.shape:
        raise ValueError(f"an array of shape {shape} holds {found.size} elements")
    return found


def indexed(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different ids, sorted, and the place of each id among them.

    As ``numpy.unique(ids, return_inverse=True)``, several times faster: ids of one project mostly
    lie close together, and otherwise a sort and a search do.
    """
    if not ids.size:
        return ids, np.zeros(0, dtype=np.int64)
    low, high = int(ids.min()), int(ids.max())
    if high - low < max(16 * ids.size, 1 << 16):
        seen = np.zeros(high - low + 1, dtype=bool)
        seen[ids - low] = True
        found = np.flatnonzero(seen)
        place = np.empty(seen.size, dtype=np.int64)
        place[found] = np.arange(found.size)
        return found + low, place[ids - low]
    ordered = np.sort(ids)
    found = ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])]
    return found, np.searchsorted(found, ids)
