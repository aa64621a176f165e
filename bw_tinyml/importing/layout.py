"""Brightway's spreadsheet layout, read back: sections with the rows they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bw_tinyml.export.layout import ACTIVITY_FIELDS, EXCHANGE_COLUMNS, PARAMETER_COLUMNS
from bw_tinyml.importing.cells import SheetRows
from bw_tinyml.importing.faults import Faults
from bw_tinyml.suggestions import nearest_names

Rows = Sequence[tuple[int, list[Any]]]
_SECTIONS = ("database", "project parameters", "database parameters", "activity")


@dataclass
class Item:
    """One row of a section: fields by column, and where it stands."""

    sheet: str
    row: int
    fields: dict[str, Any]

    def get(self, name: str) -> Any:
        """Return a field, or None."""
        return self.fields.get(name)

    def text(self, name: str) -> str:
        """Return a field as text; numbers as they are written."""
        value = self.fields.get(name)
        return "" if value is None else str(value)


@dataclass
class ActivityItem(Item):
    """An activity with its exchanges."""

    name: str = ""
    parameters: list[Item] = field(default_factory=list)
    exchanges: list[Item] = field(default_factory=list)


@dataclass
class Content:
    """Everything that a workbook says."""

    database: str = ""
    place: tuple[str, int] = ("", 0)
    metadata: dict[str, Any] = field(default_factory=dict)
    parameters: list[Item] = field(default_factory=list)
    activities: list[ActivityItem] = field(default_factory=list)


def read_layout(sheets: Sequence[SheetRows], faults: Faults) -> Content:
    """Return the sections of a workbook.

    Parameters
    ----------
    sheets
        The cells.
    faults
        Receives sections that are missing, doubled or not understood, and misspelt columns.
    """
    content = Content()
    for sheet in sheets:
        number, first = sheet.rows[0]
        if number != 1 or first[0] is None:
            faults.add(
                sheet.name, 1, "cell A1 is empty, so Brightway would ignore the sheet",
                "write 'skip' into A1 to leave the sheet out, or begin it with Database or "
                "Activity",
            )  # fmt: skip
            continue
        for title, rows in _blocks(sheet.rows):
            _section(title, rows, sheet.name, content, faults)
    if not content.database and not faults.found:
        name = sheets[0].name if sheets else "workbook"
        faults.add(name, 0, "there is no section 'Database'", "begin a sheet with: Database | NAME")
    return content


def _title(cells: list[Any]) -> str:
    """Return the section that a row begins, or nothing."""
    first = cells[0].strip().lower() if cells and isinstance(cells[0], str) else ""
    if first == "database parameters":
        return first if len(cells) == 1 else ""
    return first if first in _SECTIONS else ""


def _blocks(rows: Rows) -> Iterator[tuple[str, Rows]]:
    """Cut rows at each section title."""
    starts = [i for i, (_, cells) in enumerate(rows) if _title(cells)]
    if not starts or starts[0] > 0:
        yield "", rows[: starts[0] if starts else len(rows)]
    for start, end in pairwise([*starts, len(rows)]):
        yield _title(rows[start][1]), rows[start:end]


def _section(title: str, rows: Rows, sheet: str, content: Content, faults: Faults) -> None:
    number, head = rows[0]
    if title == "database":
        if content.database:
            faults.add(sheet, number, "a second section 'Database'", "keep one per workbook")
            return
        content.database = str(head[1]) if len(head) > 1 and head[1] is not None else ""
        content.place = sheet, number
        if not content.database:
            faults.add(sheet, number, "the database has no name", "write it into column B")
        content.metadata = {str(c[0]): c[1] for _, c in rows[1:] if len(c) > 1 and c[0]}
    elif title == "database parameters":
        content.parameters += list(_table(rows[1:], sheet, PARAMETER_COLUMNS, faults))
    elif title == "project parameters":
        faults.add(
            sheet, number, "project parameters are not imported: Activity Browser ignores them",
            "move them to the section 'Database parameters'",
        )  # fmt: skip
    elif title == "activity":
        content.activities.append(_activity(rows, sheet, faults))
    else:
        faults.add(
            sheet, number, f"'{head[0]}' begins no section of Brightway's layout",
            "begin with Database or Activity, or write 'skip' into A1 to leave the sheet out",
        )  # fmt: skip


def _activity(rows: Rows, sheet: str, faults: Faults) -> ActivityItem:
    number, head = rows[0]
    activity = ActivityItem(sheet, number, {}, str(head[1]) if len(head) > 1 else "")
    marks = {
        str(cells[0]).strip().lower(): i
        for i, (_, cells) in enumerate(rows)
        if isinstance(cells[0], str) and cells[0].strip().lower() in ("exchanges", "parameters")
    }
    end = min(marks.values(), default=len(rows))
    for row, cells in rows[1:end]:
        if cells[0] is None or len(cells) < 2:
            faults.add(
                sheet, row, f"field '{cells[0]}' of activity '{activity.name}' has no value",
                "fill column B or delete the row",
            )  # fmt: skip
            continue
        activity.fields[str(cells[0])] = cells[1]
    _misspelt(activity.fields, ACTIVITY_FIELDS, sheet, number, faults)
    order = sorted(marks.values())
    for name, start in marks.items():
        stop = next((i for i in order if i > start), len(rows))
        known = EXCHANGE_COLUMNS if name == "exchanges" else PARAMETER_COLUMNS
        items = list(_table(rows[start + 1 : stop], sheet, known, faults))
        if name == "exchanges":
            activity.exchanges = items
        else:
            activity.parameters = items
    return activity


def _table(rows: Rows, sheet: str, known: Sequence[str], faults: Faults) -> Iterator[Item]:
    """Iterate over the rows of a table under its header."""
    if not rows:
        return
    number, header = rows[0]
    names = [str(cell) if cell is not None else "" for cell in header]
    _misspelt(dict.fromkeys(names), known, sheet, number, faults)
    for name in {n for n in names if n and names.count(n) > 1}:
        faults.add(sheet, number, f"column '{name}' stands there twice", "delete one")
    for row, cells in rows[1:]:
        if len(cells) > len(names) or any(
            cell is not None and not name for name, cell in zip(names, cells, strict=False)
        ):
            faults.add(
                sheet, row, "a cell stands under no column title", "give it one, or delete it"
            )
        yield Item(
            sheet,
            row,
            {n: c for n, c in zip(names, cells, strict=False) if n and c is not None},
        )


def _misspelt(
    fields: dict[str, Any], known: Sequence[str], sheet: str, row: int, faults: Faults
) -> None:
    """Find names that are almost those of a known field: Brightway would ignore them."""
    for name in fields:
        lower = name.lower().replace("_", " ").strip()
        if not name or name in known:
            continue
        near = [k for k in nearest_names(lower, known, 1) if k not in fields]
        close = near and (near[0] == lower or _distance(near[0], lower) <= 2)
        if close:
            faults.add(
                sheet, row, f"'{name}' is no field that Brightway knows", f"write '{near[0]}'"
            )


def _distance(a: str, b: str) -> int:
    """Return the number of letters to change, add or remove between two words."""
    previous = list(range(len(b) + 1))
    for i, letter in enumerate(a, start=1):
        current = [i]
        for j, other in enumerate(b, start=1):
            change = previous[j - 1] + (letter != other)
            current.append(min(previous[j] + 1, current[-1] + 1, change))
        previous = current
    return previous[-1]
