"""The loops that take the time, compiled where numba is installed (extra ``fast``)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from importlib.util import find_spec
from typing import Any


@cache
def has_numba() -> bool:
    """Return whether numba is installed; it is imported only when a kernel first runs."""
    return find_spec("numba") is not None


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function when it is first called, without the global lock; else leave it as it is.

    The compiled code is kept on disk, so that later processes only load it.
    """
    compiled: list[Callable[..., Any]] = []

    @wraps(function)
    def call(*arguments: Any) -> Any:
        if not compiled:
            if has_numba():
                import numba

                compiled.append(numba.njit(function, cache=True, nogil=True))
            else:
                compiled.append(function)
        return compiled[0](*arguments)

    return call
