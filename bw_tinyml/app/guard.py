"""Who may talk to the page: only a browser window that this server opened itself.

A server on the loopback interface is reachable by every web page that the user has open: by forms
and scripts that post to it (CSRF), by WebSockets, which know no same-origin rule, and by names that
are made to point at 127.0.0.1 (DNS rebinding). Every request therefore has to name a host that we
serve, and where a browser says which page it comes from, that page has to be ours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
#: of a request with its envelope; a bill of materials may have 5 MB
MAX_BODY = 6_000_000
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"content-security-policy",
        # Vue, which NiceGUI is built on, compiles templates in the browser.
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        b"style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        b"connect-src 'self'; object-src 'none'; base-uri 'none'; "
        b"form-action 'none'; frame-ancestors 'none'",
    ),
)


class _TooLargeError(Exception):
    """A body is longer than its header or our limit says."""


class Guard:
    """ASGI middleware that refuses foreign requests and large bodies.

    Parameters
    ----------
    application
        What is guarded.
    hosts
        Values of the header ``Host`` that are ours, in lower case and with the port.
    """

    def __init__(self, application: Application, hosts: frozenset[str]) -> None:
        self.application = application
        self.hosts = hosts

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.application(scope, receive, send)
            return
        fault = self.fault(scope)
        if fault:
            await _refuse(scope, send, *fault)
            return
        if scope["type"] == "websocket":
            await self.application(scope, receive, send)
            return
        started = False

        async def limited() -> Message:
            message = await receive()
            limited.size += len(message.get("body", b""))  # type: ignore[attr-defined]
            if limited.size > MAX_BODY:  # type: ignore[attr-defined]
                raise _TooLargeError
            return message

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        limited.size = 0  # type: ignore[attr-defined]
        try:
            await self.application(scope, limited, with_headers)
        except _TooLargeError:
            if not started:
                await _refuse(scope, send, 413, "the file is too large")

    def fault(self, scope: Message) -> tuple[int, str] | None:
        """Return status and reason why a request is refused, or None."""
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        host = [h.decode("latin-1").lower() for h in headers.get(b"host", [])]
        if len(host) != 1 or host[0] not in self.hosts:
            return 403, "this name is not served here (Host)"
        origin = [o.decode("latin-1").lower() for o in headers.get(b"origin", [])]
        ours = [f"{scheme}://{host[0]}" for scheme in ("http", "https")]
        if any(o not in ours for o in origin):
            return 403, "requests of other pages are refused (Origin)"
        demands_origin = scope["type"] == "websocket" or scope.get("method") in _UNSAFE
        if demands_origin and not origin:
            return 403, "a browser states the page that a request comes from (Origin)"
        site = headers.get(b"sec-fetch-site", [b"none"])[0]
        opened = headers.get(b"sec-fetch-mode", [b"navigate"])[0] == b"navigate"
        if site not in (b"none", b"same-origin") and not opened:
            return 403, "requests of other pages are refused (Sec-Fetch-Site)"
        length = headers.get(b"content-length", [b"0"])[0]
        if not length.isdigit() or int(length) > MAX_BODY:
            return 413, "the file is too large"
        return None


async def _refuse(scope: Message, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"Refused: {reason}.\n".encode()})


def served_hosts(host: str, port: int) -> frozenset[str]:
    """Return the values of ``Host`` that a server on an address answers to.

    Parameters
    ----------
    host
        Address or name that the server listens on.
    port
        Its port.
    """
    bare = f"[{host}]" if ":" in host and not host.startswith("[") else host
    names = {bare.lower(), *LOOPBACK}
    found = {f"{name}:{port}" for name in names}
    return frozenset(found | (names if port in (80, 443) else set()))
