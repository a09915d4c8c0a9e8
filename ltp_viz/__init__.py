"""LTP-Viz: a transformer with Learned Token Pruning that removes tokens for real, and shows it.

`model = ltp_viz.load_model("assets/models/sst2")`; `model.trace("a text", global_scale=1.2)`.
"""

from ltp_viz.core.forced import ForcedTokens
from ltp_viz.core.trace import Trace
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.classifier import Predictions, TextClassifier
from ltp_viz.data.errors import InputError

__all__ = ["ForcedTokens", "InputError", "Predictions", "TextClassifier", "Trace", "load_model"]
