"""Who may talk to the page: foreign names, foreign pages and large bodies are refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bw_tinyml.app.guard import MAX_BODY, Guard, served_hosts

HOST = (b"host", b"127.0.0.1:8422")
OWN = (b"origin", b"http://127.0.0.1:8422")
EVIL = (b"origin", b"http://evil.example")


async def reads_all(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"fine"})


def ask(
    *headers: tuple[bytes, bytes], method: str = "GET", kind: str = "http", chunks: int = 0
) -> tuple[Any, dict[str, str]]:
    """Status of the response (or how a WebSocket was answered) and its headers."""
    left = [chunks]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        left[0] -= 1
        return {"type": "http.request", "body": b"x" * 100_000, "more_body": left[0] > 0}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "method": method, "headers": list(headers)}
    guard = Guard(reads_all, served_hosts("127.0.0.1", 8422))
    asyncio.run(guard(scope, receive, send))
    if kind == "websocket":
        return sent[0]["type"], {}
    return sent[0]["status"], {k.decode(): v.decode() for k, v in sent[0]["headers"]}


def test_own_page_is_served_with_headers_against_framing() -> None:
    status, headers = ask(HOST)
    assert status == 200
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "host",
    [b"evil.example:8422", b"127.0.0.1:9", b"127.0.0.1.evil.example:8422", b"127.0.0.1", b""],
)
def test_other_names_are_refused(host: bytes) -> None:
    """DNS rebinding: the browser believes to talk to evil.example."""
    assert ask((b"host", host))[0] == 403
    assert ask((b"host", host), OWN, kind="websocket")[0] == "websocket.close"


def test_host_must_be_named_once() -> None:
    assert ask()[0] == 403
    assert ask(HOST, (b"host", b"evil.example"))[0] == 403


@pytest.mark.parametrize("name", [b"localhost:8422", b"LOCALHOST:8422", b"[::1]:8422"])
def test_other_names_of_loopback_are_served(name: bytes) -> None:
    assert ask((b"host", name))[0] == 200
    assert ask((b"host", name), (b"origin", b"http://" + name), method="POST")[0] == 200


def test_posts_need_our_origin() -> None:
    assert ask(HOST, OWN, method="POST")[0] == 200
    for headers in ([], [EVIL], [(b"origin", b"null")], [OWN, EVIL]):
        assert ask(HOST, *headers, method="POST")[0] == 403


def test_websockets_need_our_origin() -> None:
    assert ask(HOST, OWN, kind="websocket")[0] == "websocket.accept"
    for headers in ([], [EVIL], [(b"origin", b"null")], [(b"origin", b"http://localhost:8422")]):
        assert ask(HOST, *headers, kind="websocket")[0] == "websocket.close"


def test_scripts_of_other_sites_are_refused_but_links_work() -> None:
    cross = (b"sec-fetch-site", b"cross-site")
    assert ask(HOST, cross, (b"sec-fetch-mode", b"no-cors"))[0] == 403
    assert ask(HOST, cross, (b"sec-fetch-mode", b"navigate"))[0] == 200


def test_large_bodies_are_refused_by_header_and_by_count() -> None:
    length = (b"content-length", str(MAX_BODY + 1).encode())
    assert ask(HOST, OWN, length, method="POST")[0] == 413
    assert ask(HOST, OWN, (b"content-length", b"-1"), method="POST")[0] == 413
    assert ask(HOST, OWN, method="POST", chunks=MAX_BODY // 100_000 + 1)[0] == 413
    assert ask(HOST, OWN, method="POST", chunks=MAX_BODY // 100_000)[0] == 200
