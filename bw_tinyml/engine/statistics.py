"""Moments and quantiles of very many samples, in one pass and in parts that can be added up.

Quantiles are read from counts in bins whose width is a fixed share of the value (Masson, Rim and
Lee 2019, DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees, Proc
VLDB Endow 12:2195-2205). The bin of a number is the upper part of its bits in single precision,
relative to a typical size; 64 bins per factor of two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bw_tinyml.engine.kernels import has_numba, jit_vector

#: bins per factor of two: the upper six bits of the mantissa
STEPS = 64
SHIFT = 23 - 6
#: factors of two below and above the typical size
BELOW, ABOVE = 10, 6
HALF = (BELOW + ABOVE) * STEPS
BINS = 2 * HALF
_BASE = (127 - BELOW) << 6


@dataclass
class Statistics:
    """Counts, moments and bins of some samples, per cell (a product and a method).

    Attributes
    ----------
    size
        Typical size of each cell, above 0; part of the definition, the same in all parts.
    count
        Number of samples.
    total, squares
        Sums of ``x - 1`` and of its square, with ``x`` the samples over the typical size.
    first
        Number of the first bin that is kept.
    bins
        Counts, shape (*cells, bins kept).
    """

    size: np.ndarray
    count: int
    total: np.ndarray
    squares: np.ndarray
    first: int
    bins: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what another process or a file holds, without the typical size."""
        return {name: np.asarray(v) for name, v in vars(self).items() if name != "size"}

    @classmethod
    def of(cls, size: np.ndarray, arrays: dict[str, np.ndarray]) -> Statistics:
        """Return what :meth:`arrays` gave."""
        sums = arrays["total"], arrays["squares"]
        return cls(size, int(arrays["count"]), *sums, int(arrays["first"]), arrays["bins"])

    def add(self, other: Statistics) -> None:
        """Take in other samples of the same cells."""
        self.first, (self.bins, taken) = _aligned([self, other])
        self.bins += taken
        self.count += other.count
        self.total = self.total + other.total
        self.squares = self.squares + other.squares

    @property
    def mean(self) -> np.ndarray:
        """Mean of the samples."""
        mean: np.ndarray = self.size * (1.0 + self.total / self.count)
        return mean

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation of the samples (divided by their number less one)."""
        spare = max(self.count - 1, 1)
        spread = (self.squares - self.total**2 / self.count) / spare
        deviation: np.ndarray = self.size * np.sqrt(np.maximum(spread, 0.0))
        return deviation

    def quantiles(self, shares: Sequence[float]) -> np.ndarray:
        """Return quantiles, shape (shares, *cells).

        They are within 1/64 of the value; between the edges of a bin, samples are taken as spread
        evenly, which comes much closer. Below 2^-10 of the typical size, that bound is absolute;
        a quantile above 64 times the typical size is infinite.
        """
        edges = _edges()[self.first : self.first + self.bins.shape[-1] + 1]
        reached = np.cumsum(self.bins, axis=-1, dtype=np.int64)
        found = np.empty((len(shares), *self.size.shape))
        for k, share in enumerate(shares):
            rank = share * (self.count - 1) + 0.5
            place = (reached < rank).sum(axis=-1)
            place = np.minimum(place, self.bins.shape[-1] - 1)
            inside = np.take_along_axis(self.bins, place[..., None], -1)[..., 0]
            before = np.take_along_axis(reached, place[..., None], -1)[..., 0] - inside
            part = (rank - before) / np.maximum(inside, 1)
            start, stop = edges[place], edges[place + 1]
            with np.errstate(invalid="ignore"):
                inside_bin = start + part * (stop - start)
            open_bin = np.where(np.isinf(start), start, stop)
            closed = np.isfinite(start) & np.isfinite(stop)
            found[k] = self.size * np.where(closed, inside_bin, open_bin)
        return found


def beside(parts: Sequence[Statistics]) -> Statistics:
    """Return the statistics of all methods, from those of some methods each."""
    if len(parts) == 1:
        return parts[0]
    first, bins = _aligned(parts)
    return Statistics(
        np.concatenate([part.size for part in parts], axis=1),
        parts[0].count,
        np.concatenate([part.total for part in parts], axis=1),
        np.concatenate([part.squares for part in parts], axis=1),
        first,
        np.concatenate(bins, axis=1),
    )


def _aligned(parts: Sequence[Statistics]) -> tuple[int, list[np.ndarray]]:
    """Return the first bin that any part has, and the counts of all parts from there on."""
    first = min(part.first for part in parts)
    last = max(part.first + part.bins.shape[-1] for part in parts)
    found = []
    for part in parts:
        bins = part.bins
        if bins.shape[-1] < last - first:
            bins = np.zeros((*part.bins.shape[:-1], last - first), dtype=np.uint32)
            at = part.first - first
            bins[..., at : at + part.bins.shape[-1]] = part.bins
        found.append(bins)
    return first, found


def _edges() -> np.ndarray:
    """Edges of all bins, ascending; the outermost are open, the innermost meet at zero."""
    steps = np.arange(HALF + 1)
    values = 2.0 ** (steps // STEPS - BELOW) * (1.0 + (steps % STEPS) / STEPS)
    values[0], values[-1] = 0.0, np.inf
    return np.concatenate([-values[:0:-1], values])


class Collector:
    """Takes in samples block by block.

    Parameters
    ----------
    size
        Typical size of each cell, shape (products, methods); zero where scores are always zero.
    """

    def __init__(self, size: np.ndarray) -> None:
        self.size = np.where(size > 0, size, 1.0)
        self._inverse = (1.0 / self.size).astype(np.float32)
        self._count = 0
        self._bins = np.zeros((*size.shape, BINS), dtype=np.uint32)
        self._sums = np.zeros((*size.shape, 2))
        #: lowest and highest bin that holds anything
        self._span = np.array([BINS, -1])

    def take(self, samples: np.ndarray) -> None:
        """Take in samples, single precision, shape (products, methods, samples)."""
        run = _collect if has_numba() else _collect_numpy
        run(samples, self._inverse, self._bins, self._sums, self._span)
        self._count += samples.shape[2]

    def statistics(self) -> Statistics:
        """Return what was found, of the bins those that hold anything."""
        first, last = (int(self._span[0]), int(self._span[1]) + 1) if self._count else (0, 1)
        return Statistics(
            self.size,
            self._count,
            self._sums[..., 0].copy(),
            self._sums[..., 1].copy(),
            first,
            self._bins[..., first:last].copy(),
        )


@jit_vector
def _collect(
    samples: np.ndarray, inverse: np.ndarray, bins: np.ndarray, sums: np.ndarray, span: np.ndarray
) -> None:
    count = samples.shape[2]
    scaled = np.empty(count, dtype=np.float32)
    places = np.empty(count, dtype=np.int32)
    total = np.zeros(8)
    squares = np.zeros(8)
    first = np.int32(span[0])
    last = np.int32(span[1])
    for d in range(samples.shape[0]):
        for m in range(samples.shape[1]):
            factor = inverse[d, m]
            for s in range(count):
                x = samples[d, m, s] * factor
                scaled[s] = x
                bits = np.float32(x).view(np.int32)
                place = np.int32((bits & np.int32(0x7FFFFFFF)) >> SHIFT) - np.int32(_BASE)
                place = min(max(place, np.int32(0)), np.int32(HALF - 1))
                places[s] = np.int32(HALF) + place if bits >= 0 else np.int32(HALF - 1) - place
            for s in range(count):
                first = min(first, places[s])
                last = max(last, places[s])
            for s in range(count):
                bins[d, m, places[s]] += np.uint32(1)
            # Eight sums side by side: one after the other would wait for each other.
            for lane in range(8):
                total[lane] = 0.0
                squares[lane] = 0.0
            for s in range(0, count - 7, 8):
                for lane in range(8):
                    shifted = np.float64(scaled[s + lane]) - 1.0
                    total[lane] += shifted
                    squares[lane] += shifted * shifted
            for s in range(count - count % 8, count):
                shifted = np.float64(scaled[s]) - 1.0
                total[0] += shifted
                squares[0] += shifted * shifted
            for lane in range(8):
                sums[d, m, 0] += total[lane]
                sums[d, m, 1] += squares[lane]
    span[0] = first
    span[1] = last


def _collect_numpy(
    samples: np.ndarray, inverse: np.ndarray, bins: np.ndarray, sums: np.ndarray, span: np.ndarray
) -> None:
    """Do as the compiled loop does, up to rounding."""
    for d in range(samples.shape[0]):
        for m in range(samples.shape[1]):
            x = samples[d, m] * inverse[d, m]
            bits = x.view(np.int32)
            place = np.clip(((bits & 0x7FFFFFFF) >> SHIFT) - _BASE, 0, HALF - 1)
            places = np.where(bits >= 0, HALF + place, HALF - 1 - place)
            bins[d, m] += np.bincount(places, minlength=BINS).astype(np.uint32)
            span[:] = min(span[0], places.min()), max(span[1], places.max())
            shifted = x.astype(float) - 1.0
            sums[d, m] += shifted.sum(), (shifted**2).sum()
