"""What every calculation in a project needs: tables, databases, biosphere and methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from bw_tinyml.brightway.installed import refuse_incomplete
from bw_tinyml.brightway.lookup import Node, find, installed_databases
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data, versions
from bw_tinyml.impact.methods import Indicator, family_indicators, named_indicator
from bw_tinyml.inventory.loading import load_lists
from bw_tinyml.inventory.model import Inventory

DEFAULT_FAMILY = "EF v3.1"


@dataclass
class Session:
    """A project with bw_tinyml installed, opened for calculation.

    Parameters
    ----------
    project
        Name of the project; None for the current one.
    folder
        Inventory folder with the lists of tasks and method families.
    """

    project: str | None = None
    folder: Path | str | None = None

    def __post_init__(self) -> None:
        if self.project is not None:
            open_project(self.project)
        self.databases = installed_databases()
        refuse_incomplete()

    @cached_property
    def inventory(self) -> Inventory:
        """The lists of tasks and method families; the datasets themselves are in the project."""
        return load_lists(self.folder)

    @property
    def metadata(self) -> dict[str, Any]:
        """Metadata of the foreground database."""
        return dict(bw2data().databases[self.databases[0]])

    @property
    def biosphere(self) -> str:
        """Name of the biosphere database that our databases use."""
        return str(self.metadata.get("biosphere", bw2data().config.biosphere))

    def indicators(
        self, families: Sequence[str] | None = None, method: Sequence[str] | None = None
    ) -> list[Indicator]:
        """Return the headline indicators of families, or one method.

        Raises
        ------
        NotFoundError
            A family or method is not in the project.
        """
        if method:
            return [named_indicator(method)]
        names = list(families or [DEFAULT_FAMILY])
        return [
            # With several families, labels such as "Climate change" stand more than once.
            replace(found, label=f"{found.method[-3]}: {found.label}") if names[1:] else found
            for family in names
            for found in family_indicators(self.inventory, family, self.biosphere)
        ]

    def find(self, name: str, location: str | None = None) -> Node:
        """Return the dataset of that name in our databases."""
        return find(name, location, self.databases)

    def provenance(self) -> dict[str, Any]:
        """Return what makes a result reproducible: versions, background, tables."""
        return {
            "project": bw2data().projects.current,
            "background": self.metadata.get("background", ""),
            "biosphere": self.biosphere,
            "table_hash": self.metadata.get("table_hash", ""),
            "versions": versions(),
        }
