"""Our measured and the published results, grouped by task."""

from dataclasses import dataclass
from pathlib import Path

from ltp_viz.analysis.results import Measured, Published, read_results


@dataclass(frozen=True)
class TaskResults:
    """All our runs on a task, and the publication's row if it has the task."""

    task: str
    ours: tuple[Measured, ...]
    paper: Published | None


def task_results(path: Path) -> tuple[TaskResults, ...]:
    """The tasks of the results file, in its order. Raises InputError as `read_results` does."""
    results = read_results(path)
    published = {row.task: row for row in results.published}
    tasks = dict.fromkeys(row.task for row in results.measured)
    return tuple(
        TaskResults(task, tuple(row for row in results.measured if row.task == task), published.get(task))
        for task in tasks
    )
