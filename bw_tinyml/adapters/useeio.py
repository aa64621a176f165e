"""Reading USEEIO as JSON: matrices A and B, sectors and flows.

Each sector becomes a process that makes 1 USD of its product. ``A`` holds what it buys per USD
(sectors x sectors), ``B`` its exchanges with nature per USD (flows x sectors), so that
``B (I - A)^-1`` are the flows of the whole chain (Yang et al. 2017). Sectors are averages of the
United States; investments are final demand in such tables, so capital goods are not among what a
sector buys.
"""

from __future__ import annotations

import contextlib
import math
import uuid
from pathlib import PurePosixPath
from typing import Any

from bw_tinyml.adapters import places
from bw_tinyml.adapters.fields import children, number, refuse, text
from bw_tinyml.adapters.source import Source, SourceExchange, SourceFlow, SourceProcess
from bw_tinyml.adapters.units import Unit, known_units, other_unit
from bw_tinyml.untrusted import Archive, parse_json

#: level of prices; stated by the authors of USEEIO 1.2, not in its files
PRICE_YEAR = 2013
CURRENCY = "USD"
_NAMESPACE = uuid.UUID("0f4d4f3e-3d1a-4df0-8d55-6f0b1a2c9e77")
_MAX_SECTORS = 5000


def is_useeio(archive: Archive) -> bool:
    """Return whether an archive holds the matrices of a USEEIO model."""
    return _folder(archive) is not None


def _folder(archive: Archive) -> PurePosixPath | None:
    """Folder with sectors, flows and matrices."""
    names = set(archive.names(".json"))
    for member in sorted(names):
        folder = PurePosixPath(member).parent
        wanted = ("sectors.json", "flows.json", "matrix/A.json", "matrix/B.json")
        if all((folder / part).as_posix() in names for part in wanted):
            return folder
    return None


def read(archive: Archive) -> Source:
    """Return the sectors of a model as processes.

    Raises
    ------
    UntrustedError
        A file is missing or damaged, or the sizes of the matrices do not fit the lists.
    """
    folder = _folder(archive)
    if folder is None:
        raise refuse(archive.path.name, "holds no USEEIO model")
    sectors = children({"rows": _json(archive, folder / "sectors.json")}, "rows", "sectors.json")
    flows = children({"rows": _json(archive, folder / "flows.json")}, "rows", "flows.json")
    if not 0 < len(sectors) <= _MAX_SECTORS:
        raise refuse("sectors.json", f"lists {len(sectors)} sectors")
    size = len(sectors)
    bought = matrix(_json(archive, folder / "matrix/A.json"), size, size, "matrix/A.json")
    flown = matrix(_json(archive, folder / "matrix/B.json"), len(flows), size, "matrix/B.json")
    products = [_product(s, f"sectors.json: {i}") for i, s in enumerate(sectors)]
    nature = [_flow(f, f"flows.json: {i}") for i, f in enumerate(flows)]
    usd = known_units()[CURRENCY]
    processes = []
    for column, (sector, product) in enumerate(zip(sectors, products, strict=True)):
        exchanges = [SourceExchange(product, 1.0, usd, is_input=False, is_reference=True)]
        exchanges += [
            SourceExchange(products[row], values[column], usd, is_input=True)
            for row, values in enumerate(bought)
            if values[column]
        ]
        exchanges += [
            SourceExchange(flow, values[column], unit, is_input=flow.path.startswith("resource"))
            for (flow, unit), values in zip(nature, flown, strict=True)
            if values[column]
        ]
        processes.append(_process(sector, product, exchanges))
    return Source(f"USEEIO matrices, USD of {PRICE_YEAR}", processes, price_year=PRICE_YEAR)


def matrix(rows: Any, height: int, width: int, place: str) -> list[list[float]]:
    """Return a matrix of finite numbers of the given shape."""
    if not isinstance(rows, list) or len(rows) != height:
        raise refuse(place, f"is no matrix of {height} rows")
    for row in rows:
        if not isinstance(row, list) or len(row) != width:
            raise refuse(place, f"has a row that has not {width} columns")
    return [_finite(row, place) for row in rows]


def _finite(row: list[Any], place: str) -> list[float]:
    """Return a row as finite numbers; a million calls of :func:`number` would take seconds."""
    if {type(value) for value in row} <= {int, float}:
        with contextlib.suppress(OverflowError):
            if all(map(math.isfinite, row)):
                return [float(value) for value in row]
    return [number(value, place) for value in row]


def _json(archive: Archive, path: PurePosixPath) -> Any:
    return parse_json(archive.read(path.as_posix()), path.as_posix())


def _product(sector: dict[str, Any], place: str) -> SourceFlow:
    key = text(sector, "id", place)
    if not key:
        raise refuse(place, "has no id")
    return SourceFlow(
        key, f"{text(sector, 'name', place)} ({text(sector, 'code', place)})", "product"
    )


def _process(
    sector: dict[str, Any], product: SourceFlow, exchanges: list[SourceExchange]
) -> SourceProcess:
    place = f"sector {product.name}"
    stated = text(sector, "location", place)
    return SourceProcess(
        id=str(uuid.uuid5(_NAMESPACE, product.id)),
        name=text(sector, "name", place) or product.name,
        location=places.code(stated) or places.UNKNOWN,
        exchanges=exchanges,
        path=text(sector, "code", place),
        comment=f"{text(sector, 'description', place)}\nUSEEIO; per {CURRENCY} of {PRICE_YEAR} at "
        "producer prices. Average of the sector in the United States.",
        identifier=text(sector, "code", place),
    )


def _flow(flow: dict[str, Any], place: str) -> tuple[SourceFlow, Unit]:
    symbol = text(flow, "unit", place)
    unit = known_units().get(symbol) or other_unit(symbol or "unit")
    found = SourceFlow(
        id=text(flow, "uuid", place),
        name=" ".join(text(flow, "flowable", place).split()),
        kind="elementary",
        path=text(flow, "context", place).strip("/ ") or "economic account",
    )
    return found, unit
