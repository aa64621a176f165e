"""What texts of a bill of materials say about a battery: chemistry, size, capacity, voltage."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

#: chemistry as in the inventory -> how people write it; the first that fits counts
CHEMISTRIES: dict[str, str] = {
    "lisocl2": r"LI-?SOCL2|LITHIUM[ -]THIONYL",
    "lfp": r"LI-?FE-?PO4|LFP|LITHIUM IRON PHOSPHATE",
    "nimh": r"NI-?MH|NICKEL[ -]METAL",
    "zinc_air": r"ZINC[ -]?AIR|ZINK-?LUFT",
    "alkaline": r"ALKALINE?|ALKALI-?MANGAN",
    "limno2": r"LI-?MNO2|LITHIUM MANGANESE DIOXIDE",
    "lco": r"LI-?PO(?:LY(?:MER)?)?|LI-?POLYMER|LITHIUM[ -](?:ION[ -])?POLYMER"
    r"|LI-?ION|LITHIUM[ -]ION|LITHIUM-?IONEN?",
}
#: chemistry -> its name in messages
NAMES = {
    "lisocl2": "Li-SOCl2",
    "lfp": "LFP",
    "nimh": "NiMH",
    "zinc_air": "zinc-air",
    "limno2": "Li-MnO2",
    "lco": "LiPo",
    "nmc": "Li-ion (NMC)",
}
#: round sizes -> how people write them, and the chemistries in which they are sold
_ROUND_SIZES: dict[str, tuple[str, tuple[str, ...]]] = {
    "AAA": (r"LR03|HR03|AAA|MN2400", ("alkaline", "nimh")),
    "AA": (r"LR0?6|HR0?6|AA|MN1500", ("alkaline", "nimh")),
    "C": (r"LR14|HR14|C[ -]CELL|C SIZE", ("alkaline", "nimh")),
    "D": (r"LR20|HR20|D[ -]CELL|D SIZE", ("alkaline", "nimh")),
    "9 V": (r"6LR61|6LF22|PP3|9 ?V[ -]?(?:BLOCK|BATTERY|BATTERIE|ALKALINE)", ("alkaline",)),
    "LR44": (r"LR44|AG13|LR1154", ("alkaline",)),
}
#: coin cells Li-MnO2: diameter in mm, height in tenths (resistors are called CR0603 and CR1206)
COIN = re.compile(
    r"\b(?:CR|DL|ECR)[ -]?((?:09|1[0126]|20|23|24|30)(?:1[26]|2[057]|3[0257]|5[04]|77))(?!\d)"
)
#: round cells by diameter in mm and height in tenths, e.g. ER14505
_ROUND = re.compile(
    r"\b(ER|LS|CR|IFR|ICR|INR|IMR|NCR|)[ -]?"
    r"(10440|14250|14335|14430|14500|14505|16340|17335|17345|17450|17500|17505|18350|18500|18505"
    r"|18650|20700|21700|26500|26650|32650|32700|33600|34615)(?!\d)"
)
_ROUND_CHEMISTRY = {"ER": "lisocl2", "LS": "lisocl2", "CR": "limno2", "IFR": "lfp"}
#: sizes in which lithium thionyl chloride is meant where no chemistry is stated
_THIONYL_SIZES = {"14250", "14335", "14505", "17505", "18505", "26500", "33600", "34615"}
_ALIASES = {"CR123A": "CR17345", "CR123": "CR17345", "RCR123A": "ICR16340"}
#: pouch cells by thickness in tenths of mm, width and length in mm, e.g. LP502030
_POUCH = re.compile(r"\b(?:LP|LIPO|PL|PRT-?|)[ -]?(\d{2})(\d{2})(\d{2})(?!\d)")
_SUPERCAPACITOR = r"SUPER-?CAP\w*|SUPER CAPACITOR|SUPERKONDENSATOR|ULTRA-?CAP\w*|EDLC|GOLD-?CAP"
_FARADS = re.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)?)\s*F\b")
_CAPACITY = re.compile(r"(\d+(?:[.,]\d+)?)\s*(M?)AH\b")
_VOLTAGE = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d+)?)\s*V\b")
_COUNT = re.compile(r"\b([2-9])\s*[X\u00d7]\s*(?=L?R|HR|A{2,3}\b|C\b|D\b|CR|ER|\d{5})")


@dataclass(frozen=True)
class Cell:
    """What a text says of a battery; None or empty where it says nothing.

    Attributes
    ----------
    chemistry
        As in the inventory: ``alkaline``, ``limno2``, ...
    size
        Name of the size: ``AA``, ``CR2450``, ``18650``.
    volume
        mm3, by the name of a round or coin cell.
    pouch_volume
        mm3, by the name of a pouch cell.
    capacity, voltage
        Ah and V.
    count
        Number of cells that the text states (``2xAA``).
    stated
        Whether the text names the chemistry or the standard size that implies it.
    """

    chemistry: str = ""
    size: str = ""
    volume: float | None = None
    pouch_volume: float | None = None
    capacity: float | None = None
    voltage: float | None = None
    count: int = 1
    stated: bool = True


def read_cell(text: str) -> Cell:
    """Return what a text in upper case says about a battery."""
    for alias, name in _ALIASES.items():
        text = re.sub(rf"\b{alias}\b", name, text)
    count = int(found[1]) if (found := _COUNT.search(text)) else 1
    text = _COUNT.sub("", text)
    capacity, voltage = _capacity(text), _first(_VOLTAGE, text)
    chemistry = next((c for c, words in CHEMISTRIES.items() if _word(words, text)), "")
    cell = _coin(text) or _round(text, chemistry) or _size(text, chemistry)
    if cell is None:
        pouch = _pouch_volume(text) if chemistry in ("", "lco") else None
        guessed = not chemistry and (pouch is not None or _lithium_ion(voltage))
        cell = Cell("lco" if guessed else chemistry, pouch_volume=pouch, stated=not guessed)
    return replace(cell, capacity=capacity, voltage=voltage, count=count)


def _coin(text: str) -> Cell | None:
    if re.search(r"\bPR44\b", text):
        return Cell("zinc_air", "PR44")
    if not (found := COIN.search(text)):
        return None
    return Cell("limno2", f"CR{found[1]}", _volume(found[1]))


def _round(text: str, chemistry: str) -> Cell | None:
    """A round cell by its measures; its chemistry is that of the prefix, of the words, or usual."""
    if not (found := _ROUND.search(text)):
        return None
    prefix, digits = found.groups()
    stated = _ROUND_CHEMISTRY.get(prefix) or ("nmc" if prefix else chemistry)
    usual = "lisocl2" if digits in _THIONYL_SIZES else "nmc"
    name = f"{prefix if prefix in ('ER', 'CR') else ''}{digits}"
    taken = "nmc" if stated == "lco" else stated
    return Cell(taken or usual, name, _volume(digits), stated=bool(stated))


def _size(text: str, chemistry: str) -> Cell | None:
    """A round cell by the name of its size; alkaline where no chemistry is stated."""
    for size, (names, sold) in _ROUND_SIZES.items():
        if not _word(names, text):
            continue
        if chemistry and chemistry not in sold:
            return None
        stated = chemistry or ("nimh" if _word(r"HR\d+", text) else "")
        stated = stated or ("alkaline" if _word(r"6?L[RF]\d+|AG13|MN\d+", text) else "")
        return Cell(stated or "alkaline", size, stated=bool(stated))
    return None


def _volume(digits: str) -> float:
    """Volume in mm3 of the square around a cell: diameter in mm, height in tenths."""
    return int(digits[:2]) ** 2 * int(digits[2:]) / 10


def is_supercapacitor(text: str) -> bool:
    """Whether a text in upper case names a supercapacitor."""
    return _word(_SUPERCAPACITOR, text)


def read_farads(text: str) -> tuple[float | None, float | None]:
    """Return capacitance in F and voltage in V of a supercapacitor."""
    return _first(_FARADS, text), _first(_VOLTAGE, text)


def _lithium_ion(voltage: float | None) -> bool:
    """Whether a nominal voltage is that of one to four Li-ion cells, and of nothing else."""
    return voltage is not None and any(abs(voltage - n * 3.7) < 0.01 for n in (1, 2, 3, 4))


def _pouch_volume(text: str) -> float | None:
    """Volume of a pouch whose name is of a plausible size: 1 to 12 mm thick."""
    for found in _POUCH.finditer(text):
        thickness, width, length = (int(n) for n in found.groups())
        if 10 <= thickness <= 99 and 8 <= width <= 90 and 10 <= length <= 99:
            return thickness / 10 * width * length
    return None


def _capacity(text: str) -> float | None:
    """Capacity in Ah; ``2,600 mAh`` has a separator of thousands, ``1,5 Ah`` a decimal comma."""
    if not (found := _CAPACITY.search(text)):
        return None
    number, milli = found.groups()
    thousands = milli and re.fullmatch(r"\d{1,2}[.,]\d{3}", number)
    value = float(number.replace(",", "").replace(".", "") if thousands else _point(number))
    return (value / 1000 if milli else value) or None


def _first(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.search(text)
    return float(_point(found[1])) if found else None


def _point(number: str) -> str:
    return number.replace(",", ".")


def _word(words: str, text: str) -> bool:
    return bool(re.search(rf"(?<![A-Z0-9])(?:{words})(?![A-Z0-9])", text))
