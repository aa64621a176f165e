"""Blocks of iterations on one or many workers, with the same bytes for any number of them.

A job makes a block from the seed and the number of the block alone. Blocks are handed back in
their order, so that whoever adds them up always adds in that order. With a cache, finished blocks
are kept on disk under a hash of what they were made from; a calculation that was stopped goes on
after the last of them.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from bw_tinyml.engine.cache import Arrays, Cache
from bw_tinyml.errors import ProjectError, UsageError

Progress = Callable[[str, int, int], None]
#: iterations per block; part of what makes a seed reproducible
BLOCK = 2048
#: seconds to wait for a scheduler
TIMEOUT = 10.0


class Job(Protocol):
    """What is done for each block. It is sent to workers, so it can be pickled."""

    def block(self, seed: int, number: int, size: int) -> Arrays:
        """Return the arrays of a block of iterations."""

    def digest(self) -> str:
        """Return a hash of everything that the arrays depend on, but seed, number and size."""


@dataclass(frozen=True)
class Workers:
    """Who makes the blocks.

    Parameters
    ----------
    count
        Number of workers; 1 is this process.
    scheduler
        Address of a scheduler of ``dask.distributed``, whose workers are taken instead.
    threads
        Threads of this process instead of processes: for jobs of compiled loops only.
    """

    count: int = 1
    scheduler: str | None = None
    threads: bool = False

    def __post_init__(self) -> None:
        if self.count < 1:
            raise UsageError(f"{self.count} workers make no sense", "1 or more")


def run_blocks(
    job: Job,
    iterations: int,
    seed: int,
    workers: Workers | None = None,
    *,
    block: int = BLOCK,
    cache: Cache | None = None,
    progress: Progress | None = None,
) -> Iterator[Arrays]:
    """Iterate over the arrays of the blocks, in their order.

    Parameters
    ----------
    job
        What is done.
    iterations
        How many in all; the last block may be smaller than others.
    seed
        Of the random numbers.
    workers
        By default, this process.
    block
        Iterations per block.
    cache
        Keeps finished blocks.
    progress
        Called with a title, a count and a total.
    """
    sizes = [min(block, iterations - start) for start in range(0, iterations, block)]
    keep = cache or Cache(None)
    what = job.digest() if keep.folder else ""
    keys = [
        hashlib.blake2b(repr((what, seed, n, size)).encode(), digest_size=20).hexdigest()
        for n, size in enumerate(sizes)
    ]
    done = 0
    with ExitStack() as stack:
        hand_out = _hand_out(job, workers or Workers(), stack)
        waiting: deque[tuple[int, Future[Arrays] | Arrays]] = deque()
        ahead = 2 * (workers or Workers()).count if not (workers and workers.scheduler) else 64
        number = 0
        while number < len(sizes) or waiting:
            while number < len(sizes) and len(waiting) < ahead:
                found = keep.get(keys[number])
                waiting.append((number, found or hand_out(seed, number, sizes[number])))
                number += 1
            first, result = waiting.popleft()
            arrays = result if isinstance(result, dict) else _received(result)
            if keep.folder and not isinstance(result, dict):
                keep.put(keys[first], arrays)
            done += sizes[first]
            if progress:
                progress("Monte Carlo", done, iterations)
            yield arrays


def _received(result: Future[Arrays]) -> Arrays:
    try:
        return result.result()
    except BrokenExecutor as error:
        raise ProjectError(
            "a worker process ended before its block was done: it was killed, or memory ran out",
            "take fewer workers; finished blocks are there again with --resume",
        ) from error


class _Here(Executor):
    """Does what it is given when it is given it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a future that is done."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def _hand_out(
    job: Job, workers: Workers, stack: ExitStack
) -> Callable[[int, int, int], Future[Arrays]]:
    """Return a function that has a block made."""
    if workers.scheduler is not None:
        client = stack.enter_context(_client(workers.scheduler))
        sent = client.scatter(job, broadcast=True, hash=False)
        return lambda *block: client.submit(_block, sent, *block, pure=False)
    if workers.count == 1:
        return lambda *block: _Here().submit(job.block, *block)
    if workers.threads:
        pool = stack.enter_context(ThreadPoolExecutor(workers.count))
        return lambda *block: pool.submit(job.block, *block)
    processes = stack.enter_context(
        ProcessPoolExecutor(workers.count, initializer=_receive, initargs=(job,))
    )
    stack.callback(processes.shutdown, wait=True, cancel_futures=True)
    return lambda *block: processes.submit(_received_block, *block)


def _client(scheduler: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "a scheduler needs dask.distributed, which is not installed",
            "pip install 'bw_tinyml[distributed]', or leave out --scheduler",
        ) from error
    try:
        return Client(scheduler, timeout=TIMEOUT)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"no scheduler answers at {scheduler}",
            "start one with `dask scheduler`, and workers with `dask worker ADDRESS`",
        ) from error


#: the job of a worker process, received once and not with every block
_job: list[Job] = []


def _receive(job: Job) -> None:
    _job[:] = [job]


def _received_block(seed: int, number: int, size: int) -> Arrays:
    return _job[0].block(seed, number, size)


def _block(job: Job, seed: int, number: int, size: int) -> Arrays:
    return job.block(seed, number, size)


def array_digest(*parts: object) -> str:
    """Return a hash of arrays and of whatever else has a stable text."""
    found = hashlib.blake2b(digest_size=20)
    for part in parts:
        if isinstance(part, np.ndarray):
            found.update(f"{part.dtype}{part.shape}".encode())
            found.update(np.ascontiguousarray(part).tobytes())
        else:
            found.update(repr(part).encode())
    return found.hexdigest()
