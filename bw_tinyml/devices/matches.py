"""What a line of a bill of materials became, and in which unit its quantity counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bw_tinyml.devices.lines import BomLine
from bw_tinyml.errors import UnitError, UsageError
from bw_tinyml.inventory.model import Dataset
from bw_tinyml.units import SYMBOLS, conversion

Status = Literal["matched", "estimated", "unknown", "ignored"]

PIECE = "unit"
#: units that mean pieces
PIECES = {"", "pcs", "pc", "ea", "each", "unit", "units", "nos", "stk", "piece", "pieces"}
#: Brightway's name of a unit -> its symbol
_SYMBOL = {name: symbol for symbol, (name, factor) in reversed(SYMBOLS.items()) if factor == 1}


@dataclass(frozen=True)
class Demand:
    """An amount of a dataset, in its unit."""

    dataset: str
    amount: float


@dataclass(frozen=True)
class Match:
    """What a line of a bill of materials became.

    Attributes
    ----------
    status
        ``matched``: a dataset is this part or stands for parts of its kind. ``estimated``: by
        kind and size, by package, or by die area. ``unknown``: left out of the result.
        ``ignored``: no component (test pads, fiducials).
    demands
        Datasets with amounts for the whole line.
    reason
        How the match came about, or what to do.
    gsd
        Geometric standard deviation of the amounts, by the rule; 1 where it states none.
    unit
        Unit of the line's quantity; ``unit`` for pieces.
    taken
        What the quantity was taken as (``25 kg``), where the line states no unit and the dataset
        is not counted in pieces; else empty.
    """

    line: BomLine
    status: Status
    demands: tuple[Demand, ...]
    reason: str
    gsd: float = 1.0
    unit: str = PIECE
    taken: str = ""


def match_amount(line: BomLine, dataset: Dataset, reason: str) -> Match:
    """Match a line to a dataset, its quantity being an amount of the dataset.

    Raises
    ------
    UsageError
        The unit of the line does not measure the dataset.
    """
    if line.unit.lower() not in PIECES:
        demand = Demand(dataset.id, line.quantity * unit_factor(line, dataset))
        return Match(line, "matched", (demand,), reason, unit=line.unit)
    if dataset.unit == PIECE:
        return Match(line, "matched", (Demand(dataset.id, line.quantity),), reason)
    if dataset.unit == "kilogram" and line.mass_g is not None:
        demand = Demand(dataset.id, line.quantity * line.mass_g / 1000)
        return Match(line, "matched", (demand,), f"{reason}; pieces of {line.mass_g:g} g")
    symbol = _SYMBOL[dataset.unit]
    if line.unit:
        raise UsageError(
            f"'{line.unit}' ({PIECE}) cannot be converted to {dataset.unit}",
            f"'{dataset.id}' is in {symbol}: state the unit of the quantity, or `mass_g`",
        )
    taken = f"{line.quantity:g} {symbol}"
    demand = Demand(dataset.id, line.quantity)
    said = f"{reason}; quantity taken as {taken}"
    return Match(line, "matched", (demand,), said, unit=symbol, taken=taken)


def unit_factor(line: BomLine, dataset: Dataset) -> float:
    """Return how much of a dataset one of the unit of a line is.

    Raises
    ------
    UsageError
        The unit does not measure the dataset.
    """
    try:
        return conversion(line.unit, dataset.unit)
    except UnitError as error:
        raise UsageError(error.message, f"'{dataset.id}' is in {dataset.unit}") from None
