"""The box in which any parameter of the tables gets another value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nicegui import ui

from bw_tinyml.app.desk import Desk
from bw_tinyml.app.fields import Take
from bw_tinyml.app.widgets import box, help_text
from bw_tinyml.systems.scenario_file import Scenario


class ParameterBox:
    """Values of parameters that have no field of their own.

    Parameters
    ----------
    desk
        What can be chosen.
    take
        Called with what makes a new scenario, when a parameter was set or is no longer.
    fail
        Called with what is wrong.
    """

    def __init__(self, desk: Desk, take: Take, fail: Callable[[str], None]) -> None:
        self._desk = desk
        self._take = take
        self._fail = fail

    def build(self) -> None:
        """Make the box."""
        with box("Any other parameter"):
            help_text("Values of the tables that a designer may know better.")
            self._parameter = ui.select(
                [], label="Parameter", with_input=True, on_change=self._chosen
            ).props("clearable")
            self._help = ui.label().classes("bt-help")
            self._value = ui.number("Value")
            ui.button("Set", on_click=self._set).props("outline no-caps id=set")
            self._list = ui.column().classes("w-full gap-1")

    def fill(self, scenario: Scenario) -> None:
        """Offer the parameters that a scenario depends on, and list those that it sets."""
        self._scenario = scenario
        names = self._desk.influences(scenario)
        if names != self._parameter.options:
            chosen = self._parameter.value if self._parameter.value in names else None
            self._parameter.set_options(names, value=chosen)
        self._list.clear()
        with self._list:
            for name, value in scenario.parameters.items():
                with ui.row().classes("items-center no-wrap w-full justify-between"):
                    ui.label(f"{name} = {value:g} {self._desk.parameters[name].unit}")
                    ui.button(icon="close", on_click=self._unset(name)).props(
                        f'flat dense round aria-label="Remove {name}" style="width: auto"'
                    )

    def _chosen(self) -> None:
        name = self._parameter.value
        if name:
            found = self._desk.parameters[name]
            self._help.set_text(f"{self._desk.descriptions[name]}, {found.unit}")
            given = self._desk.given(self._scenario)
            self._value.set_value(float(self._desk.live.value(name, given)))

    async def _set(self) -> None:
        name, value = self._parameter.value, self._value.value
        if not name or value is None:
            self._fail("choose a parameter and give a value")
            return
        values = {**self._scenario.parameters, name: float(value)}
        await self._take(lambda: replace(self._scenario, parameters=values))

    def _unset(self, name: str) -> Callable[[], Any]:
        async def handler() -> None:
            values = {k: v for k, v in self._scenario.parameters.items() if k != name}
            await self._take(lambda: replace(self._scenario, parameters=values))

        return handler
