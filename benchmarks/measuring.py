"""Ratios of times within one run: the sides take turns, and each round gives one ratio.

With ``--quick``, each comparison has one round.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

Side = Callable[[], Any]


@dataclass(frozen=True)
class Elsewhere:
    """What a side gives back that runs in another process and measures itself there.

    Attributes
    ----------
    result
        What it calculated.
    seconds, processor
        Time on the clock, and of the processor, that this took.
    """

    result: Any
    seconds: float
    processor: float


@dataclass(frozen=True)
class Claim:
    """One comparison.

    Attributes
    ----------
    what
        What is compared.
    ours, peer
        Shortest times in seconds.
    low, median, high
        Of the ratios peer / ours, one per round.
    must, aim
        The ratios that issue 9 asks for; None where it asks for none.
    agreement
        How far the numbers of both sides are apart, mostly the largest relative difference.
    within
        How far they may be apart.
    processor
        Median ratio of the processor times (all threads and processes), which other work on the
        machine hardly changes.
    """

    what: str
    ours: float
    peer: float
    low: float
    median: float
    high: float
    must: float | None = None
    aim: float | None = None
    agreement: float | None = None
    processor: float | None = None
    within: float | None = None

    @property
    def differs(self) -> bool:
        """Whether the sides did not give the same numbers, so that their times say nothing."""
        if self.agreement is None or self.within is None:
            return False
        return not self.agreement <= self.within  # also where it is not a number


def compare(
    what: str,
    ours: Side,
    peer: Side,
    rounds: int = 3,
    must: float | None = None,
    aim: float | None = None,
    agree: Callable[[Any, Any], float] | None = None,
    scale: float = 1.0,
    within: float = 1e-9,
) -> Claim:
    """Run both sides in turns.

    Parameters
    ----------
    scale
        How many times the peer's job would have to be done for what ours does; its measured time
        is multiplied by it, and ``what`` should say so.
    agree, within
        Gives how far the numbers of both sides are apart, and how far they may be.
    """
    rounds = 1 if "--quick" in sys.argv else rounds
    if "--small" in sys.argv:
        must = aim = None  # they are asked for on the full size
    times: list[tuple[float, float]] = []
    used: list[float] = []
    results: tuple[Any, Any] = (None, None)
    for _ in range(rounds):
        mine, theirs = measured(ours), measured(peer)
        used.append(theirs.processor * scale / max(mine.processor, 1e-3))
        times.append((mine.seconds, theirs.seconds * scale))
        results = mine.result, theirs.result
    ratios = [b / a for a, b in times]
    claim = Claim(
        what,
        min(a for a, _ in times),
        min(b for _, b in times),
        min(ratios),
        statistics.median(ratios),
        max(ratios),
        must,
        aim,
        agree(*results) if agree else None,
        statistics.median(used),
        within,
    )
    if what:
        print(line(claim), file=sys.stderr, flush=True)
    return claim


def processor() -> float:
    """Return the processor time of this process and its children so far."""
    # os.times counts in hundredths of a second, which is too coarse for this process itself
    return time.process_time() + sum(os.times()[2:4])


def measured(side: Side) -> Elsewhere:
    """Run a side; return its result and its times, its own where it ran elsewhere."""
    start = processor()
    seconds, result = timed(side)
    if isinstance(result, Elsewhere):
        return result
    return Elsewhere(result, seconds, processor() - start)


def timed(side: Side) -> tuple[float, Any]:
    start = time.perf_counter()
    result = side()
    return time.perf_counter() - start, result


def largest_difference(a: Any, b: Any) -> float:
    """Return the largest relative difference of two arrays, element by element."""
    import numpy as np

    a, b = np.asarray(a), np.asarray(b)
    return float((np.abs(a - b) / np.maximum(np.abs(b), 1e-290)).max(initial=0.0))


def report(claims: list[Claim]) -> None:
    """Print claims, for people or (``--json``) for the runner, with the peak of memory.

    Raises
    ------
    SystemExit
        Numbers differ (exit code 1).
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if "--json" in sys.argv:
        print(json.dumps({"claims": [asdict(c) for c in claims], "peak MiB": peak}))
    else:
        for c in claims:
            print(line(c))
        print(f"peak memory of this process: {peak:.0f} MiB")
    if any(c.differs for c in claims):
        sys.exit(1)


def line(c: Claim) -> str:
    asked = "" if c.must is None else f"; must {c.must:g}, aim {c.aim:g}"
    busy = "" if c.processor is None else f", of processor times {c.processor:.3g}"
    agreed = "" if c.agreement is None else f"; largest difference {c.agreement:.1e}"
    agreed += f", WHICH IS MORE THAN {c.within:g}" if c.differs else ""
    return (
        f"{c.what}:\n    {c.ours:.4g} s against {c.peer:.4g} s, ratio {c.median:.3g} "
        f"({c.low:.3g} to {c.high:.3g}){busy}{asked}{agreed}"
    )
