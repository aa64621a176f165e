"""Files from outside can neither run code, escape a folder nor exhaust memory."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from bw_tinyml.errors import UntrustedError
from bw_tinyml.untrusted import Limits, open_archive, parse_json, parse_xml


def make(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_sound_archive_is_read(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"flows/b.xml": b"<b/>", "a.json": b"{}"})
    with open_archive(path) as archive:
        assert archive.names() == ["a.json", "flows/b.xml"]
        assert archive.names(".XML") == ["flows/b.xml"]
        assert archive.read("flows/b.xml") == b"<b/>"


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/passwd", "a/../../b", "..\\evil.txt", "C:\\evil.txt"]
)
def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    path = make(tmp_path / "a.zip", {name: b"x"})
    with pytest.raises(UntrustedError, match="leads out"), open_archive(path):
        pass


def test_symbolic_links_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UntrustedError, match="symbolic link"), open_archive(tmp_path / "a.zip"):
        pass


def test_names_given_twice_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", "2")
    with pytest.raises(UntrustedError, match="twice"), open_archive(tmp_path / "a.zip"):
        pass


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(files=1), "2 files"),
        (Limits(file_bytes=1000), "unpacks to more than 1000 bytes"),
        (Limits(total_bytes=1000), "it unpacks to more than"),
        (Limits(), "times its packed size"),
    ],
)
def test_bombs_are_refused(tmp_path: Path, limits: Limits, message: str) -> None:
    path = make(tmp_path / "a.zip", {"a": bytes(5_000_000), "b": b"x"})
    with pytest.raises(UntrustedError, match=message), open_archive(path, limits) as archive:
        archive.read("a")


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"a": bytes(range(256)) * 40})
    content = bytearray(path.read_bytes())
    content[60:80] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(UntrustedError, match="damaged"), open_archive(path) as archive:
        archive.read("a")
    path.write_bytes(b"not a zip")
    with pytest.raises(UntrustedError, match="not a zip archive"), open_archive(path):
        pass
    with pytest.raises(UntrustedError, match="no file"), open_archive(tmp_path / "none.zip"):
        pass


BILLION_LAUGHS = b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>"""
LOCAL_FILE = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>"""
EXTERNAL_DTD = b"""<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>"""


@pytest.mark.parametrize("content", [BILLION_LAUGHS, LOCAL_FILE, EXTERNAL_DTD])
def test_document_types_and_entities_are_refused(content: bytes) -> None:
    with pytest.raises(UntrustedError, match="document type"):
        parse_xml(content, "x.xml")


def test_deep_and_broken_xml_is_refused() -> None:
    with pytest.raises(UntrustedError, match="well-formed"):
        parse_xml(b"<x><y></x>", "x.xml")
    with pytest.raises(UntrustedError, match="well-formed"):
        parse_xml(b"<x>" * 100_000, "x.xml")
    assert parse_xml(b"<x a='1'/>", "x.xml").get("a") == "1"


@pytest.mark.parametrize("content", [b"{", b"[" * 1_000_000, b'{"a": NaN}', b"\xff\xfe"])
def test_broken_json_is_refused(content: bytes) -> None:
    with pytest.raises(UntrustedError, match="not valid JSON"):
        parse_json(content, "x.json")
