"""What a model was trained to prune by, where that is not its thresholds."""

import reprlib

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.rules.relative_threshold import RelativeThresholdRule
from ltp_viz.core.rules.top_k import TopKRule
from ltp_viz.data.errors import InputError

# Pruning of a recipe -> the recipe's numbers per layer, and what they are called.
_PER_LAYER = {"top_k": ("rates", "top-k rates"), "threshold": ("fractions", "fractions of the highest score")}


def trained_rule(config: LTPConfig) -> ReductionRule | None:
    """What the recipe says: the schedule of a training with `--pruning top_k`, or what a checkpoint of the
    published LTP implementation prunes by. None: the model's thresholds.

    Raises InputError where the schedule is damaged.
    """
    recipe = config.recipe or {}
    name, called = _PER_LAYER.get(str(recipe.get("pruning")), ("", ""))
    numbers = recipe.get(name)
    if numbers is None:  # none before the hard stage
        return None
    layers = config.num_hidden_layers
    is_whole = isinstance(numbers, list | tuple) and len(numbers) == layers
    if not is_whole or not all(isinstance(number, int | float) and 0 <= number <= 1 for number in numbers):
        raise InputError(
            f"The model's recipe holds the {called} {reprlib.repr(numbers)}; there must be {layers} numbers "
            "from 0 to 1, one per layer, so correct its config.json."
        )
    return TopKRule(tuple(numbers)) if name == "rates" else RelativeThresholdRule(tuple(numbers))
