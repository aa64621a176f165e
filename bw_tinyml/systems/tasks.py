"""Tasks and the systems that deliver them, as listed in ``systems.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bw_tinyml.arguments import text
from bw_tinyml.errors import NotFoundError
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.suggestions import nearest


@dataclass(frozen=True)
class System:
    """One way to deliver a task.

    Attributes
    ----------
    name
        Short name, used on the command line.
    role
        ``device`` (the TinyML system) or ``baseline`` (a cloud-IoT twin).
    process
        Identifier of its recipe; variants are the locations of use.
    """

    name: str
    role: str
    process: str
    title: str
    description: str


@dataclass(frozen=True)
class Task:
    """A task, its functional unit and the systems that deliver it.

    Attributes
    ----------
    functional_unit
        Text with placeholders; :func:`bw_tinyml.inventory.functional_unit.stated` fills them.
    rate
        Database parameter that sets the rate at which the task is performed.
    """

    name: str
    functional_unit: str
    rate: str
    systems: tuple[System, ...]

    def devices(self) -> list[System]:
        """Return the TinyML systems."""
        return [s for s in self.systems if s.role == "device"]

    def baselines(self) -> list[System]:
        """Return the cloud-IoT twins."""
        return [s for s in self.systems if s.role == "baseline"]

    def system(self, name: str) -> System:
        """Return the system of that short name.

        Raises
        ------
        NotFoundError
            The task has no such system.
        """
        for system in self.systems:
            if system.name == name.lower():
                return system
        raise NotFoundError(
            f"task '{self.name}' has no system '{name}'",
            f"devices: {', '.join(s.name for s in self.devices())}; "
            f"baselines: {', '.join(s.name for s in self.baselines())}",
        )


def tasks(inventory: Inventory) -> dict[str, Task]:
    """Return the tasks by name."""
    found: dict[str, Task] = {}
    for row in inventory.tables["systems"]:
        system = System(
            row["system"], row["role"], row["process"], row["title"], row["description"]
        )
        earlier = found.get(row["task"])
        found[row["task"]] = Task(
            row["task"],
            row["functional_unit"],
            row["rate"],
            (*(earlier.systems if earlier else ()), system),
        )
    return found


def find_task(known: Mapping[str, Task], name: str) -> Task:
    """Return the task of that name; dashes and case do not matter.

    Raises
    ------
    NotFoundError
        There is no such task.
    """
    wanted = text(name, "the task").lower().replace("-", " ")
    if wanted in known:
        return known[wanted]
    raise NotFoundError(
        f"there is no task '{name}'{nearest(wanted, known)}", f"tasks: {', '.join(known)}"
    )
