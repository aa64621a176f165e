"""eILCD life cycle models: a product system with all its processes, links and scaling factors.

A model is complete down to the background, because openLCA makes a product system of exactly the
processes and links that it lists: one that stopped earlier would give results that are too small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bw_tinyml.export.ilcd.documents import OUR_VERSION, SHORT, Library, Writer, number
from bw_tinyml.export.ilcd.flows import process_uuid, product_flow_uuid
from bw_tinyml.ilcd.names import MODEL, OPENLCA, PROCESS, own_uuid

if TYPE_CHECKING:
    from lxml import etree

Key = tuple[str, str]
Dataset = Mapping[str, Any]


def model_uuid(dataset: Dataset) -> str:
    """Return the UUID of the model of a dataset."""
    return own_uuid("life cycle model", process_uuid(dataset))


def write_model(
    library: Library, dataset: Dataset, datasets: Mapping[Key, Dataset], description: str
) -> None:
    """Write the model of one unit of a dataset's product.

    Parameters
    ----------
    library
        Where it goes.
    dataset
        The dataset whose product the system delivers.
    datasets
        All datasets of the package by Brightway key.
    description
        What the system is and does.
    """
    members = reachable(dataset, datasets)
    scaling = scaling_factors(members)
    numbers = {(d["database"], d["code"]): i for i, d in enumerate(members)}
    writer = Writer(library, MODEL, model_uuid(dataset))
    writer.root.set("locations", "../ILCDLocations.xml")
    writer.root.set(f"{{{OPENLCA}}}origin", "openLCA")
    section = writer.section(writer.root, "lifeCycleModelInformation")
    information = writer.section(section, "dataSetInformation")
    writer.plain(information, "common:UUID", writer.uuid)
    name = writer.section(information, "name")
    writer.text(name, "baseName", dataset["name"], SHORT)
    writer.text(name, "mixAndLocationTypes", dataset["location"], SHORT)
    writer.text(information, "common:generalComment", description)
    reference = writer.section(section, "quantitativeReference")
    writer.plain(reference, "referenceToReferenceProcess", "0")
    processes = writer.section(writer.section(section, "technology"), "processes")
    links = _links(members, numbers)
    for identifier, member in enumerate(members):
        node = writer.section(
            processes,
            "processInstance",
            dataSetInternalID=str(identifier),
            multiplicationFactor=number(scaling[identifier]),
        )
        writer.reference(
            node, "referenceToProcess", PROCESS, process_uuid(member), OUR_VERSION, member["name"]
        )
        _connections(writer, node, links.get(identifier, {}))
    writer.section(writer.root, "modellingAndValidation")
    _validation(writer)
    writer.administration(licence=True, generator=True)
    writer.finish()
    library.report.models.append(f"{dataset['name']} [{dataset['location']}]")


def _validation(writer: Writer) -> None:
    modelling = writer.root[-1]
    writer.section(writer.section(modelling, "validation"), "review")
    writer.compliance(modelling)


def reachable(dataset: Dataset, datasets: Mapping[Key, Dataset]) -> list[Dataset]:
    """Return a dataset and all that it depends on, itself first."""
    found = {(dataset["database"], dataset["code"]): dataset}
    queue = [dataset]
    while queue:
        for exchange in queue.pop(0)["exchanges"]:
            key = tuple(exchange["input"])
            target = datasets.get(key)
            if exchange["type"] == "technosphere" and target is not None and key not in found:
                found[key] = target
                if not target.get("reference only"):
                    queue.append(target)
    return [d for d in found.values() if not d.get("reference only")]


def scaling_factors(members: Sequence[Dataset]) -> list[float]:
    """Return how often each dataset is needed for one unit of the first one's product."""
    import numpy as np
    import scipy.sparse as sp

    from bw_tinyml.engine.factorising import factorised

    index = {(d["database"], d["code"]): i for i, d in enumerate(members)}
    rows, columns, values = [], [], []
    for column, dataset in enumerate(members):
        for exchange in dataset["exchanges"]:
            row = index.get(tuple(exchange["input"]))
            if row is not None and exchange["type"] != "biosphere":
                rows.append(row)
                columns.append(column)
                sign = 1 if exchange["type"] == "production" else -1
                values.append(sign * float(exchange["amount"]))
    technosphere = sp.csc_matrix((values, (rows, columns)), shape=(len(members), len(members)))
    demand = np.zeros(len(members))
    demand[0] = 1
    return [float(value) for value in factorised(technosphere).solve(demand)]


def _links(
    members: Sequence[Dataset], numbers: Mapping[Key, int]
) -> dict[int, dict[str, list[tuple[int, int]]]]:
    """Return links by process of origin and flow: (process they lead to, exchange there).

    A flow leads from where it leaves to where it enters: a product from provider to consumer, a
    waste from its producer to the treatment. The exchange is always that of the consumer.
    """
    links: dict[int, dict[str, list[tuple[int, int]]]] = {}
    for consumer, dataset in enumerate(members):
        ordered = sorted(dataset["exchanges"], key=lambda e: e["type"] != "production")
        for identifier, exchange in enumerate(ordered):
            key = tuple(exchange["input"])
            if exchange["type"] != "technosphere" or key not in numbers:
                continue
            provider = numbers[key]
            waste = members[provider].get("product type") == "waste"
            start, end = (consumer, provider) if waste else (provider, consumer)
            flow = product_flow_uuid(members[provider])
            links.setdefault(start, {}).setdefault(flow, []).append((end, identifier))
    return links


def _connections(
    writer: Writer, node: etree._Element, links: Mapping[str, Iterable[tuple[int, int]]]
) -> None:
    if not links:
        return
    connections = writer.section(node, "connections")
    for flow, targets in sorted(links.items()):
        output = writer.section(connections, "outputExchange", flowUUID=flow, version=OUR_VERSION)
        for target, exchange in targets:
            downstream = {
                "id": str(target),
                "flowUUID": flow,
                "version": OUR_VERSION,
                f"{{{OPENLCA}}}linkedExchange": str(exchange),
            }
            writer.section(output, "downstreamProcess", **downstream)
