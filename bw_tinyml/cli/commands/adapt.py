"""``bw-tinyml adapt``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import progress_bar, project_option
from bw_tinyml.cli.output import echo_json, echo_table, json_option


@click.command("adapt")
@click.argument("file", type=click.Path(dir_okay=False))
@project_option
@click.option("--name", required=True, help="Name of the database, e.g. uslci.")
@click.option("--biosphere", help="Biosphere database to use; found by itself if not given.")
@click.option("--replace", is_flag=True, help="Replace a database of the same name.")
@click.option(
    "--top", default=8, show_default=True, help="How many unmatched flows and cut-offs to list."
)
@json_option
def command(
    file: str,
    project: str,
    name: str,
    biosphere: str | None,
    replace: bool,
    top: int,
    as_json: bool,
) -> None:
    """Make a database of data of others: openLCA JSON-LD (1 or 2) or USEEIO matrices, as zip.

    The format is recognised by the content of FILE. Everything is read, linked and checked before
    anything is written. What could not be linked is counted and listed; `--json` lists all of it.
    """
    from bw_tinyml.adapters.adapting import adapt
    from bw_tinyml.adapters.coverage import share

    result = adapt(
        file, project, name, biosphere=biosphere, replace=replace, progress=progress_bar()
    )
    if as_json:
        echo_json(result.as_dict())
        return
    found = result.coverage
    click.echo(f"read:    {found.format}, {found.processes} processes")
    click.echo(f"written: {name}, {found.datasets} datasets\n")
    rows = [
        ("exchanges with nature", found.elementary_linked, found.elementary),
        ("inputs from other processes", found.products_linked, found.products),
    ]
    counts = [(t, str(a), str(b), _percent(share(a, b))) for t, a, b in rows]
    co2 = ("mass of fossil CO2", "", "", _percent(share(found.co2_linked, found.co2)))
    echo_table([*counts, co2], ("", "linked", "of", "share"))
    click.echo("\nNot linked: " + "; ".join(f"{k}: {v}" for k, v in found.by_reason().items()))
    _list("unmatched flows", [(u.exchanges, u.name, u.path) for u in found.unmatched], top)
    _list("cut-offs", [(c.exchanges, c.name, c.reason) for c in found.cutoffs], top)
    for remark in found.remarks[:top]:
        click.echo(f"Note: {remark}")
    if len(found.remarks) > top:
        click.echo(f"... and {len(found.remarks) - top} more notes; --json prints all")
    for terms, count in result.terms.items():
        short = " ".join(terms.split())
        click.echo(f"\nTerms of {count} processes: {short[:400]}{' ...' if short[400:] else ''}")
    for notice in result.notices:
        click.echo(f"\n{notice.title}\n\n{notice.text}")


def _list(title: str, rows: list[tuple[int, str, str]], top: int) -> None:
    if rows and top:
        click.echo(f"\nMost frequent of {len(rows)} {title}:")
        for count, name, detail in rows[:top]:
            click.echo(f"  {count:5d}  {name[:70]}  ({detail[-50:]})")
        click.echo("")


def _percent(part: float | None) -> str:
    return "-" if part is None else f"{100 * part:.1f} %"
