"""The fields that a scenario fills: task and systems, and their use."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from nicegui import ui

from bw_tinyml.app.desk import Desk
from bw_tinyml.app.widgets import box, shortened
from bw_tinyml.systems.scenario_file import Scenario

#: takes over what a function makes, if it is sound
Take = Callable[[Callable[[], Scenario]], Awaitable[None]]
#: baselines that are chosen when a task is opened
BASELINES = 2
#: words with a field of their own; others that stand for one parameter can be varied as well
FIELDS = ("rate", "lifetime")
_AS_MADE = "as in the tables"


def opening(desk: Desk, task: str) -> Scenario:
    """Return the scenario with which a task begins; its baselines can be read side by side."""
    baselines = desk.task(task).baselines()[:BASELINES]
    return desk.check(Scenario(task, baselines=tuple(s.name for s in baselines)))


class Fields:
    """Task, systems and use.

    Parameters
    ----------
    desk
        What can be chosen.
    take
        Called with what makes a new scenario, when a field was changed.
    """

    def __init__(self, desk: Desk, take: Take) -> None:
        self._desk = desk
        self._take = take
        self._filling = False

    def build_systems(self) -> None:
        """Make the box of task and systems."""
        with box("Task and systems"):
            self._task = ui.select(
                {name: name.capitalize() for name in self._desk.tasks},
                label="Task",
                on_change=self._task_chosen,
            )
            self._device = ui.select({}, label="Device", on_change=self._changed)
            self._baselines = ui.select(
                {}, label="Baselines", multiple=True, on_change=self._changed
            ).props("use-chips")

    def build_use(self) -> None:
        """Make the box of the conditions of use."""
        with box("Use"):
            self._numbers = {
                word: ui.number(word.capitalize(), on_change=self._changed).props("debounce=200")
                for word in FIELDS
            }
            self._place = ui.select({}, label="Place of use (grid)", on_change=self._changed)
            self._choices = {
                word: ui.select({}, label=word.capitalize(), on_change=self._changed)
                for word in ("supply", "end of life")
            }

    def fill(self, scenario: Scenario) -> None:
        """Set all fields to a scenario."""
        self._scenario = scenario
        self._filling = True
        try:
            self._fill_systems(scenario)
            self._fill_use(scenario)
        finally:
            self._filling = False

    def _fill_systems(self, scenario: Scenario) -> None:
        task = self._desk.task(scenario.task)
        self._task.set_value(task.name)
        self._device.set_options({s.name: s.title for s in task.systems}, value=scenario.device)
        self._baselines.set_options(
            {s.name: s.title for s in task.systems if s.name != scenario.device},
            value=list(scenario.baselines),
        )

    def _fill_use(self, scenario: Scenario) -> None:
        desk = self._desk
        task = desk.task(scenario.task)
        places = {place: place for place in desk.places(task)}
        if "GLO" in places:
            places["GLO"] = "GLO (mean of the world)"
        self._place.set_options(places, value=scenario.location)
        words = desk.words(task)
        given = desk.given(scenario)
        for word, field in self._numbers.items():
            name = desk.sweepable(task).get(word, "")
            field.set_visibility(bool(name))
            if name:
                unit = desk.parameters[name].unit
                about = desk.descriptions.get(name, name) if word == "rate" else "Service life"
                field.props(f'suffix="{unit}"')
                field.props["label"] = shortened(about)
                field.set_value(float(desk.live.value(name, given)))
        for word, chosen in (("supply", scenario.supply), ("end of life", scenario.end_of_life)):
            options = list(words[word].choices) if word in words else []
            self._choices[word].set_visibility(bool(options))
            self._choices[word].set_options([_AS_MADE, *options], value=chosen or _AS_MADE)

    # Not coroutines, which would run only after the fields have been filled.

    def _task_chosen(self) -> Awaitable[None] | None:
        if self._filling:
            return None
        return self._take(lambda: opening(self._desk, str(self._task.value)))

    def _changed(self) -> Awaitable[None] | None:
        return None if self._filling else self._take(self._read)

    def _read(self) -> Scenario:
        """The scenario that the fields stand for."""
        desk = self._desk
        task = desk.task(self._scenario.task)
        values: dict[str, Any] = {}
        for word, field in self._numbers.items():
            name = desk.sweepable(task).get(word)
            default = float(desk.live.value(name)) if name else None
            same = field.value is None or default is None or math.isclose(field.value, default)
            values[word] = None if same else float(field.value)
        supply, end = (self._choices[w].value for w in ("supply", "end of life"))
        device = self._device.value
        baselines = tuple(n for n in self._baselines.value if n != device)
        if not baselines and self._baselines.value:
            # the only baseline became the device
            baselines = tuple(s.name for s in task.baselines() if s.name != device)
        return replace(
            self._scenario,
            device=device,
            baselines=baselines or ("",),
            location=self._place.value,
            supply=None if supply == _AS_MADE else supply,
            end_of_life=None if end == _AS_MADE else end,
            **values,
        )
