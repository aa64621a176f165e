"""Random numbers that are a function of what they are for: seed, block, iteration, element.

Philox4x32-10 turns a counter into four random words (Salmon, Moraes, Dror and Shaw 2011, Parallel
random numbers: as easy as 1, 2, 3, SC 11). Whoever draws the numbers of an iteration gets the same
ones, in whatever order and on however many workers. Normal numbers follow by the transformation of
Box and Muller (1958, Ann Math Stat 29:610-611), in single precision.

The functions ``log``, ``sin``, ``cos`` and ``exp`` are the polynomials of the single precision
Cephes library (Moshier), written without branches so that sixteen numbers are made at a time.
"""

from __future__ import annotations

import numpy as np

from bw_tinyml.engine.kernels import has_numba, jit_vector

#: numbers that are drawn together; a power of two
TILE = 256
#: numbers that are drawn together where nothing is compiled
CHUNK = 1 << 18
#: kinds of numbers
UNIFORM, NORMAL, LOGNORMAL, ONE = 0, 1, 2, 3
#: the largest single below 1, to which the largest of the uniform numbers would be rounded up
BELOW_ONE = np.float32(1.0 - 2.0**-24)


def block_key(seed: int, block: int) -> tuple[int, int]:
    """Return the key of a block of iterations, spawned from the seed."""
    state = np.random.SeedSequence(seed, spawn_key=(block,)).generate_state(2, np.uint32)
    return int(state[0]), int(state[1])


def draw_elements(
    key: tuple[int, int], stream: int, first: int, tiles: int, kinds: np.ndarray, scale: np.ndarray
) -> np.ndarray:
    """Return many iterations of some elements, single precision, shape (elements, tiles * TILE).

    Parameters
    ----------
    key
        Of the block.
    stream
        Tells apart what shall be independent under the same key.
    first
        First tile of ``TILE`` iterations.
    tiles
        How many.
    kinds
        For each element ``UNIFORM`` (within 0 and 1, never these), ``NORMAL``, ``LOGNORMAL`` (of
        median 1) or ``ONE`` (always 1).
    scale
        Standard deviation of the logarithm for each element.
    """
    out = np.empty((kinds.size, tiles * TILE), dtype=np.float32)
    _draw(key, stream, 0, first, kinds, scale, True, out)
    return out


def draw_iterations(
    key: tuple[int, int], stream: int, first: int, count: int, kinds: np.ndarray, scale: np.ndarray
) -> np.ndarray:
    """Return few iterations of many elements, shape (count, tiles * TILE).

    Parameters
    ----------
    first, count
        Iterations.
    kinds
        One for each tile of ``TILE`` elements.
    key, stream, scale
        As for :func:`draw_elements`.
    """
    out = np.empty((count, kinds.size * TILE), dtype=np.float32)
    _draw(key, stream, first, 0, kinds, scale, False, out)
    return out


def _draw(
    key: tuple[int, int],
    stream: int,
    row: int,
    tile: int,
    kinds: np.ndarray,
    scale: np.ndarray,
    by_row: bool,
    out: np.ndarray,
) -> None:
    if has_numba():
        words = (np.uint32(key[0]), np.uint32(key[1]), np.uint32(stream), np.uint32(row))
        bits = np.empty(TILE, dtype=np.uint32)
        _draw_compiled(*words, tile, kinds, scale, by_row, bits, out)
    else:
        _draw_numpy(key, stream, row, tile, kinds, scale, by_row, out)


def words_of(
    key: tuple[int, int], counters: tuple[np.ndarray | int, ...]
) -> tuple[np.ndarray, ...]:
    """Return the four random words of each counter of four words."""
    wide = np.uint64
    low = wide(0xFFFFFFFF)
    c0, c1, c2, c3 = (np.asarray(c, dtype=np.uint64) for c in counters)
    k0, k1 = key
    for _ in range(10):
        p0, p1 = c0 * wide(0xD2511F53), c2 * wide(0xCD9E8D57)
        c0 = (p1 >> wide(32)) ^ c1 ^ wide(k0)
        c2 = (p0 >> wide(32)) ^ c3 ^ wide(k1)
        c1, c3 = p1 & low, p0 & low
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return tuple(c.astype(np.uint32) for c in np.broadcast_arrays(c0, c1, c2, c3))


def _draw_numpy(
    key: tuple[int, int],
    stream: int,
    row: int,
    tile: int,
    kinds: np.ndarray,
    scale: np.ndarray,
    by_row: bool,
    out: np.ndarray,
) -> None:
    """Draw as the compiled loop does, up to rounding."""
    tiles = out.shape[1] // TILE
    step = max(1, CHUNK // out.shape[1])
    for start in range(0, out.shape[0], step):
        some = slice(start, min(start + step, out.shape[0]))
        part = out[some].reshape(-1, tiles, TILE)
        rows = row + start + np.arange(part.shape[0], dtype=np.uint64)
        counters = np.arange(tile * TILE // 4, (tile + tiles) * TILE // 4, dtype=np.uint64)
        words = words_of(key, (counters[None, :], rows[:, None], stream, 0))
        bits = np.stack([w.reshape(-1, tiles, TILE // 4) for w in words], axis=2)
        own = kinds[some, None] if by_row else kinds[None, :]
        spread = scale[some, None, None] if by_row else scale.reshape(tiles, TILE)
        _numbers(
            bits.reshape(-1, tiles, TILE),
            np.broadcast_to(own, part.shape[:2]),
            np.broadcast_to(spread, part.shape),
            part,
        )


def _numbers(bits: np.ndarray, kinds: np.ndarray, scale: np.ndarray, out: np.ndarray) -> None:
    """Write numbers of the kinds that tiles have, from their random words."""
    single = np.float32
    half = TILE // 2
    out[kinds == ONE] = 1.0
    own = kinds == UNIFORM
    uniform = ((bits[own] >> 8).astype(single) + single(0.5)) * single(2.0**-24)
    out[own] = np.minimum(uniform, BELOW_ONE)
    own = (kinds == NORMAL) | (kinds == LOGNORMAL)
    bits = bits[own]
    uniform = ((bits[:, :half] >> 8).astype(single) + single(0.5)) * single(2.0**-24)
    radius = np.sqrt(single(-2.0) * np.log(uniform))
    turn = np.ascontiguousarray(bits[:, half:]).view(np.int32).astype(single)
    angle = turn * single(2.0 * np.pi * 2.0**-32)
    normal = np.concatenate([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    powers = kinds[own] == LOGNORMAL
    normal[powers] = np.exp(scale[own][powers] * normal[powers])
    out[own] = normal


@jit_vector
def _draw_compiled(  # noqa: PLR0912, PLR0915  (calls would keep loops from being vectors)
    key0: np.uint32,
    key1: np.uint32,
    stream: np.uint32,
    first: np.uint32,
    first_tile: int,
    kinds: np.ndarray,
    scale: np.ndarray,
    by_row: bool,
    bits: np.ndarray,
    out: np.ndarray,
) -> None:
    quarter = TILE // 4
    half = TILE // 2
    for row in range(out.shape[0]):
        second = np.uint32(first + np.uint32(row))
        for tile in range(out.shape[1] // TILE):
            start = tile * TILE
            kind = kinds[row] if by_row else kinds[tile]
            if kind == ONE:
                for i in range(TILE):
                    out[row, start + i] = np.float32(1.0)
                continue
            for i in range(quarter):
                c0 = np.uint32((first_tile + tile) * quarter + i)
                c1 = second
                c2 = stream
                c3 = np.uint32(0)
                k0 = key0
                k1 = key1
                for _ in range(10):
                    p0 = np.uint64(0xD2511F53) * np.uint64(c0)
                    p1 = np.uint64(0xCD9E8D57) * np.uint64(c2)
                    n0 = np.uint32(p1 >> np.uint64(32)) ^ c1 ^ k0
                    n2 = np.uint32(p0 >> np.uint64(32)) ^ c3 ^ k1
                    c1 = np.uint32(p1)
                    c3 = np.uint32(p0)
                    c0 = n0
                    c2 = n2
                    k0 = np.uint32(k0 + np.uint32(0x9E3779B9))
                    k1 = np.uint32(k1 + np.uint32(0xBB67AE85))
                bits[i] = c0
                bits[quarter + i] = c1
                bits[2 * quarter + i] = c2
                bits[3 * quarter + i] = c3
            if kind == UNIFORM:
                for i in range(TILE):
                    u = (np.float32(bits[i] >> np.uint32(8)) + np.float32(0.5)) * np.float32(
                        2.0**-24
                    )
                    out[row, start + i] = min(u, BELOW_ONE)
                continue
            for i in range(half):
                u = (np.float32(bits[i] >> np.uint32(8)) + np.float32(0.5)) * np.float32(2.0**-24)
                # logarithm: exponent, and a polynomial of the mantissa
                whole = np.float32(u).view(np.int32)
                e = np.int32((whole - np.int32(0x3F3504F3)) >> 23)
                m = np.int32(whole - (e << 23)).view(np.float32) - np.float32(1.0)
                z = m * m
                p = np.float32(7.0376836292e-2)
                p = p * m - np.float32(1.1514610310e-1)
                p = p * m + np.float32(1.1676998740e-1)
                p = p * m - np.float32(1.2420140846e-1)
                p = p * m + np.float32(1.4249322787e-1)
                p = p * m - np.float32(1.6668057665e-1)
                p = p * m + np.float32(2.0000714765e-1)
                p = p * m - np.float32(2.4999993993e-1)
                p = p * m + np.float32(3.3333331174e-1)
                log = p * m * z - np.float32(0.5) * z + m + np.float32(e) * np.float32(0.693147181)
                radius = np.sqrt(np.float32(-2.0) * log)
                # sine and cosine of a part of a turn, from its distance to the next quarter
                turn = np.float32(np.int32(bits[half + i])) * np.float32(2.0**-32)
                t = np.floor(turn * np.float32(4.0) + np.float32(0.5))
                x = (turn - t * np.float32(0.25)) * np.float32(6.283185307)
                w = x * x
                s = np.float32(-1.9515295891e-4) * w + np.float32(8.3321608736e-3)
                s = (s * w - np.float32(1.6666654611e-1)) * w * x + x
                c = np.float32(2.443315711809948e-5) * w - np.float32(1.388731625493765e-3)
                c = (c * w + np.float32(4.166664568298827e-2)) * w * w
                c = c - np.float32(0.5) * w + np.float32(1.0)
                n = np.int32(t)
                sine = c if (n & 1) != 0 else s
                cosine = s if (n & 1) != 0 else c
                sine = -sine if (n & 2) != 0 else sine
                cosine = -cosine if ((n + 1) & 2) != 0 else cosine
                out[row, start + i] = radius * sine
                out[row, start + half + i] = radius * cosine
            if kind == LOGNORMAL:
                if by_row:
                    for i in range(TILE):
                        out[row, start + i] *= scale[row]
                else:
                    for i in range(TILE):
                        out[row, start + i] *= scale[start + i]
                for i in range(TILE):
                    v = out[row, start + i]
                    v = min(max(v, np.float32(-87.0)), np.float32(88.0))
                    t = np.floor(v * np.float32(1.44269504) + np.float32(0.5))
                    g = v - t * np.float32(0.693359375) + t * np.float32(2.12194440e-4)
                    q = np.float32(1.9875691500e-4)
                    q = q * g + np.float32(1.3981999507e-3)
                    q = q * g + np.float32(8.3334519073e-3)
                    q = q * g + np.float32(4.1665795894e-2)
                    q = q * g + np.float32(1.6666665459e-1)
                    q = q * g + np.float32(5.0000001201e-1)
                    power = np.int32((np.int32(t) + np.int32(127)) << 23).view(np.float32)
                    out[row, start + i] = (q * g * g + g + np.float32(1.0)) * power
