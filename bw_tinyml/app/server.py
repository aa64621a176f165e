"""The server: the page, behind the guard, on one address."""

from __future__ import annotations

import socket
from typing import Any

from bw_tinyml.app.desk import Desk
from bw_tinyml.app.guard import Guard, served_hosts
from bw_tinyml.errors import UsageError

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def require_library() -> None:
    """Make sure that the library of the page is installed.

    Raises
    ------
    UsageError
        It is not.
    """
    try:
        import nicegui  # noqa: F401
    except ImportError:
        raise UsageError(
            "the page needs the library NiceGUI, which is not installed",
            'pip install "bw_tinyml[app]"',
        ) from None


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address; port 0 takes a free one.

    Raises
    ------
    UsageError
        The address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except (OSError, OverflowError) as error:
        bound.close()
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"cannot listen on {host}, port {port}: {reason}",
            "choose another with --port, or 0 for any free one",
        ) from None
    return bound


def address(bound: socket.socket, host: str) -> str:
    """Return the address of the page."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{bound.getsockname()[1]}/"


def application(desk: Desk, host: str, port: int) -> Any:
    """Return the page as a guarded ASGI application.

    Parameters
    ----------
    desk
        What it shows.
    host, port
        Where it is served; requests to other names are refused.
    """
    from fastapi import FastAPI
    from nicegui import ui

    from bw_tinyml.app.page import TITLE, Page

    async def show() -> None:
        page = Page(desk)
        page.build()
        page.fill()
        # The result follows on the socket, so that the page stands at once.
        await ui.context.client.connected()
        await page.update()

    # No pages that describe the interface: there is none to be used by others.
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    ui.page("/", title=TITLE, response_timeout=30)(show)
    ui.run_with(api, title=TITLE, language="en-US", show_welcome_message=False, tailwind=True)
    return Guard(api, served_hosts(host, port))


def serve(desk: Desk, bound: socket.socket, host: str) -> None:
    """Serve the page until interrupted.

    Parameters
    ----------
    desk
        What it shows.
    bound
        Socket to listen on.
    host
        Name or address by which the page is called.
    """
    import threading

    import uvicorn

    # Bills of materials are matched against all tables, which take some seconds to read.
    threading.Thread(target=desk.prepare_bills, daemon=True).start()
    guarded = application(desk, host, bound.getsockname()[1])
    config = uvicorn.Config(
        guarded,
        log_level="warning",
        server_header=False,
        ws_max_size=1_000_000,  # a browser sends small messages; files come by another way
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[bound])
