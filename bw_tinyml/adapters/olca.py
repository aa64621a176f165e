"""Reading openLCA JSON-LD, versions 1 and 2, into :class:`~bw_tinyml.adapters.source.Source`.

The two versions name a few fields otherwise (``input`` and ``isInput``) and give categories as a
chain of documents or as a path; whatever a document has is read, so that files between the two
versions are read as well.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from bw_tinyml.adapters import places
from bw_tinyml.adapters.fields import (
    as_dict,
    child,
    children,
    flag,
    identifier,
    name,
    number,
    reference,
    refuse,
    text,
)
from bw_tinyml.adapters.source import (
    AllocationFactor,
    Kind,
    Source,
    SourceExchange,
    SourceFlow,
    SourceProcess,
)
from bw_tinyml.adapters.units import Unit, known_units, other_unit
from bw_tinyml.untrusted import Archive, parse_json

_KINDS: dict[str, Kind] = {
    "PRODUCT_FLOW": "product",
    "WASTE_FLOW": "waste",
    "ELEMENTARY_FLOW": "elementary",
}
_DEPTH = 30
#: year with which data sets say that a process stands for ever
_FAR_OFF = "2100"
#: relative difference at which a unit of the data set is reported to differ from the table
_TOLERANCE = 0.005


def is_openlca(archive: Archive) -> bool:
    """Return whether an archive holds processes of openLCA."""
    found = _members(archive, "processes")
    if not found:
        return False
    first = parse_json(archive.read(found[0]), found[0])
    return isinstance(first, dict) and first.get("@type") == "Process"


def read(archive: Archive) -> Source:
    """Return the processes of an archive.

    Raises
    ------
    UntrustedError
        A document is damaged, or lacks what it must say.
    """
    return _Reader(archive).read()


def _members(archive: Archive, folder: str) -> list[str]:
    return [n for n in archive.names(".json") if PurePosixPath(n).parent.name == folder]


class _Reader:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._categories = self._documents("categories")
        self._units = self._unit_groups()
        self._properties = self._documents("flow_properties")
        self._flows = {
            uid: self._flow(document, f"flow {uid}")
            for uid, document in self._documents("flows").items()
        }
        self._places = {
            uid: (text(d, "code", uid), name(d, uid))
            for uid, d in self._documents("locations").items()
        }
        self._source = Source("openLCA JSON-LD", [])

    def read(self) -> Source:
        source = self._source
        versions = set()
        for uid, document in self._documents("processes").items():
            versions.add(1 if "@context" in document else 2)
            source.processes.append(self._process(uid, document))
        source.format = f"openLCA JSON-LD {' and '.join(map(str, sorted(versions)))}"
        for symbol, unit in self._units.items():
            known = known_units().get(symbol)
            if known and abs(unit.base / known.base - 1) > _TOLERANCE:
                source.units[symbol] = (unit.base, known.base)
        return source

    def _documents(self, folder: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for member in _members(self._archive, folder):
            document = as_dict(parse_json(self._archive.read(member), member), member)
            uid = identifier(document, member)
            if uid in found:
                raise refuse(member, f"has the identifier {uid} of another document")
            found[uid] = document
        return found

    def _unit_groups(self) -> dict[str, Unit]:
        """Units of the data set by symbol, as its unit groups state them."""
        units = {}
        for uid, group in self._documents("unit_groups").items():
            rows = children(group, "units", uid)
            main = next((r for r in rows if flag(r, "isRefUnit", "referenceUnit")), {})
            for row in rows:
                size = number(row.get("conversionFactor"), f"unit group {uid}: conversionFactor")
                if size > 0:
                    symbol = name(row, uid)
                    units[symbol] = other_unit(symbol, size, name(main, uid))
        return units

    def _unit(self, exchange: dict[str, Any], place: str) -> Unit:
        symbol = name(child(exchange, "unit", place), place)
        found = known_units().get(symbol) or self._units.get(symbol)
        return found or other_unit(symbol or "unit")

    def _flow(self, document: dict[str, Any], place: str) -> SourceFlow:
        return SourceFlow(
            id=identifier(document, place),
            name=name(document, place),
            kind=_KINDS.get(text(document, "flowType", place), "unknown"),
            path=self._path(document, place),
            cas=text(document, "cas", place).lstrip("0"),
            per_reference=self._per_reference(document, place),
        )

    def _per_reference(self, document: dict[str, Any], place: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for row in children(document, "flowProperties", place):
            prop = child(row, "flowProperty", place)
            symbol = text(prop, "refUnit", place)
            unit = known_units().get(symbol)
            quantity = unit.quantity if unit else name(prop, place).lower()
            size = number(row.get("conversionFactor", 1.0), f"{place}: conversionFactor")
            if size > 0:
                found.setdefault(quantity, size)
        return found

    def _path(self, document: dict[str, Any], place: str) -> str:
        """Category path; in version 1 each category names its parent."""
        value = document.get("category")
        if isinstance(value, str):
            return "/".join(part.strip() for part in value.split("/"))
        parts: list[str] = []
        uid = reference(document, "category", place)
        for _ in range(_DEPTH):
            if uid not in self._categories:
                return "/".join(reversed(parts))
            category = self._categories[uid]
            parts.append(text(category, "name", uid))
            uid = reference(category, "category", uid)
        raise refuse(place, "lies in a category that contains itself")

    def _process(self, uid: str, document: dict[str, Any]) -> SourceProcess:
        title = name(document, uid)
        place = f"process {title[:60] or uid}"
        info = child(document, "processDocumentation", place)
        terms = text(info, "restrictionsDescription", place)
        if terms:
            self._source.terms[terms] = self._source.terms.get(terms, 0) + 1
        return SourceProcess(
            id=uid,
            name=title or uid,
            location=self._location(document, place),
            exchanges=[self._exchange(e, place) for e in children(document, "exchanges", place)],
            path=self._path(document, place),
            comment=_comment(document, info, place),
            valid=f"{_valid(info, place)[:10]} {text(document, 'lastChange', place)}".strip(),
            aggregated=text(document, "processType", place) == "LCI_RESULT",
            allocation=text(document, "defaultAllocationMethod", place),
            factors=[
                _factor(f, place)
                for f in children(document, "allocationFactors", place)
                if f.get("value") is not None
            ],
        )

    def _location(self, document: dict[str, Any], place: str) -> str:
        given = child(document, "location", place)
        if not given:
            return places.UNKNOWN
        stated = self._places.get(reference(document, "location", place), ("", ""))
        texts = [t for t in (*stated, name(given, place)) if t]
        found = places.code(*texts)
        if found is None:
            found = places.UNKNOWN
            self._source.places[texts[0][:80] if texts else ""] = found
        return found

    def _exchange(self, document: dict[str, Any], place: str) -> SourceExchange:
        flow = child(document, "flow", place)
        if not flow:
            raise refuse(place, "has an exchange without a flow")
        uid = identifier(flow, f"{place}: flow")
        return SourceExchange(
            flow=self._flows.get(uid) or self._flow(flow, f"flow {uid}"),
            amount=number(document.get("amount"), f"{place}: amount of {name(flow, place)}"),
            unit=self._unit(document, place),
            is_input=flag(document, "isInput", "input"),
            is_reference=flag(document, "isQuantitativeReference", "quantitativeReference"),
            is_avoided=flag(document, "isAvoidedProduct", "avoidedProduct"),
            provider=reference(document, "defaultProvider", place),
            distribution=_distribution(child(document, "uncertainty", place), place),
            comment=_exchange_comment(document, place),
            id=_exchange_id(document, place),
        )


def _valid(info: dict[str, Any], place: str) -> str:
    """End of the period a process stands for; its start if the end is far off (``9999-12-31``)."""
    until = text(info, "validUntil", place)
    return until if until and until[:4] < _FAR_OFF else text(info, "validFrom", place)


def _distribution(document: dict[str, Any], place: str) -> dict[str, Any]:
    numbers = {
        key: number(document[key], f"{place}: uncertainty: {key}")
        for key in ("geomMean", "geomSd", "mean", "sd", "minimum", "mode", "maximum")
        if document.get(key) is not None
    }
    return {"type": text(document, "distributionType", place), **numbers} if document else {}


def _factor(document: dict[str, Any], place: str) -> AllocationFactor:
    exchange = child(document, "exchange", place)
    return AllocationFactor(
        method=text(document, "allocationType", place),
        product=reference(document, "product", place),
        value=number(document["value"], f"{place}: allocation factor"),
        exchange=_exchange_id(exchange, place) or reference(exchange, "flow", place),
    )


def _exchange_id(document: dict[str, Any], place: str) -> str:
    """Identifier of an exchange within its process: a UUID in version 1, a number in version 2."""
    number_ = document.get("internalId")
    return text(document, "@id", place) or (str(number_) if isinstance(number_, int) else "")


def _comment(document: dict[str, Any], info: dict[str, Any], place: str) -> str:
    parts = {
        "": text(document, "description", place),
        "Technology": text(info, "technologyDescription", place),
        "Geography": text(info, "geographyDescription", place),
        "Valid until": text(info, "validUntil", place)[:10],
    }
    return "\n".join(f"{k}: {v}" if k else v for k, v in parts.items() if v)


def _exchange_comment(document: dict[str, Any], place: str) -> str:
    quality = text(document, "dqEntry", place)
    described = text(document, "description", place)
    return "; ".join(p for p in (described, f"data quality {quality}" if quality else "") if p)
