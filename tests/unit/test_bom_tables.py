"""Bills of materials as suppliers send them: German headers, decimal commas, Excel workbooks."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from bw_tinyml.devices.lines import decimal_point
from bw_tinyml.devices.reading import MAX_BYTES, parse_bom, read_bom
from bw_tinyml.devices.scoring import match_bom
from bw_tinyml.errors import BwTinymlError, UntrustedError, UsageError

GERMAN = (
    "Projekt;Sensorknoten\n"
    "Pos;Menge;Referenz;Wert;Bezeichnung;Gehäuse;Masse (g)\n"
    "1;2;C1,C2;100n;Kondensator;0402;\n"
    "2;1;BT1;LiPo 1,2 Ah;Akku;;\n"
    "3;1;L1;4u7;Drossel;;0,05\n"
)


def workbook(*sheets: Sequence[Sequence[object]], hidden: int = 0) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for n, rows in enumerate(sheets):
        sheet = book.create_sheet(f"S{n}")
        if n < hidden:
            sheet.sheet_state = "hidden"
        for row in rows:
            sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_german_headers_and_decimal_commas(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "stueckliste.csv"
    path.write_bytes(GERMAN.encode(encoding))
    bill = read_bom(path)
    assert [line.quantity for line in bill.lines] == [2, 1, 1]
    assert bill.lines[0].package == "0402" and bill.lines[2].mass_g == 0.05
    assert bill.unused_columns == ("Pos",)
    demands = match_bom(path).demands()
    assert demands["capacitor_mlcc"] == pytest.approx(2 * 1.5e-6)
    assert demands["cell_lithium_ion_pouch"] == pytest.approx(1.2 * 3.7 / 200)


def test_decimal_commas_only_where_they_are_no_separator() -> None:
    assert decimal_point("1,5") == "1.5"
    assert decimal_point("1.200,5") == "1200.5"
    assert decimal_point("2,000") == "2.000"
    assert decimal_point("1.5") == "1.5"
    assert decimal_point("1,2,3") == "1,2,3"
    quoted = b'part,quantity\nRP2040,"1,5"\n'
    with pytest.raises(UsageError, match="quantity is '1,5'"):
        parse_bom(quoted, "bill.csv")
    semicolons = parse_bom(b"dataset;quantity;unit\ncasing_abs;1,5;g\n", "bill.csv")
    assert semicolons.lines[0].quantity == 1.5


def test_workbook_as_a_supplier_sends_it(tmp_path: Path) -> None:
    """Title above, prices as formulas beside, total below, notes on a second sheet."""
    content = workbook(
        [["hidden", "notes"]],
        [
            ["ACME board", None, "rev. B"],
            [],
            ["Item", "Qty", "Designator", "Comment", "Footprint", "Price", "Total"],
            [1, 2, "C1, C2", "100n", '="0402"', 0.01, "=B4*F4"],
            [2, 1.0, "U1", "RP2040", "QFN-56", 0.8, "=B5*F5"],
            [3, "1,0", "BT1", "CR2450", None, 0.5, "=B6*F6"],
            [None, None, None, None, None, "Total", "=SUM(G4:G6)"],
        ],
        [["part", "quantity"], ["STM32F401", 7]],
        hidden=1,
    )
    path = tmp_path / "bill.xlsx"
    path.write_bytes(content)
    bill = read_bom(path)
    assert [line.line for line in bill.lines] == [4, 5, 6]
    assert [line.quantity for line in bill.lines] == [2, 1, 1]
    demands = match_bom(path).demands()
    assert demands["integrated_circuit/rp2040"] == 1
    assert demands["battery/CR2450"] == 1
    assert demands["capacitor_mlcc"] == pytest.approx(2 * 1.5e-6)


def test_formulas_in_columns_that_count_are_refused() -> None:
    content = workbook([["part", "quantity"], ["RP2040", "=1+1"]])
    with pytest.raises(UsageError, match=r"bill\.xlsx:2: quantity is the formula =1\+1"):
        parse_bom(content, "bill.xlsx")


def packed(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no archive", "not an Excel workbook"),
        (packed(a=b"1"), "no Excel workbook"),
        (b"x" * (MAX_BYTES + 1), "larger than"),
        (packed(**{"[Content_Types].xml": b"<x/>", "a.bin": b"0" * 60_000_000}), "unpacks to"),
        (packed(**{"[Content_Types].xml": b"<!DOCTYPE x><x/>"}), "document type"),
        (packed(**{"[Content_Types].xml": b"<x/>", "../a": b"1"}), "leads out"),
        (packed(**{"[Content_Types].xml": b"<x/>"}), "damaged"),
    ],
)
def test_workbooks_that_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(UntrustedError, match=message) as caught:
        parse_bom(content, "bill.xlsx")
    assert "bill.xlsx" in caught.value.message


def test_limits_of_tables_hold_for_workbooks() -> None:
    for rows, message in (
        ([["part", "quantity"], ["x" * 6000, 1]], "5000 characters"),
        ([["part", *range(300)], ["x", 1]], "200 columns"),
        ([["part", "quantity"], *[["x", 1]] * 20_001], "20000 rows"),
        ([["a", "b"], [1, 2]], "no header"),
    ):
        with pytest.raises(BwTinymlError, match=message):
            parse_bom(workbook(rows), "bill.xlsx")
