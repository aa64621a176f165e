"""Measure speed as ratios within one run: ``make bench``, or ``python -m benchmarks [--json]``.

``--small`` measures the engine alone, once, on a tenth of the activities and against this stack
only, for continuous integration. The exit code is 1 where the two sides of a comparison do not give
the same numbers.

Seconds depend on the machine; a ratio to plain Brightway (or to starting Python), measured in the
same run, hardly does. Each comparison first makes sure that both sides give the same numbers. The
measurements run in a Brightway directory of their own, which is removed afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.databases import FOLDER
from benchmarks.measuring import Claim, line

#: scripts of the engine, one per claim
ENGINE = (
    "scores",
    "shell",
    "solving",
    "ranking",
    "foreground_samples",
    "background_samples",
    "workers",
)
#: scripts whose peer needs an environment of its own, with other versions of Brightway
OTHER_STACKS = ("algebraic",)
#: names the file of USEEIO 1.2, useeio_v1.2.zip; see docs/adapters.md
USEEIO = "BW_TINYML_USEEIO"
SMALL = "--small"
PROJECT = "bench"
DEVICE = "keyword_spotting/mcu-ble"
ITERATIONS = 500


def seconds(function: Callable[[], Any], repeat: int = 1) -> tuple[float, Any]:
    """Return the shortest of some times, and what the function returned last."""
    best, result = float("inf"), None
    for _ in range(repeat):
        start = time.perf_counter()
        result = function()
        best = min(best, time.perf_counter() - start)
    return best, result


def command_line() -> dict[str, Any]:
    """Compare ``bw-tinyml --help`` with starting Python."""
    call = "from bw_tinyml.cli.main import main; main(['--help'])"
    bare, _ = seconds(lambda: subprocess.run([sys.executable, "-c", ""], check=True), 5)
    ours, _ = seconds(
        lambda: subprocess.run([sys.executable, "-c", call], check=True, capture_output=True), 5
    )
    return {"what": "`--help`, against starting Python", "ours": ours, "reference": bare}


def installation() -> dict[str, Any]:
    """Compare the second installation into a project with the first."""
    import bw_tinyml as bt

    first, _ = seconds(lambda: bt.install(PROJECT))
    second, result = seconds(lambda: bt.install(PROJECT))
    assert result.written == []
    return {"what": "second `install`, against the first", "ours": second, "reference": first}


def all_categories() -> dict[str, Any]:
    """Compare scores in all categories of EF v3.1 with one bw2calc.LCA and switched methods."""
    import bw2calc as bc
    import bw2data as bd
    import numpy as np

    from bw_tinyml.impact.scores import unit_scores
    from bw_tinyml.impact.session import Session

    session = Session(PROJECT)
    node = session.find(DEVICE, "GLO")
    indicators = session.indicators()

    def plain() -> list[float]:
        methods = [indicator.method for indicator in indicators]
        demand, packages, _ = bd.prepare_lca_inputs({bd.get_node(id=node.id): 1}, methods[0])
        lca = bc.LCA(demand, data_objs=packages)
        lca.lci()
        lca.lcia()
        scores = [lca.score]
        for method in methods[1:]:
            lca.switch_method(method)
            lca.lcia()
            scores.append(lca.score)
        return scores

    reference, expected = seconds(plain, 3)
    ours, found = seconds(lambda: unit_scores(node.id, indicators), 3)
    np.testing.assert_allclose(found.of(node.id), expected, rtol=1e-9)
    return {
        "what": f"{len(indicators)} categories of all {len(found.ids)} products by one transposed "
        "solve, against those of one product by bw2calc.LCA",
        "ours": ours,
        "reference": reference,
    }


def monte_carlo() -> dict[str, Any]:
    """Compare paired samples of three systems with iterating three times over bw2calc.LCA.

    bw2calc samples exchanges only; ours re-evaluates the formulas for each draw of the parameters
    as well. The times are per sample, the numbers of samples differ.
    """
    import bw2calc as bc
    import bw2data as bd

    import bw_tinyml as bt
    from bw_tinyml.systems.case import open_case

    case = open_case("keyword spotting", project=PROJECT)
    methods = [indicator.method for indicator in case.solver.indicators]
    few = 3

    def plain() -> None:
        for identifier in case.ids:
            demand, packages, _ = bd.prepare_lca_inputs({bd.get_node(id=identifier): 1}, methods[0])
            lca = bc.LCA(demand, data_objs=packages, use_distributions=True)
            lca.lci()
            lca.lcia()
            for _ in range(few):
                next(lca)
                for method in methods:
                    lca.switch_method(method)
                    lca.lcia()

    reference, _ = seconds(plain)
    ours, _ = seconds(
        lambda: bt.compare("keyword spotting", project=PROJECT, iterations=ITERATIONS)
    )
    return {
        "what": "one Monte Carlo sample of all systems in all categories (with the whole of "
        "`compare`), against bw2calc.LCA",
        "ours": ours / ITERATIONS,
        "reference": reference / few,
    }


def page_change() -> dict[str, Any]:
    """Compare a change on the designers' page with `compare` on as many samples."""
    import numpy as np

    import bw_tinyml as bt
    from bw_tinyml.app.choices import SAMPLES
    from bw_tinyml.app.desk import Desk
    from bw_tinyml.systems.scenario_file import Scenario

    desk = Desk(PROJECT)
    changes = [
        Scenario("keyword spotting", rate=rate, lifetime=life, end_of_life=route)
        for rate in (1.0, 5.0)
        for life in (2.0, 4.0)
        for route in (None, "recycling")
    ]
    desk.evaluate(changes[0])
    times = [seconds(lambda s=s: desk.evaluate(s))[0] for s in changes]  # type: ignore[misc]
    given = desk.given(changes[-1])
    reference, expected = seconds(
        lambda: bt.compare(
            "keyword spotting", project=PROJECT, parameters=given, iterations=SAMPLES
        )
    )
    found = desk.evaluate(changes[-1])
    np.testing.assert_allclose(found.stated.ravel(), expected.scores["score"].to_numpy(), rtol=1e-9)
    return {
        "what": f"the slowest of {len(changes)} changes on the page of `app` ({SAMPLES} samples, "
        "break-even, estimates), against `compare`",
        "ours": max(times),
        "reference": reference,
    }


def exports() -> list[dict[str, Any]]:
    """Compare exports of the whole database with what they all begin with: reading the tables.

    In seconds of the processor, because only those can be held against the limits of 20 s (Excel)
    and 30 s (ILCD) on a machine that does other work as well.
    """
    import bw_tinyml as bt
    from bw_tinyml.brightway.install import _linked_inventory, linked_inventory

    def busy(function: Callable[[], Any]) -> float:
        _linked_inventory.cache_clear()  # each reads the tables itself
        start = time.process_time()
        function()
        return time.process_time() - start

    folder = Path(tempfile.mkdtemp(prefix="bw-tinyml-bench-"))
    reading = busy(linked_inventory)
    excel = busy(lambda: bt.export_excel(folder / "tinyml.xlsx"))
    ilcd = busy(lambda: bt.export_ilcd(folder / "tinyml.zip"))
    shutil.rmtree(folder)
    assert excel < 20 and ilcd < 30
    return [
        {"what": f"`export {kind}`, against reading the tables", "ours": ours, "reference": reading}
        for kind, ours in (("excel", excel), ("ilcd", ilcd))
    ]


def engine(module: str, *arguments: str) -> dict[str, Any]:
    """Run a script of the engine in a process of its own, so that its peak of memory is its own."""
    flags = ["--small", "--quick"] if SMALL in sys.argv else []
    flags += ["--quick"] if "--quick" in sys.argv else []
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *arguments, "--json", *flags],
        check=False,  # 1 says that numbers differ: the claims tell which
        stdout=subprocess.PIPE,
        text=True,
    )
    if not done.stdout.strip():
        sys.exit(f"benchmarks.{module} failed with exit code {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    claims = [Claim(**claim) for claim in found["claims"]]
    return {"script": module, **found, "differs": any(claim.differs for claim in claims)}


def real_databases() -> list[tuple[str, str, str]]:
    """Return the scripts of databases that are not synthetic: ours, and USEEIO where it is."""
    runs = [("project", PROJECT, "tinyml")]
    file = os.environ.get(USEEIO)
    if file:
        from bw_tinyml.adapters.adapting import adapt

        adapt(file, PROJECT, "useeio")
        runs.append(("project", PROJECT, "useeio"))
    else:
        print(f"engine: USEEIO is left out; {USEEIO} may name its file", file=sys.stderr)
    return runs


def measure_project() -> list[dict[str, Any]]:
    """Run what is measured in a project of ours."""
    results = []
    for benchmark in (
        command_line, installation, all_categories, monte_carlo, page_change, exports,
    ):  # fmt: skip
        print(f"{benchmark.__name__} ...", file=sys.stderr)
        found = benchmark()
        for result in found if isinstance(found, list) else [found]:
            results.append(result | {"ratio": result["ours"] / result["reference"]})
    return results


def measure_engine() -> list[dict[str, Any]]:
    """Run the scripts of the engine."""
    missing = [name for name in ("numba", "pypardiso") if find_spec(name) is None]
    if missing:
        sys.exit(f"the engine's benchmarks need {missing}: pip install -e '.[bench]'")
    scripts = [(name,) for name in ENGINE]
    if SMALL not in sys.argv:
        scripts += [*((name,) for name in OTHER_STACKS), *real_databases()]
    engines = []
    for script in scripts:
        print(f"engine: {' '.join(script)} ...", file=sys.stderr)
        found = engine(*script)
        if found["claims"]:  # none where the peer cannot be had, which the script has said
            engines.append(found)
    return engines


def main() -> None:
    """Run all benchmarks and print them."""
    data = tempfile.mkdtemp(prefix="bw-tinyml-bench-")
    os.environ["BRIGHTWAY2_DIR"] = data
    os.environ[FOLDER] = data
    os.environ["BW_TINYML_CACHE"] = "off"  # what was calculated before would hide the calculation
    warnings.filterwarnings("ignore")
    try:
        results = [] if SMALL in sys.argv else measure_project()
        engines = measure_engine()
    finally:
        shutil.rmtree(data, ignore_errors=True)
    if "--json" in sys.argv:
        print(json.dumps({"project": results, "engine": engines}, indent=2))
    else:
        for result in results:
            print(
                f"{result['what']}:\n    {result['ours']:.4g} s against "
                f"{result['reference']:.4g} s, ratio {result['ratio']:.3g}"
            )
        for found in engines:
            print(f"\nbenchmarks.{found['script']}, peak memory {found['peak MiB']:.0f} MiB")
            for claim in found["claims"]:
                print(line(Claim(**claim)))
    wrong = [found["script"] for found in engines if found["differs"]]
    if wrong:
        sys.exit(f"the numbers of both sides differ: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
