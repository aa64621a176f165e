"""The box in which a bill of materials replaces the hardware of the device."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from nicegui import run, ui
from nicegui.events import UploadEventArguments

from bw_tinyml.app.desk import Desk, Hardware
from bw_tinyml.app.widgets import box, help_text, upload_button
from bw_tinyml.devices.reading import MAX_BYTES
from bw_tinyml.errors import BwTinymlError


class HardwareBox:
    """Hardware of one's own.

    Parameters
    ----------
    desk
        Matches bills of materials.
    changed
        Called when there is other hardware, or none any more.
    fail
        Called with what is wrong.

    Attributes
    ----------
    hardware
        The bill that is shown; None for the hardware of the tables.
    """

    def __init__(
        self,
        desk: Desk,
        changed: Callable[[], Awaitable[None]],
        fail: Callable[[BwTinymlError | str], None],
    ) -> None:
        self._desk = desk
        self._changed = changed
        self._fail = fail
        self._upload: tuple[bytes, str] | None = None
        self.hardware: Hardware | None = None

    def build(self) -> None:
        """Make the box."""
        with box("Hardware of your own"):
            help_text(
                "A bill of materials (CSV, Excel, KiCad, YAML; up to 5 MB) replaces the board of "
                "the device. It stays on this computer."
            )
            self._area = ui.number(
                "Board area, if not in the bill", min=0, suffix="cm²", on_change=self._read
            ).props("debounce=300")
            self._layers = ui.number(
                "Its copper layers", min=1, precision=0, on_change=self._read
            ).props("debounce=300")
            upload_button(
                "Choose a bill of materials",
                "bill",
                ".csv,.tsv,.txt,.pos,.xlsx,.yaml,.yml",
                MAX_BYTES,
                self._uploaded,
                lambda: self._fail("the bill of materials is larger than 5 MB"),
            )
            self._scope = ui.select(
                {"board": "the populated board", "device": "the whole device"},
                value="board",
                label="The bill replaces",
                on_change=self._scope_chosen,
            )
            self._remove = ui.button("Remove the bill", on_click=self._removed)
            self._remove.props("flat no-caps id=remove")
            self._show_fields()

    async def _uploaded(self, event: UploadEventArguments) -> None:
        before = self._upload
        self._upload = await event.file.read(), event.file.name
        event.sender.reset()  # type: ignore[attr-defined]
        if not await self._read():
            self._upload = before

    async def _read(self) -> bool:
        """Match the bill, with the board of the fields; return whether it is sound."""
        if self._upload is None:
            return True
        layers = self._layers.value
        try:
            bill = await run.io_bound(
                self._desk.read_bill,
                *self._upload,
                self._area.value or None,
                int(layers) if layers and self._area.value else None,
            )
        except BwTinymlError as error:
            self._fail(error)
            return False
        if bill is None:  # the server is being stopped
            return False
        self.hardware = Hardware(bill, self._scope.value)
        self._show_fields()
        await self._changed()
        return True

    async def _scope_chosen(self) -> None:
        if self.hardware:
            self.hardware = replace(self.hardware, scope=self._scope.value)
            await self._changed()

    async def _removed(self) -> None:
        self.hardware = self._upload = None
        self._show_fields()
        await self._changed()

    def _show_fields(self) -> None:
        self._scope.set_visibility(self.hardware is not None)
        self._remove.set_visibility(self.hardware is not None)
