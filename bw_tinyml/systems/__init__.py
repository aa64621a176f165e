"""Systems: what delivers a task, on one functional unit, and how they compare."""

from bw_tinyml.systems.compare import Comparison, compare, compare_scenario
from bw_tinyml.systems.scenario_file import Scenario, dump_scenario, load_scenario
from bw_tinyml.systems.tasks import System, Task, tasks

__all__ = [
    "Comparison",
    "Scenario",
    "System",
    "Task",
    "compare",
    "compare_scenario",
    "dump_scenario",
    "load_scenario",
    "tasks",
]
