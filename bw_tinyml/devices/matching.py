"""Matching the lines of a bill of materials to datasets.

In this order: what the user says of a line (dataset, board, die), the part numbers of the table
``parts.csv``, batteries, the other rows of the table, the names of the datasets. Each match says
how it came about; what fits nothing stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bw_tinyml.devices.batteries import HINT, BatteryRules, suspected
from bw_tinyml.devices.dies import DieRules
from bw_tinyml.devices.lines import BomLine
from bw_tinyml.devices.patterns import fits, pins_of
from bw_tinyml.devices.words import Said, read_words
from bw_tinyml.errors import UnitError, UsageError
from bw_tinyml.inventory.model import DATABASES, Dataset, Inventory
from bw_tinyml.inventory.tables import Row
from bw_tinyml.suggestions import nearest_names
from bw_tinyml.units import conversion

FOREGROUND = next(iter(DATABASES))
Status = Literal["matched", "estimated", "unknown", "ignored"]

_STATUS: dict[str, Status] = {
    "exact": "matched",
    "family": "matched",
    "generic": "estimated",
    "none": "ignored",
    "unknown": "unknown",
}
#: rows of the table that hold for a kind and size, not for a part
_KINDS = {"generic", "unknown"}
#: units that mean pieces
_PIECES = {"", "pcs", "pc", "ea", "each", "unit", "units", "nos", "stk", "piece", "pieces"}


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
    """

    line: BomLine
    status: Status
    demands: tuple[Demand, ...]
    reason: str
    gsd: float = 1.0


class Matcher:
    """Matches lines to the datasets of an inventory.

    Parameters
    ----------
    inventory
        A loaded inventory, with its table ``parts``.
    file
        Name of the bill of materials, for messages.
    """

    def __init__(self, inventory: Inventory, file: str) -> None:
        self.inventory = inventory
        self.file = file
        self.rules = DieRules(inventory)
        self.batteries = BatteryRules(inventory)

    def match(self, line: BomLine) -> Match:
        """Return what a line becomes.

        Raises
        ------
        UsageError
            The line names a dataset, node, unit or number of layers that does not exist.
        """
        if line.dataset:
            return self._named(line, line.dataset)
        if line.area_cm2 is not None:
            return self._board(line, line.area_cm2)
        if line.die_mm2 is not None:
            return self._die(line, line.die_mm2)
        if found := self._table(line, kinds=False):
            return found
        if suspected(line):
            return self._by_name(line) or self._battery(line) or self._unknown(line, HINT)
        return self._table(line, kinds=True) or self._by_name(line) or self._unknown(line)

    # --- what the user says

    def _named(self, line: BomLine, identifier: str) -> Match:
        found = self.inventory.datasets.get(identifier)
        if found is None or found.database != FOREGROUND:
            near = nearest_names(identifier, list(self._datasets), 4)
            raise self._fault(
                line, f"there is no dataset '{identifier}'", f"nearest: {', '.join(near)}"
            )
        amount = line.quantity * self._factor(line, found)
        return Match(line, "matched", (Demand(identifier, amount),), "dataset named in the file")

    def _board(self, line: BomLine, area: float) -> Match:
        """A bare board, its mounting with solder included."""
        layers = line.layers or 4
        names = {item: item.removesuffix("-layer") for item in self._items("board_layers")}
        known = {int(number): item for item, number in names.items() if number.isdigit()}
        if not known:
            return self._unknown(line)
        nearest = min(known, key=lambda number: (abs(number - layers), -number))
        sure = line.layers is not None and nearest == layers
        area_m2 = area * line.quantity / 10_000
        demands = (
            Demand(f"printed_circuit_board/{known[nearest]}/CN", area_m2),
            Demand("smt_assembly/CN", area_m2),
        )
        reason = f"board of {nearest} layers with mounting and solder"
        if not sure:
            asked = "not stated" if line.layers is None else f"{layers} asked for"
            reason += f" (number of layers: {asked})"
        return Match(line, "matched" if sure else "estimated", demands, reason)

    def _die(self, line: BomLine, die: float) -> Match:
        try:
            demands, reason = self.rules.chip(die, line.node, self._package(line))
        except ValueError as error:
            raise self._fault(line, str(error), "correct die_mm2, node or package") from None
        scaled = tuple(Demand(d, amount * line.quantity) for d, amount in demands)
        return Match(line, "estimated", scaled, reason)

    def _package(self, line: BomLine) -> str:
        """The package dataset of a line: by its name, or as the table reads its footprint."""
        packages = {**dict.fromkeys(self._items("package"), "packaging_qfn")}
        packages |= dict.fromkeys(self._items("laminate_package"), "packaging_lga")
        if line.package in packages:
            return f"{packages[line.package]}/{line.package}"
        text = line.package.upper()
        for row in self._rows if text else ():
            kind, _, package = row["dataset"].partition("/")
            if kind.startswith("integrated_circuit_unspecified") and fits(row["package"], [text]):
                return f"{packages[package]}/{package}"
        return ""

    # --- batteries, and the table

    def _battery(self, line: BomLine) -> Match | None:
        found = self.batteries.find(line) if line.unit.lower() in _PIECES else None
        if found is None:
            return None
        demands = tuple(Demand(d, amount * line.quantity) for d, amount in found.demands)
        status: Status = "matched" if found.sure else "estimated"
        return Match(line, status, demands, found.reason, found.gsd)

    def _table(self, line: BomLine, kinds: bool) -> Match | None:
        """Match by the rows for parts, or by those for kinds of parts."""
        texts = [t.upper() for t in (line.part, line.value, line.description) if t]
        packages = [line.package.upper()] if line.package else texts
        said = read_words(line.designators, texts, line.package.upper())
        for row in self._rows:
            if (row["confidence"] in _KINDS) is not kinds:
                continue
            wanted = {d.strip() for d in row["designator"].split(";") if d.strip()}
            if wanted and not said.goes_with(wanted, bool(row["pattern"])):
                continue
            if row["pattern"] and not fits(row["pattern"], texts):
                continue
            if row["package"] and not fits(row["package"], packages):
                continue
            if wanted and not row["pattern"] and said.odd:
                return self._unknown(line, _contradiction(line, said))
            return self._from_row(line, row, packages)
        return None

    def _from_row(self, line: BomLine, row: Row, packages: Sequence[str]) -> Match:
        status = _STATUS[row["confidence"]]
        if not row["dataset"]:
            return Match(line, status, (), row["remark"])
        dataset = self.inventory.datasets[row["dataset"]]
        reason = f"parts.csv:{row.line}: {row['remark']}"
        gsd = row.number("gsd") or 1.0
        if line.unit.lower() not in _PIECES:
            amount = line.quantity * self._factor(line, dataset)
        elif row["confidence"] == "generic" and line.mass_g is not None:
            amount = line.quantity * line.mass_g / 1000 / self._mass(dataset)
            reason = f"parts.csv:{row.line}, scaled to the mass in the file"
            gsd = 1.0
        else:
            each = (row.number("amount") or 1.0) * conversion(row["unit"], dataset.unit)
            if row["times"] == "pins":
                pins = pins_of([*packages, line.value.upper(), line.part.upper()])
                each *= pins
                reason += f" ({pins} pins)"
            amount = line.quantity * each
        return Match(line, status, (Demand(dataset.id, amount),), reason, gsd)

    def _by_name(self, line: BomLine) -> Match | None:
        for text in (line.part, line.value, line.description):
            found = self._names.get(text.strip().lower()) if text else None
            if found:
                amount = line.quantity * self._factor(line, found)
                return Match(
                    line, "matched", (Demand(found.id, amount),), "same name as the dataset"
                )
        return None

    def _unknown(self, line: BomLine, probably: str = "") -> Match:
        if probably:
            return Match(line, "unknown", (), probably)
        names = [*self._datasets, *(d.product for d in self._datasets.values())]
        near = nearest_names(line.name[:80], names, 2) if line.name != "?" else []
        hint = "state `dataset`, or `die_mm2` with `node` and `package`, or a known package"
        if near:
            hint += f"; nearest datasets: {', '.join(near)}"
        return Match(line, "unknown", (), hint)

    # --- helpers

    @cached_property
    def _datasets(self) -> dict[str, Dataset]:
        return {d.id: d for d in self.inventory.of_database(FOREGROUND)}

    @cached_property
    def _names(self) -> dict[str, Dataset]:
        """Datasets by what people may call them; ambiguous names are left out."""
        found: dict[str, Dataset | None] = {}
        for dataset in self._datasets.values():
            for name in (dataset.id, dataset.product, dataset.name):
                key = name.lower()
                found[key] = dataset if found.get(key, dataset) is dataset else None
        return {name: dataset for name, dataset in found.items() if dataset}

    @property
    def _rows(self) -> list[Row]:
        return self.inventory.tables["parts"]

    def _items(self, name: str) -> list[str]:
        found = self.inventory.sets[FOREGROUND].get(name)
        return found.items if found else []

    def _mass(self, dataset: Dataset) -> float:
        if dataset.unit == "kilogram":
            return 1.0
        return self.inventory.amount(dataset, dataset.mass) if dataset.mass is not None else 1.0

    def _factor(self, line: BomLine, dataset: Dataset) -> float:
        if line.unit.lower() in _PIECES:
            return 1.0
        try:
            return conversion(line.unit, dataset.unit)
        except UnitError as error:
            raise self._fault(line, error.message, f"'{dataset.id}' is in {dataset.unit}") from None

    def _fault(self, line: BomLine, message: str, hint: str) -> UsageError:
        return UsageError(f"{self.file}:{line.line}: {message}", hint)


def _contradiction(line: BomLine, said: Said) -> str:
    named = said.odd.name if said.odd else ""
    return (
        f"the text names {named}, the designator {line.references[0]} something else: "
        "correct one of them, or state `dataset`"
    )


def match_lines(
    inventory: Inventory, lines: Sequence[BomLine], file: str = "bill of materials"
) -> Iterator[Match]:
    """Match all lines of a bill of materials."""
    matcher = Matcher(inventory, file)
    for line in lines:
        yield matcher.match(line)
