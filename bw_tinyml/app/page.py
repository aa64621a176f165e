"""The page in the browser: choices on the left, what follows from them on the right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import run, ui
from nicegui.events import UploadEventArguments

from bw_tinyml.app import view
from bw_tinyml.app.desk import Desk, clean_name
from bw_tinyml.app.fields import Fields, opening
from bw_tinyml.app.hardware_box import HardwareBox
from bw_tinyml.app.parameter_box import ParameterBox
from bw_tinyml.app.result import Result
from bw_tinyml.app.widgets import box, help_text, shortened, slug, upload_button
from bw_tinyml.errors import BwTinymlError
from bw_tinyml.systems.scenario_file import MAX_BYTES, Scenario, dump_scenario, parse_scenario

TITLE = "TinyML or cloud?"


class Page:
    """One browser window: its choices, and the elements that show the result.

    Parameters
    ----------
    desk
        Shared by all windows; it keeps nothing of them.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.scenario = opening(desk, next(iter(desk.tasks.values())).name)
        self.fields = Fields(desk, self._take)
        self.own = HardwareBox(desk, self.update, self._fail)
        self.others = ParameterBox(desk, self._take, self._fail)
        self.vary = "rate"
        self.category: int | None = None
        self.result: Result | None = None
        self._turn = 0
        self._filling = False

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
                self.fields.build_systems()
                self.own.build()
                self.fields.build_use()
                self.others.build()
                self._build_files()
            with ui.element("main").classes("bt").props("id=result tabindex=-1"):
                self._build_result()

    def _build_files(self) -> None:
        with box("Keep and share"):
            ui.button("Save the scenario file", on_click=self._save_scenario).props(
                "outline no-caps id=save-scenario"
            )
            upload_button(
                "Open a scenario file",
                "scenario",
                ".yaml,.yml",
                MAX_BYTES,
                self._scenario_uploaded,
                lambda: self._fail("the scenario file is larger than 200 kB"),
            )
            ui.button("Save the report", on_click=self._save_report).props(
                "no-caps unelevated id=save-report"
            )
            help_text("One HTML page with everything shown here, which opens offline.")

    def _build_result(self) -> None:
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
                self.vary_choice = ui.select({}, label="Break-even in", on_change=self._vary_chosen)
            self.output = ui.html("", sanitize=False).props("id=output")

    # --- the scenario

    def fill(self) -> None:
        """Set all fields to the scenario."""
        self.fields.fill(self.scenario)
        self.others.fill(self.scenario)
        self._filling = True
        try:
            self._fill_choices()
        finally:
            self._filling = False

    def _fill_choices(self) -> None:
        """Set what the charts show: a category, and the parameter of the break-even."""
        desk = self.desk
        self.category_choice.set_options(
            dict(enumerate(i.label for i in desk.indicators)), value=self._shown_category()
        )
        sweepable = desk.sweepable(desk.task(self.scenario.task))
        if self.vary not in sweepable:
            self.vary = "rate"
        self.vary_choice.set_options(
            {w: shortened(desk.descriptions.get(p, w), 80) for w, p in sweepable.items()},
            value=self.vary,
        )

    def _shown_category(self) -> int:
        if self.category is None:
            labels = [i.label.lower() for i in self.desk.indicators]
            found = [j for j, label in enumerate(labels) if "climate change" in label]
            self.category = found[0] if found else 0
        return self.category

    # Not coroutines, which would run only after the choices have been filled.

    def _category_chosen(self) -> None:
        if not self._filling:
            self.category = self.category_choice.value
            self._show()

    def _vary_chosen(self) -> Awaitable[None] | None:
        if self._filling:
            return None
        self.vary = str(self.vary_choice.value)
        return self.update()

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

    async def _scenario_uploaded(self, event: UploadEventArguments) -> None:
        content = await event.file.read()
        event.sender.reset()  # type: ignore[attr-defined]
        name = clean_name(event.file.name)
        await self._take(lambda: parse_scenario(content, name))

    def _save_scenario(self) -> None:
        text = dump_scenario(self.scenario)
        if self.own.hardware:
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
            view.report, self.desk, self.result, self.own.hardware, self._shown(self.result)
        )
        if text is not None:
            ui.download.content(text, f"{slug(self.scenario.task)}.html", "text/html")

    # --- results

    async def update(self) -> None:
        """Calculate and show the result of the scenario."""
        self._turn += 1
        turn = self._turn
        try:
            result = await run.io_bound(
                self.desk.evaluate, self.scenario, self.own.hardware, self.vary
            )
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
        shown = self._shown(result)
        self.summary.set_content(view.summary(self.desk, result))
        self.output.set_content(view.results(self.desk, result, self.own.hardware, shown))
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
