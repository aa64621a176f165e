"""Cohorts of devices: sold in a year, working, retiring after a life that differs between them.

A device sold in the middle of year 0 still works at the end of year ``t`` with the probability
``S(t + 1/2)``, where ``S`` is the survival of a Weibull distribution,

    S(a) = exp(-(a / c)^k),     mean life = c Gamma(1 + 1/k).

Every device retires once, so that sales and retirements balance over the life of a fleet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bw_tinyml.errors import UsageError

MAX_YEARS = 1000


@dataclass(frozen=True)
class Lifetimes:
    """Distribution of the service life.

    Attributes
    ----------
    mean
        Mean life in years.
    shape
        Shape of the Weibull distribution: 1 fails at random, 2 to 4 wears out; infinite: every
        device serves exactly the mean.
    """

    mean: float
    shape: float = 2.0

    def __post_init__(self) -> None:
        if not (self.mean > 0 and math.isfinite(self.mean)):
            raise UsageError(f"a mean life of {self.mean:g} years makes no sense", "e.g. 3")
        if not self.shape > 0:
            raise UsageError(f"a shape of {self.shape:g} makes no sense", "e.g. 2")

    def survival(self, age: np.ndarray) -> np.ndarray:
        """Return the share of devices that still work at an age, in years."""
        if math.isinf(self.shape):
            return np.where(age < self.mean, 1.0, 0.0)
        scale = self.mean / math.gamma(1 + 1 / self.shape)
        result: np.ndarray = np.exp(-((np.maximum(age, 0.0) / scale) ** self.shape))
        return result

    def service(self, start: np.ndarray) -> np.ndarray:
        """Return the mean years of service in the year that begins at an age, shape of ``start``.

        The mean of the survival over 200 parts of the year.
        """
        steps = (np.arange(200) + 0.5) / 200
        ages = start[:, None] + steps
        alive = np.where(ages < 0, 0.0, self.survival(ages))
        result: np.ndarray = alive.mean(axis=1)
        return result


@dataclass(frozen=True)
class Fleet:
    """Devices by year.

    Attributes
    ----------
    years
        Calendar years.
    sold, retired
        Devices sold and retired in each.
    service
        Device-years of service in each.
    stock
        Devices that work at the end of each.
    """

    years: np.ndarray
    sold: np.ndarray
    retired: np.ndarray
    service: np.ndarray
    stock: np.ndarray


def fleet(first_year: int, sold: np.ndarray, lifetimes: Lifetimes, horizon: int = 0) -> Fleet:
    """Return how a fleet grows, works and retires.

    Parameters
    ----------
    first_year
        Year of the first sales.
    sold
        Sales by year, shape (years,).
    lifetimes
        Distribution of the service life.
    horizon
        Years to go on after the last sales.

    Raises
    ------
    UsageError
        The number of years or a sale makes no sense.
    """
    total = len(sold) + horizon
    if not len(sold):
        raise UsageError("a fleet without a year of sales makes no sense", "use 1 year or more")
    if horizon < 0:
        raise UsageError(f"a horizon of {horizon} years makes no sense", "use 0 or more")
    if total > MAX_YEARS:
        raise UsageError(
            f"{len(sold)} years of sales and {horizon} years after them are too many",
            f"use at most {MAX_YEARS} in all",
        )
    if np.any(sold < 0) or not np.all(np.isfinite(sold)):
        raise UsageError("sales must be finite numbers, 0 or more", "correct the sales")
    sales = np.append(np.asarray(sold, float), np.zeros(horizon))
    age = np.arange(total)
    # sold in the middle of the year: half a year old at its end
    alive = lifetimes.survival(age + 0.5)
    served = lifetimes.service(age - 0.5)
    stock = np.convolve(sales, alive)[:total]
    service = np.convolve(sales, served)[:total]
    retired = sales - np.diff(stock, prepend=0.0)
    return Fleet(first_year + age, sales, retired, service, stock)
