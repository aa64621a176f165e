"""Scenario files: what is compared, for whom and where, in a YAML file that people can read.

:func:`load_scenario` and :func:`dump_scenario` are inverse to each other: what one writes the other
reads without any loss. Files may come from anybody, so they are read as plain text within limits
and each fault is named with its line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from bw_tinyml.errors import UntrustedError, UsageError
from bw_tinyml.suggestions import nearest
from bw_tinyml.untrusted import compose_yaml

MAX_BYTES = 200_000
MAX_PARAMETERS = 1000
MAX_TEXT = 2000
SUFFIXES = (".yaml", ".yml")
_HELP = "docs/scenarios.md describes scenario files"


@dataclass(frozen=True)
class Scenario:
    """What is compared; what is None or empty has the default of :func:`bw_tinyml.compare`.

    Attributes
    ----------
    task
        Name of the task.
    title, description
        For people.
    device, baselines
        Short names of the TinyML system and of its twins.
    location
        Place of use.
    rate, lifetime
        How often the task is performed, in the unit of the task's rate parameter, and the years of
        service.
    supply, end_of_life
        Choices listed in ``scenario_words.csv``.
    parameters
        Values of database parameters.
    family
        Families of LCIA methods.
    allocation
        Allocation of recycling: ``cut-off``, ``substitution`` or ``shared``.
    background_uncertainty
        Whether the numbers of the open background are sampled, too.
    iterations, seed
        Number and seed of the Monte Carlo samples.
    project, background
        Brightway project, and the background that it must have.
    """

    task: str
    title: str = ""
    description: str = ""
    device: str | None = None
    baselines: tuple[str, ...] = ()
    location: str | None = None
    rate: float | None = None
    lifetime: float | None = None
    supply: str | None = None
    end_of_life: str | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    family: tuple[str, ...] = ()
    allocation: str | None = None
    background_uncertainty: bool | None = None
    iterations: int | None = None
    seed: int | None = None
    project: str | None = None
    background: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what is stated, in the order of the file."""
        found: dict[str, Any] = {}
        for key in KEYS:
            value = getattr(self, key)
            if value is None or (value in ("", ()) or value == {}):
                continue
            if isinstance(value, tuple):
                found[key] = list(value)
            else:
                found[key] = dict(value) if isinstance(value, Mapping) else value
        return found


#: keys of a file, in the order in which they are written
KEYS = (
    "title", "description", "task", "device", "baselines", "location", "rate", "lifetime",
    "supply", "end_of_life", "parameters", "family", "allocation", "background_uncertainty",
    "iterations", "seed", "project", "background",
)  # fmt: skip
assert set(KEYS) == {f.name for f in fields(Scenario)}


def is_scenario_file(argument: str) -> bool:
    """Return whether a command-line argument names a scenario file, not a task."""
    return argument.lower().endswith(SUFFIXES)


def load_scenario(path: Path | str) -> Scenario:
    """Read a scenario file.

    Raises
    ------
    UsageError
        There is no such file, or a key or value makes no sense; file, line and key are named.
    UntrustedError
        The file is too large, not UTF-8, or not plain YAML.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror}", "correct the path") from None
    return parse_scenario(content, path.name)


def parse_scenario(content: bytes | str, name: str = "scenario") -> Scenario:
    """Read a scenario from text; ``name`` stands in messages.

    Raises
    ------
    UsageError, UntrustedError
        As for :func:`load_scenario`.
    """
    if isinstance(content, bytes):
        if len(content) > MAX_BYTES:
            raise UntrustedError(f"{name}: larger than {MAX_BYTES // 1000} kB", _HELP)
        try:
            content = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UntrustedError(f"{name}: is not UTF-8", "save it as UTF-8") from None
    elif len(content) > MAX_BYTES:
        raise UntrustedError(f"{name}: larger than {MAX_BYTES // 1000} kB", _HELP)
    root = compose_yaml(content, name)
    if not isinstance(root, yaml.MappingNode):
        raise UsageError(f"{name}:1: lines `key: value` are expected", _HELP)
    values = {
        key: _READERS[key](node, f"{name}:{line}: {key}")
        for key, node, line in _items(root, name, KEYS)
    }
    if "task" not in values:
        raise UsageError(f"{name}: `task` is missing, e.g. `task: keyword spotting`", _HELP)
    return Scenario(**values)


def dump_scenario(scenario: Scenario) -> str:
    """Return a scenario as the text of a file; :func:`load_scenario` gives it back unchanged."""
    text: str = yaml.safe_dump(
        scenario.as_dict(), sort_keys=False, allow_unicode=True, default_flow_style=False, width=96
    )
    return text


def _items(
    node: yaml.MappingNode, name: str, known: tuple[str, ...] = ()
) -> Iterator[tuple[str, yaml.Node, int]]:
    """Iterate over keys, values and lines of a mapping; without known keys, any text is one."""
    seen: dict[str, int] = {}
    for key_node, value in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise UsageError(f"{name}:{line}: a key must be one word", _HELP)
        key = key_node.value.strip()
        if known and key not in known:
            raise UsageError(
                f"{name}:{line}: '{key}' is not a key of scenario files{nearest(key, known)}",
                f"keys: {', '.join(known)}",
            )
        if key in seen:
            raise UsageError(
                f"{name}:{line}: '{key}' stands in line {seen[key]} already", "remove one of them"
            )
        seen[key] = line
        yield key, value, line


def _text(node: yaml.Node, where: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise UsageError(f"{where}: a text is expected, not a list or mapping", _HELP)
    text: str = node.value
    if len(text) > MAX_TEXT:
        raise UntrustedError(f"{where}: longer than {MAX_TEXT} characters")
    return text


def _word(node: yaml.Node, where: str) -> str:
    text = _text(node, where).strip()
    if not text:
        raise UsageError(f"{where}: the value is empty", "state a value, or remove the line")
    return text


def _texts(node: yaml.Node, where: str) -> tuple[str, ...]:
    """A list of words, or a single one."""
    if isinstance(node, yaml.SequenceNode):
        if not node.value:
            raise UsageError(f"{where}: the list is empty", "state a value, or remove the line")
        return tuple(_word(item, where) for item in node.value)
    return (_word(node, where),)


def _number(node: yaml.Node, where: str) -> float:
    text = _word(node, where)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{where}: '{text}' is not a finite number", "e.g. 2.5 or 1e-3")
    return value


def _positive(node: yaml.Node, where: str) -> float:
    value = _number(node, where)
    if value <= 0:
        raise UsageError(f"{where}: {value:g} must be greater than 0", _HELP)
    return value


def _integer(node: yaml.Node, where: str) -> int:
    text = _word(node, where)
    if not text.lstrip("-").isdecimal():
        raise UsageError(f"{where}: '{text}' is not a whole number", "e.g. 1000")
    return int(text)


def _boolean(node: yaml.Node, where: str) -> bool:
    text = _word(node, where).lower()
    if text not in ("true", "false", "yes", "no"):
        raise UsageError(f"{where}: '{text}' is neither true nor false", "write true or false")
    return text in ("true", "yes")


def _one_of(*choices: str) -> Callable[[yaml.Node, str], str]:
    def read(node: yaml.Node, where: str) -> str:
        text = _word(node, where)
        if text not in choices:
            raise UsageError(
                f"{where}: '{text}' is not known{nearest(text, choices)}",
                f"one of: {', '.join(choices)}",
            )
        return text

    return read


def _parameters(node: yaml.Node, where: str) -> dict[str, float]:
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{where}: lines `name: number` are expected", _HELP)
    if len(node.value) > MAX_PARAMETERS:
        raise UntrustedError(f"{where}: more than {MAX_PARAMETERS} parameters")
    name = where.split(":", 1)[0]
    return {
        key: _number(value, f"{name}:{line}: parameters, {key}")
        for key, value, line in _items(node, name)
    }


_READERS: dict[str, Callable[[yaml.Node, str], Any]] = {
    "title": _text,
    "description": _text,
    "task": _word,
    "device": _word,
    "baselines": _texts,
    "location": _word,
    "rate": _positive,
    "lifetime": _positive,
    "supply": _word,
    "end_of_life": _word,
    "parameters": _parameters,
    "family": _texts,
    "allocation": _one_of("cut-off", "substitution", "shared"),
    "background_uncertainty": _boolean,
    "iterations": _integer,
    "seed": _integer,
    "project": _word,
    "background": _word,
}
