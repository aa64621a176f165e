"""The inventory: tables with sources, read, expanded, evaluated and checked."""

from bw_tinyml.inventory.findings import Finding, Report
from bw_tinyml.inventory.loading import default_folder, load
from bw_tinyml.inventory.model import Dataset, Exchange, Inventory, Parameter

__all__ = [
    "Dataset",
    "Exchange",
    "Finding",
    "Inventory",
    "Parameter",
    "Report",
    "default_folder",
    "load",
]
