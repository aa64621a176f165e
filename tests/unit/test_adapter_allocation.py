"""Processes of others with several products: how they are split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bw_tinyml.adapters.adapting import read_source
from bw_tinyml.adapters.allocation import allocate

from ..openlca import (
    amounts,
    archive,
    datasets,
    exchange,
    flow,
    nature,
    output,
    process,
    product,
    uid,
)


def _refinery(tmp_path: Path, *coproducts: dict[str, Any], **more: Any) -> Path:
    users = [
        process(f"user of {e['flow']['name']}", product(f"x {e['flow']['name']}"), _taken(e))
        for e in coproducts
    ]
    names = ["oil", *(e["flow"]["name"] for e in coproducts)]
    return archive(
        tmp_path / "a.zip",
        [
            process("refinery", product("oil", 3.0), *coproducts, output("Methane", 8.0), **more),
            *users,
        ],
        [
            *(flow(n) for n in names),
            *(flow(f"x {n}") for n in names),
            nature("Methane"),
        ],
    )


def _taken(made: dict[str, Any]) -> dict[str, Any]:
    return exchange(made["flow"]["name"], 1.0, made["unit"]["name"])


def test_coproducts_share_by_mass_and_heat_gets_nothing(tmp_path: Path) -> None:
    path = _refinery(tmp_path, output("wax", 1000.0, "g"), output("heat", 50.0, "MJ"))
    found, coverage = datasets(path)
    assert [amounts(found[n]) for n in ("oil", "wax")] == [
        {"Methane, fossil": 6.0},
        {"Methane, fossil": 2.0},
    ]
    assert amounts(found["heat"]) == {}
    assert found["wax"]["production amount"] == pytest.approx(1.0)
    assert coverage.allocations == {"mass": 1}
    assert coverage.elementary == 1, "an exchange of a split process counts once"


def test_stated_factors_come_first(tmp_path: Path) -> None:
    factors = [
        {"allocationType": "ECONOMIC_ALLOCATION", "product": {"@id": uid(n)}, "value": v}
        for n, v in (("oil", 0.9), ("wax", 0.1))
    ]
    path = _refinery(
        tmp_path,
        output("wax", 1.0),
        allocationFactors=factors,
        defaultAllocationMethod="ECONOMIC_ALLOCATION",
    )
    found, _ = datasets(path)
    assert amounts(found["wax"]) == {"Methane, fossil": pytest.approx(0.8)}


def test_causal_factors_replace_those_of_single_exchanges(tmp_path: Path) -> None:
    def factor(method: str, name: str, value: float, **more: Any) -> dict[str, Any]:
        return {"allocationType": method, "product": {"@id": uid(name)}, "value": value, **more}

    causal = {"exchange": {"flow": {"@id": uid("Methane")}}}
    path = _refinery(
        tmp_path,
        output("wax", 1.0),
        allocationFactors=[
            factor("PHYSICAL_ALLOCATION", "oil", 0.5),
            factor("PHYSICAL_ALLOCATION", "wax", 0.5),
            factor("CAUSAL_ALLOCATION", "oil", 1.0, **causal),
            factor("CAUSAL_ALLOCATION", "wax", 0.0, **causal),
        ],
    )
    found, _ = datasets(path)
    assert amounts(found["oil"]) == {"Methane, fossil": 8.0}
    assert amounts(found["wax"]) == {}


def test_factors_that_are_no_shares_are_not_used(tmp_path: Path) -> None:
    """US LCI has processes whose factors are all 0: by mass then, not into nothing."""
    factors = [
        {"allocationType": "PHYSICAL_ALLOCATION", "product": {"@id": uid("wax")}, "value": 0.0}
    ]
    found, coverage = datasets(_refinery(tmp_path, output("wax", 1.0), allocationFactors=factors))
    assert sum(amounts(found[n])["Methane, fossil"] for n in ("oil", "wax")) == pytest.approx(8.0)
    assert coverage.allocations == {"mass": 1}


def test_products_without_common_measure_leave_all_to_the_reference(tmp_path: Path) -> None:
    found, coverage = datasets(_refinery(tmp_path, output("wax", 1.0, "m3")))
    assert amounts(found["oil"]) == {"Methane, fossil": 8.0}
    assert "wax" not in found
    assert "without a common measure" in coverage.remarks[0]
    assert coverage.by_reason() == {"no provider": 1}


def test_unused_outputs_take_no_share(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "a.zip",
        [process("mill", product("board", 1.0), output("dust", 9.0), output("Methane", 1.0))],
        [flow("board"), flow("dust"), nature("Methane")],
    )
    source = read_source(path)
    assert [s.product.flow.name for s in allocate(source.processes[0], []).shares] == ["board"]
    assert amounts(datasets(path)[0]["board"]) == {"Methane, fossil": 1.0}
