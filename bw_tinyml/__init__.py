"""Open life cycle inventories of TinyML hardware, for Brightway and Activity Browser.

>>> import bw_tinyml as bt
>>> bt.install("my project", background="open")            # doctest: +SKIP
>>> bt.score("keyword spotting, TinyML", project="my project", location="GLO")  # doctest: +SKIP

Nothing happens at import: the functions are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bw_tinyml._version import __version__

if TYPE_CHECKING:
    from bw_tinyml.brightway.install import install
    from bw_tinyml.checking import check
    from bw_tinyml.devices.scoring import match_bom, score_bom
    from bw_tinyml.export.excel import export_excel
    from bw_tinyml.impact.results import contributions, score, uncertainty
    from bw_tinyml.report.page import write_report
    from bw_tinyml.systems.compare import compare

_PUBLIC = {
    "check": "bw_tinyml.checking",
    "compare": "bw_tinyml.systems.compare",
    "contributions": "bw_tinyml.impact.results",
    "export_excel": "bw_tinyml.export.excel",
    "install": "bw_tinyml.brightway.install",
    "write_report": "bw_tinyml.report.page",
    "match_bom": "bw_tinyml.devices.scoring",
    "score": "bw_tinyml.impact.results",
    "score_bom": "bw_tinyml.devices.scoring",
    "uncertainty": "bw_tinyml.impact.results",
}

__all__ = [
    "__version__",
    "check",
    "compare",
    "contributions",
    "export_excel",
    "install",
    "match_bom",
    "score",
    "score_bom",
    "uncertainty",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'bw_tinyml' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
