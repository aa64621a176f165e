"""10,000 samples of a product system with formulas in 16 methods, against lca_algebraic.

lca_algebraic needs bw2data 3, so it runs in an environment of its own (``build/algebraic/env``,
made once), as :mod:`benchmarks.algebraic_peer`. Both sides write the same databases and get the
same values of the parameters. The background is certain; each side solves it once, which is a claim
of its own. Then stand the calls that users make, and the bare functions that lca_algebraic
compiles, without its slow handling of arrays.

``python -m benchmarks.algebraic [--json] [--small]``
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from benchmarks.algebraic_case import FOREGROUND, case, method, write_background
from benchmarks.environments import BUILD, environment, variables
from benchmarks.measuring import Claim, Elsewhere, compare, largest_difference, report

REQUIREMENTS = Path(__file__).with_name("algebraic_requirements.txt")
ITERATIONS = 10_000


class Peer:
    """lca_algebraic in a process of its own, which does what it is asked for.

    Parameters
    ----------
    python
        Of the environment that has it.
    folder
        Holds ``case.json``; its databases, its log and its scores go there.
    """

    def __init__(self, python: Path, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "peer.log"
        projects = folder / "peer"
        projects.mkdir()
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [python, "-m", "benchmarks.algebraic_peer", folder],
                cwd=BUILD.parent,
                env=variables(projects),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __enter__(self) -> Peer:
        self._answer()  # that all is written: the sides take turns from here on
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._process.kill()
        self._process.communicate()

    def run(self, job: str) -> Elsewhere:
        """Do a job there; return its scores, samples x methods, and the times it took."""
        assert self._process.stdin
        self._process.stdin.write(f"{job}\n")
        self._process.stdin.flush()
        times = json.loads(self._answer())
        return Elsewhere(np.load(self._folder / f"{job}.npy"), **times)

    def _answer(self) -> str:
        assert self._process.stdout
        answer = self._process.stdout.readline()
        if not answer:
            last = self._log.read_text(encoding="utf-8").splitlines()[-20:]
            raise RuntimeError("\n".join(["lca_algebraic has ended:", *last]))
        return answer


def write_foreground(described: dict[str, Any]) -> int:
    """Write the product system with bw2data; return the id of the demanded product."""
    import bw2data as bd

    datasets = described["datasets"]
    bd.Database(FOREGROUND).write(
        {
            (FOREGROUND, code): {
                "name": code,
                "reference product": code,
                "unit": "kilogram",
                "location": "GLO",
                "exchanges": [
                    {"type": "production", "input": (FOREGROUND, code), "amount": 1.0},
                    *(
                        {"type": "technosphere", "input": (database, other), "amount": 0.0,
                         "formula": formula}
                        for database, other, formula in inputs
                    ),
                ],
            }
            for code, inputs in datasets.items()
        }
    )  # fmt: skip
    parameters = [{"name": name, **fields} for name, fields in described["parameters"].items()]
    bd.parameters.new_database_parameters(parameters, FOREGROUND)
    for code in datasets:
        bd.parameters.add_exchanges_to_group("formulas", (FOREGROUND, code))
    bd.parameters.recalculate()
    return int(bd.get_node(database=FOREGROUND, code=described["product"]).id)


def sampler(described: dict[str, Any], product: int) -> Callable[[], np.ndarray]:
    """Return a function that scores all samples: what it needs is read and solved here."""
    from bw_tinyml.impact.methods import Indicator
    from bw_tinyml.impact.model import load_model
    from bw_tinyml.impact.paired import Paired
    from bw_tinyml.impact.solving import Solver

    names = [method(k) for k in range(len(described["methods"]))]
    indicators = [Indicator(name, name[-1], "points") for name in names]
    samples = {name: np.array(values) for name, values in described["samples"].items()}
    size = len(next(iter(samples.values())))
    solver = Solver(load_model([FOREGROUND], [product]), indicators)
    paired = Paired(solver, [product], FOREGROUND)
    return lambda: paired.scores(samples, size)[:, 0]


def claims(folder: Path, python: Path, small: bool) -> list[Claim]:
    """Write both sides into a folder, and compare them."""
    iterations = 2_000 if small else ITERATIONS
    described = case(1_000 if small else 2_000, iterations)
    (folder / "case.json").write_text(json.dumps(described), encoding="utf-8")
    os.environ["BRIGHTWAY2_DIR"] = str(folder)
    os.environ["BW_TINYML_CACHE"] = "off"
    from bw_tinyml.brightway.stack import bw2data

    bd = bw2data()
    bd.projects.set_current("algebraic")
    write_background(bd, described)
    product = write_foreground(described)
    sampler(described, product)  # compile, or load what was compiled
    methods = len(described["methods"])
    size = (
        f"{iterations} samples of a product system of {len(described['datasets'])} datasets with "
        f"formulas x {methods} methods"
    )

    def anew() -> np.ndarray:
        return sampler(described, product)()

    with Peer(python, folder) as peer:
        first = compare(
            f"{size}, first call (with reading the project and solving the background), against "
            "compute_impacts of lca_algebraic",
            anew,
            lambda: peer.run("compute_impacts"),
            rounds=1,
            agree=largest_difference,
        )
        ours = sampler(described, product)
        ours()
        peer.run("functions")  # compile
        found = [first]
        for job, name in (
            ("compute_impacts", "compute_impacts of lca_algebraic"),
            ("functions", "its bare compiled functions, common subexpressions taken out"),
        ):
            claim = compare(name, ours, lambda j=job: peer.run(j), 5, agree=largest_difference)  # type: ignore[misc]
            mine, theirs = (t / (iterations * methods) * 1e9 for t in (claim.ours, claim.peer))
            what = f"{size}, {mine:.3g} ns per score, against {name}, {theirs:.3g} ns per score"
            found.append(replace(claim, what=what))
    return found


def main() -> None:
    try:
        python = environment("algebraic", REQUIREMENTS)
    except subprocess.CalledProcessError as error:
        print(
            f"lca_algebraic is left out, its environment cannot be made: {error}", file=sys.stderr
        )
        report([])
        return
    with tempfile.TemporaryDirectory(prefix="bw-tinyml-bench-") as folder:
        report(claims(Path(folder), python, "--small" in sys.argv))


if __name__ == "__main__":
    main()
