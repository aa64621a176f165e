"""Elements that the page is made of, and short texts for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.events import UploadEventArguments


def box(title: str) -> ui.element:
    """Make a box with a heading."""
    made = ui.element("section").classes("bt-box")
    with made:
        ui.html(title, tag="h2", sanitize=False)
    return made


def upload_button(
    label: str,
    identifier: str,
    accept: str,
    limit: int,
    on_upload: Callable[[UploadEventArguments], Any],
    on_rejected: Callable[[], Any],
) -> None:
    """Make a button that lets the user choose a file; the server checks its size once more."""
    hidden = ui.upload(
        auto_upload=True, max_file_size=limit, on_upload=on_upload, on_rejected=on_rejected
    ).props(f'accept="{accept}"')
    hidden.style("display: none")  # NiceGUI refuses uploads to elements that it itself hides
    ui.button(label).props(f"outline no-caps id={identifier}").on(
        "click", js_handler=f"() => runMethod({hidden.id}, 'pickFiles', [])"
    )


def help_text(text: str) -> None:
    """Make a line that explains."""
    ui.label(text).classes("bt-help")


def shortened(text: str, limit: int = 60) -> str:
    """Return the beginning of a description, up to its first colon, or to a word's end."""
    text = text.partition(":")[0].partition(",")[0] if len(text) > limit else text
    return text if len(text) <= limit else f"{text[:limit].rsplit(' ', 1)[0]} ..."


def slug(text: str) -> str:
    """Return a text as part of a file name."""
    return "".join(c if c.isalnum() else "-" for c in text.lower())
