"""Our results beside the published ones, a frame per task."""

from collections.abc import Sequence

from ltp_viz.analysis.learn.published_results import Result, TaskResults
from ltp_viz.figures.learn.picture import Frame, Node, Picture, node, percent


def results_picture(results: Sequence[TaskResults]) -> Picture:
    """Scores dense and pruned, and the FLOPs that are left, ours and the paper's."""
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
    where = f", {task.ours.split}" if task.ours.split else ""
    ours = _result(f"Here: MiniLM of 6 layers{where}", task.ours)
    if task.paper is None:
        paper = node(
            "p", text="docs/results.md has no figures of the paper for this task.", classes="tour-small"
        )
    else:
        paper = _result("Kim et al. 2022: RoBERTa-base of 12 layers", task.paper)
    return node("div", ours, paper, classes="tour-example", name=f"e{index}")


def _result(title: str, result: Result) -> Node:
    change = f"{result.change:+.2f}".replace("-", "−")
    time = "" if not result.time or result.time.startswith("not") else f" Time: {result.time}."
    return node(
        "div",
        node("p", text=title, classes="tour-ask"),
        _row("dense", result.dense / 100, f"{result.dense:.2f}", "is-dense"),
        _row("pruned", result.pruned / 100, f"{result.pruned:.2f}", ""),
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
