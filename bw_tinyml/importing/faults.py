"""Faults of a workbook: where, what, and how to mend it; all of them, not only the first."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from bw_tinyml.errors import ImportFileError


@dataclass(frozen=True)
class Fault:
    """One fault in one place.

    Attributes
    ----------
    sheet, row
        Where it is, as a spreadsheet program counts; row 0 means the whole sheet.
    message
        What is wrong, with the value at fault.
    fix
        How to mend it.
    """

    sheet: str
    row: int
    message: str
    fix: str = ""

    @property
    def place(self) -> str:
        """``sheet!row``, as in a spreadsheet program."""
        return f"{self.sheet}!{self.row}" if self.row else self.sheet

    def as_dict(self) -> dict[str, object]:
        """Return the fields, ready for JSON."""
        return asdict(self)


@dataclass
class Faults:
    """All faults of a file."""

    file: str
    found: list[Fault] = field(default_factory=list)

    def add(self, sheet: str, row: int, message: str, fix: str = "") -> None:
        """Record a fault."""
        self.found.append(Fault(sheet, row, message, fix))

    def refuse(self) -> None:
        """Do nothing where there are no faults.

        Raises
        ------
        ImportFileError
            There are some.
        """
        if not self.found:
            return
        first = self.found[0]
        raise ImportFileError(
            f"'{self.file}' has {len(self.found)} "
            f"{'fault' if len(self.found) == 1 else 'faults'}; nothing was written. The first: "
            f"{first.place}: {first.message}",
            first.fix,
            self.found,
        )
