"""Values of parameters that somebody states: impossible ones are refused, unusual ones noted.

What is possible follows from the unit and the range that the tables give a parameter. A share, or
any other number without unit whose range lies within 0 and 1, ends at 1, unless it is called a
factor or a ratio; a time per time ends at
the whole of it, so a day has 24 hours; and nothing is negative that is not negative in the tables.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from bw_tinyml.arguments import finite
from bw_tinyml.errors import RangeWarning, UsageError
from bw_tinyml.impact.rows import ModelParameter

#: parameters by database and name, as a model has them
Parameters = Mapping[str, Mapping[str, ModelParameter]]

SHARES = ("share", "fraction")
#: words in the names of what may exceed 1, although its range in the tables does not
FACTORS = {"factor", "ratio"}
#: numbers without unit; those called a share, or with a range within 0 and 1, are shares
PLAIN = ("-", "1", "unit")
#: units with a zero that somebody chose, so that negative numbers are as good as others
SCALES = ("deg C",)
_EXAMPLE = "e.g. parameters={'lifetime_a': 5}"
HOURS = {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "d": 24.0, "a": 8766.0}


def check_given(parameters: Parameters, given: Mapping[str, Any] | None) -> None:
    """Refuse impossible values, and warn of those outside of the range in the tables.

    Parameters
    ----------
    parameters
        Parameters by database and name.
    given
        Values that somebody states, by name. Names that are not known are left to others.

    Raises
    ------
    UsageError
        A value is not a finite number, or impossible; the message names the parameter.
    """
    if not isinstance(given, Mapping | None):
        raise UsageError(f"parameters are {given!r}, not names with values", _EXAMPLE)
    for name, value in (given or {}).items():
        if not isinstance(name, str):
            raise UsageError(f"{name!r} is not the name of a parameter", _EXAMPLE)
        finite(value, f"parameter {name}")
    for parameter, value in _stated(parameters, given):
        _refuse_impossible(parameter, value)
    for note in notes(parameters, given):
        warnings.warn(note, RangeWarning, stacklevel=3)


def stated_record(parameters: Parameters, given: Mapping[str, float] | None) -> dict[str, Any]:
    """Return what results keep of stated values: ``parameters``, and ``notes`` if there are any."""
    found = notes(parameters, given)
    return {"parameters": dict(given or {}), **({"notes": found} if found else {})}


def notes(parameters: Parameters, given: Mapping[str, float] | None) -> list[str]:
    """Return which values lie outside of the range that the tables give their parameter.

    None or all of a share is a choice, such as a route at the end of life, and nothing unusual.
    """
    found = []
    for parameter, value in _stated(parameters, given):
        low = -math.inf if parameter.lower is None else parameter.lower
        high = math.inf if parameter.upper is None else parameter.upper
        chosen = largest(parameter) == 1 and value in (0, 1)
        if not low <= value <= high and not chosen:
            found.append(
                f"{parameter.name} is {value:g}, outside of "
                f"{_range(low, high)}{_unit(parameter)}, the range in the tables"
            )
    return found


def largest(parameter: ModelParameter) -> float:
    """Return what a parameter cannot exceed, by its unit and range; infinite without limit."""
    unit, upper = parameter.unit, parameter.upper
    above, slash, below = unit.partition("/")
    if unit == "%":
        return 100.0
    if slash and above in HOURS and below in HOURS and above != below:
        return HOURS[below] / HOURS[above]
    words = parameter.name.split("_")
    called = "share" in words
    ratio = bool(slash) and above.split()[0] == (below.split() or [""])[0]
    within = upper is not None and upper <= 1 and FACTORS.isdisjoint(words)
    if unit in SHARES or (called and (unit in PLAIN or ratio)) or (within and unit in PLAIN):
        return 1.0
    return math.inf


def _stated(
    parameters: Parameters, given: Mapping[str, float] | None
) -> Iterator[tuple[ModelParameter, float]]:
    for name, value in (given or {}).items():
        found = next((own[name] for own in parameters.values() if name in own), None)
        if found is not None:
            yield found, float(value)


def _refuse_impossible(parameter: ModelParameter, value: float) -> None:
    text = f"{parameter.name} is {value:g}{_unit(parameter)}"
    if value < 0 and not _can_be_negative(parameter):
        raise UsageError(f"{text}: it cannot be negative", _hint(parameter))
    limit = largest(parameter)
    if value > limit:
        raise UsageError(f"{text}: it cannot be more than {limit:g}", _hint(parameter))


def _can_be_negative(parameter: ModelParameter) -> bool:
    """Whether the tables know negative values, or know nothing of a parameter of the user's own."""
    own = parameter.value
    negative = isinstance(own, int | float) and own < 0
    below = parameter.lower is not None and parameter.lower < 0
    return negative or below or not parameter.unit or parameter.unit in SCALES


def _hint(parameter: ModelParameter) -> str:
    low = 0.0 if parameter.lower is None else parameter.lower
    high = largest(parameter) if parameter.upper is None else parameter.upper
    word = "give" if parameter.upper is None else "the tables state"
    return f"{word} {_range(low, high)}{_unit(parameter)}"


def _unit(parameter: ModelParameter) -> str:
    return "" if parameter.unit in ("", *PLAIN, *SHARES) else f" {parameter.unit}"


def _range(low: float, high: float) -> str:
    if math.isinf(high):
        return f"{low:g} or more"
    return f"{low:g} to {high:g}" if math.isfinite(low) else f"at most {high:g}"
