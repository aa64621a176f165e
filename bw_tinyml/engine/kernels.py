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
    return _lazily(function)


def jit_vector(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile as :func:`jit`, for loops in single precision that fill vector registers.

    Products and sums may be fused, and division by zero gives infinity: without these, compilers
    leave such loops as they are. Nothing is reordered, so that a machine repeats its bytes.
    """
    return _lazily(function, fastmath={"contract", "nsz"}, error_model="numpy")


def _lazily(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    compiled: list[Callable[..., Any]] = []

    @wraps(function)
    def call(*arguments: Any) -> Any:
        if not compiled:
            if has_numba():
                import numba

                compiled.append(numba.njit(function, cache=True, nogil=True, **options))
            else:
                compiled.append(function)
        return compiled[0](*arguments)

    return call
