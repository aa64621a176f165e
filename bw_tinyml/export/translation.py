"""Formulas in the notations of other tools, and archives whose bytes are always the same."""

from __future__ import annotations

import ast
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_OPERATORS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", 1),
    ast.Sub: ("-", 1),
    ast.Mult: ("*", 2),
    ast.Div: ("/", 2),
    ast.Pow: ("^", 4),
}
_UNARY_LEVEL = 3
_MOMENT = (2020, 1, 1, 0, 0, 0)


def foreign_formula(text: str, functions: Mapping[str, str], separator: str = ";") -> str:
    """Return a formula with ``^`` for a power and other names of functions.

    Parameters
    ----------
    text
        A checked formula of ours.
    functions
        Our function -> its name in the other tool.
    separator
        What stands between arguments.
    """

    def write(node: ast.expr, level: int) -> str:
        match node:
            case ast.Constant():
                return repr(node.value)
            case ast.Name():
                return node.id
            case ast.UnaryOp():
                sign = "-" if isinstance(node.op, ast.USub) else "+"
                return _wrapped(sign + write(node.operand, _UNARY_LEVEL), level > 1)
            case ast.BinOp():
                sign, own = _OPERATORS[type(node.op)]
                # A power binds from the right, everything else from the left.
                power = isinstance(node.op, ast.Pow)
                left = write(node.left, own + power)
                right = write(node.right, own + (not power))
                return _wrapped(f"{left}{sign}{right}", own < level)
            case ast.Call(func=ast.Name(id=name)):
                arguments = separator.join(write(argument, 0) for argument in node.args)
                return f"{functions[name]}({arguments})"
        raise TypeError(type(node).__name__)  # unreachable: the formula was checked

    return write(ast.parse(text, mode="eval").body, 0)


def _wrapped(text: str, brackets: bool) -> str:
    return f"({text})" if brackets else text


def write_zip(path: Path, members: Iterable[tuple[str, Any]]) -> int:
    """Write JSON documents into a zip archive: same content, same bytes; return their number.

    Parameters
    ----------
    path
        The archive. Nothing stands there until everything is written.
    members
        Name and content of each document.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                member = zipfile.ZipInfo(name, _MOMENT)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = 0o644 << 16
                text = json.dumps(content, ensure_ascii=False, allow_nan=False)
                archive.writestr(member, text)
                count += 1
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return count
