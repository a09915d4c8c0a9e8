"""The three stages of Learned Token Pruning."""

from ltp_viz.extras import require

require("train", __name__)
