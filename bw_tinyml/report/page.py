"""The report page: a comparison in all categories, ready to be put in front of a client."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from bw_tinyml.errors import UsageError
from bw_tinyml.report.figures import figure_context
from bw_tinyml.report.lifecycle import LifeCycle, life_cycle, stage_tables
from bw_tinyml.report.outcomes import outcome_context, table
from bw_tinyml.report.verdicts import verdict_context
from bw_tinyml.systems.compare import compare
from bw_tinyml.systems.comparison import DISCLAIMER, Comparison

Progress = Callable[[str, int, int], None]
MAIN_FAMILY = "EF v3.1"


def write_report(
    path: Path | str,
    task: str = "keyword spotting",
    device: str | None = None,
    baseline: str | Sequence[str] | None = None,
    *,
    project: str | None = None,
    location: str | None = None,
    family: str | Sequence[str] | None = None,
    parameters: Mapping[str, float] | None = None,
    iterations: int = 1000,
    seed: int = 42,
    folder: Path | str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Write a comparison as one HTML page; return the comparison.

    Parameters
    ----------
    path
        The file.
    task, device, baseline, project, location, parameters, iterations, seed, folder, progress
        As for :func:`bw_tinyml.compare`.
    family
        Family or families of LCIA methods; by default all that are installed by default.
    overwrite
        Whether an existing file may be replaced.

    Raises
    ------
    UsageError
        The file exists.
    """
    target = Path(path)
    if target.exists() and not overwrite:
        raise UsageError(f"'{target}' exists", "add --overwrite, or choose another name")
    if family is None:
        from bw_tinyml.inventory.families import families as listed
        from bw_tinyml.inventory.loading import load_lists

        family = listed(load_lists(folder), default_only=True)
    result = compare(
        task,
        device,
        baseline,
        project=project,
        location=location,
        family=family,
        parameters=parameters,
        iterations=iterations,
        seed=seed,
        folder=folder,
        progress=progress,
        sample_scenarios=True,
    )
    sections = life_cycle(result, main_family(result), project=project, folder=folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.part")
    temporary.write_text(page(result, sections), encoding="utf-8")
    temporary.replace(target)
    return result


def page(result: Comparison, sections: LifeCycle | None = None) -> str:
    """Return the HTML of a comparison, with or without its sections on stages and credits."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("bw_tinyml.report"), autoescape=True, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("report.html").render(
        {**context(result), "life_cycle": sections}
    )


def main_family(result: Comparison) -> str:
    """Return the family that charts show: EF v3.1 where it was calculated, else the first."""
    found = list(dict.fromkeys(str(indicator.method[-3]) for indicator in result.indicators))
    return MAIN_FAMILY if MAIN_FAMILY in found else found[0]


def context(result: Comparison) -> dict[str, Any]:
    """Return everything the template shows."""
    by_family: dict[str, list[str]] = {}
    for indicator in result.indicators:
        by_family.setdefault(str(indicator.method[-3]), []).append(indicator.label)
    main = main_family(result)
    labels = by_family[main]
    return {
        "result": result,
        "family": main,
        "systems": result.systems,
        "tables": [table(result, family, names) for family, names in by_family.items()],
        "stage_tables": stage_tables(result, main),
        "rate": result.rate,
        "quote_note": result.quote_note(),
        "provenance": result.provenance,
        "command": _command(result, list(by_family)),
        "disclaimer": DISCLAIMER,
        **figure_context(result, labels),
        **outcome_context(result, labels),
        **verdict_context(result, labels),
    }


def _command(result: Comparison, families: Sequence[str]) -> Markup:
    info = result.provenance
    lines = [
        "# in a clone of the repository, at version " + info["versions"]["bw_tinyml"],
        "pip install .",
        f"bw-tinyml install --project {info['project']} --background {info['background']}",
        f'bw-tinyml report report.html --project {info["project"]} --task "{result.task.name}" '
        f"--device {result.systems[0].name} "
        + " ".join(f"--baseline {s.name}" for s in result.systems[1:])
        + f" --location {result.location} --iterations {info['iterations']} --seed {info['seed']}"
        + "".join(f" --parameter {k}={v:g}" for k, v in info["parameters"].items())
        + "".join(f' --family "{family}"' for family in families),
    ]
    return Markup("\n").join(lines)
