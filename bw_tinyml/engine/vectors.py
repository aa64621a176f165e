"""Gauss-Seidel sweeps of sampled systems, sixteen columns to a vector register.

Needs numba; to be imported where :func:`bw_tinyml.engine.kernels.has_numba` says so. What a
compiler makes of sixteen sums in a plain loop goes through memory for each term; ``_splat`` and
``_lanes`` keep them in a register, which is four to nine times as fast.

Columns stand in blocks of ``LANES``: methods of one sample (``lanes`` false: one amount for the
whole block), or samples of one method (``lanes`` true: sixteen amounts for each element).
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
HALF = 8
PLAIN_SWEEPS = 2
EVERY = 5
#: options of all loops here
compiled: Any = numba.njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"}
)  # fmt: skip


def _row(width: int, lanes: bool) -> Any:
    """Return an operation that adds up ``out[at:] = init[at:] + sum data[p] * x[indices[p]:]``.

    It does so for ``width`` numbers, with one factor for all of them, or one for each.
    """

    def typed(typing: Any, out: Any, init: Any, x: Any, data: Any, indices: Any,
              start: Any, stop: Any, at: Any, shift: Any) -> Any:  # fmt: skip
        signature = types.void(out, init, x, data, indices, start, stop, at, shift)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            arrays = [
                context.make_array(kind)(context, builder, value).data
                for kind, value in zip(signature.args[:5], arguments[:5], strict=True)
            ]
            target, first, source, factors, places = arrays
            start, stop, at, shift = arguments[5:]
            vector = ir.VectorType(ir.DoubleType(), width)
            wide = ir.IntType(64)

            def pointer(base: Any, offset: Any) -> Any:
                return builder.bitcast(builder.gep(base, [offset]), vector.as_pointer())

            def load(base: Any, offset: Any) -> Any:
                value = builder.load(pointer(base, offset))
                value.align = 8
                return value

            total = cgutils.alloca_once(builder, vector)
            builder.store(load(first, at), total)
            one = ir.Constant(wide, 1)
            with cgutils.for_range_slice(builder, start, stop, one, intp=wide) as (p, _):
                place = builder.load(builder.gep(places, [p]))
                value = load(source, builder.add(place, shift))
                if lanes:
                    factor = load(factors, builder.mul(p, ir.Constant(wide, width)))
                else:
                    single = builder.load(builder.gep(factors, [p]))
                    none = ir.Constant(vector, ir.Undefined)
                    zero = ir.Constant(ir.IntType(32), 0)
                    mask = ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)
                    factor = builder.shuffle_vector(
                        builder.insert_element(none, single, zero), none, mask
                    )
                term = builder.fmul(factor, value, flags=["contract"])
                builder.store(builder.fadd(builder.load(total), term, flags=["contract"]), total)
            builder.store(builder.load(total), pointer(target, at)).align = 8
            return context.get_dummy_value()

        return signature, generate

    return typed


_splat = intrinsic(_row(LANES, lanes=False))
_splat_half = intrinsic(_row(HALF, lanes=False))
_lanes = intrinsic(_row(LANES, lanes=True))


@compiled
def assemble(  # noqa: PLR0912  (two layouts)
    start: np.ndarray,
    place: np.ndarray,
    unit: np.ndarray,
    made_start: np.ndarray,
    made_place: np.ndarray,
    made_unit: np.ndarray,
    emit_start: np.ndarray,
    emit_place: np.ndarray,
    emit_unit: np.ndarray,
    flow: np.ndarray,
    factors: np.ndarray,
    drawn: np.ndarray,
    lanes: bool,
    data: np.ndarray,
    emitted: np.ndarray,
    c: np.ndarray,
) -> None:
    """Write what a draw makes of the system: ``data`` of ``N``, and ``c``.

    ``drawn`` has one row, or ``LANES`` rows for lanes; ``factors`` has one row per flow, of the
    width of ``c``, or with lanes one column per method.
    """
    width = c.shape[1]
    methods = factors.shape[1]
    flat_c = c.reshape(-1)
    flat_factors = factors.reshape(-1)
    inverse = np.empty(LANES)
    for j in range(start.size - 1):
        for k in range(width):
            c[j, k] = 0.0
        if not lanes:
            made = 0.0
            for p in range(made_start[j], made_start[j + 1]):
                made += made_unit[p] * drawn[0, made_place[p]]
            made = 1.0 / made
            for p in range(start[j], start[j + 1]):
                data[p] = -made * unit[p] * drawn[0, place[p]]
            p0 = np.int64(emit_start[j])
            p1 = np.int64(emit_start[j + 1])
            for p in range(p0, p1):
                emitted[p] = made * emit_unit[p] * drawn[0, emit_place[p]]
            for block in range(0, width, LANES):
                here = np.int64(j * width + block)
                _splat(flat_c, flat_c, flat_factors, emitted, flow, p0, p1, here, np.int64(block))
            continue
        for lane in range(LANES):
            inverse[lane] = 0.0
        for p in range(made_start[j], made_start[j + 1]):
            for lane in range(LANES):
                inverse[lane] += made_unit[p] * drawn[lane, made_place[p]]
        for lane in range(LANES):
            inverse[lane] = 1.0 / inverse[lane]
        for p in range(start[j], start[j + 1]):
            for lane in range(LANES):
                data[p * LANES + lane] = -unit[p] * drawn[lane, place[p]] * inverse[lane]
        for p in range(emit_start[j], emit_start[j + 1]):
            for lane in range(LANES):
                emitted[lane] = emit_unit[p] * drawn[lane, emit_place[p]] * inverse[lane]
            for m in range(methods):
                factor = factors[flow[p], m]
                for lane in range(LANES):
                    c[j, m * LANES + lane] += factor * emitted[lane]


@compiled
def sweep(
    start: np.ndarray,
    at: np.ndarray,
    data: np.ndarray,
    c: np.ndarray,
    y: np.ndarray,
    first: int,
    last: int,
    lanes: bool,
) -> None:
    """Sweep once over some rows, in place; ``at`` are columns times the width of ``y``.

    The width is a multiple of ``LANES``, or without lanes of ``HALF``.
    """
    width = y.shape[1]
    flat_c = c.reshape(-1)
    flat = y.reshape(-1)
    for j in range(first, last):
        for block in range(0, width, LANES):
            p0 = np.int64(start[j])
            p1 = np.int64(start[j + 1])
            here = np.int64(j * width + block)
            if lanes:
                _lanes(flat, flat_c, flat, data, at, p0, p1, here, np.int64(block))
            elif width - block < LANES:
                _splat_half(flat, flat_c, flat, data, at, p0, p1, here, np.int64(block))
            else:
                _splat(flat, flat_c, flat, data, at, p0, p1, here, np.int64(block))


@compiled
def iterate(  # noqa: PLR0912  (one step after the other)
    start: np.ndarray,
    at: np.ndarray,
    data: np.ndarray,
    c: np.ndarray,
    y: np.ndarray,
    earlier: np.ndarray,
    before: np.ndarray,
    first: int,
    last: int,
    lanes: bool,
    tolerance: float,
    rounds: int,
) -> bool:
    """Sweep over a component with extrapolation; return whether it seems to have converged.

    As :func:`bw_tinyml.engine.iterating.gauss_seidel`, but contraction and change are taken from
    every ``EVERY``-th row: :func:`certify` looks at all. ``earlier`` and ``before`` are memory.
    """
    width = y.shape[1]
    square = np.empty(width)
    product = np.empty(width)
    worst = np.empty(width)
    step = np.empty(width)
    for _ in range(rounds):
        for _ in range(PLAIN_SWEEPS):
            sweep(start, at, data, c, y, first, last, lanes)
        for j in range(first, last, EVERY):
            for k in range(width):
                earlier[j, k] = y[j, k]
        sweep(start, at, data, c, y, first, last, lanes)
        before[first:last] = y[first:last]
        sweep(start, at, data, c, y, first, last, lanes)
        square[:] = 0.0
        product[:] = 0.0
        worst[:] = 0.0
        for j in range(first, last, EVERY):
            for k in range(width):
                size = max(abs(y[j, k]), 1e-300)
                one = (before[j, k] - earlier[j, k]) / size
                two = (y[j, k] - before[j, k]) / size
                square[k] += one * one
                product[k] += one * two
                worst[k] = max(worst[k], abs(two))
        left = 0.0
        for k in range(width):
            factor = product[k] / square[k] if square[k] > 0.0 else 0.0
            if not np.isfinite(factor):
                return False
            safe = min(abs(factor), 0.9999)
            left = max(left, worst[k] * safe / (1.0 - safe) if worst[k] > 1e-15 else 0.0)
            step[k] = factor / (1.0 - factor) if 0.0 < factor < 0.9995 else 0.0
        if left <= tolerance:
            return True
        if not left < 1e30:
            return False
        for j in range(first, last):
            for block in range(0, width, LANES):
                for k in range(LANES):
                    y[j, block + k] += (y[j, block + k] - before[j, block + k]) * step[block + k]
    return False


@compiled
def certify(
    start: np.ndarray,
    at: np.ndarray,
    data: np.ndarray,
    c: np.ndarray,
    y: np.ndarray,
    zero: np.ndarray,
    before: np.ndarray,
    gross: np.ndarray,
    noise: np.ndarray,
    times: int,
    rounding: float,
    lanes: bool,
    bounds: np.ndarray,
) -> None:
    """Sweep ``times`` more, and write bounds whose largest bounds all relative errors of a column.

    The argument is that of :mod:`bw_tinyml.engine.certificate` with ``w = |y|``. ``rounding`` is
    that of one row's sum, relative to its terms. ``before``, ``gross`` and ``noise`` are memory.
    """
    flat = y.reshape(-1)
    flat_c = c.reshape(-1)
    flat_before = before.reshape(-1)
    flat_gross = gross.reshape(-1)
    flat_noise = noise.reshape(-1)
    share = bounds.reshape(-1)
    signed = not (data >= 0.0).all()
    magnitude = np.abs(data) if signed else data
    for i in range(flat.size):
        size = abs(flat[i])
        flat_before[i] = flat[i]
        share[i] = size
        flat_gross[i] = size
        flat_noise[i] = abs(flat_c[i])
        signed = signed or flat_c[i] < 0.0
    if signed:
        # Terms may cancel: their rounding counts, and is passed on like any other error.
        sweep(start, at, magnitude, noise, gross, 0, y.shape[0], lanes)
        for i in range(flat.size):
            flat_noise[i] = rounding * max(flat_gross[i], share[i])
            flat_gross[i] = 0.0
        for _ in range(times):
            sweep(start, at, magnitude, noise, gross, 0, y.shape[0], lanes)
    for _ in range(times):
        sweep(start, at, magnitude, zero, bounds, 0, y.shape[0], lanes)
        sweep(start, at, data, c, y, 0, y.shape[0], lanes)
    for i in range(flat.size):
        size = abs(flat_before[i])
        lost = flat_gross[i] if signed else times * rounding * max(size, abs(flat[i]))
        moved = abs(flat[i] - flat_before[i]) + lost
        room = size - share[i]
        nothing = 0.0 if moved == 0.0 else np.inf
        share[i] = moved / room if room > 0.0 else nothing
