"""Systems: what delivers a task, on one functional unit, and how they compare."""

from bw_tinyml.systems.compare import Comparison, compare
from bw_tinyml.systems.tasks import System, Task, tasks

__all__ = ["Comparison", "System", "Task", "compare", "tasks"]
