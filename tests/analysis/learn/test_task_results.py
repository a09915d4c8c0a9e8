"""Results by task: every row of the file, none twice."""

from ltp_viz.analysis.learn.task_results import task_results
from ltp_viz.analysis.results import read_results
from tests.conftest import ROOT

FILE = ROOT / "assets/results.json"


def test_every_row_is_under_its_task() -> None:
    results, tasks = read_results(FILE), task_results(FILE)
    rows = [row for task in tasks for row in task.ours]
    assert len({task.task for task in tasks}) == len(tasks) >= 4
    assert sorted(map(repr, rows)) == sorted(map(repr, results.measured))
    assert all(row.task == task.task for task in tasks for row in task.ours)
    papers = {task.task: task.paper for task in tasks if task.paper}
    assert papers == {row.task: row for row in results.published}
    assert next(task.paper for task in tasks if task.task == "AG News") is None
