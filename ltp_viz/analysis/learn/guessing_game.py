"""The order in which tokens fall while all thresholds rise together, as rounds of a guessing game."""

from dataclasses import dataclass

import numpy as np

from ltp_viz.analysis.sweeps import Sweep


@dataclass(frozen=True)
class Fall:
    """Why a token falls, or does not yet, at a scale."""

    position: int
    layer: int  # 0 to L - 1: the one that drops it, or that it comes nearest to being dropped by
    score: float
    threshold: float  # effective

    @property
    def ratio(self) -> float:
        """Score over threshold; below 1 it falls."""
        return self.score / self.threshold if self.threshold > 0 else float("inf")


@dataclass(frozen=True)
class Round:
    """One moment of the rise: the tokens that fall first at `scale`, among `alive` until then."""

    scale: float
    fallen: tuple[Fall, ...]
    alive: tuple[int, ...]  # positions to choose from, the protected ones left out
    reasons: tuple[Fall, ...]  # of all `alive`, in their order

    def is_right(self, position: int) -> bool:
        """Whether a guess has come true."""
        return any(fall.position == position for fall in self.fallen)

    def reason(self, position: int) -> Fall:
        """Score and threshold of one of `alive`."""
        return self.reasons[self.alive.index(position)]


def fall_rounds(
    sweep: Sweep, learned_thresholds: tuple[float, ...], protected: tuple[int, ...], most: int
) -> tuple[Round, ...]:
    """The first `most` moments at which a token that lived through all layers is dropped by one of them.

    Positions that no rule may drop, (0 among them), are left out; so is the last token standing, which nobody
    needs to guess.
    """
    alive = [position for position in range(sweep.depths.shape[1]) if position not in protected]
    rounds: list[Round] = []
    for k in range(len(sweep.scales)):
        fallen = [position for position in alive if sweep.depths[k, position] < sweep.num_layers]
        if not fallen or len(rounds) == most or len(alive) < 2:
            continue
        reasons = tuple(_reason(sweep, k, learned_thresholds, position) for position in alive)
        rounds.append(
            Round(
                scale=sweep.scales[k],
                fallen=tuple(reason for reason in reasons if reason.position in fallen),
                alive=tuple(alive),
                reasons=reasons,
            )
        )
        alive = [position for position in alive if position not in fallen]
    return tuple(rounds)


def _reason(sweep: Sweep, k: int, learned: tuple[float, ...], position: int) -> Fall:
    thresholds = sweep.scales[k] * np.array(learned)
    depth = int(sweep.depths[k, position])
    scores = sweep.scores[k, :, position].astype(np.float64)
    if depth < sweep.num_layers:
        layer = depth
    else:
        with np.errstate(divide="ignore"):
            layer = int(np.argmin(np.where(thresholds > 0, scores / thresholds, np.inf)))
    return Fall(position, layer, float(scores[layer]), float(thresholds[layer]))
