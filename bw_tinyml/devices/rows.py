"""Lines matched by the rows of ``parts.csv``: part numbers, and kinds of parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bw_tinyml.devices.dies import DieRules
from bw_tinyml.devices.lines import BomLine
from bw_tinyml.devices.matches import PIECE, PIECES, Demand, Match, Status, unit_factor
from bw_tinyml.devices.packages import BODIES, WAFER_LEVEL, PackageRules, body_of
from bw_tinyml.devices.patterns import fits, pins_of
from bw_tinyml.devices.words import Said, read_words
from bw_tinyml.inventory.model import Dataset, Inventory
from bw_tinyml.inventory.tables import Row
from bw_tinyml.units import conversion

_STATUS: dict[str, Status] = {
    "exact": "matched",
    "family": "matched",
    "generic": "estimated",
    "none": "ignored",
    "unknown": "unknown",
}
#: rows of the table that hold for a kind and size, not for a part
_KINDS = {"generic", "unknown"}


class PartsTable:
    """The rows of ``parts.csv``; the first that fits counts.

    Parameters
    ----------
    inventory
        A loaded inventory, with its table ``parts``.
    dies
        Rules for circuits whose package is their die.
    """

    def __init__(self, inventory: Inventory, dies: DieRules) -> None:
        self.inventory = inventory
        self.dies = dies
        self.packages = PackageRules(inventory)
        self.rows: list[Row] = inventory.tables["parts"]

    def find(self, line: BomLine, kinds: bool) -> Match | None:
        """Return the match by the rows for parts, or by those for kinds of parts.

        Raises
        ------
        UsageError
            The unit of the line does not measure the dataset.
        """
        texts = [t.upper() for t in (line.part, line.value, line.description) if t]
        packages = [line.package.upper()] if line.package else texts
        said = read_words(line.designators, texts, line.package.upper())
        for row in self.rows:
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
                return Match(line, "unknown", (), _contradiction(line, said))
            if _needs_body(row) and body_of(packages) is None:
                continue
            found = self._from_row(line, row, packages)
            if kinds and said.beside and found.demands:
                what = f"the text names {said.beside.name}, which is not counted with the connector"
                return replace(found, reason=f"{found.reason}; {what}")
            return found
        return None

    def package(self, text: str) -> str:
        """Return the dataset of the package that a footprint names, or nothing."""
        texts = [text.upper()] if text else []
        for row in self.rows if text else ():
            recipe = row["dataset"].partition("/")[0]
            if not (recipe in BODIES or recipe == WAFER_LEVEL) or not fits(row["package"], texts):
                continue
            if recipe == WAFER_LEVEL:
                return WAFER_LEVEL
            area = body_of(texts)
            if area is None and _needs_body(row):
                continue
            near = self.packages.nearest(row["dataset"], area) if area else (row["dataset"], 1.0)
            return f"{BODIES[recipe]}/{near[0].partition('/')[2]}" if near else ""
        return ""

    def _from_row(self, line: BomLine, row: Row, packages: Sequence[str]) -> Match:
        status = _STATUS[row["confidence"]]
        if not row["dataset"]:
            return Match(line, status, (), row["remark"])
        dataset = self.inventory.datasets[row["dataset"]]
        place = f"parts.csv:{row.line}"
        found = Match(line, status, (), f"{place}: {row['remark']}", row.number("gsd") or 1.0)
        if line.unit.lower() not in PIECES:
            amount = line.quantity * unit_factor(line, dataset)
            return replace(found, demands=(Demand(dataset.id, amount),), unit=line.unit)
        if row["confidence"] == "generic" and line.mass_g is not None:
            amount = line.quantity * line.mass_g / 1000 / self._mass(dataset)
            reason = f"{place}, scaled to the mass in the file"
            return replace(found, demands=(Demand(dataset.id, amount),), reason=reason, gsd=1.0)
        area = body_of(packages)
        if dataset.id == WAFER_LEVEL:
            return self._die(found, area or 0.0)
        if area and row["dataset"].partition("/")[0] in BODIES:
            return self._body(found, dataset, area)
        each = (row.number("amount") or 1.0) * conversion(row["unit"], dataset.unit)
        if row["times"] == "pins":
            pins = pins_of([*packages, line.value.upper(), line.part.upper()])
            each *= pins
            found = replace(found, reason=f"{found.reason} ({pins} pins)")
        elif status == "matched" and row["unit"] != PIECE:
            taken = f"{line.quantity:g} {row['unit']}"
            reason = f"{found.reason}; quantity taken as {taken}"
            found = replace(found, reason=reason, unit=row["unit"], taken=taken)
        return replace(found, demands=(Demand(dataset.id, line.quantity * each),))

    def _body(self, found: Match, dataset: Dataset, area: float) -> Match:
        """A circuit in the package of its family that is nearest to the body."""
        near = self.packages.nearest(dataset.id, area)
        if near is None:
            reason = f"no known package is near a body of {area:g} mm2: state `die_mm2`"
            return Match(found.line, "unknown", (), f"{reason} with `node`, or `dataset`")
        name, share = near
        reason = found.reason
        if name != dataset.id or share != 1:
            reason += f" ({name.partition('/')[2]}, scaled to {area:g} mm2)"
        demand = Demand(name, found.line.quantity * share)
        return replace(found, demands=(demand,), reason=reason)

    def _die(self, found: Match, area: float) -> Match:
        """A circuit whose package is its die."""
        demands, said = self.dies.chip(area, package=WAFER_LEVEL)
        scaled = tuple(Demand(name, found.line.quantity * amount) for name, amount in demands)
        return replace(found, demands=scaled, reason=f"{found.reason} ({said})")

    def _mass(self, dataset: Dataset) -> float:
        if dataset.unit == "kilogram":
            return 1.0
        return self.inventory.amount(dataset, dataset.mass) if dataset.mass is not None else 1.0


def _needs_body(row: Row) -> bool:
    """Whether a row is for a family of packages and names no size of its own."""
    recipe = row["dataset"].partition("/")[0]
    family = recipe in BODIES and not re.search(r"\d", row["package"])
    return family or recipe == WAFER_LEVEL


def _contradiction(line: BomLine, said: Said) -> str:
    named = said.odd.name if said.odd else ""
    return (
        f"the text names {named}, the designator {line.references[0]} something else: "
        "correct one of them, or state `dataset`"
    )
