"""A report's data made by hand: every number is chosen, every text is hostile."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter
from ltp_viz.analysis.dataset.results.records import Cost, Curve, LengthBucket, Survival, ValueBucket
from ltp_viz.analysis.dataset.results.report import RunReport, repeat_command
from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.analysis.stats import Estimate, RunScores, ScorePair
from ltp_viz.data.tables.roles import Roles

HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>\"'&amp;<!--\u2028 "
    "<a href='javascript:alert(1)'>%{x}"
)
SCALES = (0.0, 0.5, 1.0, 1.5, 2.0)
LAYERS = 6
NAN = float("nan")


def estimate(value: float, half: float = 0.03) -> Estimate:
    return Estimate(value, value - half, value + half)


def confusion(classes: int) -> np.ndarray:
    """(C, C, C), a different number in every cell; mostly right."""
    counts = np.arange(classes**3).reshape(classes, classes, classes) % 23
    for gold in range(classes):
        counts[gold, gold, gold] = 400 + gold
    return counts


def curve(labelled: int = 800) -> Curve:
    accuracy = np.array([0.9, 0.9, 0.89, 0.86, 0.8]) if labelled else np.full(5, NAN)
    share = np.array([1.0, 0.7, 0.5, 0.4, 0.35])
    agreement = np.array([1.0, 0.99, 0.97, 0.9, 0.82])
    return Curve(SCALES, 900, labelled, accuracy, accuracy - 0.02, accuracy + 0.02, share, agreement)


def cost() -> Cost:
    saved = np.zeros(20, dtype=np.int64)
    saved[8:12] = 100, 500, 200, 100
    return Cost(
        900, 1000, 500, np.linspace(0, 1, 21), saved, np.array([3, 4, 10, 20]), np.array([0, 400, 500])
    )


def survival() -> Survival:
    alive = np.array([1.0, 0.6, 0.4, 0.3, 0.2, 0.1])
    return Survival(alive, alive, alive * 0.9, (900, 700, 25))


def fate(groups: list[str]) -> pd.DataFrame:
    """Each group is dropped equally in every layer and at the end; later groups have more lift."""
    count = len(groups)
    return pd.DataFrame(
        {
            "group": groups,
            "tokens": [100 * (count - k) for k in range(count)],
            "mean_depth": [3.0] * count,
            "survive": [1 / (LAYERS + 1)] * count,
            **{f"dropped_{layer}": [1 / (LAYERS + 1)] * count for layer in range(1, LAYERS + 1)},
            "lost_tokens": [20] * (count - 1) + [2],
            "lift": [0.8 + 0.2 * k for k in range(count)],
        }
    )


def flips() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": [7, 12],
            "text": [HOSTILE, "long " * 400],
            "text_pair": [HOSTILE, None],
            "gold": [HOSTILE, "class 1"],
            "dense": [HOSTILE, "class 1"],
            "pruned": ["class 1", HOSTILE],
            "dense_margin": [0.5, 0.1],
            "margin": [0.93, 0.021],
            "confidence": [0.96, 0.51],
            "length": [14, 512],
            "cut": [False, True],
            "flops_saved": [0.5, 0.7],
            "flip_scale": [1.5, NAN],
        }
    )


def length_buckets() -> tuple[LengthBucket, ...]:
    return (
        LengthBucket(3, 9, 400, 390, estimate(0.92), estimate(0.91), 1.7),
        LengthBucket(10, 19, 500, 0, Estimate(NAN, NAN, NAN), Estimate(NAN, NAN, NAN), 2.3),
    )


def report(classes: int = 2, **changes: Any) -> RunReport:
    """A report of labelled rows; `changes` are fields to replace."""
    names = (HOSTILE, *(f"class {index}" for index in range(1, classes)))
    roles = Roles("te<xt", HOSTILE, "label", tuple((f"{HOSTILE}{k}", k) for k in range(classes)), (HOSTILE,))
    spec = RunSpec("/nowhere", HOSTILE, "ab" * 32, roles, HOSTILE, "cd" * 32, names, SCALES, None, 905)
    pair = ScorePair(estimate(0.9), estimate(0.89), estimate(-0.01, 0.015))
    counts = confusion(classes)
    made = RunReport(
        spec=spec,
        where=RowFilter(pattern=HOSTILE, extras=((HOSTILE, HOSTILE),)),
        scale=2,
        rows=900,
        rows_stored=902,
        scores=RunScores(800, pair, pair, pair, 25, 16, 0.211),
        confusion=counts,
        agreement=counts.sum(0),
        curve=curve(),
        cost=cost(),
        survival=survival(),
        length_buckets=length_buckets(),
        value_buckets=(
            (HOSTILE, (ValueBucket(HOSTILE, 3, 3, estimate(0.5, 0.3), estimate(0.4, 0.3), 2.0),)),
        ),
        fates=(("class", fate(["negation", "number"])), ("token", fate([HOSTILE, "the", "$x$", "[CLS]"]))),
        flips=flips(),
        flips_total=25,
        warnings=(HOSTILE,),
        command=repeat_command(spec),
        made="2026-01-02 03:04 UTC",
    )
    return replace(made, **changes)


def empty_report() -> RunReport:
    """Of a filter that no row matches."""
    nothing = np.full(len(SCALES), NAN)
    alive = np.full(LAYERS, NAN)
    zeros = np.zeros(20, dtype=np.int64)
    return report(
        rows=0,
        scores=None,
        confusion=np.zeros((2, 2, 2), dtype=np.int64),
        agreement=np.zeros((2, 2), dtype=np.int64),
        curve=Curve(SCALES, 0, 0, nothing, nothing, nothing, nothing, nothing),
        cost=Cost(0, 0, 0, np.linspace(0, 1, 21), zeros, np.array([0, 1]), np.array([0])),
        survival=Survival(alive, alive, alive, (0, 0, 0)),
        length_buckets=(),
        value_buckets=(),
        fates=(("token", fate(["x", "y"]).iloc[:0]),),
        flips=flips().iloc[:0],
        flips_total=0,
        where=EVERYTHING,
    )
