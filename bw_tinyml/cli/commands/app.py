"""``bw-tinyml app``."""

from __future__ import annotations

import click

from bw_tinyml.cli.options import project_option
from bw_tinyml.cli.output import echo_json, inventories_option, json_option


@click.command("app")
@project_option
@click.option("--port", default=8422, show_default=True, help="Port; 0 for any free one.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on, by which the page is called, too. Others than this computer's own "
    "let everybody in the network in.",
)
@click.option("--family", default="EF v3.1", show_default=True, help="Family of LCIA methods.")
@click.option(
    "--samples",
    type=click.IntRange(20, 2000),
    default=200,
    show_default=True,
    help="Number of Monte Carlo samples behind intervals and verdicts.",
)
@click.option("--seed", default=42, show_default=True, help="Seed of the samples.")
@click.option("--open/--no-open", "open_browser", default=True, help="Open a browser window.")
@inventories_option
@json_option
def command(
    project: str,
    port: int,
    host: str,
    family: str,
    samples: int,
    seed: int,
    open_browser: bool,
    folder: str | None,
    as_json: bool,
) -> None:
    """Serve a web page for designers on this computer: change a device, see the result at once.

    Choose task, device or a bill of materials of your own, baselines, rate, lifetime, supply, place
    and end of life. Stop it with Ctrl-C. With --json, the address of the page is printed as JSON.
    """
    from bw_tinyml.app.server import LOOPBACK, address, listen, require_library, serve

    require_library()
    from bw_tinyml.app.desk import Desk

    bound = listen(host, port)
    try:
        if host not in LOOPBACK:
            click.echo(
                f"Warning: on {host} the page is open to everybody who reaches this computer; "
                "there is no password and no encryption.",
                err=True,
            )
        desk = Desk(
            project, folder, family, samples, seed, lambda text: click.echo(f"{text} ...", err=True)
        )
        url = address(bound, host)
        if as_json:
            echo_json({"url": url, "project": project})
        else:
            click.echo(f"{url}  (stop with Ctrl-C)")
        if open_browser:
            click.launch(url)
        serve(desk, bound, host)
    finally:
        bound.close()
