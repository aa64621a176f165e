"""What the words of scenario files mean: values of database parameters, from the tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.parameters import refuse_unknown
from bw_tinyml.inventory.tables import Row
from bw_tinyml.suggestions import nearest
from bw_tinyml.systems.scenario_file import Scenario
from bw_tinyml.systems.tasks import Task

RATE = "rate"
#: words that scenario files have a key of their own for
FILE_WORDS = ("rate", "lifetime", "supply", "end of life")


@dataclass(frozen=True)
class Word:
    """A word, as the tables define it for one task.

    Attributes
    ----------
    name
        The word.
    parameter
        The parameter whose value it is; empty for words that take a choice.
    choices
        Parameters (or patterns ``name_*``) and values by choice.
    """

    name: str
    parameter: str
    choices: Mapping[str, Mapping[str, float]]


def words(inventory: Inventory, task: Task) -> dict[str, Word]:
    """Return the words of a task: its own rows, else those of every task; the rate first."""
    rows = inventory.tables["scenario_words"]
    names = dict.fromkeys(row["word"] for row in rows if row["task"] in ("", task.name))
    found = {RATE: Word(RATE, task.rate, {})}
    for name in names:
        own = [r for r in rows if r["word"] == name and r["task"] == task.name]
        found[name] = _word(name, own or [r for r in rows if r["word"] == name and not r["task"]])
    return found


def _word(name: str, rows: Iterable[Row]) -> Word:
    parameter = ""
    choices: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["choice"]:
            choices.setdefault(row["choice"], {})[row["parameter"]] = float(row["value"] or 0)
        else:
            parameter = row["parameter"]
    return Word(name, parameter, choices)


def word_parameters(
    inventory: Inventory, task: Task, values: Mapping[str, float | str], known: Collection[str]
) -> dict[str, float]:
    """Return the values of parameters that some words stand for.

    Parameters
    ----------
    inventory
        Its table ``scenario_words`` defines the words.
    task
        The task.
    values
        A number or a choice by word.
    known
        Names of the parameters of the project.

    Raises
    ------
    NotFoundError
        The task has no such word, or the word no such choice.
    UsageError
        The word's parameter is not in the project.
    """
    defined = words(inventory, task)
    found: dict[str, float] = {}
    for name, value in values.items():
        word = defined.get(name)
        if word is None:
            raise NotFoundError(
                f"task '{task.name}' cannot vary '{name}'",
                f"it has: {', '.join(defined)}; or set parameters by their names",
            )
        if isinstance(value, str):
            if value not in word.choices:
                raise NotFoundError(
                    f"{name}: '{value}' is not a choice of task '{task.name}'"
                    f"{nearest(value, word.choices)}",
                    f"choices: {', '.join(word.choices) or 'none, give a number'}",
                )
            for parameter, amount in word.choices[value].items():
                found |= dict.fromkeys(_fitting(parameter, known, name), amount)
        else:
            found |= dict.fromkeys(_fitting(word.parameter, known, name), float(value))
    return found


def _fitting(parameter: str, known: Collection[str], word: str) -> list[str]:
    if parameter.endswith("*"):
        names = [name for name in known if name.startswith(parameter[:-1])]
    else:
        names = [parameter] if parameter in known else []
    if not names:
        raise UsageError(
            f"{word}: the project has no parameter '{parameter}'",
            "install again with --replace: bw-tinyml doctor says what is missing",
        )
    return names


def scenario_parameters(
    scenario: Scenario, inventory: Inventory, task: Task, known: Collection[str]
) -> dict[str, float]:
    """Return the values of all parameters that a scenario sets, by words and by name.

    Raises
    ------
    NotFoundError, UsageError
        A word, choice or parameter does not exist, or one parameter is set twice differently.
    """
    stated = {
        "rate": scenario.rate,
        "lifetime": scenario.lifetime,
        "supply": scenario.supply,
        "end of life": scenario.end_of_life,
    }
    by_words = word_parameters(
        inventory, task, {w: v for w, v in stated.items() if v is not None}, known
    )
    for name, value in scenario.parameters.items():
        refuse_unknown([name], known)
        if by_words.get(name, value) != value:
            raise UsageError(
                f"parameter '{name}' is {value:g}, but a word of the scenario makes it "
                f"{by_words[name]:g}",
                "remove one of the two",
            )
    return by_words | dict(scenario.parameters)
