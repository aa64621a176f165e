"""What a process inventory cuts off, estimated by price with an input-output table.

A process inventory counts materials, energy, transport and direct emissions, and leaves out what
a producer buys as a service: design, software, insurance, repair. An input-output table knows it,
as an average of a whole sector per unit of money. The estimate here is shown apart and never added
to a score: prices hide what is bought, and a sector is not a product.

    services_j = sum over service sectors i of A_ij * lambda_i,    lambda = B (I - A)^-1 C

per USD of sector j. Capital goods are not in it: such tables count investments as final demand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from bw_tinyml.adapters.tables import table
from bw_tinyml.brightway.lookup import Node, find
from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data, versions
from bw_tinyml.errors import ProjectError, UsageError
from bw_tinyml.impact.methods import family_indicators
from bw_tinyml.impact.scores import unit_scores
from bw_tinyml.inventory.loading import load_lists


@dataclass
class CutoffEstimate:
    """Scores of a purchase from a sector, and of the services in it.

    Attributes
    ----------
    sector
        The sector.
    usd
        Money spent, in USD of ``price_year``.
    services
        Share of the sector's turnover that it pays for services.
    table
        Columns label, unit, per_usd (whole chain of the sector, per USD of ``price_year``),
        whole (the same for the money spent) and services (its part from bought services).
    """

    sector: Node
    usd: float
    price_year: int
    services: float
    table: pd.DataFrame
    provenance: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return the estimate, ready for JSON."""
        return {
            "sector": self.sector.as_dict(),
            "usd": self.usd,
            "price year": self.price_year,
            "share of turnover paid for services": self.services,
            "scores": self.table.to_dict("records"),
            **self.provenance,
        }


def cutoff_estimate(
    sector: str,
    usd: float = 1.0,
    *,
    project: str | None = None,
    database: str | None = None,
    price_level: float = 1.0,
    families: Sequence[str] = ("EF v3.1",),
) -> CutoffEstimate:
    """Estimate by price what buying from a sector causes, and what of it are bought services.

    Parameters
    ----------
    sector
        Name or code of a sector, e.g. ``"334413"`` or ``"Semiconductors"``.
    usd
        Producer price in USD, without trade margins and taxes.
    project
        Name of the project; None for the current one.
    database
        The USEEIO database; not needed if the project has one only.
    price_level
        How many USD of the price's year one USD of the table's year buys what it bought then,
        e.g. 1.3; the price is divided by it.
    families
        Families of LCIA methods.

    Raises
    ------
    NotFoundError
        No sector is called so.
    ProjectError
        The project has no USEEIO database, or more than one.
    UsageError
        The price or the price level is not a positive number.
    """
    for title, value in (("price", usd), ("price level", price_level)):
        if not (math.isfinite(value) and value > 0):
            raise UsageError(f"the {title} is {value:g}", "give a positive number")
    if project is not None:
        open_project(project)
    name = _database(database)
    metadata = bw2data().databases[name]
    lists = load_lists()
    indicators = [i for f in families for i in family_indicators(lists, f, metadata["biosphere"])]
    node = find(sector, databases=[name])
    scores = unit_scores(node.id, indicators)
    bought = _bought_services(node)
    whole = scores.of(node.id)
    services = np.zeros_like(whole)
    for seller, paid in bought.items():
        services = services + paid * scores.of(seller)
    spent = usd / price_level
    rows = [
        (i.label, i.unit, float(w), float(w) * spent, float(s) * spent)
        for i, w, s in zip(indicators, whole, services, strict=True)
    ]
    return CutoffEstimate(
        sector=node,
        usd=spent,
        price_year=int(metadata["price year"]),
        services=float(sum(bought.values())),
        table=pd.DataFrame(rows, columns=["label", "unit", "per_usd", "whole", "services"]),
        provenance={
            "project": bw2data().projects.current,
            "database": name,
            "source": metadata.get("format", ""),
            "versions": versions(),
        },
    )


def _database(name: str | None) -> str:
    bd = bw2data()
    known = [n for n in bd.databases if bd.databases[n].get("price year")]
    if name is not None and name not in known:
        raise ProjectError(
            f"'{name}' is no database in money that `bw-tinyml adapt` made",
            f"such databases here: {', '.join(known) or 'none'}",
        )
    if name is None and len(known) != 1:
        raise ProjectError(
            f"project '{bd.projects.current}' has {len(known)} databases in money",
            f"name one with --database: {', '.join(known)}"
            if known
            else "make one: bw-tinyml adapt useeio.zip --project NAME --name useeio",
        )
    return name or known[0]


def _bought_services(node: Node) -> dict[int, float]:
    """Return what a sector pays for services per USD, by node id of the sector that is paid."""
    paid: dict[int, float] = {}
    for exchange in bw2data().get_node(id=node.id).technosphere():
        seller = exchange.input
        if is_service(str(seller.get("identifier", ""))):
            paid[seller.id] = paid.get(seller.id, 0.0) + exchange["amount"]
    return paid


def is_service(code: str) -> bool:
    """Return whether process inventories leave out what the sector of this code sells."""
    fitting = [start for start in _services() if code.startswith(start)]
    return bool(fitting) and _services()[max(fitting, key=len)]


@cache
def _services() -> dict[str, bool]:
    return {row["code"]: row.flag("service") for row in table("services")}
