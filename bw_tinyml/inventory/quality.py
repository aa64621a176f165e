"""How good is a dataset? A rating from the pedigree, kind and spread of its numbers.

The rating has the four aspects of the Product Environmental Footprint (PEF): precision,
technological, temporal and geographical representativeness, each from 1 (best) to 5, and their
mean, the data quality rating (DQR). Rules:

* A number with a pedigree gives its scores: precision is the mean of reliability and
  completeness, the others are taken as they stand.
* A number without pedigree gives a precision by its spread (``PRECISION_BY_GSD``) and the other
  aspects by its kind (``ASPECT_BY_KIND``). An estimate never scores better than 3.
* What stands for something else (``proxy``) scores at least 4 for technology.
* A formula is rated by the parameters in it, since it adds no data of its own.
* Numbers that are exact by definition are not rated.

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
#: technology, time and geography of a number without pedigree
ASPECT_BY_KIND = {
    "measured": 2.0,
    "literature": 2.5,
    "datasheet": 2.0,
    "calculated": 2.5,
    "estimate": 3.5,
}
ESTIMATE_AT_BEST = 3.0
PROXY_TECHNOLOGY_AT_BEST = 4.0
#: upper ends of the classes of PEF
CLASSES = ((1.5, "excellent"), (2.0, "very good"), (3.0, "good"), (4.0, "fair"), (5.0, "poor"))


@dataclass(frozen=True)
class Quality:
    """Data quality of a dataset.

    Attributes
    ----------
    aspects
        Mean of precision, technology, time and geography; empty if nothing was rated.
    kinds
        Share of the rated numbers by kind.
    proxies
        Share of the rated numbers that stand for something else.
    numbers
        How many numbers were rated.
    """

    aspects: dict[str, float]
    kinds: dict[str, float]
    proxies: float
    numbers: int

    @property
    def rating(self) -> float | None:
        """Mean of the aspects (DQR of PEF): 1 is best, 5 worst."""
        if not self.aspects:
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
            **{name: round(value, 2) for name, value in self.aspects.items()},
            "kinds": {name: round(share, 3) for name, share in self.kinds.items()},
            "proxies": round(self.proxies, 3),
            "numbers": self.numbers,
        }


def quality(inventory: Inventory, dataset: Dataset) -> Quality:
    """Rate a dataset."""
    numbers = list(dict(_numbers(inventory, dataset)).values())
    rated = [(place, scores) for place, spread in numbers if (scores := rate(place, spread))]
    if not rated:
        return Quality({}, {}, 0.0, 0)
    kinds = Counter(place.kind for place, _ in rated)
    return Quality(
        aspects={
            name: sum(scores[i] for _, scores in rated) / len(rated)
            for i, name in enumerate(ASPECTS)
        },
        kinds={kind: count / len(rated) for kind, count in kinds.most_common()},
        proxies=sum(place.proxy for place, _ in rated) / len(rated),
        numbers=len(rated),
    )


def rate(place: Provenance, spread: Distribution) -> tuple[float, float, float, float] | None:
    """Return precision, technology, time and geography of a number; None if it is exact."""
    if place.pedigree is not None:
        reliability, completeness, time, geography, technology = place.pedigree
        scores = [
            (reliability + completeness) / 2,
            float(technology),
            float(time),
            float(geography),
        ]
    elif spread.kind == "none":
        return None
    else:
        scores = [_precision(spread), *[ASPECT_BY_KIND.get(place.kind, 5.0)] * 3]
    if place.kind == "estimate":
        scores[0] = max(scores[0], ESTIMATE_AT_BEST)
    if place.proxy:
        scores[1] = max(scores[1], PROXY_TECHNOLOGY_AT_BEST)
    return scores[0], scores[1], scores[2], scores[3]


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
