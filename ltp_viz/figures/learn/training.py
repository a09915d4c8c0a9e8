"""A training replayed from its log: keep rates and thresholds by layer, cost and score over all steps."""

from ltp_viz.analysis.learn.training_replay import Replay
from ltp_viz.figures.learn.picture import Frame, Node, Picture, chart, line, node, path, percent

_WORDS = {
    "dense": "Dense: weights are trained, nothing is dropped.",
    "soft": "Soft: thresholds are learned, tokens fade.",
    "hard": "Hard: thresholds are fixed, tokens are dropped, weights adapt.",
}


def replay_picture(replay: Replay) -> Picture:
    """Bars per layer, and the course of FLOPs and score with the stages marked."""
    count = len(replay.steps[0].keep_rates)
    rows = [
        node(
            "div",
            node("span", text=f"layer {layer + 1}", classes="tour-label"),
            node("span", node("i", name=f"b{layer}"), classes="tour-bar"),
            node("span", name=f"v{layer}", classes="tour-number"),
            classes="tour-row tour-wide",
        )
        for layer in range(count)
    ]
    root = node(
        "div",
        node("p", name="say", classes="tour-say"),
        node(
            "p",
            text="Tokens left after each layer, and its threshold θ (below 0 it drops nothing)",
            classes="tour-axis",
        ),
        node("div", *rows, classes="tour-rows"),
        _course(replay),
        node("p", name="score", classes="tour-small"),
    )
    frames = tuple(_frame(replay, index) for index in range(len(replay.steps)))
    stops = []
    for stage, _ in replay.stage_ends:
        own = [index for index, step in enumerate(replay.steps) if step.stage == stage]
        if own:
            stops.append((f"{stage.title()} begins", own[0]))
    middle = [index for index, step in enumerate(replay.steps) if step.stage == "soft"]
    start = middle[-1] if middle else len(frames) - 1
    return Picture(root, frames, "slider", "Training step", start, tuple(stops))


def _course(replay: Replay) -> Node:
    total = replay.stage_ends[-1][1]
    xs = [step.total_step / total for step in replay.steps]
    low = 0.0
    over: list[Node] = [node("i", name="now", classes="tour-line")]
    begin = 0
    for stage, end in replay.stage_ends:
        place = f"left:{percent(begin / total, 2)};width:{percent((end - begin) / total, 2)}"
        over.append(node("span", text=stage, classes="tour-stage", style=place))
        begin = end
    for score in replay.scores:
        place = f"left:{percent(score.total_step / total, 2)};bottom:{percent(score.value, 2)}"
        over.append(node("b", classes="tour-dot tour-score", style=place, title=f"{score.value:.4f}"))
    share = path(xs, [step.flops_share for step in replay.steps])
    name = replay.score_name or "score"
    return chart(
        [line("flops", share, "tour-curve")],
        over,
        [(low, "0"), (0.5, f"{total // 2:,}"), (1.0, f"{total:,}")],
        [(0.0, "0%"), (0.5, "50%"), (1.0, "100%")],
        "training step, all stages",
        f"line: FLOPs, share of dense · dots: {name} on the holdout",
        f"FLOPs stay at 100 percent in the dense stage, decrease in the soft one and end at "
        f"{percent(replay.steps[-1].flops_share)}.",
    )


def _frame(replay: Replay, index: int) -> Frame:
    step, total = replay.steps[index], replay.stage_ends[-1][1]
    score = replay.last_score(index)
    if not replay.scores:
        said = "The log has no score on the holdout."
    elif score is None:
        said = f"The log’s first {replay.score_name} on the holdout comes later."
    else:
        said = (
            f"Last {replay.score_name} on the holdout: {score.value:.4f}, "
            f"at the end of step {score.total_step:,}; the log has one per epoch."
        )
    about = "approximately " if not replay.logged_flops else ""
    return Frame(
        value=f"{step.total_step:,} of {total:,} ({step.stage})",
        texts={
            "say": f"{_WORDS[step.stage]} FLOPs: {about}{percent(step.flops_share)} of dense.",
            "score": said,
            **{
                f"v{layer}": f"{percent(rate, 1)} · θ {_signed(theta)}"
                for layer, (rate, theta) in enumerate(zip(step.keep_rates, step.thresholds, strict=True))
            },
        },
        styles={
            "now": {"left": percent(step.total_step / total, 2)},
            **{f"b{layer}": {"width": percent(rate, 1)} for layer, rate in enumerate(step.keep_rates)},
        },
    )


def _signed(threshold: float) -> str:
    return f"{threshold:.4f}".replace("-", "−")
