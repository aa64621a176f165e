"""Elementary flows of the Environmental Footprint (EF 3.1) and of ecoinvent: one to the other.

The mapping is that of ``randonneur_data`` (CC BY 4.0; C. Mutel, with the GLAD mapping of UNEP),
which comes with bw2io. It is not one to one: 4626 ecoinvent flows meet 4054 EF flows, so on the way
back a choice is made, and some ecoinvent flows have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bw_tinyml.inventory.flows import ElementaryFlow, elementary_flows

MAPPING = "ecoinvent-3.9.1-biosphere-EF-3.1-biosphere"
_BROAD = ("air", "water", "soil", "natural resource")


@dataclass(frozen=True)
class EfFlow:
    """A flow of EF 3.1 that an ecoinvent flow becomes.

    Attributes
    ----------
    uuid, name, categories, cas
        As in EF 3.1.
    property, unit
        UUID of its flow property, and reference unit.
    factor
        How many reference units one unit of the ecoinvent flow is: other than 1 where ecoinvent
        counts mass or volume of a fuel and EF its energy.
    """

    uuid: str
    name: str
    categories: tuple[str, ...]
    cas: str | None
    property: str
    unit: str
    factor: float


@cache
def to_ef() -> dict[str, EfFlow]:
    """Return the EF flows by UUID of the ecoinvent flow."""
    import randonneur_data

    records = randonneur_data.Registry().get_file(MAPPING)["replace"]
    found = {}
    for record in records:
        target = record["target"]
        found[record["source"]["uuid"]] = EfFlow(
            uuid=target["uuid"],
            name=target["name"],
            categories=tuple(target["context"]),
            cas=target["CAS number"],
            property=target["unit_group_flow_property"],
            unit=target["unit_name"],
            factor=float(record.get("conversion_factor") or 1.0) * float(target["unit_scaling"]),
        )
    return found


@cache
def from_ef() -> dict[str, tuple[str, ...]]:
    """Return the ecoinvent flows (UUIDs) that become an EF flow, by its UUID; the best first.

    Best is a flow that ecoinvent still has, of the same name, in a compartment without
    subcompartment.
    """
    flows = elementary_flows()
    sources: dict[str, list[str]] = {}
    for code, target in to_ef().items():
        if code in flows:
            sources.setdefault(target.uuid, []).append(code)
    return {
        target: tuple(sorted(codes, key=lambda code: _rank(flows[code], to_ef()[code])))
        for target, codes in sources.items()
    }


def _rank(flow: ElementaryFlow, target: EfFlow) -> tuple[bool, bool, bool, str, str]:
    return (
        flow.deprecated,
        flow.name.lower() != target.name.lower(),
        len(flow.categories) > 1 and flow.categories[0] in _BROAD[:3],
        flow.name,
        flow.code,
    )
