"""How good is a dataset? A rating from the pedigree and spread of its numbers.

The rating has the four aspects of the Product Environmental Footprint (PEF): precision,
technological, temporal and geographical representativeness, each from 1 (best) to 5, and their
mean. It is made in the manner of the data quality rating (DQR) of PEF, and is none: a DQR is judged
process by process against the tables of criteria of PEF. Rules:

* A number with a pedigree gives its scores: precision is the mean of reliability and
  completeness, the others are taken as they stand.
* A number without pedigree gives a precision by its spread (``PRECISION_BY_GSD``). Its other
  aspects were not assessed. The precision of an estimate is never better than 3.
* What stands for something else (``proxy``) scores at least 4 for technology.
* A formula is rated by the parameters in it, since it adds no data of its own.
* Numbers that are exact by definition are not rated.
* An aspect that fewer than half of the rated numbers state is not assessed, and a dataset without
  all four aspects has no rating.

Every rated number counts the same: the rating tells how the dataset was made, not which number
decides a result. For the latter, see the contributions and the share of estimates of a score.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.model import Dataset, Inventory, Provenance
from bw_tinyml.inventory.uncertainty import Distribution

ASPECTS = ("precision", "technology", "time", "geography")

#: geometric standard deviation up to which a number without pedigree has a precision
PRECISION_BY_GSD = ((1.1, 1.0), (1.3, 2.0), (1.6, 3.0), (2.2, 4.0))
#: share of the rated numbers that have to state an aspect
ASSESSED_AT_LEAST = 0.5
ESTIMATE_AT_BEST = 3.0
PROXY_TECHNOLOGY_AT_BEST = 4.0
#: upper ends of the classes, named as in PEF
CLASSES = ((1.5, "excellent"), (2.0, "very good"), (3.0, "good"), (4.0, "fair"), (5.0, "poor"))


@dataclass(frozen=True)
class Quality:
    """Data quality of a dataset.

    Attributes
    ----------
    aspects
        Mean of precision, technology, time and geography, as far as they were assessed.
    assessed
        Share of the rated numbers that have a pedigree.
    kinds
        Share of the rated numbers by kind.
    proxies
        Share of the exchanges that stand for something else, or follow from a number that does.
    numbers
        How many numbers were rated.
    """

    aspects: dict[str, float]
    assessed: float
    kinds: dict[str, float]
    proxies: float
    numbers: int

    @property
    def rating(self) -> float | None:
        """Mean of the aspects, 1 is best, 5 worst; None if one of them was not assessed."""
        if len(self.aspects) < len(ASPECTS):
            return None
        return sum(self.aspects.values()) / len(self.aspects)

    @property
    def label(self) -> str:
        """Class of the rating, in the words of PEF."""
        rating = self.rating
        if rating is None:
            return "not rated"
        return next(name for limit, name in CLASSES if rating <= limit + 1e-9)

    def as_dict(self) -> dict[str, object]:
        """Return plain values, for JSON and for Brightway."""
        return {
            "rating": None if self.rating is None else round(self.rating, 2),
            "class": self.label,
            **{
                name: round(self.aspects[name], 2) if name in self.aspects else None
                for name in ASPECTS
            },
            "assessed": round(self.assessed, 3),
            "kinds": {name: round(share, 3) for name, share in self.kinds.items()},
            "proxies": round(self.proxies, 3),
            "numbers": self.numbers,
        }


def quality(inventory: Inventory, dataset: Dataset) -> Quality:
    """Rate a dataset."""
    numbers = list(dict(_numbers(inventory, dataset)).values())
    rated = [(place, scores) for place, spread in numbers if (scores := rate(place, spread))]
    proxies = _proxies(inventory, dataset)
    if not rated:
        return Quality({}, 0.0, {}, proxies, 0)
    kinds = Counter(place.kind for place, _ in rated)
    aspects = {}
    for i, name in enumerate(ASPECTS):
        stated = [score for _, scores in rated if (score := scores[i]) is not None]
        if len(stated) >= ASSESSED_AT_LEAST * len(rated):
            aspects[name] = sum(stated) / len(stated)
    return Quality(
        aspects=aspects,
        assessed=sum(place.pedigree is not None for place, _ in rated) / len(rated),
        kinds={kind: count / len(rated) for kind, count in kinds.most_common()},
        proxies=proxies,
        numbers=len(rated),
    )


def rate(
    place: Provenance, spread: Distribution
) -> tuple[float, float | None, float | None, float | None] | None:
    """Return precision, technology, time and geography of a number; None if it is exact.

    The last three are None where they were not assessed.
    """
    precision: float
    technology: float | None = None
    time: float | None = None
    geography: float | None = None
    if place.pedigree is not None:
        reliability, completeness, time, geography, technology = map(float, place.pedigree)
        precision = (reliability + completeness) / 2
    elif spread.kind == "none":
        return None
    else:
        precision = _precision(spread)
    if place.kind == "estimate":
        precision = max(precision, ESTIMATE_AT_BEST)
    if place.proxy:
        technology = max(technology or 0.0, PROXY_TECHNOLOGY_AT_BEST)
    return precision, technology, time, geography


def _proxies(inventory: Inventory, dataset: Dataset) -> float:
    """Return the share of exchanges that are proxies, themselves or by a parameter they use."""
    parameters = inventory.parameters[dataset.database]
    found = [
        exchange.provenance.proxy
        or (
            isinstance(exchange.value, Formula)
            and any(
                name in parameters and parameters[name].provenance.proxy
                for name in exchange.value.names
            )
        )
        for exchange in dataset.exchanges
    ]
    return sum(found) / len(found) if found else 0.0


def _precision(spread: Distribution) -> float:
    gsd = _gsd(spread)
    return next((score for limit, score in PRECISION_BY_GSD if gsd <= limit), 5.0)


def _gsd(spread: Distribution) -> float:
    """Geometric standard deviation; of an interval, half of the logarithm of its width."""
    if spread.kind == "lognormal":
        return math.exp(spread.sigma)
    low, high = spread.minimum, spread.maximum
    if low is None or high is None or low <= 0 or high <= 0:
        return math.inf if low != high else 1.0
    return math.exp(math.log(high / low) / 4)


def _numbers(
    inventory: Inventory, dataset: Dataset
) -> Iterator[tuple[tuple[str, str], tuple[Provenance, Distribution]]]:
    """Yield the numbers of a dataset, those behind its formulas included."""
    names: set[str] = set()
    for i, exchange in enumerate(dataset.exchanges):
        if isinstance(exchange.value, Formula):
            names |= exchange.value.names
        else:
            yield ("exchange", str(i)), (exchange.provenance, exchange.distribution)
    for name in _behind(inventory, dataset.database, names):
        parameter = inventory.parameters[dataset.database][name]
        if not isinstance(parameter.value, Formula):
            yield ("parameter", name), (parameter.provenance, parameter.distribution)


def _behind(inventory: Inventory, database: str, names: Iterable[str]) -> set[str]:
    """Return parameters and the parameters that their formulas use."""
    parameters = inventory.parameters[database]
    found: set[str] = set()
    queue = [name for name in names if name in parameters]
    while queue:
        name = queue.pop()
        if name in found:
            continue
        found.add(name)
        value = parameters[name].value
        if isinstance(value, Formula):
            queue += [other for other in value.names if other in parameters]
    return found
