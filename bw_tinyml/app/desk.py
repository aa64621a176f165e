"""The desk: a scenario, perhaps with hardware of one's own, becomes a result.

Everything that is slow is done once, when the desk is opened: reading the project, solving the
background, sampling. After that each change of a scenario takes milliseconds. Nothing here knows of
web pages.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np

from bw_tinyml.app.choices import Choices
from bw_tinyml.app.estimates import Estimates
from bw_tinyml.app.live import View
from bw_tinyml.app.parts import Part, Scope, by_stage, inputs, with_bill
from bw_tinyml.app.result import Least, Result, climate_place, crossings
from bw_tinyml.devices.reading import parse_bom
from bw_tinyml.devices.scoring import BomMatches, match_read
from bw_tinyml.errors import BwTinymlError, InventoryError, UsageError
from bw_tinyml.impact.limits import PREFIX, ROUNDING
from bw_tinyml.impact.remainders import refuse_negative
from bw_tinyml.inventory import load
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.systems.scenario_file import Scenario
from bw_tinyml.systems.scenarios import task_scenarios
from bw_tinyml.systems.tasks import System, Task

#: points of a parameter at which a break-even is looked for
GRID = 81


@dataclass(frozen=True)
class Hardware:
    """Hardware of one's own: an uploaded bill of materials.

    Attributes
    ----------
    bill
        Its lines and what they became.
    scope
        What it replaces; see :func:`bw_tinyml.app.parts.with_bill`.
    """

    bill: BomMatches
    scope: Scope = "board"


class Desk(Choices):
    """A project, opened for fast comparisons; see :class:`Choices` for the parameters."""

    @cached_property
    def inventory(self) -> Inventory:
        """All tables, against which bills of materials are matched."""
        inventory, report = load(self._folder)
        if report.errors:
            raise InventoryError(
                f"the tables have {len(report.errors)} errors", "run `bw-tinyml check` first"
            )
        return inventory

    @cached_property
    def _estimates(self) -> Estimates:
        return Estimates(self.live)

    # --- hardware

    def prepare_bills(self) -> None:
        """Read the tables against which bills are matched, so that the first need not wait."""
        with self._lock, contextlib.suppress(BwTinymlError):  # a bill will say it again
            _ = self.inventory

    def read_bill(
        self,
        content: bytes,
        name: str,
        board_area: float | None = None,
        layers: int | None = None,
    ) -> BomMatches:
        """Return an uploaded bill of materials, matched to datasets.

        Parameters
        ----------
        content
            The bytes of the file.
        name
            Its name, for messages and to tell YAML from tables; nothing is opened by it.
        board_area, layers
            Area in cm2 and copper layers of the board, if the bill has none.

        Raises
        ------
        UntrustedError, UsageError
            The file, or a line of it, is at fault.
        """
        with self._lock:
            inventory = self.inventory
        name = clean_name(name)
        return match_read(parse_bom(content, name), inventory, name, board_area, layers)

    # --- results

    def evaluate(
        self, scenario: Scenario, hardware: Hardware | None = None, vary: str = "rate"
    ) -> Result:
        """Return the result of a scenario.

        Parameters
        ----------
        scenario
            What is compared.
        hardware
            Replaces the hardware of the device.
        vary
            The word, or the parameter, whose break-even is looked for.

        Raises
        ------
        NotFoundError, UsageError, ProjectError
            See :meth:`check`, and :func:`bw_tinyml.app.parts.with_bill`.
        """
        start = perf_counter()
        scenario = self.check(scenario)
        task = self.task(scenario.task)
        systems = [task.system(str(scenario.device))]
        systems += [task.system(name) for name in scenario.baselines]
        ids = self._ids(scenario)
        given = self.given(scenario)
        needed = self._needed(ids, hardware)
        view = self.live.view(given, needed)
        self._refuse_overloaded(systems, ids, given)
        stated = ((e, np.ravel(amount)[0]) for e, amount in view.amounts.items())
        refuse_negative(self.live.model, stated, given)
        parts = self._parts(view, ids, hardware)
        stages = [by_stage(view, found) for found in parts]
        total = np.array([sum(found.values()) for found in stages])
        parameter = self._parameter(task, vary)
        grid, now = self._grid(parameter, given)
        sweep = self.live.sweep(given, parameter, grid, needed)
        swept = np.array(
            [sum(by_stage(sweep, p).values()) for p in self._parts(sweep, ids, hardware)]
        )
        for k, identifier in enumerate(ids):
            lost = self._delivered(identifier, {**given, parameter: grid}) < 1 - ROUNDING
            swept[k, np.broadcast_to(lost, grid.shape)] = np.nan
        emission, path = self._estimates.shares(view, parts)
        return Result(
            scenario=scenario,
            task=task,
            systems=self._renamed(systems, hardware),
            indicators=self.indicators,
            given=given,
            stated=total[:, 0],
            samples=total[:, 1:],
            stages=[{k: v[0] for k, v in found.items()} for found in stages],
            emission=emission,
            path=path,
            parameter=parameter,
            parameter_unit=self.parameters[parameter].unit,
            parameter_value=now,
            grid=grid,
            swept=swept,
            break_even=np.array([crossings(grid, swept[0] - twin, now) for twin in swept[1:]]),
            least=self._least(task, ids, given, hardware),
            seconds=perf_counter() - start,
        )

    def _least(
        self, task: Task, ids: Sequence[int], given: Mapping[str, float], hardware: Hardware | None
    ) -> list[Least | None]:
        """Return the scenario of the report that is least favourable, per baseline.

        All are looked at with stated values, and only those that are found are sampled.
        """
        found: list[Least | None] = [None] * (len(ids) - 1)
        changes = task_scenarios(self.session.inventory, task.name, self.parameters)
        if not changes:
            return found
        climate = climate_place([indicator.label for indicator in self.indicators])
        names = list(dict.fromkeys(name for values in changes.values() for name in values))
        now = {name: float(self.live.value(name, given)) for name in names}
        varied = {n: np.array([c.get(n, now[n]) for c in changes.values()]) for n in names}
        needed = self._needed(ids, hardware)
        view = self.live.columns_of({**given, **varied}, len(changes), needed)
        scores = self._climate(view, ids, hardware, climate)
        for k, identifier in enumerate(ids):
            lost = self._delivered(identifier, {**given, **varied}) < 1 - ROUNDING
            scores[k, np.broadcast_to(lost, len(changes))] = np.nan
        medians: dict[str, np.ndarray] = {}
        for k in range(1, len(ids)):
            with np.errstate(divide="ignore", invalid="ignore"):
                ratios = scores[0] / scores[k]
            if np.isfinite(ratios).any():
                name = list(changes)[int(np.nanargmax(np.where(np.isinf(ratios), np.nan, ratios)))]
                if name not in medians:
                    view = self.live.view({**given, **changes[name]}, needed)
                    samples = self._climate(view, ids, hardware, climate)[:, 1:]
                    with np.errstate(divide="ignore", invalid="ignore"):
                        medians[name] = np.median(samples[0] / samples, axis=1)
                found[k - 1] = Least(name, float(medians[name][k]))
        return found

    def _climate(
        self, view: View, ids: Sequence[int], hardware: Hardware | None, climate: int
    ) -> np.ndarray:
        """Scores of the systems in one category, shape (systems, columns)."""
        totals = [sum(by_stage(view, p).values()) for p in self._parts(view, ids, hardware)]
        return np.array([np.broadcast_to(t[:, climate], view.columns) for t in totals])  # type: ignore[index]

    def _delivered(self, node_id: int, given: Mapping[str, Any]) -> np.ndarray:
        """Share of the messages of a system that its link carries."""
        shares = [
            self.live.value(name, given)
            for _, name in self.live.dependencies.influences([node_id])
            if name.startswith(PREFIX)
        ]
        found = np.ones(())
        for share in shares:
            found = np.minimum(found, share)
        return found

    def _refuse_overloaded(
        self, systems: Sequence[System], ids: Sequence[int], given: Mapping[str, float]
    ) -> None:
        """Refuse systems whose link cannot carry their data: theirs would be a smaller task."""
        lost = {
            system.title: share
            for system, i in zip(systems, ids, strict=True)
            if (share := float(self._delivered(i, given))) < 1 - ROUNDING
        }
        if lost:
            found = "; ".join(
                f"{t} delivers {share:.2g} of its messages" for t, share in lost.items()
            )
            raise UsageError(
                f"with these values a link cannot carry the data: {found}",
                "choose a lower rate, or leave these systems out",
            )

    def _needed(self, ids: Sequence[int], hardware: Hardware | None) -> list[int]:
        datasets = hardware.bill.demands() if hardware else {}
        return [*ids, *(self.nodes[d] for d in datasets if d in self.nodes)]

    def _parts(self, view: View, ids: Sequence[int], hardware: Hardware | None) -> list[list[Part]]:
        parts = [inputs(view, identifier) for identifier in ids]
        if hardware:
            parts[0] = with_bill(view, parts[0], hardware.bill, self.nodes, hardware.scope)
        return parts

    @staticmethod
    def _renamed(systems: Sequence[System], hardware: Hardware | None) -> list[System]:
        if hardware is None:
            return list(systems)
        title = f"{hardware.bill.bom.name} (your bill of materials)"
        return [replace(systems[0], title=title), *systems[1:]]

    def _grid(self, parameter: str, given: Mapping[str, Any]) -> tuple[np.ndarray, float]:
        """Points from the lower to the upper bound of a parameter, and its current value."""
        found = self.parameters[parameter]
        now = float(self.live.value(parameter, given))
        high = found.upper or 1000 * (now or 1.0)
        low = found.lower or (high * 1e-6 if found.upper else now / 1000 or 1e-6)
        return np.unique([*np.geomspace(low, high, GRID), np.clip(now, low, high)]), now


def clean_name(name: str) -> str:
    """Return the last part of an uploaded name, printable and short; for messages only."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in last if c.isprintable()).strip()
    stem, dot, suffix = text.rpartition(".")
    return f"{stem[:80]}{dot}{suffix[:10]}" if dot else text[:80] or "upload"
