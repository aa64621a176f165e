"""Electronics inventories: what a practitioner looks for is there, used, balanced, and once."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from itertools import combinations
from pathlib import Path

import pytest

from bw_tinyml.background import link
from bw_tinyml.background.linking import LinkedInventory
from bw_tinyml.inventory import load
from bw_tinyml.inventory.findings import Report

#: the folders that make electronics; use, network and end of life have tests of their own
TOPICS = (
    *("silicon", "wafer_fabrication", "ic_packaging", "boards", "components", "chips"),
    *("development_boards", "blocks", "operation", "devices"),
)


@pytest.fixture(scope="module")
def linked() -> LinkedInventory:
    inventory, report = load()
    assert not report.errors
    return link(inventory, Report())


def test_enough_datasets_all_used_or_alternatives(linked: LinkedInventory) -> None:
    """A dataset is used, chosen by people, named in parts.csv, or the sibling of one that is."""
    datasets = linked.inventory.of_database("tinyml")
    assert len(datasets) >= 250
    used = {e.provider.id for d in linked.datasets.values() for e in d.exchanges if e.provider}
    used |= {row["dataset"] for row in linked.inventory.tables["parts"]}
    used |= {d.id for d in datasets if d.role == "end product"}
    processes = {d.process for d in datasets if d.id in used}
    assert {d.process for d in datasets} == processes
    # a chip or part stands for itself and not for its siblings
    alone = [
        d.id
        for d in datasets
        if d.process in ("integrated_circuit", "small_part", "sensor") and d.id not in used
    ]
    assert alone == []


def test_every_good_is_balanced_in_mass(linked: LinkedInventory) -> None:
    """The check compares the masses; here: none escapes it without a reason."""
    goods = [d for d in linked.inventory.of_database("tinyml") if d.product_type == "good"]
    unbalanced = {d.process for d in goods if "mass" not in d.balances and not d.balance_note}
    assert len(goods) > 500 and unbalanced == set()


def test_no_process_copies_another(linked: LinkedInventory) -> None:
    """Rows of the same input, amount and unit in two processes call for a recipe."""
    rows: dict[str, set[tuple[str, ...]]] = {}
    for row in linked.inventory.tables["exchanges"]:
        if "/tinyml/" in f"/{row.file}":
            cells = (row["type"], row["input"], row["amount"], row["unit"])
            rows.setdefault(row["process"], set()).add(cells)
    assert len(rows) > 100
    copied = [
        (a, b)
        for a, b in combinations(rows, 2)
        if len(rows[a] & rows[b]) > 0.6 * min(len(rows[a]), len(rows[b])) and len(rows[a]) > 3
    ]
    assert copied == []


def test_names_tell_datasets_apart(linked: LinkedInventory) -> None:
    """Brightway's search and Excel match by name, product and location."""
    datasets = linked.inventory.of_database("tinyml")
    assert len({(d.name, d.product, d.location) for d in datasets}) == len(datasets)
    boards = [d for d in datasets if d.process == "printed_circuit_board"]
    assert not [d.id for d in boards if "HASL" in d.id and "ENIG" in d.name + d.product]
    assert not [d.id for d in boards if "flex" in d.id and "rigid" in d.name]


def test_options_cost_what_their_layers_cost(linked: LinkedInventory) -> None:
    """Embedded memory adds its mask layers to electricity, and nothing to the substrate."""
    found = linked.datasets
    values = linked.inventory.values["tinyml"]

    def amount(dataset: str, label: str) -> float:
        d = found[dataset].dataset
        rows = [e for e in d.exchanges if e.label == label]
        assert rows, label
        return sum(linked.inventory.amount(d, e.value) for e in rows)

    for base, option in (("40 nm", "40 nm embedded flash"), ("22 nm", "22 nm embedded MRAM")):
        plain, more = f"wafer_fabrication/{base}/TW", f"wafer_fabrication/{option}/TW"
        suffix = base.replace(" ", "")
        layers = values[f"mask_layers_{suffix}"]
        extra = values[f"option_layers_{option.replace(' ', '')}"]
        assert 2 <= extra <= 12
        ratio = amount(more, "electricity") / amount(plain, "electricity")
        assert ratio == pytest.approx((layers + extra) / layers)
        assert amount(more, "substrate") == pytest.approx(amount(plain, "substrate"))


def test_each_result_of_the_benchmark_stands_once(linked: LinkedInventory) -> None:
    """All results with energy, and none that a later round merely lists again."""
    rows = [
        r
        for r in linked.inventory.tables["variants"]
        if r["parameter"] == "inference_uj" and r["source"] == "mlperf_tiny"
    ]
    assert len(rows) == 145
    assert len({r["page"] for r in rows}) == 145
    results = {(r["amount"], r["page"].rsplit("/", 4)[0].split(":")[1]) for r in rows}
    assert len(results) == 145


def test_what_the_specification_names_is_there(linked: LinkedInventory) -> None:
    wanted = """
        silicon_electronic_grade  silicon_ingot_czochralski  silicon_wafer_soi
        silicon_wafer_polished/150 mm  silicon_wafer_polished/300 mm
        wafer_fabrication/350 nm/TW  wafer_fabrication/3 nm/TW  wafer_fabrication_memory/NOR/TW
        wafer_fabrication/22 nm embedded MRAM/TW  wafer_fabrication/180 nm high voltage/CN
        wafer_fabrication_mems/DE  wafer_fabrication_image_sensor/stacked
        wafer_fabrication_discrete  wafer_fabrication_led/InGaN on sapphire
        packaging_qfn/LQFP64  packaging_lga/BGA64 4x4  packaging_wlcsp  packaging_ewlb/eWLB 6x6
        printed_circuit_board/HDI 1+4+1/CN  printed_circuit_board/flex 2-layer/CN
        printed_circuit_board/4-layer OSP/DE  smt_assembly/CN  solder_paste_sac305
        camera_module/hm01b0  display/e-paper  sensor/gas_bme680  small_part/sensor_pir
        integrated_circuit/ndp101  integrated_circuit/cxd5602  integrated_circuit/secure_element
        integrated_circuit/nbiot_modem  integrated_circuit/stm32u385  integrated_circuit/ra6m4
        development_board/coral-dev-board-micro  development_board/spresense
        block_power/HSL-1 typical  block_power/HSL-1 high
    """
    names = [name for line in wanted.splitlines() for name in line.strip().split("  ") if name]
    assert [name for name in names if name.strip() not in linked.datasets] == []


def test_comparison_with_published_results_is_fresh() -> None:
    """The page of the docs says what the tables give; and no ratio is absurd."""
    path = Path(__file__).parents[2] / "docs" / "electronics_tables.py"
    spec = spec_from_file_location("electronics_tables", path)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    text = module.PAGE.read_text(encoding="utf-8")
    assert module.filled(text) == text, "python docs/electronics_tables.py"
    cells = [line.split("|") for line in text.splitlines() if line.count("|") == 7]
    ratios = [float(c[5]) for c in cells if c[5].strip() not in ("ratio", "---:")]
    assert len(ratios) > 40
    assert 0.7 < sorted(ratios)[len(ratios) // 2] < 1.6
    assert all(1 / 7 < r < 7 for r in ratios)
