"""The setting of a rule at which a run costs what is wanted: one bisection for every cost.

A cost is monotone in the setting, with two exceptions that this search allows for. It moves in steps (texts
lose whole tokens), so that the wanted cost may lie between two of them: the nearest cost met is the answer.
And where tokens merge or come back, a little more of a setting may cost a little more again: other settings
may be tried after the bisection.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FoundSetting:
    """The setting whose cost came nearest to the wanted one, and every cost met on the way, by setting."""

    setting: float
    cost: float
    met: Mapping[float, float]


def arithmetic_middle(low: float, high: float) -> float:
    """For settings whose effect is about linear."""
    return (low + high) / 2


def geometric_middle(low: float, high: float) -> float:
    """For scales over several orders of magnitude; halves as long as the lower end is 0."""
    return math.sqrt(low * high) if low > 0 else high / 2


def search_setting(
    cost_at: Callable[[float], float],
    wanted: float,
    *,
    low: float = 0.0,
    high: float = 1.0,
    rises: bool = False,
    start: float | None = None,
    middle: Callable[[float, float], float] = arithmetic_middle,
    tolerance: float = 0.0,
    finest: float = 0.0,
    most: int = 64,
    known: Mapping[float, float] | None = None,
    also: Callable[[float], Iterable[float]] = lambda nearest: (),
    also_tolerance: float = 0.0,
) -> FoundSetting:
    """Bisect settings from `low` to `high` until `cost_at` comes within `tolerance` of `wanted`.

    Costs are in any unit, and so are `wanted`, `tolerance` and `also_tolerance`; they fall as the setting
    grows, or rise where `rises` says so. The bisection begins at `start`, by default the middle, and ends as
    well when `low` and `high` differ by no more than `finest`, or after `most` settings.

    `known`: costs computed before, which are candidates and are not computed again. `also` gets the nearest
    setting of the bisection and returns further ones, tried in order until one is within `also_tolerance`.
    Of equally near costs, the lower setting is taken. Raises ValueError where no cost was met at all.
    """
    met = dict(known or {})

    def miss(setting: float) -> float:
        return abs(met[setting] - wanted)

    def nearest() -> float:
        return min(met, key=lambda setting: (miss(setting), setting))

    def meet(setting: float) -> float:
        if setting not in met:
            met[setting] = cost_at(setting)
        return met[setting]

    setting = middle(low, high) if start is None else start
    for _ in range(most):
        if high - low <= finest:
            break
        cost = meet(setting)
        if miss(setting) <= tolerance:
            break
        low, high = (setting, high) if (cost > wanted) != rises else (low, setting)
        setting = middle(low, high)
    if not met:
        raise ValueError("no setting was tried; give low below high, or known costs")
    for setting in also(nearest()):
        if miss(nearest()) <= also_tolerance:
            break
        meet(setting)
    return FoundSetting(nearest(), met[nearest()], met)
