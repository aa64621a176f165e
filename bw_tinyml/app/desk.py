"""The desk: a scenario, perhaps with hardware of one's own, becomes a result.

Everything that is slow is done once, when the desk is opened: reading the project, solving the
background, sampling. After that each change of a scenario takes milliseconds. Nothing here knows of
web pages.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from bw_tinyml.app.live import Live, View
from bw_tinyml.app.parts import (
    Part,
    Scope,
    by_stage,
    estimate_shares,
    inputs,
    opened,
    scores,
    with_bill,
)
from bw_tinyml.app.result import Result, crossings
from bw_tinyml.brightway.lookup import nodes
from bw_tinyml.devices.reading import parse_bom
from bw_tinyml.devices.scoring import BomMatches, match_read
from bw_tinyml.errors import BwTinymlError, InventoryError, NotFoundError, UsageError
from bw_tinyml.impact.methods import Indicator
from bw_tinyml.impact.model import ModelParameter, load_model
from bw_tinyml.impact.session import DEFAULT_FAMILY, Session
from bw_tinyml.impact.solving import Solver
from bw_tinyml.inventory import load
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.systems.scenario_file import Scenario
from bw_tinyml.systems.tasks import System, Task, find_task, tasks
from bw_tinyml.systems.words import Word, scenario_parameters, words

Progress = Callable[[str], None]
SAMPLES = 200
SEED = 42
#: points of a parameter at which a break-even is looked for
GRID = 81
#: parameters that say which share of its messages the link of a system carries
DELIVERED = "delivered_share_"
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Hardware:
    """Hardware of one's own: an uploaded bill of materials.

    Attributes
    ----------
    bill
        Its lines and what they became.
    scope
        What it replaces; see :func:`bw_tinyml.app.parts.with_bill`.
    """

    bill: BomMatches
    scope: Scope = "board"


class Desk:
    """A project, opened for fast comparisons.

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
        self.samples, self.seed = samples, seed
        self._folder = folder
        self._lock = threading.Lock()
        self.session = Session(project, folder)
        self.indicators: list[Indicator] = self.session.indicators([family])
        foreground = self.session.databases[0]
        own = [n for n in nodes(self.session.databases) if n.database == foreground]
        self.nodes = {n.identifier: n.id for n in own if n.identifier}
        self.tasks = self._complete_tasks(tasks(self.session.inventory))
        model = load_model(self.session.databases, [n.id for n in own])
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

    @cached_property
    def inventory(self) -> Inventory:
        """All tables, against which bills of materials are matched."""
        inventory, report = load(self._folder)
        if report.errors:
            raise InventoryError(
                f"the tables have {len(report.errors)} errors", "run `bw-tinyml check` first"
            )
        return inventory

    # --- hardware

    def prepare_bills(self) -> None:
        """Read the tables against which bills are matched, so that the first need not wait."""
        with self._lock, contextlib.suppress(BwTinymlError):  # a bill will say it again
            _ = self.inventory

    def read_bill(
        self,
        content: bytes,
        name: str,
        board_area: float | None = None,
        layers: int | None = None,
    ) -> BomMatches:
        """Return an uploaded bill of materials, matched to datasets.

        Parameters
        ----------
        content
            The bytes of the file.
        name
            Its name, for messages and to tell YAML from tables; nothing is opened by it.
        board_area, layers
            Area in cm2 and copper layers of the board, if the bill has none.

        Raises
        ------
        UntrustedError, UsageError
            The file, or a line of it, is at fault.
        """
        with self._lock:
            inventory = self.inventory
        name = clean_name(name)
        return match_read(parse_bom(content, name), inventory, name, board_area, layers)

    # --- results

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

    def evaluate(
        self, scenario: Scenario, hardware: Hardware | None = None, vary: str = "rate"
    ) -> Result:
        """Return the result of a scenario.

        Parameters
        ----------
        scenario
            What is compared.
        hardware
            Replaces the hardware of the device.
        vary
            The word, or the parameter, whose break-even is looked for.

        Raises
        ------
        NotFoundError, UsageError, ProjectError
            See :meth:`check`, and :func:`bw_tinyml.app.parts.with_bill`.
        """
        start = perf_counter()
        scenario = self.check(scenario)
        task = self.task(scenario.task)
        systems = [task.system(str(scenario.device))]
        systems += [task.system(name) for name in scenario.baselines]
        ids = self._ids(scenario)
        given = self.given(scenario)
        needed = self._needed(ids, hardware)
        view = self.live.view(given, needed)
        self._refuse_overloaded(systems, ids, given)
        parts = self._parts(view, ids, hardware)
        stages = [by_stage(view, found) for found in parts]
        total = np.array([sum(found.values()) for found in stages])
        parameter = self._parameter(task, vary)
        grid, now = self._grid(parameter, given)
        sweep = self.live.sweep(given, parameter, grid, needed)
        swept = np.array(
            [sum(by_stage(sweep, p).values()) for p in self._parts(sweep, ids, hardware)]
        )
        for k, identifier in enumerate(ids):
            lost = self._delivered(identifier, {**given, parameter: grid}) < 1 - _ROUNDING
            swept[k, np.broadcast_to(lost, grid.shape)] = np.nan
        emission, path = estimate_shares(self.live, view, parts)
        return Result(
            scenario=scenario,
            task=task,
            systems=self._renamed(systems, hardware),
            indicators=self.indicators,
            given=given,
            stated=total[:, 0],
            samples=total[:, 1:],
            stages=[{k: v[0] for k, v in found.items()} for found in stages],
            emission=emission,
            path=path,
            parameter=parameter,
            parameter_unit=self.parameters[parameter].unit,
            parameter_value=now,
            grid=grid,
            swept=swept,
            break_even=np.array([crossings(grid, swept[0] - twin, now) for twin in swept[1:]]),
            seconds=perf_counter() - start,
        )

    def components(
        self, scenario: Scenario, hardware: Hardware | None = None
    ) -> list[dict[tuple[str, str], np.ndarray]]:
        """Return the scores of each system by stage and component, each of shape (indicators,)."""
        scenario = self.check(scenario)
        ids = self._ids(scenario)
        view = self.live.view(self.given(scenario), self._needed(ids, hardware))
        found = []
        for parts in self._parts(view, ids, hardware):
            table: dict[tuple[str, str], np.ndarray] = {}
            for part in opened(view, parts):
                key = part.stage, part.name
                table[key] = table.get(key, 0.0) + scores(view, part)[0]
            found.append(table)
        return found

    def _delivered(self, node_id: int, given: Mapping[str, Any]) -> np.ndarray:
        """Share of the messages of a system that its link carries."""
        shares = [
            self.live.value(name, given)
            for _, name in self.live.influences([node_id])
            if name.startswith(DELIVERED)
        ]
        found = np.ones(())
        for share in shares:
            found = np.minimum(found, share)
        return found

    def _refuse_overloaded(
        self, systems: Sequence[System], ids: Sequence[int], given: Mapping[str, float]
    ) -> None:
        """Refuse systems whose link cannot carry their data: theirs would be a smaller task."""
        lost = {
            system.title: share
            for system, i in zip(systems, ids, strict=True)
            if (share := float(self._delivered(i, given))) < 1 - _ROUNDING
        }
        if lost:
            found = "; ".join(
                f"{t} delivers {share:.2g} of its messages" for t, share in lost.items()
            )
            raise UsageError(
                f"with these values a link cannot carry the data: {found}",
                "choose a lower rate, or leave these systems out",
            )

    def _needed(self, ids: Sequence[int], hardware: Hardware | None) -> list[int]:
        datasets = hardware.bill.demands() if hardware else {}
        return [*ids, *(self.nodes[d] for d in datasets if d in self.nodes)]

    def _parts(self, view: View, ids: Sequence[int], hardware: Hardware | None) -> list[list[Part]]:
        parts = [inputs(view, identifier) for identifier in ids]
        if hardware:
            parts[0] = with_bill(view, parts[0], hardware.bill, self.nodes, hardware.scope)
        return parts

    @staticmethod
    def _renamed(systems: Sequence[System], hardware: Hardware | None) -> list[System]:
        if hardware is None:
            return list(systems)
        title = f"{hardware.bill.bom.name} (your bill of materials)"
        return [replace(systems[0], title=title), *systems[1:]]

    def _parameter(self, task: Task, vary: str) -> str:
        name = self.sweepable(task).get(vary, vary)
        if name not in self.parameters:
            raise UsageError(
                f"'{vary}' cannot be varied", f"one of: {', '.join(self.sweepable(task))}"
            )
        return name

    def _grid(self, parameter: str, given: Mapping[str, Any]) -> tuple[np.ndarray, float]:
        """Points from the lower to the upper bound of a parameter, and its current value."""
        found = self.parameters[parameter]
        now = float(self.live.value(parameter, given))
        high = found.upper or 1000 * (now or 1.0)
        low = found.lower or (high * 1e-6 if found.upper else now / 1000 or 1e-6)
        return np.unique([*np.geomspace(low, high, GRID), np.clip(now, low, high)]), now


def clean_name(name: str) -> str:
    """Return the last part of an uploaded name, printable and short; for messages only."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in last if c.isprintable()).strip()
    stem, dot, suffix = text.rpartition(".")
    return f"{stem[:80]}{dot}{suffix[:10]}" if dot else text[:80] or "upload"


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
