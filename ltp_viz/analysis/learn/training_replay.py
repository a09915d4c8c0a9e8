"""A training read from its log: thresholds, keep rates, cost and scores in all stages."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ltp_viz.core.config import LTPConfig
from ltp_viz.data.errors import InputError

STAGES = ("dense", "soft", "hard")
# The holdout scores that can be shown, in order of preference, with their display names.
_SCORES = {
    "eval_accuracy": "accuracy",
    "eval_f1": "F1",
    "eval_pearson": "Pearson’s r",
    "eval_matthews": "Matthews",
}


@dataclass(frozen=True)
class ReplayStep:
    """One log entry with keep rates. Shapes: L layers."""

    stage: str
    step: int  # within the stage
    total_step: int  # over all stages
    thresholds: tuple[float, ...]  # (L,) as logged: negative ones drop nothing
    keep_rates: tuple[float, ...]  # (L,) share of the batch's tokens kept after each layer
    flops_share: float  # of dense; from the log, or else `linear_share`
    loss: float


@dataclass(frozen=True)
class ReplayScore:
    """A score on the holdout, between steps."""

    stage: str
    total_step: int
    value: float  # 0 to 1


@dataclass(frozen=True)
class Replay:
    """A whole training. `stage_ends`: total steps at which the stages end, in order."""

    steps: tuple[ReplayStep, ...]
    scores: tuple[ReplayScore, ...]
    score_name: str  # of the scores; empty if there are none
    stage_ends: tuple[tuple[str, int], ...]
    logged_flops: bool  # whether the log contains the FLOPs

    def last_score(self, index: int) -> ReplayScore | None:
        """The newest score at a step of `steps`; None before the first."""
        now = self.steps[index].total_step
        return next((score for score in reversed(self.scores) if score.total_step <= now), None)


def linear_share(keep_rates: tuple[float, ...], config: LTPConfig) -> float:
    """FLOPs share of dense from keep rates (L,) alone: only the part linear in tokens, which is nearly all of
    the cost of short texts (`core.flops`)."""
    attention = 4 * config.hidden_size**2
    feed_forward = 2 * config.hidden_size * config.intermediate_size
    entered = (1.0, *keep_rates[:-1])
    pruned = attention * sum(entered) + feed_forward * sum(keep_rates)
    return pruned / ((attention + feed_forward) * len(keep_rates))


def read_replay(path: Path, config: LTPConfig) -> Replay:
    """The training of a checkpoint, from its `training_log.jsonl`.

    Unreadable lines are skipped. Raises InputError if there is no log, or none with keep rates.
    """
    try:
        lines = path.read_text().splitlines()
    except OSError:
        raise InputError("This model has no training log, so there is nothing to replay.") from None
    entries = [entry for line in lines if (entry := _entry(line)) is not None]
    before, ends = 0, []
    steps: list[ReplayStep] = []
    found: dict[str, list[ReplayScore]] = {name: [] for name in _SCORES}
    for stage in STAGES:
        own = [entry for entry in entries if entry["stage"] == stage]
        for entry in own:
            total = before + entry["step"]
            if (
                len(entry.get("keep_rates", ()))
                == config.num_hidden_layers
                == len(entry.get("thresholds", ()))
            ):
                steps.append(_step(entry, total, config))
            for name, scores in found.items():
                if isinstance(entry.get(name), float):
                    scores.append(ReplayScore(stage, total, entry[name]))
        if own:
            before += max(entry["step"] for entry in own)
            ends.append((stage, before))
    if not steps:
        raise InputError("The training log of this model has no keep rates, so there is nothing to replay.")
    name = next((name for name, scores in found.items() if scores), "")
    return Replay(
        steps=tuple(steps),
        scores=tuple(found.get(name, ())),
        score_name=_SCORES.get(name, ""),
        stage_ends=tuple(ends),
        logged_flops=all("flops_share" in entry for entry in entries if "keep_rates" in entry),
    )


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    is_entry = isinstance(entry, dict) and entry.get("stage") in STAGES and isinstance(entry.get("step"), int)
    return entry if is_entry else None


def _step(entry: dict[str, Any], total: int, config: LTPConfig) -> ReplayStep:
    rates = tuple(map(float, entry["keep_rates"]))
    return ReplayStep(
        stage=entry["stage"],
        step=entry["step"],
        total_step=total,
        thresholds=tuple(map(float, entry["thresholds"])),
        keep_rates=rates,
        flops_share=float(entry.get("flops_share", linear_share(rates, config))),
        loss=float(entry.get("loss", float("nan"))),
    )
