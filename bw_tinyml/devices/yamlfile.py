"""Bills of materials in YAML: a name, a board and a list of parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from bw_tinyml.devices.lines import COLUMNS, Bom, BomLine, as_text, make_line
from bw_tinyml.errors import UntrustedError, UsageError
from bw_tinyml.untrusted import compose_yaml

_TOP = ("name", "board", "parts")
_BOARD = ("area_cm2", "layers")
MAX_PARTS = 20_000


def read_yaml(text: str, name: str) -> Bom:
    """Read a bill of materials from YAML text.

    Raises
    ------
    UntrustedError
        It is not YAML, uses aliases or is nested too deeply.
    UsageError
        It has another structure; the message names file and line.
    """
    root = compose_yaml(text, name)
    if not isinstance(root, yaml.MappingNode):
        raise UsageError(f"{name}:1: a mapping with `parts` is expected", "see docs/bom.md")
    top = dict(_items(root, name, _TOP))
    parts = top.get("parts")
    if not isinstance(parts, yaml.SequenceNode) or not parts.value:
        raise UsageError(f"{name}: `parts` is missing or not a list", "see docs/bom.md")
    if len(parts.value) > MAX_PARTS:
        raise UntrustedError(f"{name}: more than {MAX_PARTS} parts")
    title = as_text(_scalar(top["name"], name), name) if "name" in top else ""
    lines = [_line(node, name, tuple(COLUMNS)) for node in parts.value]
    if "board" in top:
        board = _line(top["board"], name, _BOARD)
        if board.area_cm2 is None:
            raise UsageError(f"{name}:{board.line}: the board has no area_cm2")
        lines.append(board)
    return Bom(title or name.rsplit(".", 1)[0], tuple(lines))


def _items(
    node: yaml.MappingNode, name: str, allowed: tuple[str, ...]
) -> Iterator[tuple[str, yaml.Node]]:
    seen = set()
    for key, value in node.value:
        place = f"{name}:{key.start_mark.line + 1}"
        text = as_text(_scalar(key, name), place)
        if text not in allowed:
            raise UsageError(
                f"{place}: '{text}' is not known", f"one of: {', '.join(sorted(allowed))}"
            )
        if text in seen:
            raise UsageError(f"{place}: '{text}' stands twice")
        seen.add(text)
        yield text, value


def _scalar(node: yaml.Node, name: str) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        place = f"{name}:{node.start_mark.line + 1}"
        raise UsageError(f"{place}: a text or number is expected, not a list or mapping")
    return node.value


def _line(node: yaml.Node, name: str, allowed: tuple[str, ...]) -> BomLine:
    line = node.start_mark.line + 1
    place = f"{name}:{line}"
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{place}: `key: value` lines are expected", "see docs/bom.md")
    values = {
        key: text
        for key, value in _items(node, name, allowed)
        if (text := as_text(_scalar(value, name), place))
    }
    if not values:
        raise UsageError(f"{place}: the entry is empty")
    return make_line(values, place, line)
