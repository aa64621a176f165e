"""Parameters: a process data set carries those that its formulas use, directly or through others.

ILCD knows no parameters of a whole database, so each process has copies. An amount with a formula
is ``meanAmount`` (the conversion to the reference unit) times a variable that holds the formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bw_tinyml.export.ilcd.documents import SHORT, Writer, number
from bw_tinyml.export.ilcd.uncertainty import spread_of
from bw_tinyml.ilcd.formulas import to_ilcd
from bw_tinyml.ilcd.names import OPENLCA, own
from bw_tinyml.inventory.formulas import parse

if TYPE_CHECKING:
    from lxml import etree

_TOO_LONG = 50
_RESERVED = re.compile(r"temp_olca_param|amount_\d+$", re.IGNORECASE)
Parameters = Mapping[str, Mapping[str, Any]]


def used_parameters(formulas: Iterable[str], parameters: Parameters) -> list[str]:
    """Return the parameters that formulas use, directly or through others, by name."""
    queue = [name for text in formulas for name in parse(text).names]
    found: set[str] = set()
    while queue:
        name = queue.pop()
        if name in found or name not in parameters:
            continue
        found.add(name)
        formula = parameters[name].get("formula")
        if formula:
            queue += parse(formula).names
    return sorted(found)


def can_be_written(names: Iterable[str]) -> bool:
    """Return whether names fit the format: length, none that openLCA drops, none twice.

    openLCA does not tell upper from lower case.
    """
    names = list(names)
    return all(len(name) <= _TOO_LONG and not _RESERVED.match(name) for name in names) and len(
        {name.lower() for name in names}
    ) == len(names)


def write_parameter(writer: Writer, section: etree._Element, parameter: Mapping[str, Any]) -> None:
    """Write a parameter: value or formula, spread and description."""
    amount = float(parameter["amount"])
    formula = parameter.get("formula")
    spread = spread_of({} if formula else parameter, amount)
    comment = str(parameter.get("comment") or "")
    if parameter.get("unit"):
        comment = f"[{parameter['unit']}] {comment}"
    attributes = {"name": str(parameter["name"])}
    if spread.scale:
        attributes[own("scale")] = spread.scale
    if spread.mode:
        attributes[f"{{{OPENLCA}}}mostLikelyValue"] = spread.mode
    for field, note in (("unit", "unit"), ("kind", "kind"), ("source", "source")):
        if parameter.get(field):
            attributes[own(note)] = str(parameter[field])
    node = writer.section(section, "variableParameter", **attributes)
    writer.plain(node, "formula", to_ilcd(formula) if formula else "")
    writer.plain(node, "meanValue", number(amount))
    writer.plain(node, "minimumValue", spread.minimum)
    writer.plain(node, "maximumValue", spread.maximum)
    writer.plain(node, "uncertaintyDistributionType", spread.type)
    writer.plain(node, "relativeStandardDeviation95In", spread.deviation)
    writer.text(node, "comment", comment, SHORT)
    writer.library.report.spreads_rounded += spread.rounded


def write_variable(
    writer: Writer, section: etree._Element, name: str, formula: str, amount: float
) -> None:
    """Write the variable of an exchange: its formula and value, in Brightway's unit."""
    node = writer.section(section, "variableParameter", name=name)
    writer.plain(node, "formula", to_ilcd(formula))
    writer.plain(node, "meanValue", number(amount))
