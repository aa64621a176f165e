"""Arguments of the Python functions: wrong ones are refused with a message, not a traceback."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

from bw_tinyml.errors import UsageError

#: largest seed of the random numbers
MAX_SEED = 2**32 - 1


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


def count(value: Any, name: str, low: int, high: int) -> int:
    """Return an argument that must be a whole number within limits.

    Raises
    ------
    UsageError
        It is something else; the message names the argument.
    """
    hint = f"use {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise UsageError(f"{name} is {value!r}, which is not a whole number", hint)
    number = int(value)
    if not low <= number <= high:
        raise UsageError(f"{number} {name} make no sense", hint)
    return number


def text(value: Any, name: str) -> str:
    """Return an argument that must be text.

    Raises
    ------
    UsageError
        It is something else; the message names the argument.
    """
    if not isinstance(value, str):
        raise UsageError(f"{name} is {value!r}, which is not text", "put the name in quotes")
    return value


def texts(value: Any, name: str) -> list[str]:
    """Return an argument that must be one text or several.

    Raises
    ------
    UsageError
        It is something else; the message names the argument.
    """
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Iterable):
        raise UsageError(f"{name} is {value!r}, which is not text", "put the names in quotes")
    return [text(one, name) for one in value]
