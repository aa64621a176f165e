"""A fleet over the years: impacts in all categories, used electronics, and the metals in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bw_tinyml.arguments import count, finite
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.contributions import by_label
from bw_tinyml.impact.ranges import check_given, stated_record
from bw_tinyml.impact.remainders import refuse_negative
from bw_tinyml.showing import Shown
from bw_tinyml.systems.case import Case, open_case
from bw_tinyml.systems.cohorts import MAX_YEARS, Fleet, Lifetimes, fleet
from bw_tinyml.systems.projections import grown
from bw_tinyml.systems.tasks import System
from bw_tinyml.systems.words import words

TIMINGS = ("sale", "use", "retirement")
#: elements of composition.csv that are not metals
NOT_METALS = (
    "carbon", "chlorine", "bromine", "fluorine", "water", "mass", "silicon", "other materials",
)  # fmt: skip


@dataclass(repr=False)
class FleetResult(Shown):
    """What a fleet of one system causes, year by year.

    Attributes
    ----------
    system, location
        The system and where it is used.
    devices
        Devices sold, retired, in service and in stock, by year.
    lifetimes
        Distribution of the service life.
    per_device
        Scores of one device; index: timing (sale; use, per year of service; retirement), columns:
        indicators.
    units
        Unit by indicator.
    impacts
        Scores by year and timing; index (year, timing), columns: indicators.
    materials
        By year: mass of devices and batteries sold and retired in kg (``mass``), and of each metal
        in them; index (year, ``sold`` or ``retired``).
    provenance
        Versions, background, parameters: what makes the result reproducible.
    """

    system: System
    location: str
    devices: Fleet
    lifetimes: Lifetimes
    per_device: pd.DataFrame
    units: dict[str, str]
    impacts: pd.DataFrame
    materials: pd.DataFrame
    provenance: dict[str, Any]

    def shown(self) -> tuple[str, pd.DataFrame]:
        """Return what was calculated, and the main table."""
        years = self.devices.years
        span = f"{int(years[0])} to {int(years[-1])}"
        return f"fleet of {self.system.title} [{self.location}], {span}", self.totals()

    def totals(self) -> pd.DataFrame:
        """Return the scores by year; index: years, columns: indicators."""
        return self.impacts.groupby(level="year").sum()

    def as_dict(self) -> dict[str, Any]:
        """Return the result, ready for JSON."""
        devices = self.devices
        return {
            "system": self.system.name,
            "location": self.location,
            "mean_life": self.lifetimes.mean,
            "shape": self.lifetimes.shape if np.isfinite(self.lifetimes.shape) else None,
            "per_device": self.per_device.to_dict("index"),
            "units": self.units,
            "years": [
                {
                    "year": int(year),
                    "sold": float(devices.sold[i]),
                    "retired": float(devices.retired[i]),
                    "service": float(devices.service[i]),
                    "stock": float(devices.stock[i]),
                    "impacts": self.impacts.loc[int(year)].to_dict("index"),
                    "materials": self.materials.loc[int(year)].to_dict("index"),
                }
                for i, year in enumerate(devices.years)
            ],
            **self.provenance,
        }


def fleet_impacts(
    task: str,
    device: str | None = None,
    *,
    sales: float | Sequence[float] = 1e6,
    first_year: int = 2026,
    years: int = 10,
    growth: str = "constant",
    rate: float = 0.0,
    horizon: int | None = None,
    lifetime: float | None = None,
    shape: float = 2.0,
    project: str | None = None,
    location: str | None = None,
    family: str | Sequence[str] = "EF v3.1",
    parameters: Mapping[str, float] | None = None,
    folder: Path | str | None = None,
) -> FleetResult:
    """Return what a fleet of one system causes, year by year.

    Parameters
    ----------
    task, device, project, location, family, parameters, folder
        As for :func:`bw_tinyml.compare`; ``device`` may be a baseline, too.
    sales
        Devices sold in the first year, or in each year.
    first_year, years
        Year of the first sales, and number of years with sales (where ``sales`` is one number).
    growth, rate
        How sales grow, see :func:`bw_tinyml.systems.projections.grown`.
    horizon
        Years to go on after the last sales; by default three mean lives.
    lifetime, shape
        Mean life in years, by default that of the functional unit, and shape of its Weibull
        distribution.

    Raises
    ------
    NotFoundError
        The task, the system, the location or the family is not known.
    UsageError
        A number makes no sense, or a stage has no timing.
    """
    case = open_case(
        task, device, (), project=project, location=location, family=family, folder=folder
    )
    given = dict(parameters or {})
    word = words(case.session.inventory, case.task).get("lifetime")
    if word is None or word.parameter not in case.parameter_names():
        raise UsageError(
            f"the tables do not say which parameter is the life of task '{case.task.name}'",
            "add a row for the word 'lifetime' to scenario_words.csv",
        )
    if lifetime is not None:
        given[word.parameter] = lifetime
    check_given(case.solver.model.parameters, given)
    life = case.paired.evaluation.value(word.parameter, given)
    lifetimes = Lifetimes(life, shape)
    years = count(years, "years of sales", 1, MAX_YEARS)
    sold = (
        np.asarray([finite(number, "sales") for number in sales], float)
        if isinstance(sales, Iterable) and not isinstance(sales, str)
        else np.array([grown(finite(sales, "sales"), growth, rate, i) for i in range(years)])
    )
    after = round(3 * life) if horizon is None else horizon
    devices = fleet(first_year, sold, lifetimes, after)
    amounts = np.array([float(a) for a in case.paired.evaluation.amounts(given)])[:, None]
    refuse_negative(case.solver.model, enumerate(amounts[:, 0]), given)
    per_device = timed_scores(case, amounts, life)
    content = contents(case, amounts)
    return FleetResult(
        case.systems[0],
        case.location,
        devices,
        lifetimes,
        per_device,
        {i.label: i.unit for i in case.solver.indicators},
        yearly(devices, per_device),
        _materials(devices, content),
        {**case.session.provenance(), **stated_record(case.solver.model.parameters, given)},
    )


def timed_scores(case: Case, amounts: np.ndarray, life: float) -> pd.DataFrame:
    """Return the scores of one device by when they occur: sale, a year of use, retirement.

    Parameters
    ----------
    case
        Its first system is the device.
    amounts
        Amounts of the exchanges, shape (exchanges, 1).
    life
        Years of service that the amounts are for.

    Raises
    ------
    UsageError
        A stage of the system has no timing in the tables.
    """
    labels, scores = by_label(case.solver, case.ids[0], amounts)
    timing = {r["label"]: r["timing"] for r in case.session.inventory.tables["fleet_timing"]}
    table = pd.DataFrame(
        0.0, index=pd.Index(TIMINGS, name="timing"),
        columns=pd.Index([i.label for i in case.solver.indicators], name="indicator"),
    )  # fmt: skip
    for label, score in zip(labels, scores[0], strict=True):
        if label not in timing:
            raise UsageError(
                f"the tables do not say when stage '{label}' of system "
                f"'{case.systems[0].name}' causes its impacts",
                "add a row to fleet_timing.csv",
            )
        table.loc[timing[label]] += score / (life if timing[label] == "use" else 1.0)
    return table


def yearly(devices: Fleet, per_device: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of a fleet by year and timing."""
    drivers = {"sale": devices.sold, "use": devices.service, "retirement": devices.retired}
    parts = {
        timing: pd.DataFrame(
            np.outer(drivers[timing], per_device.loc[timing]),
            index=pd.Index(devices.years, name="year"),
            columns=per_device.columns,
        )
        for timing in TIMINGS
    }
    joined = pd.concat(parts, names=["timing"]).swaplevel()
    order = pd.MultiIndex.from_product([devices.years, TIMINGS], names=["year", "timing"])
    return joined.reindex(order)


def contents(case: Case, amounts: np.ndarray) -> dict[str, float]:
    """Return mass and metals of one device with its batteries and adapter, in kg.

    Contents are those that the tables state or that follow from the inputs of a dataset, at the
    values of the tables.
    """
    from bw_tinyml.brightway.lookup import nodes
    from bw_tinyml.inventory.composition import MASS, Composition
    from bw_tinyml.inventory.loading import load

    inventory, _ = load(case.session.folder)
    composition = Composition(inventory)
    names = {n.id: n.identifier for n in nodes(case.session.databases)}
    elements = sorted({row["element"] for row in inventory.tables["composition"]})
    metals = [e for e in elements if e not in NOT_METALS]
    timings = case.session.inventory.tables["fleet_timing"]
    hardware = {row["label"] for row in timings if row.flag("hardware")}
    found = dict.fromkeys([MASS, *metals], 0.0)
    for e, exchange in enumerate(case.solver.model.exchanges):
        if (
            exchange.column != case.ids[0]
            or exchange.kind != "technosphere"
            or exchange.label not in hardware
        ):
            continue
        identifier = names.get(exchange.row, "")
        for element in found:
            share = composition.share(identifier, element)
            found[element] += -exchange.sign * float(amounts[e, 0]) * share
    return found


def _materials(devices: Fleet, content: Mapping[str, float]) -> pd.DataFrame:
    parts = {
        name: pd.DataFrame(
            np.outer(numbers, list(content.values())),
            index=pd.Index(devices.years, name="year"),
            columns=list(content),
        )
        for name, numbers in (("sold", devices.sold), ("retired", devices.retired))
    }
    joined = pd.concat(parts, names=["what"]).swaplevel()
    order = pd.MultiIndex.from_product([devices.years, parts], names=["year", "what"])
    return joined.reindex(order)
