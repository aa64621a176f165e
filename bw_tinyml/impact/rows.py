"""Exchanges and database parameters of a project, read as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.errors import FormulaError, ProjectError
from bw_tinyml.inventory.formulas import Formula, parse

#: sign of an exchange in the technosphere
SIGNS = {
    "production": 1.0,
    "substitution": 1.0,
    "generic production": 1.0,
    "technosphere": -1.0,
    "generic consumption": -1.0,
}
DISTRIBUTION_FIELDS = ("loc", "scale", "shape", "minimum", "maximum", "negative")


class StoredExchange(NamedTuple):
    """An exchange as the project keeps it; its formula and distribution are not read yet.

    Attributes
    ----------
    column, row
        Node ids, as of :class:`ExchangeRow`.
    """

    column: int
    row: int
    type: str
    data: Mapping[str, Any]
    database: str


@dataclass(frozen=True)
class ExchangeRow:
    """One exchange of a dynamic dataset.

    Attributes
    ----------
    column
        Node id of the dataset.
    row
        Node id of the product, or of the elementary flow.
    kind
        ``technosphere`` for any exchange of a product, or ``biosphere``.
    sign
        +1 for production, -1 for consumption; +1 for an elementary flow.
    distribution
        Fields of stats_arrays, or None.
    estimate
        Whether the number is an estimate or a proxy, or follows from a parameter that is one.
    """

    column: int
    row: int
    kind: str
    sign: float
    amount: float
    formula: Formula | None
    distribution: Mapping[str, Any] | None
    label: str
    database: str
    estimate: bool


@dataclass(frozen=True)
class ModelParameter:
    """A database parameter of the project."""

    name: str
    value: float | Formula
    distribution: Mapping[str, Any] | None
    estimate: bool
    unit: str
    lower: float | None
    upper: float | None


def read_parameters(database: str) -> dict[str, ModelParameter]:
    """Return the parameters of a database by name."""
    bw2data()
    from bw2data.parameters import DatabaseParameter

    # Tuples: to make a peewee object of each of 14,000 parameters takes a second.
    columns = [getattr(DatabaseParameter, c) for c in ("name", "formula", "amount", "data")]
    rows = DatabaseParameter.select(*columns).where(DatabaseParameter.database == database)
    found = {}
    for name, formula, amount, kept in rows.tuples().iterator():
        data = kept or {}
        found[name] = ModelParameter(
            name=name,
            value=_formula(formula, f"parameter {name}") if formula else amount,
            distribution=None if formula else _distribution(data, amount),
            estimate=data.get("kind") == "estimate" or bool(data.get("proxy")),
            unit=data.get("unit", ""),
            lower=data.get("lower bound"),
            upper=data.get("upper bound"),
        )
    return found


def estimated_parameters(parameters: Mapping[str, ModelParameter]) -> set[str]:
    """Return the parameters that are estimates or follow from one."""
    found = {name for name, p in parameters.items() if p.estimate}
    grew = True
    while grew:
        more = {
            name
            for name, p in parameters.items()
            if name not in found and isinstance(p.value, Formula) and p.value.names & found
        }
        found |= more
        grew = bool(more)
    return found


def read_exchanges(database: str) -> list[StoredExchange]:
    """Return the exchanges of all datasets of a database, in the order of their ids.

    Raises
    ------
    ProjectError
        An exchange leads nowhere.
    """
    from bw2data.backends.schema import ActivityDataset, ExchangeDataset
    from peewee import JOIN

    source, target = ActivityDataset.alias(), ActivityDataset.alias()
    rows = (
        ExchangeDataset.select(ExchangeDataset.data, ExchangeDataset.type, source.id, target.id)
        .join(
            source,
            join_type=JOIN.LEFT_OUTER,
            on=(
                (ExchangeDataset.input_code == source.code)
                & (ExchangeDataset.input_database == source.database)
            ),
        )
        .switch(ExchangeDataset)
        .join(
            target,
            on=(
                (ExchangeDataset.output_code == target.code)
                & (ExchangeDataset.output_database == target.database)
            ),
        )
        .where(ExchangeDataset.output_database == database)
        .order_by(ExchangeDataset.id)
        .tuples()
    )
    found = []
    for data, type_, row, column in rows.iterator():
        if row is None:
            raise ProjectError(
                f"an exchange of '{database}' leads to {tuple(data['input'])}, which does not "
                "exist",
                "install again with --replace, or restore that dataset",
            )
        found.append(StoredExchange(column, row, type_, data, database))
    return found


def exchange_row(stored: StoredExchange, estimates: set[str]) -> ExchangeRow:
    """Return an exchange with its formula and its distribution.

    Parameters
    ----------
    stored
        The exchange.
    estimates
        Names of the database's parameters that are estimates or follow from one.

    Raises
    ------
    ProjectError
        Its formula cannot be evaluated by us.
    """
    data = stored.data
    formula = _formula(data["formula"], data.get("name", "")) if data.get("formula") else None
    uses_estimate = formula is not None and bool(formula.names & estimates)
    own = data.get("kind") == "estimate" or bool(data.get("proxy"))
    return ExchangeRow(
        column=stored.column,
        row=stored.row,
        kind="biosphere" if stored.type == "biosphere" else "technosphere",
        sign=SIGNS.get(stored.type, 1.0),
        amount=float(data["amount"]),
        formula=formula,
        distribution=None if formula else _distribution(data, float(data["amount"])),
        label=data.get("label") or data.get("reference product") or data.get("name", ""),
        database=stored.database,
        estimate=own or uses_estimate,
    )


def _formula(text: str, where: str) -> Formula:
    try:
        return parse(text)
    except FormulaError as error:
        raise ProjectError(
            f"{where}: {error.message}", "simplify the formula in the project"
        ) from None


def _distribution(data: Mapping[str, Any], amount: float) -> dict[str, Any] | None:
    """Return the fields of stats_arrays, or None where the number is certain.

    ``loc`` of a lognormal is taken from the amount: after a change of the amount in Brightway,
    the stored one would be stale and the samples would keep to the old value.
    """
    kind = int(data.get("uncertainty type") or 0)
    if kind <= 1 or amount == 0:
        return None
    fields = {name: data[name] for name in DISTRIBUTION_FIELDS if data.get(name) is not None}
    fields["uncertainty_type"] = kind
    if kind == 2:
        fields |= {"loc": float(np.log(abs(amount))), "negative": amount < 0}
    return fields
