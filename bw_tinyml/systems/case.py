"""The case of a comparison: task, systems and place, opened in a project and ready to be solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from bw_tinyml.arguments import text, texts
from bw_tinyml.brightway.lookup import Node, choose, nodes, without_copies
from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.impact.model import load_model
from bw_tinyml.impact.paired import Paired
from bw_tinyml.impact.session import DEFAULT_FAMILY, Session
from bw_tinyml.impact.solving import Solver
from bw_tinyml.inventory.functional_unit import stated
from bw_tinyml.systems.scenario_file import Scenario
from bw_tinyml.systems.tasks import System, Task, find_task, tasks


@dataclass
class Case:
    """What is compared.

    Attributes
    ----------
    systems
        The systems: the device first, then its twins.
    ids
        Their node ids at the place of use.
    solver
        Of a model that holds them all.
    """

    session: Session
    task: Task
    location: str
    systems: list[System]
    ids: list[int]
    solver: Solver

    @property
    def names(self) -> list[str]:
        """Short names of the systems."""
        return [system.name for system in self.systems]

    def parameter_names(self) -> set[str]:
        """Names of the database parameters of the project."""
        return {name for found in self.solver.model.parameters.values() for name in found}

    def functional_unit(self, given: Mapping[str, float] | None = None) -> str:
        """Return the functional unit in words, for given values of parameters."""
        return stated(
            self.task.functional_unit, lambda name: self.paired.evaluation.value(name, given)
        )

    @cached_property
    def paired(self) -> Paired:
        """The systems, ready to be scored for many values of parameters at once."""
        return Paired(self.solver, self.ids, self.session.databases[0])


def open_case(
    task: str,
    device: str | None = None,
    baseline: str | Sequence[str] | None = None,
    *,
    project: str | None = None,
    location: str | None = None,
    family: str | Sequence[str] = "EF v3.1",
    folder: Path | str | None = None,
) -> Case:
    """Open a case; the parameters are those of :func:`bw_tinyml.compare`.

    Raises
    ------
    NotFoundError
        The task, a system, the location or the family is not known.
    UsageError
        A baseline is named twice.
    """
    session = Session(project, folder)
    found = find_task(tasks(session.inventory), task)
    systems = _systems(found, device, baseline)
    indicators = session.indicators(texts(family, "family"))
    known = without_copies(nodes(session.databases))
    place = _place(known, systems, location)
    ids = [choose(known, f"{system.process}/{place}").id for system in systems]
    solver = Solver(load_model(session.databases, ids), indicators)
    return Case(session, found, place, systems, ids, solver)


def open_scenario(
    scenario: Scenario, *, project: str | None = None, folder: Path | str | None = None
) -> Case:
    """Open the case that a scenario describes.

    Parameters
    ----------
    scenario
        The scenario.
    project
        Brightway project, instead of the one that the scenario names.
    folder
        Inventory folder with the list of tasks.

    Raises
    ------
    NotFoundError
        The task, a system, the location or the family is not known.
    UsageError
        The project is on another background than the one that the scenario names.
    """
    case = open_case(
        scenario.task,
        scenario.device,
        scenario.baselines or None,
        project=scenario.project if project is None else project,
        location=scenario.location,
        family=scenario.family or (DEFAULT_FAMILY,),
        folder=folder,
    )
    found = str(case.session.metadata.get("background", ""))
    if scenario.background and scenario.background != found:
        raise UsageError(
            f"the scenario is for background '{scenario.background}', the project is on '{found}'",
            "remove `background` from the scenario, or `bw-tinyml relink` the project",
        )
    return case


def _systems(task: Task, device: str | None, baseline: str | Sequence[str] | None) -> list[System]:
    first = task.system(device) if device else task.devices()[0]
    names = [baseline] if isinstance(baseline, str) else baseline
    twins = task.baselines() if names is None else [task.system(n) for n in names]
    if names is None:
        twins = [twin for twin in twins if twin.name != first.name]
    seen = {first.name}
    for i, twin in enumerate(twins):
        if twin.name in seen and twin.name != first.name:
            raise UsageError(f"baseline '{twin.name}' is named twice", "name each once")
        if twin.name == first.name:
            # A device against itself, as a test of the method, needs two names in the tables.
            twins[i] = replace(twin, name=f"{twin.name}-again", title=f"{twin.title} (again)")
        seen.add(twin.name)
    return [first, *twins]


def _place(known: Sequence[Node], systems: Sequence[System], location: str | None) -> str:
    """Return the place of use as the tables write it, which is what break-evens look for.

    By default the world, else the first of the recipe.
    """
    places = [_places(known, system) for system in systems]
    common = [place for place in places[0] if all(place in others for others in places)]
    if location is None:
        return "GLO" if "GLO" in common or not common else common[0]
    wanted = text(location, "location").strip().lower()
    found = next((place for place in common if place.lower() == wanted), None)
    if found is None:
        raise NotFoundError(
            f"location: '{location}' is not a place of use", f"one of {', '.join(sorted(common))}"
        )
    return found


def _places(known: Sequence[Node], system: System) -> list[str]:
    """Places of use that a system has."""
    prefix = f"{system.process}/"
    return [n.identifier.removeprefix(prefix) for n in known if n.identifier.startswith(prefix)]
