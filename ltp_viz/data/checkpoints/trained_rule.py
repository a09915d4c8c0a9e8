"""What a model was trained to prune by, where that is not its thresholds."""

import reprlib

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.rules.top_k import TopKRule
from ltp_viz.data.errors import InputError


def trained_rule(config: LTPConfig) -> TopKRule | None:
    """The schedule that a training with `--pruning top_k` left in the recipe; None: the model's thresholds.

    Raises InputError where the schedule is damaged.
    """
    recipe = config.recipe or {}
    rates = recipe.get("rates")
    if recipe.get("pruning") != "top_k" or rates is None:  # none before the hard stage
        return None
    layers = config.num_hidden_layers
    is_whole = isinstance(rates, list | tuple) and len(rates) == layers
    if not is_whole or not all(isinstance(rate, int | float) and 0 <= rate <= 1 for rate in rates):
        raise InputError(
            f"The model's recipe holds the top-k rates {reprlib.repr(rates)}; there must be {layers} numbers "
            "from 0 to 1, one per layer, so mend its config.json."
        )
    return TopKRule(tuple(rates))
