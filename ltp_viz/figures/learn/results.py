"""Our results beside the published ones, a frame per task."""

from collections.abc import Sequence

from ltp_viz.analysis.learn.task_results import TaskResults
from ltp_viz.analysis.results import Measured, Published
from ltp_viz.figures.learn.picture import Frame, Node, Picture, node, percent


def results_picture(results: Sequence[TaskResults]) -> Picture:
    """Scores dense and pruned, and the remaining FLOPs, ours and the paper's."""
    chips = [
        node("button", text=task.task, classes="tour-chip", go=index, type="button")
        for index, task in enumerate(results)
    ]
    root = node(
        "div",
        node("p", text="Which task?", classes="tour-ask tour-ask-only"),
        node("div", *chips, classes="tour-chips", role="radiogroup", aria_label="Task"),
        *(_task(index, task) for index, task in enumerate(results)),
    )
    frames = tuple(
        Frame(value=task.task, marks={"is-here": [f"e{index}"]}) for index, task in enumerate(results)
    )
    return Picture(root, frames, "choice", "Task")


def _task(index: int, task: TaskResults) -> Node:
    ours = [_result(_ours_words(row), row) for row in task.ours]
    if task.paper is None:
        paper = node("p", text="The paper has no figures for this task.", classes="tour-small")
    else:
        paper = _result(f"{task.paper.source}: {task.paper.model}", task.paper)
    return node("div", *ours, paper, classes="tour-example", name=f"e{index}")


def _ours_words(row: Measured) -> str:
    model = f"bundled model {row.model}" if row.model else "not bundled"
    return f"Here: MiniLM of 6 layers, run {row.run}, {model}, {row.split}"


def _result(title: str, result: Measured | Published) -> Node:
    change = f"{100 * result.change:+.2f}".replace("-", "−")
    time = ""
    if isinstance(result, Measured) and result.speed_up is not None:
        time = f" Time: {result.speed_up:.2f}× faster."
    return node(
        "div",
        node("p", text=title, classes="tour-ask"),
        _row("dense", result.dense, f"{100 * result.dense:.2f}", "is-dense"),
        _row("pruned", result.pruned, f"{100 * result.pruned:.2f}", ""),
        _row("FLOPs left", 1 / result.flops_reduction, f"{result.flops_reduction:.2f}× fewer", "is-flops"),
        node("p", text=f"{result.metric}: {change} points.{time}", classes="tour-small"),
    )


def _row(label: str, share: float, value: str, classes: str) -> Node:
    return node(
        "div",
        node("span", text=label, classes="tour-label"),
        node("span", node("i", style=f"width:{percent(share, 2)}", classes=classes), classes="tour-bar"),
        node("span", text=value, classes="tour-number"),
        classes="tour-row tour-wide",
    )
