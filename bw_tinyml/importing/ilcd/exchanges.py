"""Exchanges: inputs with their providers, elementary flows, coproducts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bw_tinyml.ilcd.content import Exchange, Flow
from bw_tinyml.ilcd.package import DataSet
from bw_tinyml.importing.ilcd.flows import Match, sign_of
from bw_tinyml.importing.ilcd.providers import AmbiguousProviderError, Provider, Providers
from bw_tinyml.importing.ilcd.reading import Reading, process_name, safe_location
from bw_tinyml.importing.ilcd.spread import CERTAIN, Stated, distribution_of
from bw_tinyml.inventory.formulas import Formula


@dataclass(frozen=True)
class Read:
    """An exchange of which only the amount is missing."""

    fields: dict[str, Any]
    factor: float
    sign: float = 1.0


def amount_of(exchange: Exchange, factor: float) -> float:
    """Return an amount in Brightway's unit: the one our writer noted, or converted."""
    noted = exchange.own.get("amount")
    return float(noted) if noted else float(exchange.amount or 0.0) * factor


def read_exchange(
    reading: Reading,
    process: DataSet,
    head: Provider,
    exchange: Exchange,
    providers: Providers,
) -> Read | None:
    """Return an exchange without its amount; None where it is left out, or a fault was recorded.

    What a process uses (an input, or a waste that it sends away) gets its provider; what it
    delivers beside its reference flow is a coproduct.
    """
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


def _elementary(reading: Reading, exchange: Exchange, flow: Flow, fields: dict[str, Any]) -> Read:
    match: Match = reading.flows.noted(exchange, flow) or reading.flows.match(flow)
    sign = sign_of(exchange.direction, match.categories)
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
    return Read(fields, match.factor, sign)


def _technosphere(
    reading: Reading,
    process: DataSet,
    exchange: Exchange,
    flow: Flow,
    fields: dict[str, Any],
    providers: Providers,
    head: Provider,
) -> Read | None:
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
    return Read(fields, factor)


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


def is_coproduct(reading: Reading, exchange: Exchange) -> bool:
    """Return whether a process delivers a product, or treats a waste, by an exchange."""
    flow = reading.flows.get(exchange.flow)
    if flow.type == "Elementary flow":
        return False
    return exchange.direction == ("Input" if flow.type == "Waste flow" else "Output")


def tell_coproduct(reading: Reading, process: DataSet, exchange: Exchange, done: str) -> None:
    """Report what was done with a coproduct."""
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
) -> Read | None:
    if reading.coproducts == "cut-off":
        tell_coproduct(reading, process, exchange, "cut off: no credit, no share of the burdens")
        return None
    if reading.coproducts == "substitution":
        read = _technosphere(reading, process, exchange, flow, fields, providers, head)
        if read is not None:
            tell_coproduct(reading, process, exchange, f"replaces '{read.fields['name']}'")
            return Read({**read.fields, "type": "technosphere"}, read.factor, -1.0)
        return None
    reading.fault(
        process,
        exchange.line,
        f"'{flow.name}' is delivered or treated beside the reference flow, without allocation",
        "decide: --coproducts cut-off (no credit) or --coproducts substitution (it replaces its "
        "provider in the package)",
    )
    return None


def with_amount(
    reading: Reading,
    name: str,
    read: Read,
    exchange: Exchange,
    share: float,
    formula: Formula | None,
) -> dict[str, Any]:
    """Return an exchange with its amount, formula and spread.

    Parameters
    ----------
    reading
        Receives a note where the spread makes no sense.
    name
        Name of the process, for the note.
    read
        The exchange without its amount.
    exchange
        As the package states it.
    share
        Share that belongs to the reference flow, where burdens are allocated.
    formula
        Formula of the amount, before conversion; None for a fixed amount.
    """
    amount = amount_of(exchange, read.factor) * share * read.sign
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
