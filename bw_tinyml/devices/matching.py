"""Matching the lines of a bill of materials to datasets.

In this order: what the user says of a line (dataset, board, die), the part numbers of the table
``parts.csv``, batteries, the other rows of the table, the names of the datasets. Each match says
how it came about; what fits nothing stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from bw_tinyml.devices.batteries import HINT, BatteryRules, suspected
from bw_tinyml.devices.dies import DieRules
from bw_tinyml.devices.lines import BomLine
from bw_tinyml.devices.matches import PIECES, Demand, Match, Status, match_amount
from bw_tinyml.devices.rows import PartsTable
from bw_tinyml.errors import UsageError
from bw_tinyml.inventory.model import DATABASES, Dataset, Inventory
from bw_tinyml.suggestions import nearest_names, nearest_or

FOREGROUND = next(iter(DATABASES))


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
        self.table = PartsTable(inventory, self.rules)
        self.batteries = BatteryRules(inventory)

    def match(self, line: BomLine) -> Match:
        """Return what a line becomes.

        Raises
        ------
        UsageError
            The line names a dataset, node or unit that does not exist.
        """
        try:
            return self._match(line)
        except UsageError as error:
            raise UsageError(f"{self.file}:{line.line}: {error.message}", error.hint) from None

    def _match(self, line: BomLine) -> Match:
        if line.dataset:
            return self._named(line, line.dataset)
        if line.area_cm2 is not None:
            return self._board(line, line.area_cm2)
        if line.die_mm2 is not None:
            return self._die(line, line.die_mm2)
        if found := self.table.find(line, kinds=False):
            return found
        if suspected(line):
            return self._by_name(line) or self._battery(line) or self._unknown(line, HINT)
        return self.table.find(line, kinds=True) or self._by_name(line) or self._unknown(line)

    # --- what the user says

    def _named(self, line: BomLine, identifier: str) -> Match:
        """A dataset of the foreground, or of the open background."""
        found = self.inventory.datasets.get(identifier)
        if found is None:
            hint = nearest_or(
                identifier, self.inventory.datasets, "`bw-tinyml list --json` shows identifiers"
            )
            raise UsageError(f"there is no dataset '{identifier}'", hint)
        return match_amount(line, found, "dataset named in the file")

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
            raise UsageError(str(error), "correct die_mm2, node or package") from None
        scaled = tuple(Demand(d, amount * line.quantity) for d, amount in demands)
        return Match(line, "estimated", scaled, reason)

    def _package(self, line: BomLine) -> str:
        """The package dataset of a line: by its name, or as the table reads its footprint."""
        packages = {**dict.fromkeys(self._items("package"), "packaging_qfn")}
        packages |= dict.fromkeys(self._items("laminate_package"), "packaging_lga")
        if line.package in packages:
            return f"{packages[line.package]}/{line.package}"
        return self.table.package(line.package)

    # --- batteries, and names

    def _battery(self, line: BomLine) -> Match | None:
        found = self.batteries.find(line) if line.unit.lower() in PIECES else None
        if found is None:
            return None
        demands = tuple(Demand(d, amount * line.quantity) for d, amount in found.demands)
        status: Status = "matched" if found.sure else "estimated"
        return Match(line, status, demands, found.reason, found.gsd)

    def _by_name(self, line: BomLine) -> Match | None:
        for text in (line.part, line.value, line.description):
            found = self._names.get(text.strip().lower()) if text else None
            if found:
                return match_amount(line, found, "same name as the dataset")
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

    def _items(self, name: str) -> list[str]:
        found = self.inventory.sets[FOREGROUND].get(name)
        return found.items if found else []


def match_lines(
    inventory: Inventory, lines: Sequence[BomLine], file: str = "bill of materials"
) -> Iterator[Match]:
    """Match all lines of a bill of materials."""
    matcher = Matcher(inventory, file)
    for line in lines:
        yield matcher.match(line)
