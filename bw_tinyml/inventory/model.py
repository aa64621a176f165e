"""The checked inventory: what the tables say, expanded and evaluated, ready to be linked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from bw_tinyml.inventory.formulas import Formula
from bw_tinyml.inventory.recipes import VariantSet
from bw_tinyml.inventory.tables import Row
from bw_tinyml.inventory.uncertainty import Distribution

#: database name -> folder of its topics
DATABASES: dict[str, str] = {"tinyml": "tinyml", "tinyml-background": "background"}

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/bw-tinyml/bw_tinyml")


@lru_cache(maxsize=100_000)
def dataset_code(database: str, identifier: str) -> str:
    """Return the stable code of a dataset: a UUIDv5 with dashes, so that it is never a number."""
    return str(uuid.uuid5(_NAMESPACE, f"{database}:{identifier}"))


@dataclass(frozen=True)
class Provenance:
    """Where a number comes from and what kind of number it is."""

    source: str
    page: str
    kind: str
    pedigree: tuple[int, ...] | None
    proxy: bool
    remark: str
    file: str
    line: int

    @property
    def is_estimate(self) -> bool:
        """Whether the number itself is an estimate or stands for something else."""
        return self.kind == "estimate" or self.proxy


@dataclass(frozen=True)
class Parameter:
    """A number that formulas use; a database parameter in Brightway.

    Attributes
    ----------
    name
        Unique within the database.
    value
        A number, or a formula of other parameters.
    unit, description
        For people.
    """

    name: str
    value: float | Formula
    unit: str
    description: str
    distribution: Distribution
    provenance: Provenance
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Exchange:
    """An input, waste or elementary flow of a dataset, before linking.

    Attributes
    ----------
    type
        ``technosphere``, ``biosphere`` or ``recovered``.
    input
        Background key, dataset identifier, or name of the elementary flow.
    compartment, flow
        Compartment (``"air::urban air close to ground"``) and UUID of an elementary flow.
    value
        Number or formula, in ``unit``.
    unit
        Unit symbol.
    to_product
        Share of the input that ends up in the product, 0 to 1.
    label
        Stage or component under which results report the exchange.
    """

    type: Literal["technosphere", "biosphere", "recovered"]
    input: str
    compartment: str
    flow: str
    value: float | Formula
    unit: str
    to_product: float
    label: str
    distribution: Distribution
    provenance: Provenance


@dataclass(frozen=True)
class Dataset:
    """One unit process.

    Attributes
    ----------
    id
        Process identifier with variants, e.g. ``"wafer_fabrication/40 nm/TW"``.
    database
        ``tinyml`` or ``tinyml-background``.
    stage
        Name of the topic folder: life-cycle stage or sector.
    unit
        Brightway's unit name.
    """

    id: str
    process: str
    database: str
    stage: str
    name: str
    product: str
    unit: str
    location: str
    product_type: Literal["good", "service", "waste"]
    role: str
    mass: float | Formula | None
    balances: tuple[str, ...]
    balance_note: str
    technology: str
    period: str
    comment: str
    items: Mapping[str, str]
    exchanges: tuple[Exchange, ...]
    file: str
    line: int

    @property
    def code(self) -> str:
        """Stable code of the dataset in its Brightway database."""
        return dataset_code(self.database, self.id)

    @property
    def key(self) -> tuple[str, str]:
        """Brightway key of the dataset."""
        return self.database, self.code


@dataclass
class Inventory:
    """Everything the tables say.

    Attributes
    ----------
    folder
        The inventory folder that was read.
    tables
        Rows of the tables at the top of the folder (``sources``, ``keys``, ...), by table name,
        and of the topic tables.
    parameters
        Parameters by database and name.
    values
        Values of the parameters by database and name.
    sets
        Dimensions of recipes by database and name.
    datasets
        Datasets by identifier; identifiers are unique over both databases.
    """

    folder: Path
    tables: dict[str, list[Row]] = field(default_factory=dict)
    parameters: dict[str, dict[str, Parameter]] = field(default_factory=dict)
    values: dict[str, dict[str, float]] = field(default_factory=dict)
    sets: dict[str, dict[str, VariantSet]] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    _amounts: dict[tuple[str, str], float] = field(default_factory=dict, repr=False)

    def of_database(self, database: str) -> list[Dataset]:
        """Return the datasets of one database, in the order of the tables."""
        return [d for d in self.datasets.values() if d.database == database]

    def amount(self, dataset: Dataset, value: float | Formula) -> float:
        """Return a number, or the value of a formula with the dataset's parameters."""
        if not isinstance(value, Formula):
            return value
        key = dataset.database, value.text
        if key not in self._amounts:
            self._amounts[key] = float(value.evaluate(self.values[dataset.database]))
        return self._amounts[key]

    def with_values(
        self, values: dict[str, dict[str, float]], changed: Mapping[str, Set[str]]
    ) -> Inventory:
        """Return the inventory with other values of parameters.

        Parameters
        ----------
        values
            Values of all parameters by database and name.
        changed
            Names of the parameters by database whose values may differ from those of this one; what
            does not use them is not evaluated again.
        """
        same = {
            (database, text): amount
            for (database, text), amount in self._amounts.items()
            if Formula(text).names.isdisjoint(changed[database])
        }
        return replace(self, values=values, _amounts=same)
