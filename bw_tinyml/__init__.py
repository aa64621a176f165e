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
    from bw_tinyml.brightway.relink import relink
    from bw_tinyml.checking import check
    from bw_tinyml.devices.scoring import match_bom, score_bom
    from bw_tinyml.export.csvfile import export_csv
    from bw_tinyml.export.datapackage import export_datapackage
    from bw_tinyml.export.excel import export_excel
    from bw_tinyml.export.ilcd import export_ilcd
    from bw_tinyml.export.openlca import export_openlca
    from bw_tinyml.export.scenarios import export_scenarios
    from bw_tinyml.export.simapro import export_simapro
    from bw_tinyml.impact.backgrounds import compare_backgrounds
    from bw_tinyml.impact.results import contributions, score
    from bw_tinyml.impact.uncertainty import uncertainty
    from bw_tinyml.importing.ilcd import import_ilcd
    from bw_tinyml.importing.workbook import import_workbook
    from bw_tinyml.report.page import write_report
    from bw_tinyml.systems.compare import compare, compare_scenario
    from bw_tinyml.systems.fleet import fleet_impacts
    from bw_tinyml.systems.scenario_file import dump_scenario, load_scenario
    from bw_tinyml.systems.sensitivity import sensitivity, sensitivity_scenario

_PUBLIC = {
    "check": "bw_tinyml.checking",
    "compare": "bw_tinyml.systems.compare",
    "compare_backgrounds": "bw_tinyml.impact.backgrounds",
    "compare_scenario": "bw_tinyml.systems.compare",
    "contributions": "bw_tinyml.impact.results",
    "dump_scenario": "bw_tinyml.systems.scenario_file",
    "export_csv": "bw_tinyml.export.csvfile",
    "export_datapackage": "bw_tinyml.export.datapackage",
    "export_excel": "bw_tinyml.export.excel",
    "export_ilcd": "bw_tinyml.export.ilcd",
    "export_openlca": "bw_tinyml.export.openlca",
    "export_scenarios": "bw_tinyml.export.scenarios",
    "export_simapro": "bw_tinyml.export.simapro",
    "fleet_impacts": "bw_tinyml.systems.fleet",
    "import_ilcd": "bw_tinyml.importing.ilcd",
    "import_workbook": "bw_tinyml.importing.workbook",
    "install": "bw_tinyml.brightway.install",
    "load_scenario": "bw_tinyml.systems.scenario_file",
    "match_bom": "bw_tinyml.devices.scoring",
    "relink": "bw_tinyml.brightway.relink",
    "score": "bw_tinyml.impact.results",
    "score_bom": "bw_tinyml.devices.scoring",
    "sensitivity": "bw_tinyml.systems.sensitivity",
    "sensitivity_scenario": "bw_tinyml.systems.sensitivity",
    "uncertainty": "bw_tinyml.impact.uncertainty",
    "write_report": "bw_tinyml.report.page",
}

__all__ = [
    "__version__",
    "check",
    "compare",
    "compare_backgrounds",
    "compare_scenario",
    "contributions",
    "dump_scenario",
    "export_csv",
    "export_datapackage",
    "export_excel",
    "export_ilcd",
    "export_openlca",
    "export_scenarios",
    "export_simapro",
    "fleet_impacts",
    "import_ilcd",
    "import_workbook",
    "install",
    "load_scenario",
    "match_bom",
    "relink",
    "score",
    "score_bom",
    "sensitivity",
    "sensitivity_scenario",
    "uncertainty",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'bw_tinyml' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
