"""Arguments of the Python functions: wrong ones are refused with a message, not a traceback."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from bw_tinyml.errors import UsageError


def finite(value: Any, name: str) -> float:
    """Return an argument that must be a finite number.

    Raises
    ------
    UsageError
        It is something else; the message names the argument.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise UsageError(f"{name} is {value!r}, which is not a number", "e.g. 2.5 or 1e-3")
    number = float(value)
    if not math.isfinite(number):
        raise UsageError(f"{name} is {number:g}, which is not a finite number", "e.g. 2.5 or 1e-3")
    return number
