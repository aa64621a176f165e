"""``bw-tinyml flows``."""

from __future__ import annotations

from pathlib import Path

import click

from bw_tinyml.cli.output import echo_json, echo_table, json_option
from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.suggestions import nearest_or


@click.command("flows")
@click.argument("words", nargs=-1)
@click.option(
    "--fill",
    type=click.Path(exists=True, dir_okay=False),
    help="Write the UUIDs that are missing in this exchanges.csv, from name and compartment.",
)
@click.option("--limit", default=50, show_default=True, help="List at most so many flows.")
@json_option
def command(words: tuple[str, ...], fill: str | None, limit: int, as_json: bool) -> None:
    """Search elementary flows by name, synonym, CAS number, compartment or UUID.

    The columns `input`, `compartment` and `flow` of exchanges.csv hold what is listed here.
    """
    if fill:
        filled, unknown = _fill(Path(fill))
        if as_json:
            echo_json({"filled": filled, "unknown": unknown})
        else:
            click.echo(f"{filled} UUIDs filled in")
            for line, name in unknown:
                click.echo(f"row {line}: no flow '{name}'; search it with `bw-tinyml flows`")
        return
    if not words:
        raise UsageError("nothing to search for", "try `bw-tinyml flows sulfur dioxide`")
    from bw_tinyml.inventory.flows import search_flows

    found = search_flows(" ".join(words), limit)
    if as_json:
        echo_json(
            [
                {"flow": f.code, "name": f.name, "compartment": f.compartment, "unit": f.unit}
                for f in found
            ]
        )
    elif not found:
        text = " ".join(words)
        raise NotFoundError(
            f"no elementary flow contains '{text}'",
            nearest_or(text, _names(), "search for a part of the name, or a CAS number"),
        )
    else:
        echo_table(
            [(f.name, f.compartment, f.unit, f.code) for f in found],
            ("input", "compartment", "unit", "flow"),
        )


def _names() -> list[str]:
    """Names of the elementary flows, and the words of these names."""
    from bw_tinyml.inventory.flows import elementary_flows

    names = {flow.name for flow in elementary_flows().values()}
    return [*names, *{word.strip(",()") for name in names for word in name.split()}]


def _fill(path: Path) -> tuple[int, list[tuple[int, str]]]:
    import csv

    from bw_tinyml.inventory.flows import find_flow

    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or [])
        rows = list(reader)
    if not {"type", "input", "compartment", "flow"} <= set(columns):
        raise UsageError(
            f"'{path}' is not a table of exchanges",
            "it needs the columns type, input, compartment and flow",
        )
    filled, unknown = 0, []
    for line, row in enumerate(rows, start=2):
        if row["type"] == "biosphere" and not row["flow"]:
            row["flow"] = find_flow(row["input"].strip(), row["compartment"].strip()) or ""
            if row["flow"]:
                filled += 1
            else:
                unknown.append((line, f"{row['input']}, {row['compartment']}"))
    if filled:
        temporary = path.with_suffix(".tmp")
        with temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        temporary.replace(path)
    return filled, unknown
