"""eILCD life cycle models: read from the XML alone, every product and waste is balanced."""

from __future__ import annotations

from collections import defaultdict

import pytest

from bw_tinyml.ilcd.content import exchanges_of, flow_of, reference_ids
from bw_tinyml.ilcd.names import FLOW, MODEL, OPENLCA, PROCESS
from bw_tinyml.ilcd.package import DataSet, Package, package_of

from ..ilcd_packages import made


@pytest.fixture(scope="module")
def package() -> Package:
    return package_of("mini.zip", made().items())


def instances(model: DataSet) -> dict[str, tuple[str, float]]:
    """Process and scaling factor of each instance."""
    return {
        node.get("dataSetInternalID"): (
            node.find(MODEL.tag("referenceToProcess")).get("refObjectId"),
            float(node.get("multiplicationFactor")),
        )
        for node in model.root.iter(MODEL.tag("processInstance"))
    }


def links(model: DataSet) -> list[tuple[str, str, str, str]]:
    """Origin, flow, destination, exchange of the consumer."""
    return [
        (node.get("dataSetInternalID"), out.get("flowUUID"), down.get("id"),
         down.get(f"{{{OPENLCA}}}linkedExchange"))
        for node in model.root.iter(MODEL.tag("processInstance"))
        for out in node.iter(MODEL.tag("outputExchange"))
        for down in out.iter(MODEL.tag("downstreamProcess"))
    ]  # fmt: skip


def test_one_model_per_system(package: Package) -> None:
    assert len(package.of(MODEL)) == 2


def test_balance(package: Package) -> None:
    types = {d.uuid: flow_of(d).type for d in package.of(FLOW)}
    for model in package.of(MODEL):
        found = instances(model)
        reference = model.text(
            "lifeCycleModelInformation/quantitativeReference/referenceToReferenceProcess"
        )
        used: dict[str, float] = defaultdict(float)
        used[reference] = 1.0
        for start, flow, end, identifier in links(model):
            waste = types[flow] == "Waste flow"
            consumer, provider = (start, end) if waste else (end, start)
            process = package.get(PROCESS, found[consumer][0])
            assert process is not None
            exchange = next(e for e in exchanges_of(process) if e.id == identifier)
            assert exchange.flow == flow
            used[provider] += found[consumer][1] * float(exchange.amount or 0)
        for instance, (uuid, factor) in found.items():
            process = package.get(PROCESS, uuid)
            assert process is not None
            own = next(e for e in exchanges_of(process) if e.id == reference_ids(process)[0])
            # amounts are in reference units, so is what the instance delivers
            demanded = (
                used[instance] * (own.amount or 0) if instance == reference else used[instance]
            )
            assert factor * float(own.amount or 0) == pytest.approx(demanded, rel=1e-9, abs=1e-15)


def test_every_input_is_linked(package: Package) -> None:
    for model in package.of(MODEL):
        found = instances(model)
        linked = {(end, i) for _, _, end, i in links(model)}
        linked |= {(start, i) for start, _, _, i in links(model)}
        for instance, (uuid, _) in found.items():
            process = package.get(PROCESS, uuid)
            assert process is not None
            for exchange in exchanges_of(process):
                flow = package.get(FLOW, exchange.flow)
                assert flow is not None
                if flow_of(flow).type != "Elementary flow" and exchange.id != "0":
                    assert (instance, exchange.id) in linked
