"""A scenario from the command line: a task or a file, and the options that count more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from bw_tinyml.cli.options import PROJECT, parse_parameters
from bw_tinyml.errors import UsageError

if TYPE_CHECKING:
    from bw_tinyml.systems.scenario_file import Scenario


def scenario_project_option(function: Any) -> Any:
    """Add ``--project`` to a command whose file may name it."""
    return click.option(
        "--project",
        type=PROJECT,
        envvar="BW_TINYML_PROJECT",
        show_envvar=True,
        help="Name of the Brightway project.  [required, unless the file names one]",
    )(function)


def stated_scenario(
    argument: str, parameters: tuple[str, ...], options: Mapping[str, Any]
) -> Scenario:
    """Return the scenario of a file, or of a task's name, changed by options.

    Parameters
    ----------
    argument
        Name of a task, or of a scenario file.
    parameters
        ``NAME=VALUE`` texts.
    options
        Fields of the scenario; None and empty ones leave what the file says.

    Raises
    ------
    UsageError, UntrustedError
        The file is at fault, or no project is named.
    """
    from bw_tinyml.systems.scenario_file import Scenario, is_scenario_file, load_scenario

    scenario = load_scenario(argument) if is_scenario_file(argument) else Scenario(argument)
    scenario = replace(
        scenario,
        **{name: value for name, value in options.items() if value not in (None, ())},
        parameters={**scenario.parameters, **parse_parameters(parameters)},
    )
    if scenario.project is None:
        raise UsageError(
            "no project is named", "add --project NAME, or `project: NAME` to the file"
        )
    return scenario
