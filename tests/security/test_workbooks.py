"""Workbooks from outside: each attack is refused, and none exhausts the machine."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from bw_tinyml.errors import UntrustedError
from bw_tinyml.importing import cells
from bw_tinyml.importing.cells import read_cells
from bw_tinyml.importing.faults import Faults


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["Database", "x"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path


def rewrite(path: Path, change: Callable[[str, bytes], bytes], **extra: bytes) -> Path:
    """Change parts of a workbook, or add some."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, **extra}.items():
            archive.writestr(name, change(name, content))
    return path


def refusal(path: Path) -> str:
    faults = Faults(path.name)
    with pytest.raises(UntrustedError) as caught:
        read_cells(path, faults)
    return caught.value.message


def in_sheet(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    return lambda name, content: content.replace(old, new) if "sheet1" in name else content


def test_a_sound_workbook_is_read(workbook: Path) -> None:
    (sheet,) = read_cells(workbook, Faults("x"))
    assert sheet.rows == [(1, ["Database", "x"])]


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
        b'<!doctype a SYSTEM "http://example.org/a.dtd">',
    ],
)
def test_document_types_and_entities(workbook: Path, declaration: bytes) -> None:
    rewrite(workbook, in_sheet(b"<worksheet", declaration + b"<worksheet"))
    assert "document type declaration" in refusal(workbook)


def test_other_encodings_cannot_hide_a_declaration(workbook: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        return content.decode().encode("utf-16") if "sheet1" in name else content

    assert "not encoded in UTF-8" in refusal(rewrite(workbook, change))


def test_a_part_that_unpacks_to_too_much(workbook: Path) -> None:
    rewrite(workbook, lambda n, c: c, **{"xl/media/a.bin": b"\0" * 5_000_000})
    assert "times its packed size" in refusal(workbook)


def test_paths_that_lead_out(workbook: Path) -> None:
    rewrite(workbook, lambda n, c: c, **{"../evil": b"x"})
    assert "leads out" in refusal(workbook)


def test_a_row_far_away_does_not_make_a_million_rows(workbook: Path) -> None:
    rewrite(workbook, in_sheet(b'<row r="1"', b'<row r="1048576"'))
    rewrite(workbook, in_sheet(b'r="A1"', b'r="A1048576"'))
    rewrite(workbook, in_sheet(b'r="B1"', b'r="B1048576"'))
    assert "rows" in refusal(workbook)


def test_a_column_far_away(workbook: Path) -> None:
    rewrite(workbook, in_sheet(b'r="B1"', b'r="XFD1"'))
    assert "columns" in refusal(workbook)


def test_a_size_that_lies_is_not_believed(workbook: Path) -> None:
    rewrite(workbook, in_sheet(b'ref="A1:B1"', b'ref="A1:XFD1048576"'))
    (sheet,) = read_cells(workbook, Faults("x"))
    assert len(sheet.rows) == 1


@pytest.mark.parametrize(
    ("limit", "value", "word"),
    [("MAX_ROWS", 2, "rows"), ("MAX_CELLS", 3, "cells"), ("MAX_COLUMNS", 1, "columns"),
     ("MAX_SHEETS", 0, "sheets"), ("MAX_FILE", 10, "bytes")],
)  # fmt: skip
def test_limits(
    workbook: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, word: str
) -> None:
    book = openpyxl.load_workbook(workbook)
    for _ in range(5):
        book.active.append([1, 2])
    book.save(workbook)
    monkeypatch.setattr(cells, limit, value)
    assert word in refusal(workbook)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a workbook", b"<html></html>"])
def test_no_workbook(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    assert "book.xlsx" in refusal(path)


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    assert "no Excel workbook" in refusal(path)


def test_a_damaged_sheet(workbook: Path) -> None:
    rewrite(workbook, in_sheet(b"</sheetData>", b"</sheetDat"))
    assert "damaged" in refusal(workbook)


def test_formulas_errors_and_dates_are_faults(workbook: Path) -> None:
    import datetime

    book = openpyxl.load_workbook(workbook)
    book.active.append(["=HYPERLINK(1)", datetime.datetime(2024, 1, 1), "#N/A"])
    book.active["C2"].data_type = "e"
    book.save(workbook)
    faults = Faults("x")
    read_cells(workbook, faults)
    assert [f.row for f in faults.found] == [2, 2, 2]
    assert ["formula" in f.message or "date" in f.message or "error" in f.message
            for f in faults.found] == [True] * 3  # fmt: skip


def test_sheets_that_say_skip_are_left_out(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    sheet = book.create_sheet("notes")
    sheet.append(["SKIP"])
    sheet.append(["=1+1"])
    book.save(workbook)
    faults = Faults("x")
    assert [s.name for s in read_cells(workbook, faults)] == ["Sheet"]
    assert faults.found == []
