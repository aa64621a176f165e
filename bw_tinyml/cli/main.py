"""Entry point of ``bw-tinyml``: finds commands, turns errors into messages and exit codes.

Exit codes: 0 fine, 1 a check found errors, 2 wrong use or bad input, 130 interrupted.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import Any

import click

from bw_tinyml._version import __version__
from bw_tinyml.errors import BwTinymlError, RangeWarning

#: command -> one line of help; the modules are imported when a command runs
COMMANDS: dict[str, str] = {
    "install": "Install databases, biosphere and LCIA methods into a Brightway project.",
    "links": "List which provider answers each background key, and where it is used.",
    "relink": "Move an installation to another background, all or nothing.",
    "adapt": "Make a database of openLCA or USEEIO data of others, with a coverage report.",
    "cutoff": "Estimate by price what a process inventory leaves out (USEEIO).",
    "doctor": "Print versions; examine a project and say how to mend it.",
    "list": "List the datasets in a project.",
    "show": "Show a dataset: exchanges, formulas, parameters, sources.",
    "score": "Score a dataset in all categories of a method family.",
    "contributions": "Split a score by stage, component, process or elementary flow.",
    "stages": "Show which life-cycle stage leads in each category, with intervals.",
    "uncertainty": "Sample the score of a dataset (Monte Carlo).",
    "compare": "Compare a TinyML device with its cloud-IoT twins.",
    "fleet": "Follow a fleet of devices over the years: impacts, e-waste, metals.",
    "benefit": "Hold the footprint of devices against what their application saves.",
    "sensitivity": "Rank the uncertain parameters that decide a comparison.",
    "bom": "Score your own device from a bill of materials (CSV, KiCad, YAML).",
    "app": "Serve a web page for designers on this computer.",
    "report": "Write a comparison as one HTML page that opens offline.",
    "export": "Export for Brightway, Activity Browser, openLCA, SimaPro, programmers.",
    "import": "Import an edited workbook or an ILCD package: all checked, then all written.",
    "check": "Check inventory tables: sources, units, formulas, flows, balances.",
    "flows": "Search elementary flows, or fill in their UUIDs in a table.",
    "supply": "Size the power supply of a device: cells, changes, charges, or why not.",
    "allocation": "Score by cut-off, substitution and circular footprint formula.",
    "preview": "Score a dataset straight from the tables, without a project.",
}


class _Commands(click.Group):
    """A group that lists its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"bw_tinyml.cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bw-tinyml")
def cli() -> None:
    """Life cycle inventories of TinyML hardware for Brightway and Activity Browser.

    Start with `bw-tinyml install --project NAME --background open`, then
    `bw-tinyml compare "keyword spotting" --project NAME`.
    """


def _show_notes() -> None:
    """Print what is unusual about the input on standard error, one line each."""
    others = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        if issubclass(category, RangeWarning):
            click.echo(f"Note: {message}", err=True)
        else:
            others(message, category, *place, **more)

    warnings.showwarning = show
    warnings.simplefilter("once", RangeWarning)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    try:
        with warnings.catch_warnings():
            _show_notes()
            result: Any = cli.main(arguments, prog_name="bw-tinyml", standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        click.echo("Interrupted.", err=True)
        code = 130
    except click.ClickException as error:
        error.show()
        code = 2
    except BwTinymlError as error:
        click.echo(f"Error: {error.message}", err=True)
        if error.hint:
            click.echo(f"  -> {error.hint}", err=True)
        code = 2
    except KeyboardInterrupt:
        click.echo("Interrupted; nothing was changed.", err=True)
        code = 130
    except BrokenPipeError:  # the reader of our output has gone, e.g. `| head`
        sys.stderr.close()
        code = 0
    sys.exit(code)
