"""Checkpoints of the published LTP implementation (Kim et al. 2022), converted when they are loaded.

Its `model_type` is "ltp", as ours; its config.json has a `prune_mode`, and its weights are those of I-BERT's
modules, under `ibert.`, with numbers for integers beside them that are left out. A layer `l` of `L` prunes by
`prune_mode`:

- `absolute_threshold`: where a score is below `final_token_threshold * l / L`, `l` from 0 on, plus a learned
  `attention.self.pruner.keep_threshold` among the layer's weights;
- `topk`: all but the highest scores, at rates that fall to `token_keep_rate` (`schedules.spatten_rates`);
- `threshold`: where a score is below `token_threshold` of the text's highest;
- `rising`: the same at `final_token_threshold * l / L` of it.

The last three become rules, which `trained_rule` makes from the recipe. Scores are divided by the length that
texts were padded to in training, which a checkpoint does not say: 128 in the published recipes.
"""

import re
import reprlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from safetensors import safe_open
from transformers import IBertConfig

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families.convert import convert_config
from ltp_viz.core.rules.schedules import spatten_rates
from ltp_viz.data.errors import InputError

_PREFIX = "ibert."
_MODES = ("absolute_threshold", "topk", "threshold", "rising")
_LEARNED = re.compile(r"encoder\.layer\.(\d+)\.attention\.self\.pruner\.keep_threshold$")


def is_original(raw: Mapping[str, Any], weight_names: Iterable[str]) -> bool:
    """Whether a "ltp" checkpoint is the published implementation's, by its settings or its weights' names."""
    return raw.get("model_type") == LTPConfig.model_type and (
        "prune_mode" in raw or any(name.startswith(_PREFIX) for name in weight_names)
    )


def plain_config(raw: Mapping[str, Any]) -> IBertConfig:
    """The configuration of the same model without pruning."""
    return IBertConfig(**{name: value for name, value in raw.items() if name != "model_type"})


def pruning_config(asked: str, raw: Mapping[str, Any]) -> LTPConfig:
    """Our configuration, of thresholds without their learned part.

    Raises InputError, about the model called `asked`, for a mode or setting that is missing or unknown.
    """
    config = convert_config(plain_config(raw))
    layers, mode = config.num_hidden_layers, raw.get("prune_mode")
    recipe: dict[str, Any] = {"converted_from": "published LTP implementation", "prune_mode": mode}
    thresholds = [0.0] * layers
    if mode == "absolute_threshold":
        thresholds = _rising(_setting(asked, raw, "final_token_threshold"), layers)
    elif mode == "topk":
        rate = _setting(asked, raw, "token_keep_rate")
        recipe |= {"pruning": "top_k", "rates": list(spatten_rates(rate, layers))}
    elif mode == "threshold":
        recipe |= {"pruning": mode, "fractions": [_setting(asked, raw, "token_threshold")] * layers}
    elif mode == "rising":
        final = _setting(asked, raw, "final_token_threshold")
        recipe |= {"pruning": "threshold", "fractions": _rising(final, layers)}
    elif mode not in (None, "none"):
        raise InputError(
            f"In the config.json of {asked!r}, prune_mode is {reprlib.repr(mode)}; "
            f"it must be one of {', '.join(_MODES)}."
        )
    config.thresholds, config.recipe = thresholds, recipe
    return config


def _rising(final: float, layers: int) -> list[float]:
    return [final * layer / layers for layer in range(layers)]


def _setting(asked: str, raw: Mapping[str, Any], name: str) -> float:
    """A number of config.json, or of the `prune_config` in it."""
    inner = raw.get("prune_config")
    value = raw.get(name, inner.get(name) if isinstance(inner, dict) else None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(
            f"In the config.json of {asked!r}, {name} is {reprlib.repr(value)}, and its prune_mode "
            f"{raw.get('prune_mode')!r} needs a number there; add the one it was trained with."
        )
    return float(value)


def add_learned_thresholds(config: LTPConfig, location: str) -> None:
    """Add what the weights of a folder, or of a model on the hub, hold of each layer's threshold."""
    if (config.recipe or {}).get("prune_mode") != "absolute_threshold":
        return
    thresholds = list(config.thresholds)
    for file in _weight_files(location):
        with safe_open(file, "pt") as stored:
            for name in stored.keys():  # noqa: SIM118  no mapping
                if match := _LEARNED.search(name):
                    thresholds[int(match[1])] += float(stored.get_tensor(name))
                    config.thresholds_learned = True
    config.thresholds = thresholds


def _weight_files(location: str) -> list[Path]:
    folder = Path(location)
    if not folder.is_dir():  # fetched already, with the weights
        folder = Path(snapshot_download(location, allow_patterns=["*.safetensors"]))
    return sorted(folder.glob("*.safetensors"))
