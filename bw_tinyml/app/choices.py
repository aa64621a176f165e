"""What can be chosen in a project, and whether a scenario makes sense there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from bw_tinyml.app.live import Live
from bw_tinyml.arguments import MAX_SEED, count
from bw_tinyml.brightway.lookup import nodes, without_copies
from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.impact.methods import Indicator
from bw_tinyml.impact.model import load_model
from bw_tinyml.impact.rows import ModelParameter
from bw_tinyml.impact.session import DEFAULT_FAMILY, Session
from bw_tinyml.impact.solving import Solver
from bw_tinyml.systems.scenario_file import Scenario
from bw_tinyml.systems.tasks import System, Task, find_task, tasks
from bw_tinyml.systems.words import Word, scenario_parameters, words

Progress = Callable[[str], None]
SAMPLES = 200
SEED = 42


class Choices:
    """A project, and what scenarios can choose in it.

    Parameters
    ----------
    project
        Brightway project; None for the current one.
    folder
        Inventory folder, instead of the one that comes with the package.
    family
        Family of LCIA methods.
    samples, seed
        Number and seed of the Monte Carlo samples.
    progress
        Called with what is being done.

    Raises
    ------
    ProjectError, NotFoundError
        bw_tinyml or the methods are not installed in the project.
    """

    def __init__(
        self,
        project: str | None = None,
        folder: Path | str | None = None,
        family: str = DEFAULT_FAMILY,
        samples: int = SAMPLES,
        seed: int = SEED,
        progress: Progress | None = None,
    ) -> None:
        say = progress or (lambda _: None)
        say("reading the project")
        self.family = family
        self.samples, self.seed = samples, count(seed, "seed", 0, MAX_SEED)
        self._folder = folder
        self._lock = threading.Lock()
        self.session = Session(project, folder)
        self.indicators: list[Indicator] = self.session.indicators([family])
        foreground = self.session.databases[0]
        every = nodes(self.session.databases)
        own = [n.id for n in every if n.database == foreground]
        model = load_model(self.session.databases, own)
        known = [n for n in every if n.identifier and n.id in model.index]
        #: datasets that the page can score: the foreground, and what it takes from the background
        self.nodes = {n.identifier: n.id for n in without_copies(known)}
        self.tasks = self._complete_tasks(tasks(self.session.inventory))
        say("solving the background")
        self.live = Live(Solver(model, self.indicators), samples, seed)
        self.provenance = self.session.provenance()
        self.descriptions = _descriptions(self.session.databases)
        self._influences: dict[frozenset[int], list[str]] = {}
        self._given: tuple[str, dict[str, float]] = ("", {})

    def _complete_tasks(self, known: Mapping[str, Task]) -> dict[str, Task]:
        """Tasks with the systems that the project has."""
        found = {}
        for name, task in known.items():
            systems = tuple(s for s in task.systems if self._places(s))
            if any(s.role == "device" for s in systems):
                found[name] = replace(task, systems=systems)
        if not found:
            raise NotFoundError(
                "the project has no system of any task",
                "it holds another version of the tables: bw-tinyml install --replace",
            )
        return found

    def _places(self, system: System) -> list[str]:
        prefix = f"{system.process}/"
        return [i.removeprefix(prefix) for i in self.nodes if i.startswith(prefix)]

    # --- what can be chosen

    def task(self, name: str) -> Task:
        """Return a task of the project by name."""
        return find_task(self.tasks, name)

    def places(self, task: Task) -> list[str]:
        """Return the places of use for which all systems of a task exist, the world first."""
        common = set.intersection(*(set(self._places(s)) for s in task.systems))
        return sorted(common, key=lambda place: (place != "GLO", place))

    def words(self, task: Task) -> dict[str, Word]:
        """Return what scenarios of a task can vary, by word."""
        return words(self.session.inventory, task)

    @cached_property
    def parameters(self) -> dict[str, ModelParameter]:
        """Database parameters by name; those of the foreground count where both have one."""
        found: dict[str, ModelParameter] = {}
        for parameters in reversed(self.live.model.parameters.values()):
            found |= parameters
        return found

    def influences(self, scenario: Scenario) -> list[str]:
        """Return the parameters of the foreground that a scenario's systems depend on."""
        ids = frozenset(self._ids(scenario))
        if ids not in self._influences:
            foreground = self.session.databases[0]
            own = self.live.model.parameters[foreground]
            self._influences[ids] = sorted(
                name
                for database, name in self.live.influences(ids)
                if database == foreground and isinstance(own[name].value, float | int)
            )
        return self._influences[ids]

    def _ids(self, scenario: Scenario) -> list[int]:
        task = self.task(scenario.task)
        systems = [task.system(n) for n in (str(scenario.device), *scenario.baselines)]
        return [self.nodes[f"{s.process}/{scenario.location}"] for s in systems]

    def sweepable(self, task: Task) -> dict[str, str]:
        """Return the words of a task that stand for one parameter, and the parameter."""
        found = {w: word.parameter for w, word in self.words(task).items()}
        return {w: p for w, p in found.items() if p in self.parameters}

    # --- scenarios

    def check(self, scenario: Scenario) -> Scenario:
        """Return a scenario with nothing left open, or raise what is wrong with it.

        Raises
        ------
        NotFoundError, UsageError
            A name is not known, a value is out of range, or the scenario is for another family or
            background.
        """
        task = self.task(scenario.task)
        device = task.system(scenario.device) if scenario.device else task.devices()[0]
        names = scenario.baselines or tuple(s.name for s in task.baselines())
        baselines = [task.system(name).name for name in names]
        baselines = [n for n in dict.fromkeys(baselines) if n != device.name]
        if not baselines:
            raise UsageError("a comparison needs a baseline", "choose at least one")
        places = self.places(task)
        place = scenario.location or places[0]
        if place not in places:
            raise NotFoundError(
                f"task '{task.name}' has no place of use '{place}'", f"places: {', '.join(places)}"
            )
        if scenario.family and tuple(scenario.family) != (self.family,):
            raise UsageError(
                f"the scenario is for {', '.join(scenario.family)}, this page shows {self.family}",
                "start the page with --family, or use `bw-tinyml compare`",
            )
        background = str(self.provenance["background"])
        if scenario.background and scenario.background != background:
            raise UsageError(
                f"the scenario is for background '{scenario.background}', the project is on "
                f"'{background}'",
                "remove `background` from the scenario, or open another project",
            )
        if scenario.allocation not in (None, "cut-off"):
            raise UsageError(
                f"the scenario is for the allocation '{scenario.allocation}', this page shows "
                "cut-off",
                "use `bw-tinyml compare`",
            )
        found = replace(
            scenario,
            task=task.name,
            device=device.name,
            baselines=tuple(baselines),
            location=place,
            family=(self.family,),
        )
        for word, value in (("rate", scenario.rate), ("lifetime", scenario.lifetime)):
            if value is not None and not 0 < value < np.inf:
                raise UsageError(f"{word} is {value:g}", "give a number above 0")
        return found

    def given(self, scenario: Scenario) -> dict[str, float]:
        """Return the values of parameters that a scenario sets."""
        key = repr(scenario.as_dict())
        last, values = self._given  # one assignment, so that windows do not disturb each other
        if last != key:
            task = self.task(scenario.task)
            values = scenario_parameters(scenario, self.session.inventory, task, self.parameters)
            self._given = key, values
        return dict(values)

    def outside(self, scenario: Scenario) -> list[str]:
        """Return which stated numbers lie outside of the range that the tables give them."""
        task = self.task(scenario.task)
        stated = {
            self._parameter(task, word): value
            for word, value in (("rate", scenario.rate), ("lifetime", scenario.lifetime))
            if value is not None
        }
        found = []
        for name, value in {**scenario.parameters, **stated}.items():
            parameter = self.parameters[name]
            low = -np.inf if parameter.lower is None else parameter.lower
            high = np.inf if parameter.upper is None else parameter.upper
            if not low <= value <= high:
                found.append(
                    f"{name} is {value:g}, outside of {low:g} to {high:g} {parameter.unit}"
                )
        return found

    def _parameter(self, task: Task, vary: str) -> str:
        name = self.sweepable(task).get(vary, vary)
        if name not in self.parameters:
            raise UsageError(
                f"'{vary}' cannot be varied", f"one of: {', '.join(self.sweepable(task))}"
            )
        return name


def _descriptions(databases: Sequence[str]) -> dict[str, str]:
    """What the parameters are, by name, in a few words."""
    from bw2data.parameters import DatabaseParameter

    rows = DatabaseParameter.select().where(DatabaseParameter.database << list(databases))
    return {row.name: _description(row.name, (row.data or {}).get("comment", "")) for row in rows}


def _description(name: str, comment: str) -> str:
    """The first sentence of a comment; parameters of sets have only their name and item."""
    text = comment.partition(". ")[0].strip().rstrip(".")
    stem, found, _ = text.partition(" of ")
    if found and stem.isidentifier() and name.startswith(stem):
        return stem.replace("_", " ").capitalize()
    return text
