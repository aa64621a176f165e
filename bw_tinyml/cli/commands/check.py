"""``bw-tinyml check``."""

from __future__ import annotations

import click

from bw_tinyml.cli.output import echo_json, inventories_option, json_option


@click.command("check")
@inventories_option
@click.option("--no-scores", is_flag=True, help="Skip the comparison with published results.")
@click.option("--errors-only", is_flag=True, help="Do not list warnings.")
@json_option
def command(folder: str | None, no_scores: bool, errors_only: bool, as_json: bool) -> int:
    """Check inventory tables.

    Lists every fault with its code, file and row, why it matters and how to mend it. Exits with
    1 when there are errors; warnings alone do not stop an installation.
    """
    from bw_tinyml.checking import check

    report = check(folder, scores=not no_scores)
    if as_json:
        echo_json(report.as_dict())
        return 1 if report.errors else 0
    for finding in report:
        if errors_only and finding.severity == "warning":
            continue
        colour = "red" if finding.severity == "error" else "yellow"
        click.echo(
            f"{finding.place}: {click.style(finding.severity, fg=colour)} "
            f"[{finding.code}] {finding.message}"
        )
        click.echo(f"    why: {finding.why}")
        click.echo(f"    fix: {finding.fix}")
    click.echo(f"{len(report.errors)} errors, {len(report.warnings)} warnings")
    return 1 if report.errors else 0
