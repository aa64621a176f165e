"""Size classes of particles that include one another."""

from __future__ import annotations

from bw_tinyml.adapters.elementary import match
from bw_tinyml.adapters.source import SourceProcess

#: what particles below 10 micrometres consist of
FINER = ("Particulate Matter, < 2.5 um", "Particulate Matter, > 2.5 um and < 10um")


def remainders(process: SourceProcess) -> dict[int, float]:
    """Return which share of its cumulative exchanges no other exchange of a process states.

    PM10 includes PM2.5. Where a process states both, the coarse particles are the difference; the
    size classes of some processes overlap in part, so nothing goes below zero.

    Returns
    -------
    dict
        Share by place of the exchange in the process.
    """
    found = {
        place: match(e)
        for place, e in enumerate(process.exchanges)
        if e.flow.kind == "elementary" and e.flow.name.lower().startswith("particul")
    }
    cumulative = [place for place, m in found.items() if m.cumulative]
    shares = {}
    for place in cumulative:
        path = process.exchanges[place].flow.path
        within = {p: m for p, m in found.items() if process.exchanges[p].flow.path == path}
        total = sum(_mass(process, p) for p, m in within.items() if m.cumulative)
        stated = sum(
            _mass(process, p)
            for p, m in within.items()
            if not m.cumulative and any(t.flow.name in FINER for t in m.targets)
        )
        shares[place] = max(0.0, 1 - stated / total) if total > 0 else 1.0
    return shares


def _mass(process: SourceProcess, place: int) -> float:
    exchange = process.exchanges[place]
    return exchange.amount * exchange.unit.base
