"""Which format a file has, by what is in it: a name can be anything."""

from __future__ import annotations

from pathlib import Path

from bw_tinyml.errors import ImportFileError
from bw_tinyml.ilcd.names import KINDS
from bw_tinyml.untrusted import open_archive

ILCD, EXCEL = "ilcd", "excel"
_FOLDERS = frozenset(kind.folder for kind in KINDS)


def detect(path: Path | str) -> str:
    """Return the format of a file.

    Raises
    ------
    UntrustedError
        The file does not exist, is not a zip archive, or holds what it must not.
    ImportFileError
        It is none of the formats that can be imported.
    """
    with open_archive(path) as archive:
        names = archive.names()
    if "xl/workbook.xml" in names:
        return EXCEL
    folders = {name.split("/")[-2] for name in names if "/" in name and name.endswith(".xml")}
    if folders & _FOLDERS:
        return ILCD
    raise ImportFileError(
        f"'{Path(path).name}' is a zip archive, but neither an ILCD package nor an Excel workbook",
        "an ILCD package has folders such as ILCD/processes/ and ILCD/flows/ with XML files",
    )
