"""Formulas in ILCD's notation, as openLCA reads them: ``^`` for a power, ``;`` between arguments.

openLCA's ``log`` is the decimal one, so the natural logarithm is written ``ln``.
"""

from __future__ import annotations

import re

from bw_tinyml.inventory.formulas import Formula, parse

_LOG = re.compile(r"\blog\s*\(")
_LN = re.compile(r"\bln\s*\(", re.IGNORECASE)


def to_ilcd(text: str) -> str:
    """Return a formula of ours in ILCD's notation."""
    return _LOG.sub("ln(", text.replace("**", "^").replace(",", ";"))


def from_ilcd(text: str) -> Formula:
    """Return a formula of a package, checked against the allow-list.

    Raises
    ------
    FormulaError
        The formula uses something that is not allowed; a decimal logarithm, for example.
    """
    from bw_tinyml.errors import FormulaError

    if _LOG.search(text):
        raise FormulaError(
            f"'{text}' uses log, which is the decimal logarithm in openLCA and unclear in ILCD",
            "write ln, or ln(x)/ln(10)",
        )
    return parse(_LN.sub("log(", text.replace("^", "**").replace(";", ",")))
