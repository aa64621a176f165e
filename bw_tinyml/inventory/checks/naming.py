"""Are names and locations safe in Brightway and in spreadsheets, and unique?"""

from __future__ import annotations

import re
from collections import defaultdict

from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.model import Dataset, Inventory

_NUMBER_LIKE = re.compile(r"[+-]?(\d+\.?\d*(e[+-]?\d+)?|nan|inf(inity)?|true|false)", re.IGNORECASE)


def check(inventory: Inventory, report: Report) -> None:
    """Check names, locations and their uniqueness."""
    locations = {row["location"] for row in inventory.tables["locations"]}
    keys = {row["key"] for row in inventory.tables["keys"]}
    same = defaultdict(list)
    for dataset in inventory.datasets.values():
        same[dataset.name, dataset.product, dataset.location].append(dataset)
        _names(dataset, report)
        if dataset.location not in locations:
            report.add(
                "bad-location",
                dataset.file,
                dataset.line,
                f"location '{dataset.location}' of {dataset.id} is not in locations.csv",
            )
        if dataset.id in keys:
            report.add("name-clash", dataset.file, dataset.line, f"'{dataset.id}' is a key as well")
        if not dataset.exchanges:
            report.add("no-exchanges", dataset.file, dataset.line, f"{dataset.id} has none")
    for (name, _, location), datasets in same.items():
        for dataset in datasets[1:]:
            report.add(
                "duplicate-name",
                dataset.file,
                dataset.line,
                f"{dataset.id} and {datasets[0].id} are both '{name}' in {location}",
            )


def _names(dataset: Dataset, report: Report) -> None:
    for column, text in (("name", dataset.name), ("product", dataset.product)):
        starts_upper = text[:1].isupper() and not text[1:2].isupper()
        if (
            starts_upper
            or "::" in text
            or text[:1] in "=+-@"
            or _NUMBER_LIKE.fullmatch(text)
            or text != text.strip()
        ):
            report.add("bad-name", dataset.file, dataset.line, f"{column} '{text}'")
