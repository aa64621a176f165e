"""Processes: datasets with exchanges, as Brightway stores them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bw_tinyml.ilcd.content import (
    NAME_PARTS,
    Exchange,
    Flow,
    exchanges_of,
    name_part,
    own_note,
    reference_ids,
    texts,
    variables_of,
)
from bw_tinyml.ilcd.findings import Finding
from bw_tinyml.ilcd.names import PROCESS, common
from bw_tinyml.ilcd.package import DataSet, Package
from bw_tinyml.importing.ilcd.flows import Flows, Match, is_resource
from bw_tinyml.importing.ilcd.parameters import Parameters
from bw_tinyml.importing.ilcd.providers import AmbiguousProviderError, Provider, Providers
from bw_tinyml.importing.ilcd.report import ImportReport
from bw_tinyml.importing.ilcd.spread import CERTAIN, Stated, distribution_of
from bw_tinyml.inventory.formulas import Formula

Key = tuple[str, str]
COPRODUCTS = ("refuse", "cut-off", "substitution")
MISSING = ("refuse", "placeholder")
_PLACE = "processInformation/geography/locationOfOperationSupplyOrProduction"


@dataclass(frozen=True)
class Fault:
    """Why a package cannot be imported as it is: place, reason, and the option that decides."""

    place: str
    message: str
    fix: str

    @classmethod
    def of(cls, finding: Finding) -> Fault:
        """Return a fault that the checker found."""
        return cls(finding.place, finding.message, finding.fix)


@dataclass
class Reading:
    """What is needed to read processes.

    Attributes
    ----------
    database
        Name of the database to write.
    coproducts, missing
        What to do with products beside the reference flow, and with inputs without provider.
    faults
        What forbids the import.
    """

    package: Package
    database: str
    flows: Flows
    report: ImportReport
    coproducts: str
    missing: str
    parameters: Parameters = field(default_factory=Parameters)
    faults: list[Fault] = field(default_factory=list)
    placeholders: dict[str, dict[str, Any]] = field(default_factory=dict)

    def key(self, code: str) -> Key:
        """Return the Brightway key of a process."""
        return self.database, code

    def fault(self, dataset: DataSet, line: int, message: str, fix: str) -> None:
        """Record what forbids the import."""
        self.faults.append(Fault(f"{dataset.path}:{line} <exchange>", message, fix))


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


def process_name(process: DataSet) -> str:
    """Return the name of a process: all its parts, but not the location once more."""
    if own_note(process, "dataset"):
        return name_part(process, "baseName")
    found = [name_part(process, part) for part in NAME_PARTS]
    return ", ".join(p for p in found if p and p != location_of(process)) or process.uuid.lower()


def location_of(process: DataSet) -> str:
    """Return the location of a process: the one our writer noted, or ILCD's code."""
    node = process.find(_PLACE)
    stated = "" if node is None else node.get("location") or ""
    return safe_location(own_note(process, "dataset").get("location") or stated)


def safe_location(text: str) -> str:
    """Return a location without parentheses: bw2data runs one that has them as Python."""
    return text.replace("(", "[").replace(")", "]").strip() or "GLO"


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
    production = _amount(reference, factor)
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
        read = _exchange(reading, process, head, exchange, providers)
        if read is not None:
            dataset["exchanges"].append(
                _with_amount(reading, name, read, exchange, share, formulas.get(exchange.id))
            )
    return dataset


def _amount(exchange: Exchange, factor: float) -> float:
    """Return an amount in Brightway's unit: the one our writer noted, or converted."""
    noted = exchange.own.get("amount")
    return float(noted) if noted else float(exchange.amount or 0.0) * factor


@dataclass(frozen=True)
class _Read:
    """An exchange of which only the amount is missing."""

    fields: dict[str, Any]
    factor: float
    sign: float = 1.0


def _exchange(
    reading: Reading,
    process: DataSet,
    head: Provider,
    exchange: Exchange,
    providers: Providers,
) -> _Read | None:
    flow = reading.flows.get(exchange.flow)
    fields: dict[str, Any] = {"output": reading.key(head.code), "comment": exchange.comment}
    for note in ("label", "kind", "source"):
        if exchange.own.get(note):
            fields[note] = exchange.own[note]
    if exchange.own.get("proxy"):
        fields["proxy"] = True
    if flow.type == "Elementary flow":
        return _elementary(reading, exchange, flow, fields)
    used = exchange.direction == ("Output" if flow.type == "Waste flow" else "Input")
    if not used:
        return _coproduct(reading, process, exchange, flow, fields, providers, head)
    return _technosphere(reading, process, exchange, flow, fields, providers, head)


def _elementary(reading: Reading, exchange: Exchange, flow: Flow, fields: dict[str, Any]) -> _Read:
    match: Match = reading.flows.noted(exchange, flow) or reading.flows.match(flow)
    usual = "Input" if is_resource(flow) else "Output"
    sign = 1.0 if exchange.direction == usual else -1.0
    if sign < 0:
        reading.report.notes.append(
            f"{exchange.direction} of '{flow.name}' {flow.categories}: the sign was turned"
        )
    fields |= {
        "input": match.key,
        "type": "biosphere",
        "name": match.name,
        "unit": match.unit,
        "categories": match.categories,
    }
    return _Read(fields, match.factor, sign)


def _technosphere(
    reading: Reading,
    process: DataSet,
    exchange: Exchange,
    flow: Flow,
    fields: dict[str, Any],
    providers: Providers,
    head: Provider,
) -> _Read | None:
    unit, factor = reading.flows.unit(flow)
    try:
        provider = providers.find(exchange, head)
    except AmbiguousProviderError as error:
        places = ", ".join(f"'{p.name}' [{p.location}]" for p in error.providers[:5])
        reading.fault(
            process,
            exchange.line,
            f"'{flow.name}' has {len(error.providers)} providers: {places}",
            "state one: exchange attribute olca:defaultProvider, or element <location>",
        )
        return None
    if provider is None:
        provider = _placeholder(reading, process, exchange, flow, unit)
        if provider is None:
            return None
    fields |= {
        "input": reading.key(provider.code),
        "type": "technosphere",
        "name": provider.name,
        "reference product": flow.name,
        "unit": unit,
        "location": provider.location,
    }
    return _Read(fields, factor)


def _placeholder(
    reading: Reading, process: DataSet, exchange: Exchange, flow: Flow, unit: str
) -> Provider | None:
    """Return an empty dataset for an input without provider, or record that there is none."""
    if reading.missing != "placeholder":
        reading.fault(
            process,
            exchange.line,
            f"no process of the package delivers or treats '{flow.name}' ({flow.uuid})",
            "add the process to the package, or use --missing placeholder: an empty dataset, which "
            "scores nothing until you link it",
        )
        return None
    place = safe_location(flow.location)
    provider = Provider(flow.uuid, flow.uuid, f"{flow.name}, placeholder", place)
    if flow.uuid not in reading.placeholders:
        reading.report.placeholders.append({"flow": flow.name, "uuid": flow.uuid, "unit": unit})
        key = reading.key(flow.uuid)
        reading.placeholders[flow.uuid] = {
            "database": reading.database,
            "code": flow.uuid,
            "name": provider.name,
            "reference product": flow.name,
            "unit": unit,
            "location": place,
            "type": "process",
            "production amount": 1.0,
            "comment": "The package has no process for this flow. Empty: link it before you trust "
            "results.",
            "product type": "waste" if flow.type == "Waste flow" else "good",
            "exchanges": [
                {
                    "input": key,
                    "output": key,
                    "type": "production",
                    "amount": 1.0,
                    "unit": unit,
                    "uncertainty type": 0,
                }
            ],
        }
    return provider


def _allocation(
    reading: Reading, process: DataSet, reference: Exchange, others: list[Exchange]
) -> dict[str, float]:
    """Return the share of each exchange that belongs to the reference flow, where all have one."""
    shares = {}
    for exchange in others:
        own = dict(exchange.allocations)
        if reference.id in own:
            shares[exchange.id] = own[reference.id] / 100
    coproducts = [e for e in others if _is_coproduct(reading, e)]
    rest = [e for e in others if e not in coproducts]
    if not coproducts or not all(e.id in shares for e in rest):
        return {}
    for exchange in coproducts:
        shares[exchange.id] = 0.0
        _tell_coproduct(reading, process, exchange, "allocated by the shares of the package")
    return shares


def _is_coproduct(reading: Reading, exchange: Exchange) -> bool:
    flow = reading.flows.get(exchange.flow)
    if flow.type == "Elementary flow":
        return False
    return exchange.direction == ("Input" if flow.type == "Waste flow" else "Output")


def _tell_coproduct(reading: Reading, process: DataSet, exchange: Exchange, done: str) -> None:
    flow = reading.flows.get(exchange.flow)
    reading.report.coproducts.append(
        {"process": process_name(process), "product": flow.name, "treatment": done}
    )


def _coproduct(
    reading: Reading,
    process: DataSet,
    exchange: Exchange,
    flow: Flow,
    fields: dict[str, Any],
    providers: Providers,
    head: Provider,
) -> _Read | None:
    if reading.coproducts == "cut-off":
        _tell_coproduct(reading, process, exchange, "cut off: no credit, no share of the burdens")
        return None
    if reading.coproducts == "substitution":
        read = _technosphere(reading, process, exchange, flow, fields, providers, head)
        if read is not None:
            _tell_coproduct(reading, process, exchange, f"replaces '{read.fields['name']}'")
            return _Read({**read.fields, "type": "technosphere"}, read.factor, -1.0)
        return None
    reading.fault(
        process,
        exchange.line,
        f"'{flow.name}' is delivered or treated beside the reference flow, without allocation",
        "decide: --coproducts cut-off (no credit) or --coproducts substitution (it replaces its "
        "provider in the package)",
    )
    return None


def _with_amount(
    reading: Reading,
    name: str,
    read: _Read,
    exchange: Exchange,
    share: float,
    formula: Formula | None,
) -> dict[str, Any]:
    amount = _amount(exchange, read.factor) * share * read.sign
    factor = read.factor * share * read.sign
    fields = {**read.fields, "amount": amount}
    if formula is not None and exchange.mean is not None:
        scale = exchange.mean * factor
        scale = 1.0 if abs(scale - 1) < 1e-12 else scale
        return {**fields, "formula": formula.scaled(scale).text, "uncertainty type": 0}
    noted = exchange.own.get("scale")
    stated = Stated(
        exchange.distribution,
        exchange.spread,
        exchange.minimum,
        exchange.maximum,
        exchange.mode,
        float(noted) if noted and share == 1 else None,
    )
    spread = distribution_of(stated, amount, factor)
    if spread is None:
        reading.report.notes.append(
            f"{name}: the {exchange.distribution} distribution of '{fields['name']}' makes no "
            "sense and was left out"
        )
    return fields | (spread or CERTAIN)
