"""Fields of JSON documents that others made: the right type, or an error naming the place."""

from __future__ import annotations

import math
import re
from typing import Any

from bw_tinyml.errors import UntrustedError

_MAX_TEXT = 20_000
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")


def refuse(place: str, what: str) -> UntrustedError:
    """Return the error for a document that does not say what it must."""
    return UntrustedError(
        f"'{place}' {what}", "get a sound copy, or mend the file; nothing was written"
    )


def as_dict(value: Any, place: str) -> dict[str, Any]:
    """Return a JSON object."""
    if not isinstance(value, dict):
        raise refuse(place, f"is {_kind(value)} where an object is expected")
    return value


def child(parent: dict[str, Any], key: str, place: str) -> dict[str, Any]:
    """Return a JSON object inside another one; empty where there is none."""
    value = parent.get(key)
    return {} if value is None else as_dict(value, f"{place}: {key}")


def children(parent: dict[str, Any], key: str, place: str) -> list[dict[str, Any]]:
    """Return a list of JSON objects; empty where there is none."""
    value = parent.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise refuse(f"{place}: {key}", f"is {_kind(value)} where a list is expected")
    return [as_dict(item, f"{place}: {key}") for item in value]


def text(parent: dict[str, Any], key: str, place: str) -> str:
    """Return a text without spaces at its ends, on one line each; empty where there is none."""
    value = parent.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise refuse(f"{place}: {key}", f"is {_kind(value)} where a text is expected")
    return value.strip().replace("\0", "")[:_MAX_TEXT]


def name(parent: dict[str, Any], place: str) -> str:
    """Return a name, with single spaces."""
    return " ".join(text(parent, "name", place).split())


def identifier(parent: dict[str, Any], place: str) -> str:
    """Return the identifier of a document or of what it refers to."""
    value = text(parent, "@id", place)
    if not _IDENTIFIER.fullmatch(value):
        raise refuse(place, f"has the identifier '{value[:60]}', which is none")
    return value


def reference(parent: dict[str, Any], key: str, place: str) -> str:
    """Return the identifier of what a document refers to; empty where it does not."""
    found = child(parent, key, place)
    return identifier(found, f"{place}: {key}") if found else ""


def flag(parent: dict[str, Any], *keys: str) -> bool:
    """Return whether the first of some keys that is there says true."""
    return next((parent[key] is True for key in keys if key in parent), False)


def number(value: Any, place: str) -> float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse(place, f"is {_kind(value)} where a number is expected")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise refuse(place, "is not a finite number")
    return result


def _kind(value: Any) -> str:
    kinds = {type(None): "nothing", bool: "true or false", str: "a text", list: "a list"}
    return kinds.get(type(value), "a number" if isinstance(value, int | float) else "an object")
