"""The page in the browser: choices on the left, what follows from them on the right."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nicegui import run, ui
from nicegui.events import UploadEventArguments

from bw_tinyml.app import view
from bw_tinyml.app.desk import Desk, Hardware, clean_name
from bw_tinyml.app.result import Result
from bw_tinyml.app.widgets import box, help_text, shortened, slug, upload_button
from bw_tinyml.devices.reading import MAX_BYTES
from bw_tinyml.errors import BwTinymlError
from bw_tinyml.systems.scenario_file import MAX_BYTES as MAX_SCENARIO
from bw_tinyml.systems.scenario_file import Scenario, dump_scenario, parse_scenario

TITLE = "TinyML or cloud?"
#: baselines that are chosen when a task is opened
BASELINES = 2
_AS_MADE = "as in the tables"
#: words with a field of their own; others that stand for one parameter can be varied as well
_FIELDS = ("rate", "lifetime")


class Page:
    """One browser window: its choices, and the elements that show the result.

    Parameters
    ----------
    desk
        Shared by all windows; it keeps nothing of them.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        task = next(iter(desk.tasks.values()))
        self.scenario = self._start(task.name)
        self.hardware: Hardware | None = None
        self._upload: tuple[bytes, str] | None = None
        self.vary = "rate"
        self.category: int | None = None
        self.result: Result | None = None
        self._turn = 0
        self._filling = False

    def _start(self, name: str) -> Scenario:
        """The scenario with which a task begins: few enough baselines to be read side by side."""
        baselines = self.desk.task(name).baselines()[:BASELINES]
        return self.desk.check(Scenario(name, baselines=tuple(s.name for s in baselines)))

    # --- layout

    def build(self) -> None:
        """Make all elements."""
        ui.add_css(view.style("style.css") + view.style("page.css"))
        ui.colors(primary="#0b5c8a")  # dark enough on white for text
        ui.html('<a class="bt-skip" href="#result">Skip to the result</a>', sanitize=False)
        with ui.element("header").classes("bt-bar"):
            ui.html(TITLE, tag="h1", sanitize=False)
            with ui.element("p"):
                background = self.desk.provenance["background"]
                ui.label(f"{self.desk.family}, background {background}")
        with ui.element("div").classes("bt-desk"):
            with ui.element("form").classes("bt-side").on("submit.prevent", lambda: None):
                self._build_task()
                self._build_conditions()
                self._build_parameters()
                self._build_files()
            with ui.element("main").classes("bt").props("id=result tabindex=-1"):
                self.error = ui.label().classes("bt-error").props("role=alert id=error")
                # Read out after each change, without the focus moving there.
                with ui.element("div").props('role=status aria-live=polite id="summary"'):
                    self.summary = ui.html("", sanitize=False)
                self.time = ui.label().classes("bt-time").props("id=time")
                with ui.element("div").classes("bt-out"):
                    with ui.element("div").classes("bt-choose"):
                        self.category_choice = ui.select(
                            {}, label="Category of the charts", on_change=self._category_chosen
                        )
                        self.vary_choice = ui.select(
                            {}, label="Break-even in", on_change=self._vary_chosen
                        )
                    self.output = ui.html("", sanitize=False).props("id=output")

    def _build_task(self) -> None:
        with box("Task and systems"):
            self.task_choice = ui.select(
                {name: name.capitalize() for name in self.desk.tasks},
                label="Task",
                on_change=self._task_chosen,
            )
            self.device_choice = ui.select({}, label="Device", on_change=self._changed)
            self.baseline_choice = ui.select(
                {}, label="Baselines", multiple=True, on_change=self._changed
            ).props("use-chips")
        with box("Hardware of your own"):
            help_text(
                "A bill of materials (CSV, KiCad, YAML; up to 5 MB) replaces the board of the "
                "device. It stays on this computer."
            )
            self.area = ui.number(
                "Board area, if not in the bill", min=0, suffix="cm²", on_change=self._read_bill
            ).props("debounce=300")
            self.layers = ui.number(
                "Its copper layers", min=1, precision=0, on_change=self._read_bill
            ).props("debounce=300")
            upload_button(
                "Choose a bill of materials",
                "bill",
                ".csv,.tsv,.txt,.pos,.yaml,.yml",
                MAX_BYTES,
                self._bill_uploaded,
                lambda: self._fail("the bill of materials is larger than 5 MB"),
            )
            self.scope = ui.select(
                {"board": "the populated board", "device": "the whole device"},
                value="board",
                label="The bill replaces",
                on_change=self._scope_chosen,
            )
            self.remove = ui.button("Remove the bill", on_click=self._bill_removed)
            self.remove.props("flat no-caps id=remove")
            self.scope.set_visibility(False)
            self.remove.set_visibility(False)

    def _build_conditions(self) -> None:
        with box("Use"):
            self.numbers = {
                word: ui.number(word.capitalize(), on_change=self._changed).props("debounce=200")
                for word in _FIELDS
            }
            self.place = ui.select({}, label="Place of use (grid)", on_change=self._changed)
            self.choices = {
                word: ui.select({}, label=word.capitalize(), on_change=self._changed)
                for word in ("supply", "end of life")
            }

    def _build_parameters(self) -> None:
        with box("Any other parameter"):
            help_text("Values of the tables that a designer may know better.")
            self.parameter = ui.select(
                [], label="Parameter", with_input=True, on_change=self._parameter_chosen
            ).props("clearable")
            self.parameter_help = ui.label().classes("bt-help")
            self.parameter_value = ui.number("Value")
            ui.button("Set", on_click=self._parameter_set).props("outline no-caps id=set")
            self.set_list = ui.column().classes("w-full gap-1")

    def _build_files(self) -> None:
        with box("Keep and share"):
            ui.button("Save the scenario file", on_click=self._save_scenario).props(
                "outline no-caps id=save-scenario"
            )
            upload_button(
                "Open a scenario file",
                "scenario",
                ".yaml,.yml",
                MAX_SCENARIO,
                self._scenario_uploaded,
                lambda: self._fail("the scenario file is larger than 200 kB"),
            )
            ui.button("Save the report", on_click=self._save_report).props(
                "no-caps unelevated id=save-report"
            )
            help_text("One HTML page with everything shown here, which opens offline.")

    # --- from the scenario to the fields

    def fill(self) -> None:
        """Set all fields to the scenario."""
        self._filling = True
        try:
            self._fill()
        finally:
            self._filling = False

    def _fill(self) -> None:
        desk, scenario = self.desk, self.scenario
        task = desk.task(scenario.task)
        self.task_choice.set_value(task.name)
        self.device_choice.set_options(
            {s.name: s.title for s in task.systems}, value=scenario.device
        )
        self.baseline_choice.set_options(
            {s.name: s.title for s in task.systems if s.name != scenario.device},
            value=list(scenario.baselines),
        )
        places = {place: place for place in desk.places(task)}
        if "GLO" in places:
            places["GLO"] = "GLO (mean of the world)"
        self.place.set_options(places, value=scenario.location)
        words = desk.words(task)
        given = desk.given(scenario)
        for word, field in self.numbers.items():
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
            self.choices[word].set_visibility(bool(options))
            self.choices[word].set_options([_AS_MADE, *options], value=chosen or _AS_MADE)
        self._fill_parameters()
        self.category_choice.set_options(
            dict(enumerate(i.label for i in desk.indicators)), value=self._shown_category()
        )
        sweepable = desk.sweepable(task)
        if self.vary not in sweepable:
            self.vary = "rate"
        self.vary_choice.set_options(
            {w: shortened(desk.descriptions.get(p, w), 80) for w, p in sweepable.items()},
            value=self.vary,
        )

    def _fill_parameters(self) -> None:
        names = self.desk.influences(self.scenario)
        if names != self.parameter.options:
            chosen = self.parameter.value if self.parameter.value in names else None
            self.parameter.set_options(names, value=chosen)
        self.set_list.clear()
        with self.set_list:
            for name, value in self.scenario.parameters.items():
                with ui.row().classes("items-center no-wrap w-full justify-between"):
                    ui.label(f"{name} = {value:g} {self.desk.parameters[name].unit}")
                    ui.button(icon="close", on_click=self._unset(name)).props(
                        f'flat dense round aria-label="Remove {name}" style="width: auto"'
                    )

    def _shown_category(self) -> int:
        if self.category is None:
            labels = [i.label.lower() for i in self.desk.indicators]
            found = [j for j, label in enumerate(labels) if "climate change" in label]
            self.category = found[0] if found else 0
        return self.category

    # --- from the fields to the scenario

    async def _task_chosen(self) -> None:
        if self._filling:
            return
        await self._take(lambda: self._start(str(self.task_choice.value)))

    async def _changed(self) -> None:
        if self._filling:
            return
        await self._take(self._from_fields)

    def _from_fields(self) -> Scenario:
        task = self.desk.task(self.scenario.task)
        values: dict[str, Any] = {}
        for word, field in self.numbers.items():
            name = self.desk.sweepable(task).get(word)
            default = float(self.desk.live.value(name)) if name else None
            same = field.value is None or default is None or math.isclose(field.value, default)
            values[word] = None if same else float(field.value)
        supply, end = (self.choices[w].value for w in ("supply", "end of life"))
        baselines = tuple(n for n in self.baseline_choice.value if n != self.device_choice.value)
        if not baselines and self.baseline_choice.value:
            # the only baseline became the device
            baselines = tuple(
                s.name for s in task.baselines() if s.name != self.device_choice.value
            )
        return replace(
            self.scenario,
            device=self.device_choice.value,
            baselines=baselines or ("",),
            location=self.place.value,
            supply=None if supply == _AS_MADE else supply,
            end_of_life=None if end == _AS_MADE else end,
            **values,
        )

    async def _category_chosen(self) -> None:
        if not self._filling:
            self.category = self.category_choice.value
            self._show()

    async def _vary_chosen(self) -> None:
        if not self._filling:
            self.vary = str(self.vary_choice.value)
            await self.update()

    def _parameter_chosen(self) -> None:
        name = self.parameter.value
        if name:
            found = self.desk.parameters[name]
            self.parameter_help.set_text(f"{self.desk.descriptions[name]}, {found.unit}")
            self.parameter_value.set_value(
                float(self.desk.live.value(name, self.desk.given(self.scenario)))
            )

    async def _parameter_set(self) -> None:
        name, value = self.parameter.value, self.parameter_value.value
        if not name or value is None:
            self._fail("choose a parameter and give a value")
            return
        values = {**self.scenario.parameters, name: float(value)}
        await self._take(lambda: replace(self.scenario, parameters=values))

    def _unset(self, name: str) -> Callable[[], Any]:
        async def handler() -> None:
            values = {k: v for k, v in self.scenario.parameters.items() if k != name}
            await self._take(lambda: replace(self.scenario, parameters=values))

        return handler

    async def _take(self, make: Callable[[], Scenario]) -> None:
        """Take over a new scenario if it is sound; else say what is wrong, and change nothing."""
        try:
            scenario = self.desk.check(make())
            self.desk.given(scenario)
        except BwTinymlError as error:
            self._fail(error)
            return
        self.scenario = scenario
        self.fill()
        await self.update()

    # --- files

    async def _bill_uploaded(self, event: UploadEventArguments) -> None:
        before = self._upload
        self._upload = await event.file.read(), event.file.name
        event.sender.reset()  # type: ignore[attr-defined]
        if not await self._read_bill():
            self._upload = before

    async def _read_bill(self) -> bool:
        """Match the bill, with the board of the fields; return whether it is sound."""
        if self._upload is None:
            return True
        layers = self.layers.value
        try:
            bill = await run.io_bound(
                self.desk.read_bill,
                *self._upload,
                self.area.value or None,
                int(layers) if layers and self.area.value else None,
            )
        except BwTinymlError as error:
            self._fail(error)
            return False
        if bill is None:  # the server is being stopped
            return False
        self.hardware = Hardware(bill, self.scope.value)
        self._show_bill_fields()
        await self.update()
        return True

    async def _scope_chosen(self) -> None:
        if self.hardware:
            self.hardware = replace(self.hardware, scope=self.scope.value)
            await self.update()

    async def _bill_removed(self) -> None:
        self.hardware = self._upload = None
        self._show_bill_fields()
        await self.update()

    def _show_bill_fields(self) -> None:
        self.scope.set_visibility(self.hardware is not None)
        self.remove.set_visibility(self.hardware is not None)

    async def _scenario_uploaded(self, event: UploadEventArguments) -> None:
        content = await event.file.read()
        event.sender.reset()  # type: ignore[attr-defined]
        name = clean_name(event.file.name)
        await self._take(lambda: parse_scenario(content, name))

    def _save_scenario(self) -> None:
        text = dump_scenario(self.scenario)
        if self.hardware:
            text = (
                "# The hardware was that of a bill of materials, which a scenario file does not "
                f"hold.\n{text}"
            )
        ui.download.content(text, f"{slug(self.scenario.task)}.yaml", "application/yaml")

    async def _save_report(self) -> None:
        if self.result is None:
            self._fail("there is no result to report")
            return
        text = await run.io_bound(
            view.report, self.desk, self.result, self.hardware, self._shown(self.result)
        )
        if text is not None:
            ui.download.content(text, f"{slug(self.scenario.task)}.html", "text/html")

    # --- results

    async def update(self) -> None:
        """Calculate and show the result of the scenario."""
        self._turn += 1
        turn = self._turn
        try:
            result = await run.io_bound(self.desk.evaluate, self.scenario, self.hardware, self.vary)
        except BwTinymlError as error:
            if turn == self._turn:
                self._fail(error)
            return
        if result is not None and turn == self._turn:  # else a later change is on its way
            self.result = result
            self.error.set_text("")
            self._show()

    def _shown(self, result: Result) -> view.Shown:
        return view.Shown(self._shown_category(), tuple(self.desk.outside(result.scenario)))

    def _show(self) -> None:
        result = self.result
        if result is None:
            return
        self.summary.set_content(view.summary(self.desk, result))
        self.output.set_content(view.results(self.desk, result, self.hardware, self._shown(result)))
        self.time.set_text(
            f"{self.desk.samples} paired samples in {result.seconds:.2f} s. {view.DISCLAIMER}"
        )

    def _fail(self, error: BwTinymlError | str) -> None:
        """Say what is wrong; the last good result stays."""
        if isinstance(error, str):
            self.error.set_text(f"Not changed: {error}.")
        else:
            hint = f" {error.hint[:1].upper()}{error.hint[1:]}." if error.hint else ""
            self.error.set_text(f"Not changed: {error.message}.{hint}")
