"""Bills of materials: what is read, what each line becomes, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bw_tinyml.cli.main import cli, main
from bw_tinyml.devices.lines import BomLine
from bw_tinyml.devices.matching import Match, Matcher
from bw_tinyml.devices.reading import read_bom
from bw_tinyml.devices.scoring import match_bom
from bw_tinyml.errors import BwTinymlError, UntrustedError, UsageError
from bw_tinyml.inventory import load

BOMS = Path(__file__).parent.parent / "boms"


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    inventory, report = load()
    assert not report.errors
    return Matcher(inventory, "test.csv")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(text: str | bytes, name: str = "bom.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


def by_line(matches: tuple[Match, ...]) -> dict[int, Match]:
    return {m.line.line: m for m in matches}


def test_kicad_bill() -> None:
    result = match_bom(BOMS / "kicad.csv", board_area=8, layers=4)
    assert result.counts == {"matched": 4, "estimated": 9, "unknown": 1, "ignored": 2}
    assert [line.value for line in result.bom.left_out] == ["0R"]
    lines = by_line(result.matches)
    assert lines[6].demands[0].dataset == "integrated_circuit/stm32u575"
    assert lines[8].demands[0].dataset == "integrated_circuit_unspecified/QFN24 4x4"
    assert lines[9].status == "unknown" and not lines[9].demands
    assert lines[13].demands[0].amount == 6  # a pin header 1x06 has six pins
    demands = result.demands()
    assert demands["capacitor_mlcc"] == pytest.approx((4 * 1.5 + 6.0) * 1e-6)  # kg
    assert demands["printed_circuit_board/4-layer/CN"] == pytest.approx(8e-4)  # m2
    assert demands["smt_assembly/CN"] == pytest.approx(8e-4)
    assert not result.warnings


def test_bill_with_preamble_and_without_footprints() -> None:
    """IPC-style: lines above the header, semicolons, words of the description, a total below."""
    result = match_bom(BOMS / "ipc.csv")
    demands = result.demands()
    assert demands["capacitor_mlcc"] == pytest.approx(2 * 1.5e-6)
    assert demands["resistor_chip"] == pytest.approx(3 * 0.65e-6)
    assert demands["sensor/imu_6axis"] == 1
    assert len(result.matches) == 3
    assert "no circuit board" in result.warnings[0]


def test_position_file_has_one_part_per_row() -> None:
    demands = match_bom(BOMS / "positions.csv").demands()
    assert demands["integrated_circuit/rp2040"] == 1


def test_plain_text_position_file_of_kicad() -> None:
    demands = match_bom(BOMS / "positions.pos").demands()
    assert demands["integrated_circuit/rp2040"] == 1
    assert demands["capacitor_mlcc"] == pytest.approx(2 * 1.5e-6)
    assert len(demands) == 2


def test_ranges_of_references_are_counted(write: Callable[..., Path]) -> None:
    """KiCad writes R1-R5; what only looks like a range stays one part."""
    result = match_bom(write('ref,value,footprint\n"R1-R5,R9",10k,R_0402\nJ1-1,x,R_0402\n'))
    assert [m.line.quantity for m in result.matches] == [6, 1]


def test_a_quantity_for_many_boards_is_reported(write: Callable[..., Path]) -> None:
    """Ten boards in the column for one: the quantity counts, and a warning names the line."""
    result = match_bom(write('ref,value,footprint,qty\n"R1,R2",10k,R_0402,20\nC1,1u,C_0402,1\n'))
    assert result.demands()["resistor_chip"] == pytest.approx(20 * 0.65e-6)
    assert "differ in line 2 (2 named, 20 stated)" in result.warnings[1]


def test_yaml_with_die_dataset_and_board() -> None:
    result = match_bom(BOMS / "device.yaml")
    assert result.bom.name == "wake-word sensor"
    assert result.counts == {"matched": 4, "estimated": 1, "unknown": 1, "ignored": 0}
    demands = result.demands()
    assert demands["casing_abs"] == pytest.approx(0.025)
    # wafer area per chip exceeds the die by streets, edge, yield and rejects of test
    assert 4.5e-6 < demands["wafer_fabrication/22 nm/TW"] < 6e-6
    assert demands["packaging_qfn/QFN32 5x5"] == pytest.approx(1, abs=0.05)


def test_mass_scales_a_generic_part(matcher: Matcher) -> None:
    light = matcher.match(BomLine(1, value="x", references=("L1",), mass_g=0.01))
    heavy = matcher.match(BomLine(1, value="x", references=("L1",), mass_g=0.02))
    assert heavy.demands[0].amount == pytest.approx(2 * light.demands[0].amount)


def test_exact_row_wins_over_package(matcher: Matcher) -> None:
    line = BomLine(1, value="RP2040", references=("U1",), package="QFN-56_7x7mm")
    assert matcher.match(line).demands[0].dataset == "integrated_circuit/rp2040"


def test_every_row_of_the_table_can_be_reached(matcher: Matcher) -> None:
    """A pattern that an earlier row hides would never count."""
    for row in matcher.inventory.tables["parts"]:
        if not row["pattern"]:
            continue
        text = row["pattern"].split(";")[0].replace("*", "").replace("?", "0")
        letters = row["designator"].split(";")[0] or "U"
        match = matcher.match(BomLine(1, value=text, references=(f"{letters}1",)))
        found = match.demands[0].dataset if match.demands else ""
        assert found == row["dataset"], f"parts.csv:{row.line}: {text} -> {match.reason}"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("part,quantity\nRP2040,two\n", "bom.csv:2", "quantity is 'two'"),
        ("part,quantity\nRP2040,-1\n", "bom.csv:2", "quantity"),
        ("part,quantity\nRP2040,nan\n", "bom.csv:2", "quantity"),
        ("part,quantity\nRP2040,1e9\n", "bom.csv:2", "quantity"),
        ("a,b\n1,2\n", "bom.csv", "no header"),
        ("part,quantity\n", "bom.csv", "no parts"),
        ("", "bom.csv", "no header"),
        ("part,quantity,dataset\nx,1,no_such\n", "bom.csv:2", "no dataset 'no_such'"),
        ("part,die_mm2,node\nx,5,17 nm\n", "bom.csv:2", "node '17 nm'"),
        ("part,die_mm2,node\nx,99999,40 nm\n", "bom.csv:2", "does not fit"),
        ("part,quantity,unit,dataset\nx,1,kWh,casing_abs\n", "bom.csv:2", "kWh"),
        ('part,quantity\n"' + "x" * 200_000, "bom.csv:2", "more than 5000 characters"),
        ("part,quantity\n" + "x" * 6000 + ",1\n", "bom.csv:2", "more than 5000 characters"),
    ],
)
def test_faults_name_file_and_line(
    write: Callable[..., Path], text: str, place: str, message: str
) -> None:
    with pytest.raises(BwTinymlError) as caught:
        match_bom(write(text))
    assert caught.value.message.startswith(place)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("parts: &a [*a]", "aliases are refused"),
        ("a: &x 1\nparts: [*x, *x]", "aliases are refused"),
        ("parts:\n  - part: !!python/object/apply:os.system ['true']", "text or number"),
        ("parts: " + "[" * 500, "nested"),
        ("parts:\n  - part: [a, b]", "bom.yaml:2"),
        ("parts:\n  - colour: red", "'colour' is not known"),
        ("parts: 3", "not a list"),
        ("- 1", "a mapping"),
        ("parts:\n\t- x", "bom.yaml:2"),
        ("parts:\n  - part: x\n    part: y", "stands twice"),
        ("board: {layers: 2}\nparts: [{part: x}]", "no area_cm2"),
    ],
)
def test_yaml_that_is_refused(write: Callable[..., Path], text: str, message: str) -> None:
    with pytest.raises((UntrustedError, UsageError)) as caught:
        read_bom(write(text, "bom.yaml"))
    assert message in caught.value.message


def test_files_that_are_refused(write: Callable[..., Path], tmp_path: Path) -> None:
    for content, message in ((b"part\0\xff", "not a text file"), (b"x" * 5_000_001, "larger")):
        with pytest.raises(UntrustedError, match=message):
            read_bom(write(content))
    with pytest.raises(UntrustedError, match="no file"):
        read_bom(tmp_path / "missing.csv")
    with pytest.raises(UntrustedError, match="rows"):
        read_bom(write("part,quantity\n" + "x,1\n" * 20_001))


def test_utf16_and_latin1_are_read(write: Callable[..., Path]) -> None:
    assert read_bom(write("part\tqty\nRP2040\t1\n".encode("utf-16"))).lines[0].part == "RP2040"
    assert read_bom(write("part,qty\n10µF,1\n".encode("cp1252"))).lines[0].part == "10µF"


def test_command_line(write: Callable[..., Path]) -> None:
    bill = str(BOMS / "kicad.csv")
    shown = CliRunner().invoke(cli, ["bom", bill, "--match-only"], standalone_mode=False)
    assert shown.exception is None
    assert "kicad.csv:9 ACME-FOO" in shown.output and "no circuit board" in shown.output
    strict = CliRunner().invoke(
        cli, ["bom", bill, "--match-only", "--strict"], standalone_mode=False
    )
    assert strict.return_value == 1


def test_a_faulty_bill_exits_with_2(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("part,quantity\nRP2040,two\n")
    for arguments in (["bom", str(path), "--match-only"], ["bom", str(BOMS / "kicad.csv")]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
        assert "Traceback" not in capsys.readouterr().err
