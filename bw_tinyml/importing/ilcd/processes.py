"""Processes: datasets with exchanges, as Brightway stores them."""

from __future__ import annotations

from typing import Any

from bw_tinyml.ilcd.content import (
    Exchange,
    exchanges_of,
    own_note,
    reference_ids,
    texts,
    variables_of,
)
from bw_tinyml.ilcd.names import PROCESS, common
from bw_tinyml.ilcd.package import DataSet
from bw_tinyml.importing.ilcd.exchanges import (
    amount_of,
    is_coproduct,
    read_exchange,
    tell_coproduct,
    with_amount,
)
from bw_tinyml.importing.ilcd.providers import Provider, Providers
from bw_tinyml.importing.ilcd.reading import Reading, location_of, process_name


def read_processes(reading: Reading) -> list[dict[str, Any]]:
    """Return the datasets of all processes of a package, and of placeholders."""
    processes = reading.package.of(PROCESS)
    heads = {p.uuid: _head(p) for p in processes}
    providers = Providers.of(h for h in heads.values() if h is not None)
    datasets = []
    for process in processes:
        head = heads[process.uuid]
        if head is not None:  # the checker has told why it is None
            datasets.append(_dataset(reading, process, head, providers))
    return [*datasets, *reading.placeholders.values()]


def _head(process: DataSet) -> Provider | None:
    """Return a process as a provider of its reference flow."""
    wanted = reference_ids(process)
    for exchange in exchanges_of(process):
        if wanted and exchange.id == wanted[0]:
            return Provider(
                process.uuid.lower(),
                exchange.flow.lower(),
                process_name(process),
                location_of(process),
            )
    return None


def _dataset(
    reading: Reading, process: DataSet, head: Provider, providers: Providers
) -> dict[str, Any]:
    flow = reading.flows.get(head.flow)
    unit, factor = reading.flows.unit(flow)
    note = own_note(process, "dataset")
    information = process.information
    comment = "" if information is None else texts(information.findall(common("generalComment")))
    name = head.name
    dataset: dict[str, Any] = {
        "database": reading.database,
        "code": head.code,
        "name": name,
        "reference product": flow.name,
        "unit": unit,
        "location": head.location,
        "type": "process",
        "comment": comment,
        "product type": "waste" if flow.type == "Waste flow" else note.get("product-type", "good"),
        "ILCD version": process.version,
        "exchanges": [],
    }
    for field_ in ("stage", "role"):
        if note.get(field_):
            dataset[field_] = note[field_]
    if note.get("identifier"):
        # 'identifier' itself names parameter groups, which must be unique in the project
        dataset["original identifier"] = note["identifier"]
    exchanges = exchanges_of(process)
    reference = next(e for e in exchanges if e.id == reference_ids(process)[0])
    others = [e for e in exchanges if e is not reference]
    shares = _allocation(reading, process, reference, others)
    formulas = reading.parameters.add_process(name, variables_of(process), exchanges)
    production = amount_of(reference, factor)
    dataset["production amount"] = production
    dataset["exchanges"] = [
        {
            "input": reading.key(head.code),
            "output": reading.key(head.code),
            "type": "production",
            "amount": production,
            "name": dataset["name"],
            "reference product": flow.name,
            "unit": unit,
            "location": head.location,
            "uncertainty type": 0,
        }
    ]
    for exchange in others:
        share = shares.get(exchange.id, 1.0)
        if share == 0:
            continue
        read = read_exchange(reading, process, head, exchange, providers)
        if read is not None:
            dataset["exchanges"].append(
                with_amount(reading, name, read, exchange, share, formulas.get(exchange.id))
            )
    return dataset


def _allocation(
    reading: Reading, process: DataSet, reference: Exchange, others: list[Exchange]
) -> dict[str, float]:
    """Return the share of each exchange that belongs to the reference flow, where all have one."""
    shares = {}
    for exchange in others:
        own = dict(exchange.allocations)
        if reference.id in own:
            shares[exchange.id] = own[reference.id] / 100
    coproducts = [e for e in others if is_coproduct(reading, e)]
    rest = [e for e in others if e not in coproducts]
    if not coproducts or not all(e.id in shares for e in rest):
        return {}
    for exchange in coproducts:
        shares[exchange.id] = 0.0
        tell_coproduct(reading, process, exchange, "allocated by the shares of the package")
    return shares
