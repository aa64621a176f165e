"""The open background: a process of ours answers every key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bw_tinyml.background.providers import Provider
from bw_tinyml.background.rows import LinkRow
from bw_tinyml.errors import UnitError, UsageError
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.model import Dataset, Inventory
from bw_tinyml.suggestions import nearest
from bw_tinyml.units import conversion

OPEN = "open"


class OpenBackground:
    """Answers keys as ``links/open.csv`` says.

    Parameters
    ----------
    inventory
        The inventory.
    report
        Receives ``link-invalid`` findings.
    overrides
        Rows of the user that replace ours.
    """

    name = OPEN

    def __init__(
        self, inventory: Inventory, report: Report, overrides: Iterable[LinkRow] = ()
    ) -> None:
        self._providers = dict(_providers(inventory, report))
        for row in overrides:
            if not row.process:
                raise UsageError(
                    f"{row.place}: '{row.key}' cannot be answered by an activity of another "
                    "database in the open background",
                    "name a dataset of ours (column `process` of a file), or use --background NAME",
                )
            dataset = inventory.datasets[row.process]
            self._providers[row.key] = Provider(dataset, row.factor, row.proxy, row.remark)

    def roots(self, inventory: Inventory) -> Iterable[Dataset]:
        """Return all datasets."""
        return inventory.datasets.values()

    def provider(self, key: str, location: str) -> Provider | None:
        """Return the process that answers a key, wherever it is used."""
        return self._providers.get(key)

    def replacement(self, dataset: Dataset) -> None:
        """Return nothing: all datasets are used as they are."""

    def lacks(self, flow: str) -> bool:
        """Return that no flow is lacking: the biosphere comes with us."""
        return False

    def missing(self, key: str, location: str) -> str:
        """Return that the table has no row, and keys that it has."""
        return f"has no provider in the open background{nearest(key, self._providers)}"


def _providers(inventory: Inventory, report: Report) -> Iterator[tuple[str, Provider]]:
    units = {row["key"]: row["unit"] for row in inventory.tables["keys"]}
    for row in inventory.tables["links"]:
        key, identifier = row["key"], row["process"]
        dataset = inventory.datasets.get(identifier)
        if key not in units:
            report.add("link-invalid", row.file, row.line, f"'{key}' is not in keys.csv")
        elif dataset is None:
            report.add(
                "link-invalid",
                row.file,
                row.line,
                f"provider '{identifier}' of '{key}' is not a dataset"
                + nearest(identifier, inventory.datasets),
            )
        elif not factor_fits(float(row["factor"]), units[key], dataset.unit):
            report.add(
                "link-invalid",
                row.file,
                row.line,
                f"factor {row['factor']} from {units[key]} to {dataset.unit} for '{key}': "
                "units that measure the same thing have a fixed factor",
            )
        else:
            yield key, Provider(dataset, float(row["factor"]), row.flag("proxy"), row["remark"])


def factor_fits(factor: float, symbol: str, unit: str) -> bool:
    """Return whether a factor is possible between a unit symbol and a Brightway unit.

    One other than the unit conversion is for providers that count something else.
    """
    try:
        return abs(factor / conversion(symbol, unit) - 1) < 1e-9
    except UnitError:
        return True
