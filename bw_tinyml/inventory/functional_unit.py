"""The functional unit in words: the text of the tables, with the values that hold."""

from __future__ import annotations

import re
from collections.abc import Callable

#: ``{parameter}`` is its value, ``{parameter noun}`` its value and the noun, plural unless 1
_PLACE = re.compile(r"\{(\w+)(?: (\w+))?\}")


def stated(text: str, value: Callable[[str], float]) -> str:
    """Return the functional unit with the values of its parameters.

    Parameters
    ----------
    text
        As in ``systems.csv``: ``"Spot keywords for {lifetime_a year}, {keywords_per_day} a day."``
    value
        Returns the value of a parameter.

    Returns
    -------
    str
        ``"Spot keywords for 3 years, 40 a day."``
    """

    def filled(match: re.Match[str]) -> str:
        name, noun = match.groups()
        amount = float(value(name))
        number = f"{amount:.6g}" if amount < 1e6 else f"{amount:.0f}"
        if noun is None:
            return number
        return f"{number} {noun}" if number == "1" else f"{number} {noun}s"

    return _PLACE.sub(filled, text)


def placeholders(text: str) -> list[str]:
    """Return the names of the parameters in the text of a functional unit."""
    return list(dict.fromkeys(name for name, _ in _PLACE.findall(text)))


def is_sound(text: str) -> bool:
    """Return whether every brace of the text belongs to a placeholder."""
    return not set("{}") & set(_PLACE.sub("", text))
