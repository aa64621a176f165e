"""Starting the page: what is missing or taken is said before anything slow is done."""

from __future__ import annotations

import json
import socket
import sys

import pytest

from bw_tinyml.app.guard import served_hosts
from bw_tinyml.app.server import address, listen
from bw_tinyml.cli.main import main
from bw_tinyml.errors import UsageError

from ..conftest import MINI


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["app", "--no-open", *arguments])
    return int(stopped.value.code or 0), capsys.readouterr().err


def test_missing_library(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "nicegui", None)
    code, text = run(capsys, "--project", "any")
    assert code == 2
    assert 'pip install "bw_tinyml[app]"' in text


def test_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("nicegui")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, text = run(capsys, "--project", "any", "--port", str(port))
    assert code == 2
    assert f"cannot listen on 127.0.0.1, port {port}" in text


def test_other_hosts_are_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("nicegui")
    code, text = run(capsys, "--project", "no-such", "--port", "0", "--host", "0.0.0.0")
    assert code == 2, "the project does not exist"
    assert "Warning: on 0.0.0.0 the page is open to everybody" in text


def test_programs_read_the_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: str
) -> None:
    pytest.importorskip("nicegui")
    served: list[str] = []
    monkeypatch.setattr(
        "bw_tinyml.app.server.serve", lambda desk, bound, host: served.append(address(bound, host))
    )
    options = ["--project", project, "--inventories", str(MINI), "--port", "0", "--json"]
    with pytest.raises(SystemExit) as stopped:
        main(["app", "--no-open", *options])
    assert not stopped.value.code
    assert json.loads(capsys.readouterr().out) == {"url": served[0], "project": project}


def test_default_is_loopback_only() -> None:
    bound = listen("127.0.0.1", 0)
    try:
        assert bound.getsockname()[0] == "127.0.0.1"
        assert address(bound, "127.0.0.1").startswith("http://127.0.0.1:")
    finally:
        bound.close()
    with pytest.raises(UsageError, match="port 70000"):
        listen("127.0.0.1", 70000)


def test_names_that_are_served() -> None:
    assert served_hosts("127.0.0.1", 8) == {"127.0.0.1:8", "localhost:8", "[::1]:8"}
    assert "board.lan:8" in served_hosts("Board.lan", 8)
    assert "[fe80::1]:8" in served_hosts("fe80::1", 8)
    assert "127.0.0.1" in served_hosts("127.0.0.1", 80)
