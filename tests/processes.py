"""Work in other processes, which start without importing the heavy libraries again.

A server that has imported them forks for each task. Brightway itself is imported by the forks: it
opens the files of a project when it is imported.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["numpy", "scipy.sparse.linalg", "pandas", "pint", "peewee", "bw_processing", "deepdiff"]
)
TIMEOUT = 300


def run(task: Callable[..., Any], *arguments: Any) -> tuple[int | None, Any]:
    """Do a task of this module in a new process; return its exit code and what it returned."""
    receiving, sending = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_work, args=(sending, task, arguments))
    process.start()
    sending.close()
    try:
        answer = receiving.recv() if receiving.poll(TIMEOUT) else None
    except EOFError:  # the process ended before it had an answer
        answer = None
    process.join(TIMEOUT)
    return process.exitcode, answer


def _work(sending: Connection, task: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    warnings.simplefilter("ignore")
    # A shell that starts the tests in the background lets all below it ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sending.send(task(*arguments))


def plain_score(project: str, identifier: str, method: tuple[str, ...]) -> float:
    """Score a dataset of ``tinyml`` by plain bw2calc, as another program would."""
    import bw2calc as bc
    import bw2data as bd

    bd.projects.set_current(project)
    node = next(n for n in bd.Database("tinyml") if n["identifier"] == identifier)
    demand, packages, _ = bd.prepare_lca_inputs({node: 1}, method)
    lca = bc.LCA(demand, data_objs=packages)
    lca.lci()
    lca.lcia()
    return float(lca.score)


def install_and_die(
    project: str, folder: Path, families: list[str], step: str, call: int, signal_name: str
) -> None:
    """Install, and get a signal when a step of the writer has been done ``call`` times."""
    from bw_tinyml.brightway import install, writing

    calls = 0
    original = getattr(writing, step)

    def die(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        result = original(*args, **kwargs)
        if calls == call:
            os.kill(os.getpid(), getattr(signal, signal_name))
        return result

    install._create_migrations = lambda progress: False  # type: ignore[attr-defined]
    setattr(writing, step, die)
    install.install(project, folder=folder, families=families, replace=True)
