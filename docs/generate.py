"""Write the pages that follow from code and tables: ``python docs/generate.py [--check]``.

`make docs` runs it, and a test fails when a page in the repository is not what it would write.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from bw_tinyml.cli.main import cli
from bw_tinyml.inventory.loading import load
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.inventory.rules import RULES
from bw_tinyml.inventory.tally import KINDS, tally
from bw_tinyml.units import SYMBOLS

DOCS = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py; change the code or the tables instead. -->\n\n"


def commands() -> str:
    """Return the reference of the command line, from the help of each command."""
    parts = [
        "# Command line\n",
        "Exit codes: 0 fine, 1 a check found errors, 2 wrong use or bad input, 130 interrupted. "
        "Errors go to standard error and say what to do next. Each command that lists or "
        "calculates has `--json`. Progress is shown on a terminal only. "
        "`BW_TINYML_PROJECT` stands in for `--project`.\n",
    ]
    parts += [f"## {' '.join(path)}\n\n```text\n{text}\n```\n" for path, text in _helps(cli, ())]
    return "\n".join(parts)


def _helps(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    context = click.Context(command, info_name=" ".join(("bw-tinyml", *path)), max_content_width=88)
    context.terminal_width = 88
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner:
                yield from _helps(inner, (*path, name))
        return
    yield path, command.get_help(context)


def checks() -> str:
    """Return the page of the check's rules."""
    rows = [
        f"| `{code}` | {rule.severity} | {_cell(rule.why)} | {_cell(rule.fix)} |"
        for code, rule in RULES.items()
    ]
    return (
        "# Rules of the check\n\n"
        "`bw-tinyml check` reports each breach with file and row. Codes are stable: scripts may "
        "rely on them. An inventory with errors is never installed; warnings do not stop an "
        "installation.\n\n"
        "| code | severity | why it matters | how to mend it |\n| --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n"
    )


def units() -> str:
    """Return the page of the unit symbols."""
    rows = [f"| `{symbol}` | {name} | {factor:g} |" for symbol, (name, factor) in SYMBOLS.items()]
    return (
        "# Unit symbols\n\nWhat the tables may hold, and what Brightway gets.\n\n"
        "| symbol | unit in Brightway | one symbol is |\n| --- | --- | ---: |\n"
        + "\n".join(rows)
        + "\n"
    )


def datasets(inventory: Inventory) -> str:
    """Return the list of processes and recipes, by stage and sector."""
    parts = [
        "# What is in the database\n",
        "A recipe is one process description that spans several datasets: nodes, sites, grids, "
        "packages, parts. `bw-tinyml list` lists the datasets of a project, `bw-tinyml show NAME "
        "--sources` prints one with every number and its source.\n",
    ]
    for database, title in (("tinyml", "Foreground"), ("tinyml-background", "Open background")):
        found = inventory.of_database(database)
        parts.append(f"## {title}: database `{database}`, {len(found)} datasets\n")
        for stage in dict.fromkeys(d.stage for d in found):
            recipes: dict[str, list[str]] = {}
            for dataset in found:
                if dataset.stage == stage:
                    recipes.setdefault(dataset.process, []).append(dataset.id)
            parts.append(f"### {stage.replace('_', ' ')}\n")
            parts.append("| process | datasets | unit | product |\n| --- | ---: | --- | --- |")
            for process, ids in recipes.items():
                first = inventory.datasets[ids[0]]
                parts.append(
                    f"| `{process}` | {len(ids)} | {first.unit} | {_cell(first.product)}"
                    f"{' …' if len(ids) > 1 else ''} |"
                )
            parts.append("")
    return "\n".join(parts)


def sources(inventory: Inventory) -> str:
    """Return the list of sources."""
    parts = [
        "# Sources\n",
        "## What the rows rest on\n",
        *_shares(inventory),
        "## All sources\n",
        "Access says how we know the figures: `read` in the source itself, `quoted` in another "
        "document that is named, `recalled` from memory. A recalled source supports estimates "
        "only.\n",
        "| key | citation | access |\n| --- | --- | --- |",
    ]
    for row in sorted(inventory.tables["sources"], key=lambda r: r["source"]):
        link = f" <{row['link']}>" if row["link"].startswith("http") else ""
        via = f", via {row['via']}" if row["via"] else ""
        parts.append(
            f"| `{row['source']}` | {_cell(row['citation'])}{link} | {row['access']}{via} |"
        )
    return "\n".join(parts) + "\n"


def _shares(inventory: Inventory) -> Iterator[str]:
    """Yield what the rows rest on, as text and a table."""
    found = tally(inventory)
    everything = found.count()
    calculated = found.count(["calculated"], [""])
    yield (
        f"Of the {everything:,} rows that make the datasets (exchanges, parameters, "
        f"variants), {found.sourced:,} name a source ({found.sourced / everything:.0%}). The "
        "others are estimates, whose remark states the rule, and calculations, whose remark says "
        f"how: of the {calculated:,} calculated rows without a source, "
        f"{calculated - found.plain:,} are formulas or texts and {found.plain:,} are plain "
        "numbers, such as definitions, "
        "zeros and bills of materials. The check refuses an estimate or a calculated row "
        "without its rule.\n"
    )
    literature, quoted = found.count(["literature"]), found.count(["literature"], ["quoted"])
    yield (
        f"Many figures were not read where they were published: {quoted:,} of {literature:,} rows "
        f"of literature ({quoted / literature:.0%}) cite a source that another document quotes.\n"
    )
    yield "| kind | rows | source read | source quoted by another | source recalled | no source |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    columns: list[list[str]] = [["read"], ["quoted"], ["recalled"], [""]]
    for kind in KINDS:
        cells = [found.count([kind]), *(found.count([kind], how) for how in columns)]
        yield f"| {kind} | {' | '.join(f'{n:,}' for n in cells)} |"
    cells = [everything, *(found.count(access=how) for how in columns)]
    yield f"| **all** | {' | '.join(f'{n:,} ({n / everything:.0%})' for n in cells)} |"
    yield f"| sources | {sum(found.sources.values())} | " + (
        " | ".join(str(found.sources.get(how, 0)) for (how,) in columns[:3]) + " | |\n"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def pages() -> dict[str, str]:
    """Return the text of each generated page by file name."""
    inventory, _ = load()
    makers: dict[str, Callable[[], str]] = {
        "cli.md": commands,
        "checks.md": checks,
        "units.md": units,
        "datasets.md": lambda: datasets(inventory),
        "sources.md": lambda: sources(inventory),
    }
    return {name: NOTE + make() for name, make in makers.items()}


def main() -> None:
    """Write the pages, or with ``--check`` name those that are out of date."""
    stale = []
    for name, text in pages().items():
        path = DOCS / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
    print("out of date:" if "--check" in sys.argv else "wrote:", ", ".join(stale) or "nothing")
    sys.exit(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    main()
