"""The measured speed of a text in words: faster, tie, slower, or not measured and why.

The baseline is always the same weights without pruning, one text at a time, on the machine that serves the
page.
"""

import json
from functools import lru_cache
from typing import Any

from ltp_viz.analysis.timing import PairedTiming
from ltp_viz.resources import ASSETS
from ltp_viz.ui.explore.session import NotMeasured

_SHORT = 64  # tokens below which nearly all of a call is fixed cost
_PAYS = 1.15  # reference ratio from which pruning is said to pay


def timing_data(stage: str, number: int, tokens: int, timing: PairedTiming | NotMeasured) -> dict[str, Any]:
    """For the browser: the state, a headline, the details, and the reference curve."""
    if isinstance(timing, NotMeasured):
        state, value, detail, action = _not_measured(timing)
    else:
        state, action = timing.state, "Measure again"
        value, detail = _value(timing), _detail(timing, tokens)
    return {
        "stage": stage,
        "number": number,
        "state": state,
        "value": value,
        "detail": detail,
        "action": action,
        "tokens": tokens,
        "reference": [] if state == "off" else reference()["ratios"],
        "source": "" if state == "off" else f"Reference: {reference()['measured']}.",
    }


@lru_cache
def reference() -> dict[str, Any]:
    """`measured`: on what machine, of what; `ratios`: (tokens, unpruned over pruned time), by length."""
    record = json.loads((ASSETS / "speed.json").read_text(encoding="utf-8"))
    ratios = [[tokens, round(unpruned / pruned, 2)] for tokens, unpruned, pruned in record["milliseconds"]]
    return {"measured": record["measured"], "ratios": ratios}


def _not_measured(timing: NotMeasured) -> tuple[str, str, str, str]:
    if timing.is_off:
        return "off", "Pruning is off", "Nothing is dropped, so there is nothing to measure.", ""
    if timing.busy_share is None:
        return (
            "busy",
            "Speed not measured",
            "Another session of this app is measuring, and two measurements would distort each other.",
            "Retry",
        )
    return (
        "busy",
        "Speed not measured: busy",
        f"Other programs use {100 * timing.busy_share:.0f} % of this computer; the times would be distorted.",
        "Measure anyway",
    )


def _value(timing: PairedTiming) -> str:
    if timing.state == "faster":
        return f"{timing.ratio:.1f}x faster here"
    if timing.state == "slower":
        return f"{1 / timing.ratio:.1f}x slower here, why?"
    return "About the same time, why?"


def _detail(timing: PairedTiming, tokens: int) -> str:
    times = (
        f"{1e3 * timing.pruned_s:.1f} ms, and {1e3 * timing.dense_s:.1f} ms for the same weights unpruned. "
        f"The middle half of {timing.pairs} paired runs lies between {timing.low:.2f} and "
        f"{timing.high:.2f} times."
    )
    if timing.state == "faster":
        return times
    ratios = reference()["ratios"]
    (first, least), (last, most) = ratios[0], ratios[-1]
    pays = next(length for length, ratio in ratios if ratio >= _PAYS)
    known = f"Reference: {least:.1f}x at {first} tokens, {most:.1f}x at {last}."
    if timing.state == "slower":
        why = (
            "The scores that pruning needs cost more than the dropped tokens save. It pays from about "
            f"{pays} tokens on. {known}"
        )
    elif tokens < _SHORT:
        why = f"On a text this short, that is expected: nearly all of a call is fixed cost. {known}"
    else:
        why = f"Too little is dropped here to show. {known}"
    return f"{why} Measured: {times}"
