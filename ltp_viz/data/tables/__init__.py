"""Labelled texts from files and the hub."""

from ltp_viz.extras import require

require("data", __name__)
