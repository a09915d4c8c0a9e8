"""Scales and forced tokens, parsed from a browser's message or a link, neither of which is trusted."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from ltp_viz.analysis.sweeps import SCALES
from ltp_viz.core.forced import NOTHING_FORCED, ForcedTokens

MAX_SCALE, STEP = SCALES[-1], SCALES[1]
MAX_LAYER_SCALE = 3.0
EQUAL_BUDGET = "equal budget"  # preset that only the server can compute
_LARGEST_NUMBER = 2**53  # JavaScript counts exactly up to here
_LINK_WORDS = {
    "scale": "the pruning strength",
    "layers": "the layer scales",
    "keep": "the tokens to keep",
    "drop": "the tokens to drop",
}


@dataclass(frozen=True)
class Limits:
    """The limits of settings for one text under one model."""

    num_layers: int
    num_tokens: int
    protected: Collection[int]  # positions that cannot be forced to drop, including 0
    default_scale: float = 1.0


@dataclass(frozen=True)
class Settings:
    """Scales and forced tokens of one run. `number` counts the browser's messages and never decreases."""

    global_scale: float
    layer_scales: tuple[float, ...]  # one per layer
    forced: ForcedTokens = NOTHING_FORCED
    number: int = 0

    @classmethod
    def default(cls, num_layers: int, number: int = 0, scale: float = 1.0) -> "Settings":
        """The initial settings: every layer's scale is 1 and no token is forced."""
        return cls(scale, (1.0,) * num_layers, NOTHING_FORCED, number)

    @property
    def run(self) -> tuple[float, tuple[float, ...], ForcedTokens]:
        """The values that a run depends on, in the order of `trace`'s arguments."""
        return self.global_scale, self.layer_scales, self.forced

    def to_data(self) -> dict[str, Any]:
        """For the browser."""
        return {"number": self.number, "scale": self.global_scale, **self.sweep_data()}

    def sweep_data(self) -> dict[str, Any]:
        """The values that a sweep depends on: all but the global scale."""
        return {
            "layer_scales": list(self.layer_scales),
            "keep": list(self.forced.keep),
            "drop": list(self.forced.drop),
        }


def message_number(message: object) -> int | None:
    """The number of a browser's message; None if it is not a valid message."""
    number = message.get("number") if isinstance(message, Mapping) else None
    return number if _is_whole(number) and 0 < number <= _LARGEST_NUMBER else None


def settings_from_message(message: Mapping[Any, Any], limits: Limits) -> Settings:
    """The browser's settings; invalid parts keep their defaults."""
    given = {
        "scale": message.get("scale"),
        "layers": message.get("layer_scales"),
        "keep": message.get("keep"),
        "drop": message.get("drop"),
    }
    return _settings(_read(given, limits), limits, message_number(message) or 0)


def settings_from_link(link: Mapping[str, str], limits: Limits) -> tuple[Settings, str | None]:
    """The link's settings, and a message if some of them do not fit this text and model."""
    given: dict[str, Any] = {key: _numbers(link[key]) for key in _LINK_WORDS if link.get(key)}
    if "scale" in given:
        given["scale"] = given["scale"][0] if len(given["scale"]) == 1 else None
    read = _read(given, limits)
    wrong = [_LINK_WORDS[key] for key in given if read[key] is None]
    message = f"The link’s values for {_listed(wrong)} do not fit this text and model and are ignored."
    return _settings(read, limits), message if wrong else None


def _read(given: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """Every part as parsed, None if it is invalid."""
    return {
        "scale": _global_scale(given.get("scale")),
        "layers": _layer_scales(given.get("layers"), limits),
        "keep": _positions(given.get("keep"), limits),
        "drop": _positions(given.get("drop"), limits, limits.protected),
    }


def _settings(read: Mapping[str, Any], limits: Limits, number: int = 0) -> Settings:
    default = Settings.default(limits.num_layers, scale=limits.default_scale)
    # A token that is forced both ways is kept, which is harmless.
    keep = {*(read["keep"] or ())}
    drop = {*(read["drop"] or ())} - keep
    return Settings(
        default.global_scale if read["scale"] is None else read["scale"],
        read["layers"] or default.layer_scales,
        ForcedTokens(tuple(sorted(keep)), tuple(sorted(drop))),
        number,
    )


def _numbers(joined: str) -> list[float]:
    """Numbers joined by underscores; empty if any part is not a number."""
    parts = joined.split("_")
    if not all(re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,20})?", part) for part in parts):
        return []
    return [float(part) if "." in part else int(part) for part in parts]


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_scale(value: Any, largest: float) -> bool:
    return (_is_whole(value) or isinstance(value, float)) and 0 <= value <= largest  # also False for NaN


def _global_scale(value: Any) -> float | None:
    return on_grid(value) if _is_scale(value, MAX_SCALE) else None


def on_grid(scale: float) -> float:
    """The nearest scale of the grid that sweeps and sliders share."""
    return round(round(min(scale, MAX_SCALE) / STEP) * STEP, 2)


def _layer_scales(values: Any, limits: Limits) -> tuple[float, ...] | None:
    if not isinstance(values, list) or len(values) != limits.num_layers:
        return None
    if not all(_is_scale(value, MAX_LAYER_SCALE) for value in values):
        return None
    return tuple(round(float(value), 2) for value in values)


def _positions(values: Any, limits: Limits, refused: Collection[int] = ()) -> tuple[int, ...] | None:
    """Positions in the text; None if any of them is invalid."""
    if not isinstance(values, list) or not 0 < len(values) <= limits.num_tokens:
        return None
    if not all(_is_whole(value) and 0 <= value < limits.num_tokens for value in values):
        return None
    return None if {*values} & {*refused} else tuple(values)


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
