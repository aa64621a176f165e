"""Uncertainty of a number: from pedigree or stated spread to a distribution.

The total spread of a number with pedigree follows Weidema et al. (2013), as used by ecoinvent 3:
uncertainty factors ``U`` (squares of geometric standard deviations) combine as

    sigma^2 = (ln(U_basic) / 2)^2 + sum_i (ln(U_i) / 2)^2

where ``sigma`` is the standard deviation of the logarithm. The factors are data and live in
``inventories/pedigree.csv`` and ``inventories/basic_uncertainty.csv``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bw_tinyml.inventory.tables import Row

INDICATORS = (
    "reliability",
    "completeness",
    "temporal correlation",
    "geographical correlation",
    "further technological correlation",
)

Kind = Literal["none", "lognormal", "triangular", "uniform"]

#: ids of the distributions in the package stats_arrays
STATS_ARRAYS_ID: dict[str, int] = {"none": 1, "lognormal": 2, "uniform": 4, "triangular": 5}


def log_sigma(basic_factor: float, pedigree_factors: Sequence[float]) -> float:
    """Return the standard deviation of the logarithm.

    Parameters
    ----------
    basic_factor
        Basic uncertainty factor (square of the geometric standard deviation), >= 1.
    pedigree_factors
        Uncertainty factors of the five pedigree scores, each >= 1.
    """
    return math.sqrt(sum((math.log(u) / 2) ** 2 for u in (basic_factor, *pedigree_factors)))


@dataclass(frozen=True)
class Distribution:
    """Distribution of a number around its amount.

    Attributes
    ----------
    kind
        ``none``, ``lognormal`` (median = amount), ``triangular`` (mode = amount) or ``uniform``.
    sigma
        Of a lognormal: standard deviation of the logarithm.
    minimum, maximum
        Of a triangular or uniform distribution; of a lognormal where it is cut, if it is.
    """

    kind: Kind = "none"
    sigma: float = 0.0
    minimum: float | None = None
    maximum: float | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether it has a minimum and a maximum."""
        return self.minimum is not None and self.maximum is not None

    def as_stats_arrays(self, amount: float) -> dict[str, Any]:
        """Return the fields that Brightway stores beside ``amount``.

        ``loc`` of a lognormal is the logarithm of the absolute amount, so that the median of the
        samples is the amount; ``negative`` carries the sign.
        """
        fields: dict[str, Any] = {"uncertainty type": STATS_ARRAYS_ID[self.kind]}
        if self.kind == "none":
            fields["loc"] = amount
        elif self.kind == "lognormal":
            fields |= {
                "loc": math.log(abs(amount)),
                "scale": self.sigma,
                "negative": amount < 0,
            }
            if self.is_bounded:
                fields |= {"minimum": self.minimum, "maximum": self.maximum}
        else:
            fields |= {"minimum": self.minimum, "maximum": self.maximum}
            if self.kind == "triangular":
                fields["loc"] = amount
        return fields

    def scaled(self, factor: float) -> Distribution:
        """Return the distribution of the number times a factor; a negative one turns it over."""
        if self.minimum is None or self.maximum is None:
            return self
        ends = sorted((self.minimum * factor, self.maximum * factor))
        return Distribution(self.kind, self.sigma, *ends)

    def widened(self, sigma: float) -> Distribution:
        """Return the distribution, widened by a further independent lognormal factor.

        A lognormal adds the variances of the logarithms; the ends of a range move away from zero
        and towards it by the geometric standard deviation; a number without uncertainty gets a
        lognormal.
        """
        if sigma == 0:
            return self
        if self.minimum is None or self.maximum is None:
            return Distribution("lognormal", math.hypot(self.sigma, sigma))
        spread = math.exp(sigma)
        low, high = self.minimum, self.maximum
        return Distribution(
            self.kind,
            math.hypot(self.sigma, sigma) if self.kind == "lognormal" else self.sigma,
            low / spread if low > 0 else low * spread,
            high * spread if high > 0 else high / spread,
        )


class UncertaintyFactors:
    """The uncertainty factors of ``pedigree.csv`` and ``basic_uncertainty.csv``."""

    def __init__(self, pedigree: Sequence[Row], basic: Sequence[Row]) -> None:
        self._pedigree = {
            (row["indicator"], int(row["score"])): float(row["factor"]) for row in pedigree
        }
        self._basic = list(basic)
        self._found: dict[tuple[str, str, str, str], float] = {}

    def basic_factor(
        self, type_: str, unit: str = "", compartment: str = "", flow: str = ""
    ) -> float:
        """Return the basic uncertainty factor of the first row of the table that matches."""
        key = type_, unit, compartment.split("::", maxsplit=1)[0], flow
        if key not in self._found:
            self._found[key] = self._first(*key)
        return self._found[key]

    def _first(self, type_: str, unit: str, compartment: str, flow: str) -> float:
        for row in self._basic:
            if (
                row["type"] == type_
                and row["unit"] in ("", unit)
                and row["compartment"] in ("", compartment)
                and re.match(row["flow"], flow)
            ):
                return float(row["factor"])
        return 1.0

    def sigma(self, scores: Sequence[int], basic_factor: float) -> float:
        """Return the standard deviation of the logarithm for five pedigree scores."""
        return log_sigma(
            basic_factor,
            [self._pedigree[i, s] for i, s in zip(INDICATORS, scores, strict=True)],
        )


def pedigree_scores(text: str) -> tuple[int, ...] | None:
    """Return the five scores of ``"2;3;1;2;3"``, or None where there are none."""
    return tuple(int(score) for score in text.split(";")) if text else None


def distribution(
    row: Mapping[str, str] | Row, factors: UncertaintyFactors, basic_factor: float
) -> Distribution:
    """Return the distribution that a row states.

    A pedigree gives a lognormal, as does a gsd; a minimum and a maximum beside it cut it there.
    Alone, they give a triangular (or uniform, where the row says so).
    """
    if row["distribution"] == "none":
        return Distribution()
    ends: tuple[float | None, float | None] = (None, None)
    if row["minimum"] and row["maximum"]:
        ends = float(row["minimum"]), float(row["maximum"])
    if row["gsd"]:
        return Distribution("lognormal", math.log(float(row["gsd"])), *ends)
    if row["pedigree"]:
        scores = pedigree_scores(row["pedigree"])
        return Distribution("lognormal", factors.sigma(scores or (), basic_factor), *ends)
    if None in ends:
        return Distribution()
    return Distribution("uniform" if row["distribution"] == "uniform" else "triangular", 0.0, *ends)
