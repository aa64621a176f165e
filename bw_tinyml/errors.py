"""What can go wrong, by name.

Every error that a user can cause derives from :class:`BwTinymlError`. Its message says what is
wrong and where; ``hint`` says what to do next. The command line prints both and exits with 2.
"""

from __future__ import annotations


class BwTinymlError(Exception):
    """Base of all errors that a user can cause and mend.

    Parameters
    ----------
    message
        What is wrong, where, and why it matters.
    hint
        What to do next.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class FormulaError(BwTinymlError):
    """A formula uses something that is not allowed, or does not give a finite number.

    Cure: use numbers, parameter names, ``+ - * / **``, parentheses and ``min, max, sqrt, exp,
    log`` only. ``code`` is the rule of ``bw-tinyml check`` that is broken, and ``parameter`` the
    name of the parameter at fault, where it is known.
    """

    def __init__(
        self, message: str, hint: str = "", code: str = "formula-not-allowed", parameter: str = ""
    ) -> None:
        super().__init__(message, hint)
        self.code = code
        self.parameter = parameter


class UnitError(BwTinymlError):
    """A unit is unknown, or two units do not measure the same thing.

    Cure: write one of the unit symbols listed in ``bw_tinyml.units``.
    """


class InventoryError(BwTinymlError):
    """The inventory tables have faults; nothing was written.

    Cure: run ``bw-tinyml check`` and mend the rows that it names. ``report`` holds the findings.
    """

    def __init__(self, message: str, hint: str = "", report: object = None) -> None:
        super().__init__(message, hint)
        self.report = report


class LinkError(BwTinymlError):
    """A background key has no provider, so the system would be cut off without notice.

    Cure: add a row for the key to ``inventories/links/``, or name a provider with ``--link``.
    """


class BackgroundError(BwTinymlError):
    """The named database is not a background that the keys can be linked to.

    Cure: name a database of ecoinvent unit processes, 3.8 or later, or use the open background.
    """


class ProjectError(BwTinymlError):
    """The Brightway project is not in a state in which the command can work.

    Cure: run ``bw-tinyml doctor --project NAME``; it says what is missing and how to mend it.
    """


class OverwriteError(BwTinymlError):
    """A database of that name exists and nobody said that it may be replaced.

    Cure: pass ``--replace`` (``replace=True``), or choose another project.
    """


class NotFoundError(BwTinymlError):
    """No dataset, method, task or system has that name.

    Cure: the hint lists the nearest names; ``bw-tinyml list`` lists all.
    """


class AmbiguousError(BwTinymlError):
    """More than one dataset has that name.

    Cure: add ``--location`` or use the dataset's code.
    """


class ExportError(BwTinymlError):
    """A package would have faults that other tools do not see or choke on; nothing was written.

    Cure: mend the dataset that is named. ``findings`` holds all faults.
    """

    def __init__(self, message: str, hint: str = "", findings: object = None) -> None:
        super().__init__(message, hint)
        self.findings = findings


class ImportFileError(BwTinymlError):
    """A file from outside cannot be imported as it is; nothing was written.

    Cure: the message names file, element and reason. ``findings`` holds all faults.
    """

    def __init__(self, message: str, hint: str = "", findings: object = None) -> None:
        super().__init__(message, hint)
        self.findings = findings


class UntrustedError(BwTinymlError):
    """A file from outside is damaged, or could do harm.

    Cure: the message names the part at fault; get a sound copy. Nothing was read from it.
    """


class UsageError(BwTinymlError):
    """An argument has a value that makes no sense.

    Cure: see the hint, or ``bw-tinyml COMMAND --help``.
    """


class RangeWarning(UserWarning):
    """A stated value lies outside of the range that the tables give its parameter.

    It is used all the same; the command line prints a note, and results keep it under ``notes``.
    """
