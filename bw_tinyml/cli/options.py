"""Options that several commands share, and what they parse."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bw_tinyml.errors import UsageError

if TYPE_CHECKING:
    from bw_tinyml.background.rows import LinkRow

Progress = Callable[[str, int, int], None]


class ProjectName(click.ParamType):
    """The name of a project, which is not empty even where a shell variable is not set."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        from bw_tinyml.brightway.project import refuse_blank

        refuse_blank(value)
        return str(value)


PROJECT = ProjectName()


def project_option(function: Any) -> Any:
    """Add ``--project`` to a command."""
    return click.option(
        "--project",
        type=PROJECT,
        required=True,
        envvar="BW_TINYML_PROJECT",
        show_envvar=True,
        help="Name of the Brightway project.",
    )(function)


def system_options(function: Any) -> Any:
    """Add what a comparison is between: ``--device``, ``--baseline`` and ``--location``."""
    for option in (
        click.option("--location", help="Location of use.  [default: GLO]"),
        click.option(
            "--baseline",
            "baselines",
            multiple=True,
            help="Cloud-IoT twin; may be repeated.  [default: all]",
        ),
        click.option("--device", help="TinyML system.  [default: the first of the task]"),
    ):
        function = option(function)
    return function


def families_option(default: str = "EF v3.1") -> Callable[[Any], Any]:
    """Return what adds ``--family`` to a command; ``default`` is for its help."""
    return click.option(
        "--family",
        "families",
        multiple=True,
        help=f"Family of LCIA methods; may be repeated.  [default: {default}]",
    )


def method_options(function: Any) -> Any:
    """Add ``--family`` and ``--method`` to a command."""
    function = click.option(
        "--method",
        help="One LCIA method instead: its parts separated by '|', e.g. 'EF v3.1|climate change|"
        "global warming potential (GWP100)'.",
    )(function)
    return families_option()(function)


def parameter_option(function: Any) -> Any:
    """Add ``--parameter NAME=VALUE`` to a command."""
    return click.option(
        "parameters",
        "--parameter",
        multiple=True,
        metavar="NAME=VALUE",
        help="Value of a database parameter for this calculation; may be repeated.",
    )(function)


def sampling_options(function: Any) -> Any:
    """Add ``--iterations`` and ``--seed`` to a command."""
    function = click.option("--seed", default=42, show_default=True, help="Seed of the samples.")(
        function
    )
    return click.option(
        "--iterations", default=1000, show_default=True, help="Number of Monte Carlo samples."
    )(function)


def worker_options(function: Any) -> Any:
    """Add ``--workers``, ``--scheduler`` and ``--resume`` to a command."""
    function = click.option(
        "--resume",
        is_flag=True,
        help="Keep finished blocks of samples on disk, and go on after those that are there.",
    )(function)
    function = click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Scheduler of dask.distributed whose workers are taken, e.g. tcp://10.0.0.1:8786.",
    )(function)
    return click.option(
        "--workers",
        default=1,
        show_default=True,
        help="Number of processes; the samples do not depend on it.",
    )(function)


def links_options(function: Any) -> Any:
    """Add ``--links FILE`` and ``--link KEY=NAME|PRODUCT|LOCATION`` to a command."""
    function = click.option(
        "links",
        "--link",
        multiple=True,
        metavar="KEY=NAME|PRODUCT|LOCATION",
        help="Provider of a background key, instead of ours; may be repeated.",
    )(function)
    return click.option(
        "links_file",
        "--links",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        help="CSV file of such links, with the columns of inventories/links/ecoinvent.csv.",
    )(function)


def parse_links(file: str | None, texts: tuple[str, ...]) -> list[LinkRow]:
    """Return the links of a file and of options; an option replaces the file's rows of its key.

    Raises
    ------
    UsageError
        One is not of the right form.
    """
    from bw_tinyml.background.rows import parse_link, read_links

    single = [parse_link(text) for text in texts]
    named = {row.key for row in single}
    rows = read_links(Path(file)) if file else []
    return [row for row in rows if row.key not in named] + single


def parse_parameters(texts: tuple[str, ...]) -> dict[str, float]:
    """Return the values of ``NAME=VALUE`` options.

    Raises
    ------
    UsageError
        A text is not of that form.
    """
    values = {}
    for text in texts:
        name, sign, value = text.partition("=")
        try:
            values[name.strip()] = float(value)
        except ValueError:
            sign = ""
        if not sign or values[name.strip()] - values[name.strip()] != 0:
            raise UsageError(
                f"'{text}' is not NAME=VALUE with a finite number", "e.g. --parameter lifetime_a=5"
            )
    return values


def parse_method(text: str | None) -> list[str] | None:
    """Return the parts of a method name."""
    return [part.strip() for part in text.split("|")] if text else None


def progress_bar() -> Progress | None:
    """Return a function that shows progress on a terminal, or None when output is piped."""
    if not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    bars: dict[str, Any] = {}

    def show(title: str, done: int, total: int) -> None:
        bar = bars.get(title)
        if bar is None:
            bar = bars[title] = tqdm(total=total, desc=title, leave=False, file=sys.stderr)
        bar.update(done - bar.n)
        if done >= total:
            bar.close()
            del bars[title]

    return show
