"""``bw-tinyml bom``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bw_tinyml.arguments import MAX_SEED, count
from bw_tinyml.cli.options import method_options, parse_method
from bw_tinyml.cli.output import echo_json, echo_table, inventories_option, json_option
from bw_tinyml.devices.matches import PIECE
from bw_tinyml.errors import UsageError

if TYPE_CHECKING:
    from bw_tinyml.devices.matches import Match
    from bw_tinyml.devices.scoring import BomMatches, BomResult

_WIDTH = 34


@click.command("bom")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--project",
    envvar="BW_TINYML_PROJECT",
    show_envvar=True,
    help="Name of the Brightway project; not needed with --match-only.",
)
@click.option("--board-area", type=float, help="Area of the bare board in cm2, if not in the file.")
@click.option("--layers", type=int, help="Copper layers of that board.")
@click.option("--match-only", is_flag=True, help="Say what the lines become; no scores.")
@click.option(
    "--iterations",
    type=int,
    default=0,
    help="Number of Monte Carlo samples for intervals of the scores; none by default.",
)
@click.option("--seed", default=42, show_default=True, help="Seed of the samples.")
@click.option("--strict", is_flag=True, help="Exit with 1 if a line is unknown.")
@method_options
@inventories_option
@json_option
def command(
    file: str,
    project: str | None,
    board_area: float | None,
    layers: int | None,
    match_only: bool,
    iterations: int,
    seed: int,
    strict: bool,
    families: tuple[str, ...],
    method: str | None,
    folder: str | None,
    as_json: bool,
) -> int:
    """Score your own device from a bill of materials.

    FILE is a CSV or .xlsx (KiCad's BOM or position file, or any table with columns such as part,
    value, quantity, reference, footprint, description) or a YAML file with `parts`. Each line is
    matched to a dataset; the report says which lines are matched, estimated or unknown, and why.
    """
    if board_area is not None and not 0 < board_area <= 1e5:
        raise UsageError(f"--board-area is {board_area:g}", "give cm2 above 0, up to 1e5")
    if layers is not None and board_area is None:
        raise UsageError("--layers without --board-area", "give both, or state them in the file")
    if iterations and match_only:
        raise UsageError("--iterations with --match-only", "leave out one of the two")
    if match_only:
        from bw_tinyml.devices.scoring import match_bom

        matches = match_bom(file, board_area, layers, folder)
        if as_json:
            echo_json(matches.as_dict())
        else:
            _echo_matches(matches, None)
    else:
        if not project:
            raise UsageError(
                "no project is named", "add --project NAME, or --match-only to see the matches"
            )
        from bw_tinyml.devices.scoring import score_bom

        count(seed, "seed", 0, MAX_SEED)
        result = score_bom(
            file,
            project,
            families or ("EF v3.1",),
            parse_method(method),
            board_area,
            layers,
            folder,
            iterations,
            seed,
        )
        matches = result.matches
        if as_json:
            echo_json(result.as_dict())
        else:
            _echo_matches(matches, result)
            _echo_scores(result)
    return 1 if strict and matches.counts["unknown"] else 0


def _echo_matches(matches: BomMatches, result: BomResult | None) -> None:
    label = _headline(result) if result else ""
    rows = []
    for i, match in enumerate(matches.matches):
        row: list[object] = [
            match.line.line or "option",
            match.status,
            _short(match.line.name),
            _quantity(match),
            _short(", ".join(d.dataset for d in match.demands)),
        ]
        if result:
            row.append(float(result.lines.iloc[i][label]))
        rows.append(row)
    headers = ["line", "status", "part", "quantity", "dataset"]
    if result:
        headers.append(f"{label}, {result.units[label]}")
    echo_table(rows, headers)
    counts = ", ".join(f"{number} {status}" for status, number in matches.counts.items())
    left_out = len(matches.bom.left_out)
    click.echo(f"\n{counts}" + (f"; {left_out} not placed" if left_out else ""))
    for warning in matches.warnings:
        click.echo(f"Warning: {warning}")
    if matches.not_counted:
        click.echo(f"Not counted (not in the bill): {', '.join(matches.not_counted)}")
    for status in ("unknown", "estimated"):
        chosen = [m for m in matches.matches if m.status == status]
        if chosen:
            click.echo(f"\n{status.capitalize()}:")
        for match in chosen:
            place = f"{matches.file}:{match.line.line}" if match.line.line else "option"
            click.echo(f"  {place} {_short(match.line.name)}: {match.reason}")


def _echo_scores(result: BomResult) -> None:
    total = result.total
    rows = [
        (
            label,
            float(total[label]),
            *_interval(result, label),
            unit,
            f"{result.share(label, 'estimated'):.0%}",
            *(f"{result.estimates.loc[label, kind]:.0%}" for kind in ("emission", "path")),
        )
        for label, unit in result.units.items()
    ]
    name = _short(result.matches.bom.name)
    click.echo(f"\nScores of 1 {name}, unknown lines left out:\n")
    echo_table(
        rows,
        (
            *("category", "score", *(() if result.intervals is None else ("5 %", "95 %")), "unit"),
            *("by rule", "emission is an estimate", "an estimate on the way"),
        ),
    )
    click.echo(
        "\nby rule: share of the score from lines whose dataset or amount a rule chose; the last\n"
        "two columns: share that rests on estimates, of the emission or anywhere on the way to it"
    )
    versions = ", ".join(f"{k} {v}" for k, v in result.provenance["versions"].items())
    click.echo(f"\nbackground {result.provenance['background']}; {versions}")


def _interval(result: BomResult, label: str) -> tuple[float, ...]:
    if result.intervals is None:
        return ()
    return tuple(float(result.intervals.loc[label, kind]) for kind in ("p05", "p95"))


def _quantity(match: Match) -> str:
    """A number of pieces, or an amount with its unit."""
    number = f"{match.line.quantity:g}"
    return number if match.unit == PIECE else f"{number} {match.unit}"


def _headline(result: BomResult) -> str:
    labels = list(result.units)
    return next((label for label in labels if "climate change" in label.lower()), labels[0])


def _short(text: str) -> str:
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
