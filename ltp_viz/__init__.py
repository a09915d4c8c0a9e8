"""LTP-Viz: a transformer with Learned Token Pruning that removes tokens for real, and shows it.

`model = ltp_viz.load_model("sst2")`; `model.trace("a text", global_scale=1.2)`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ltp_viz.core.forced import ForcedTokens
    from ltp_viz.core.trace import Trace
    from ltp_viz.data.checkpoints.load import load_model
    from ltp_viz.data.classifier import TextClassifier
    from ltp_viz.data.errors import InputError
    from ltp_viz.data.predictions import Predictions

__version__ = "0.1.0"  # the build reads it here
__all__ = [
    "ForcedTokens",
    "InputError",
    "Predictions",
    "TextClassifier",
    "Trace",
    "__version__",
    "load_model",
]

_HOMES = {
    "ForcedTokens": "ltp_viz.core.forced",
    "InputError": "ltp_viz.data.errors",
    "Predictions": "ltp_viz.data.predictions",
    "TextClassifier": "ltp_viz.data.classifier",
    "Trace": "ltp_viz.core.trace",
    "load_model": "ltp_viz.data.checkpoints.load",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that `import ltp_viz` and the command line's help do not wait for torch."""
    if name not in _HOMES:
        raise AttributeError(f"module 'ltp_viz' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
