"""Batteries of a bill of materials: by name, chemistry, size and capacity, never by designator.

A battery is often the largest part of a device, so it must neither vanish nor become a small part
because of the letters of its designator or its footprint, which may be that of the connector.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bw_tinyml.devices.cells import (
    NAMES,
    Cell,
    is_supercapacitor,
    read_cell,
    read_farads,
)
from bw_tinyml.devices.lines import BomLine
from bw_tinyml.inventory.model import DATABASES, Inventory
from bw_tinyml.inventory.recipes import item_suffix

_FOREGROUND = next(iter(DATABASES))
_SIZES = "battery_size"
#: designators of batteries
DESIGNATORS = frozenset({"BT", "BAT", "BATT", "BATTERY"})
HINT = (
    "probably a battery, left out: name its type (CR2032, LR6, 18650), or its chemistry and "
    "capacity (LiPo 500 mAh), or state `mass_g` or `dataset` (battery/LiPo 500 mAh)"
)
_STATED_MASS = "scaled to the mass in the file"
#: rows of ``cells.csv`` that are no size
_POUCH, _OTHER_SIZE = ("pouch", "lco"), ("other", "")
_WORDS = r"BATTERY|BATTERIES|BATTERIE|AKKU|ACCUMULATOR|KNOPFZELLE|(?:COIN|BUTTON|LITHIUM) CELL"
_HOLDER = r"HOLDERS?|CLIPS?|RETAINERS?|SOCKETS?|HALTER|BATTERIEHALTER|BATTERYHOLDER"
_HOLDERS = r"HOLDER|CLIP|RETAINER|KEYSTONE"
#: words of parts that belong to a battery and are none
_OTHER = (
    r"CHARGERS?|CHARGE|CHARGING|GAUGE|CONNECTORS?|CONN|HEADER|PLUG|CABLE|PROTECT(?:ION|OR)?|MONITOR"
    r"|MANAGEMENT|PMIC|REGULATOR|CONVERTER|LDO|SWITCH|BACKUP|LADER|STECKER|DIODE|MOSFET|IC|RTC"
)


@dataclass(frozen=True)
class Found:
    """The battery of a line.

    Attributes
    ----------
    demands
        Datasets with amounts for one piece.
    reason
        The rule.
    sure
        Whether a dataset is this very battery.
    gsd
        Geometric standard deviation of the amounts.
    """

    demands: tuple[tuple[str, float], ...]
    reason: str
    sure: bool = False
    gsd: float = 1.0


class BatteryRules:
    """Rules for batteries, with the sizes of an inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self.values = inventory.values.get(_FOREGROUND, {})
        found = inventory.sets.get(_FOREGROUND, {}).get(_SIZES)
        self.texts = found.texts if found else {}
        self.sizes = found.items if found else []
        #: amount and geometric standard deviation by size and chemistry
        self.cells = {
            (row["size"], row["chemistry"]): (float(row["amount"]), float(row["gsd"]))
            for row in inventory.tables["cells"]
        }

    def find(self, line: BomLine) -> Found | None:
        """Return the battery that a line is, or None where it is not known which."""
        if not self.sizes:
            return None
        if is_supercapacitor(_text(line)):
            return self._supercapacitor(line)
        cell = read_cell(_text(line))
        if not _says(_HOLDER, _text(line)):
            found = self._by_mass(cell, line) or self._sized(cell) or self._by_capacity(cell)
            if found is not None:
                return _with_fixture(found, line, cell)
        return _holder(line, cell)

    def _sized(self, cell: Cell) -> Found | None:
        """By the name of a size: a dataset, or one of the same chemistry scaled."""
        if not cell.size:
            return None
        same = [item for item in self.sizes if self.texts[item, "chemistry"] == cell.chemistry]
        names = {name: item for item in same for name in self._names(item)}
        if cell.size in names:
            taken = "" if cell.stated else f", taken as {_name(cell)}"
            number = f", {cell.count} cells" if cell.count > 1 else ""
            item = names[cell.size]
            sure = cell.stated and not self._value("protected", item)
            demands = ((f"battery/{item}", float(cell.count)),)
            return Found(demands, f"battery {cell.size}{taken}{number}", sure)
        if cell.volume is not None:
            volumes = {item: read_cell(item.upper()).volume for item in same}
            known = {item: volume for item, volume in volumes.items() if volume}
            if not known:
                return None
            item = min(known, key=lambda i: abs(known[i] - (cell.volume or 0)))
            mass = self._value("cell_mass", item) * cell.volume / known[item] * cell.count
            return self._scaled(item, mass, f"{cell.size} scaled by volume from {item}")
        row = (cell.size, cell.chemistry)
        if row not in self.cells or not same:
            return None
        grams, gsd = self.cells[row]
        mass = grams / 1000 * cell.count
        return self._scaled(same[0], mass, f"{cell.size} of {grams:g} g, by {same[0]}", gsd)

    def _by_mass(self, cell: Cell, line: BomLine) -> Found | None:
        item = self._reference(cell, None)
        if item is None or line.mass_g is None:
            return None
        fittings = self._value("protected", item) * self.values.get("battery_li_ion_fittings", 0.0)
        mass = max(line.mass_g / 1000 - fittings, line.mass_g / 2000)
        return self._scaled(item, mass, f"{item} {_STATED_MASS}", 1.0)

    def _by_capacity(self, cell: Cell) -> Found | None:
        capacity = cell.capacity
        said = ""
        if capacity is None and cell.pouch_volume and _POUCH in self.cells:
            capacity = cell.pouch_volume / 1000 * self.cells[_POUCH][0]
            said = f"; {capacity * 1000:.0f} mAh by the size in its name"
        item = self._reference(cell, capacity)
        if item is None or capacity is None:
            return None
        voltage = self._value("voltage", item)
        cells = max(1, round(cell.voltage / voltage)) if cell.voltage else 1
        own = self._value("capacity", item)
        if not cell.stated:
            clue = "name" if cell.pouch_volume else "voltage"
            said += f"; {_name(cell)} by its {clue}"
        if cells == 1 and abs(capacity / own - 1) < 0.01:
            return Found(((f"battery/{item}", 1.0),), f"battery {item}{said}", not said)
        mass = self._value("cell_mass", item) * capacity / own * cells
        series = f", {cells} cells" if cells > 1 else ""
        return self._scaled(item, mass, f"{item} scaled by capacity{series}{said}")

    def _supercapacitor(self, line: BomLine) -> Found | None:
        """By mass, else by capacitance where it is of the same voltage as the one known."""
        item = next((i for i in self.sizes if self.texts[i, "chemistry"] == "edlc"), None)
        if item is None:
            return None
        if line.mass_g is not None:
            return self._scaled(item, line.mass_g / 1000, f"{item} {_STATED_MASS}", 1.0)
        farads, voltage = read_farads(_text(line))
        if farads is None or (voltage is not None and not 5 <= voltage <= 6):
            return None
        mass = self._value("cell_mass", item) * farads
        return self._scaled(item, mass, f"{item} of 5.5 V scaled by capacitance")

    def _reference(self, cell: Cell, capacity: float | None) -> str | None:
        """Size of a chemistry that is nearest to a capacity, or in the middle of those known."""
        same = [item for item in self.sizes if self.texts[item, "chemistry"] == cell.chemistry]
        if not same:
            return None
        if capacity is None:
            return same[len(same) // 2]
        return min(same, key=lambda item: abs(self._value("capacity", item) - capacity))

    def _scaled(self, item: str, mass: float, rule: str, gsd: float | None = None) -> Found:
        """A battery like ``item`` whose cells have another mass; a protection circuit stays one."""
        if gsd is None:
            gsd = self.cells.get(_OTHER_SIZE, (1.0, 1.0))[1]
        said = f"battery: {rule}, {mass * 1000:.3g} g of cell"
        if not self._value("protected", item):
            return Found(
                ((f"battery/{item}", mass / self._value("cell_mass", item)),), said, gsd=gsd
            )
        demands = ((self.texts[item, "cell"], mass), ("battery_protection", 1.0))
        return Found(demands, f"{said} and a protection circuit", gsd=gsd)

    def _names(self, item: str) -> list[str]:
        """Names of a size as :func:`read_cell` gives them."""
        read = read_cell(item.upper())
        return [read.size] if read.size else []

    def _value(self, name: str, item: str) -> float:
        return float(self.values[f"battery_{name}_{item_suffix(item)}"])


def suspected(line: BomLine) -> bool:
    """Whether a line is a battery by its designator, or by its words if that is missing or odd."""
    text = _text(line)
    if line.designators & DESIGNATORS or is_supercapacitor(text):
        return True
    if "B" in line.designators:  # also of beads, buttons and buzzers
        small = _says(r"FERRITE|BEAD|OHM|BLM\w+|BUTTON|BUZZER", text)
        return not small and not re.search(r"0201|0402|0603|0805|1206", line.package)
    if _says(_OTHER, text):
        return False
    cell = read_cell(text)
    named = (bool(cell.size) and cell.stated) or bool(cell.chemistry and cell.capacity)
    if line.designators:
        return named and not line.designators & {"R", "RN", "C", "D", "Q", "TP"}
    bare = bool(cell.size) and len(text.split()) <= 3
    return named or bare or bool(cell.chemistry and cell.stated) or _says(_WORDS, text)


def _with_fixture(found: Found, line: BomLine, cell: Cell) -> Found:
    """Add what the footprint says of the board: a holder, or the connector of a pouch."""
    package = line.package.upper()
    if re.search(_HOLDERS, package):
        return Found(
            (*found.demands, (_holder_of(cell), 1.0)),
            f"{found.reason}; with the holder of its footprint",
            gsd=found.gsd,
        )
    if "JST" in package:
        return Found(
            (*found.demands, ("small_part/connector_battery", 1.0)),
            f"{found.reason}; with the connector of its footprint",
            gsd=found.gsd,
        )
    return found


def _holder(line: BomLine, cell: Cell) -> Found | None:
    """The holder that text or footprint name; the battery in it is another line."""
    if not _says(_HOLDER, _text(line)) and not re.search(_HOLDERS, line.package.upper()):
        return None
    if not cell.size:
        cell = read_cell(f"{_text(line)} {line.package.upper()}".replace("_", " "))
    reason = "holder, without battery: add the battery as a line of its own"
    return Found(((_holder_of(cell), 1.0),), reason)


def _name(cell: Cell) -> str:
    return NAMES.get(cell.chemistry, cell.chemistry)


def _holder_of(cell: Cell) -> str:
    round_cell = cell.size and cell.chemistry not in ("limno2", "zinc_air")
    return "small_part/holder_battery_aa" if round_cell else "coin_cell_holder"


def _text(line: BomLine) -> str:
    return " ".join(t.upper() for t in (line.part, line.value, line.description) if t)


def _says(words: str, text: str) -> bool:
    return bool(re.search(rf"(?<![A-Z0-9])(?:{words})(?![A-Z0-9])", text.replace("_", " ")))
