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
    from bw_tinyml.export.csvfile import export_csv
    from bw_tinyml.export.datapackage import export_datapackage
    from bw_tinyml.export.excel import export_excel
    from bw_tinyml.export.openlca import export_openlca
    from bw_tinyml.export.scenarios import export_scenarios
    from bw_tinyml.export.simapro import export_simapro
    from bw_tinyml.impact.results import contributions, score, uncertainty
    from bw_tinyml.importing.workbook import import_workbook
    from bw_tinyml.report.page import write_report
    from bw_tinyml.systems.compare import compare

_PUBLIC = {
    "check": "bw_tinyml.checking",
    "compare": "bw_tinyml.systems.compare",
    "contributions": "bw_tinyml.impact.results",
    "export_csv": "bw_tinyml.export.csvfile",
    "export_datapackage": "bw_tinyml.export.datapackage",
    "export_excel": "bw_tinyml.export.excel",
    "export_openlca": "bw_tinyml.export.openlca",
    "export_scenarios": "bw_tinyml.export.scenarios",
    "export_simapro": "bw_tinyml.export.simapro",
    "import_workbook": "bw_tinyml.importing.workbook",
    "install": "bw_tinyml.brightway.install",
    "write_report": "bw_tinyml.report.page",
    "score": "bw_tinyml.impact.results",
    "uncertainty": "bw_tinyml.impact.results",
}

__all__ = [
    "__version__",
    "check",
    "compare",
    "contributions",
    "export_csv",
    "export_datapackage",
    "export_excel",
    "export_openlca",
    "export_scenarios",
    "export_simapro",
    "import_workbook",
    "install",
    "score",
    "uncertainty",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'bw_tinyml' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
