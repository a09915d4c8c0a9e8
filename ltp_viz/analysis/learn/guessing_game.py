"""The order in which tokens are dropped as the pruning strength rises, as rounds of a guessing game."""

from dataclasses import dataclass

import numpy as np

from ltp_viz.analysis.sweeps import Sweep


@dataclass(frozen=True)
class DropReason:
    """Why a token is dropped, or still kept, at a scale of the thresholds."""

    position: int
    layer: int  # 0 to L - 1: the layer that drops it, or else the one with the smallest ratio
    score: float
    threshold: float  # scaled

    @property
    def ratio(self) -> float:
        """Score over threshold; a token below 1 is dropped."""
        return self.score / self.threshold if self.threshold > 0 else float("inf")


@dataclass(frozen=True)
class Round:
    """One step of rising strength: the tokens in `alive` that are first dropped at `scale`."""

    scale: float
    dropped: tuple[DropReason, ...]
    alive: tuple[int, ...]  # positions to choose from, without protected ones
    reasons: tuple[DropReason, ...]  # of all `alive`, in the same order

    def is_right(self, position: int) -> bool:
        """Whether the guessed token is one of the dropped ones."""
        return any(drop.position == position for drop in self.dropped)

    def reason(self, position: int) -> DropReason:
        """Score and threshold of one of `alive`."""
        return self.reasons[self.alive.index(position)]


def drop_rounds(
    sweep: Sweep, learned_thresholds: tuple[float, ...], protected: tuple[int, ...], most: int
) -> tuple[Round, ...]:
    """The first `most` scales at which a token is dropped that survived all layers at every smaller scale.

    Leaves out positions that no rule may drop (0 among them) and the last remaining token, which needs no
    guess.
    """
    alive = [position for position in range(sweep.depths.shape[1]) if position not in protected]
    rounds: list[Round] = []
    for k in range(len(sweep.scales)):
        dropped = [position for position in alive if sweep.depths[k, position] < sweep.num_layers]
        if not dropped or len(rounds) == most or len(alive) < 2:
            continue
        reasons = tuple(_reason(sweep, k, learned_thresholds, position) for position in alive)
        rounds.append(
            Round(
                scale=sweep.scales[k],
                dropped=tuple(reason for reason in reasons if reason.position in dropped),
                alive=tuple(alive),
                reasons=reasons,
            )
        )
        alive = [position for position in alive if position not in dropped]
    return tuple(rounds)


def _reason(sweep: Sweep, k: int, learned: tuple[float, ...], position: int) -> DropReason:
    thresholds = sweep.scales[k] * np.array(learned)
    depth = int(sweep.depths[k, position])
    scores = sweep.scores[k, :, position].astype(np.float64)
    if depth < sweep.num_layers:
        layer = depth
    else:
        with np.errstate(divide="ignore"):
            layer = int(np.argmin(np.where(thresholds > 0, scores / thresholds, np.inf)))
    return DropReason(position, layer, float(scores[layer]), float(thresholds[layer]))
